// SPDX-License-Identifier: Apache-2.0
/* Queues of output, and how their lines are framed on the one UART. See docs/console.md. */
#include "core/console.h"

#include "arch/cpu.h"
#include "arch/spinlock.h"
#include "core/console_priv.h"
#include "core/vuart.h"
#include "lib/printf.h"
#include "lib/string.h"

#define LOG 0 /* source of nk's own lines; no VM has this id */
#define PROMPT CONSOLE_NK
#define NR_SOURCES NK_VM_IDS
#define NK_WIDTH 4 /* columns of "nk: " and "nk> " */

#define QUEUE_SIZE 4096 /* a power of two */
#define QUEUE_FULL (QUEUE_SIZE - 64) /* room for a FIFO that a guest fills without looking */
#define QUEUE_LOW (QUEUE_SIZE / 2)
/* So many without a newline are more than a line, whatever '\r' and '\n' may be among the last. */
#define QUEUE_BREAK (CONSOLE_LINE_MAX + 2)

#define STAGE_SIZE 256 /* a prefix and some text */
#define STAGE_CHAR 8 /* the most one character of a guest becomes */

#define POLLS_MAX 10000000 /* for one character, when polled: seconds */

struct source {
	u32 head; /* first character of the first unsent line */
	u32 count;
	u32 shown; /* of that line, how many are on the terminal */
	u32 lines; /* newlines in the queue */
	u32 lost;
	u32 width; /* columns of a VM's prefix */
	struct vuart *vuart;
	char name[NK_NAME_MAX];
	char prefix[NK_NAME_MAX + 8];
	u8 q[QUEUE_SIZE];
};

static struct {
	spinlock_t lock;
	struct uart uart;
	bool ready; /* console_init() ran */
	bool async; /* console_start() ran */
	bool panic; /* no locks any more */
	bool no_color;
	u32 irq_mask; /* what the UART was last told */
	u32 focus; /* source whose unfinished line is shown; 0: none */
	u32 present; /* bit N: VM N was announced */
	u32 complete; /* bit N: source N has a whole line */
	u32 full; /* bit N: VM N must wait. Read without the lock */
	u32 wake; /* bit N: VM N waited and need not any more; its vuart is not told yet */
	u32 last; /* source served last */
	struct source *open; /* whose line the cursor is in, at the end of what is shown of it */
	u32 stage_pos;
	u32 stage_len;
	u8 stage[STAGE_SIZE]; /* framed, on its way to the UART */
} con;

static struct source sources[NR_SOURCES];

static void con_lock(void)
{
	if (likely(!READ_ONCE(con.panic)))
		spin_lock(&con.lock);
}

static void con_unlock(void)
{
	if (likely(!READ_ONCE(con.panic)))
		spin_unlock(&con.lock);
}

static u32 id_of(const struct source *s)
{
	return (u32)(s - sources);
}

static u8 char_at(const struct source *s, u32 i)
{
	return s->q[(s->head + i) % QUEUE_SIZE];
}

/* ---- queues ---- */

static void push(struct source *s, u8 c)
{
	u32 bit = (u32)BIT(id_of(s));

	if (unlikely(s->count >= QUEUE_SIZE)) {
		s->lost++;
		return;
	}
	/* One '\r' does what many do, and a line's end is then at most two characters. */
	if (c == '\r' && s->count && char_at(s, s->count - 1) == '\r')
		return;
	s->q[(s->head + s->count++) % QUEUE_SIZE] = c;
	if (c == '\n')
		s->lines++;
	if (c == '\n' || s->count >= QUEUE_BREAK)
		con.complete |= bit;
	if (unlikely(s->count >= QUEUE_FULL))
		WRITE_ONCE(con.full, con.full | bit);
}

/* The first n characters are on the terminal for good. */
static void pop(struct source *s, u32 n)
{
	u32 bit = (u32)BIT(id_of(s));

	s->head += n;
	s->count -= n;
	s->shown = 0;
	if (!s->lines && s->count < QUEUE_BREAK)
		con.complete &= ~bit;
	if (unlikely(con.full & bit) && s->count <= QUEUE_LOW) {
		WRITE_ONCE(con.full, con.full & ~bit);
		con.wake |= bit;
	}
}

/* ---- framing ---- */

static void stage(const char *text)
{
	u32 len = con.stage_len;

	while (*text && len < STAGE_SIZE)
		con.stage[len++] = (u8)*text++;
	con.stage_len = len;
}

static void stage_color(const char *sgr)
{
	if (con.no_color)
		return;
	stage("\033[");
	stage(sgr);
}

static void stage_prefix(const struct source *s)
{
	/* Bright enough on black and on white; VM 3 is cyan, its neighbours differ. */
	static const char colors[][4] = {"32m", "36m", "33m", "35m", "34m", "31m"};
	u32 id = id_of(s);

	if (id == LOG || id == PROMPT) {
		stage_color("0m");
		stage(id == LOG ? "nk: " : "nk> ");
		return;
	}
	stage_color(colors[(id - NK_VM_ID_FIRST) % ARRAY_SIZE(colors)]);
	stage(s->prefix);
	stage_color("0m");
}

static void end_line(struct source *s, u32 length)
{
	if (char_at(s, length - 1) == '\n')
		s->lines--;
	stage("\r\n");
	pop(s, length);
	con.open = NULL;
}

/* A '\r' inside a line goes back to the line's text, not to the prefix before it. */
static void stage_return(const struct source *s)
{
	char forward[STAGE_CHAR];

	fmt_snprintf(forward, sizeof(forward), "\r\033[%uC", s->width ? s->width : NK_WIDTH);
	stage(forward);
}

/* Stages what fits of the line of s that is open, to its end if that is there. */
static void stage_text(struct source *s)
{
	while (con.stage_len + STAGE_CHAR <= STAGE_SIZE && s->shown < s->count) {
		u32 i = s->shown;
		u8 c = char_at(s, i);

		if (c == '\n') {
			end_line(s, i + 1);
			return;
		}
		if (c == '\r' && i + 1 == s->count)
			return; /* what follows decides */
		if (c == '\r' && char_at(s, i + 1) == '\n') {
			end_line(s, i + 2);
			return;
		}
		if (i >= CONSOLE_LINE_MAX) {
			end_line(s, i);
			return;
		}
		if (c == '\r')
			stage_return(s);
		else
			con.stage[con.stage_len++] = c;
		s->shown++;
	}
}

/* True if the unfinished line of s has more to show than what is on the terminal. */
static bool unfinished_text(const struct source *s)
{
	u32 i = con.open == s ? s->shown : 0;

	if (id_of(s) == PROMPT && con.open != s)
		return true;
	if (i >= s->count)
		return false;
	return char_at(s, i) != '\r' || i + 1 < s->count;
}

/* Whose line is next: one begun, nk's log, everybody in turn, the unfinished one of the focus. */
static struct source *pick(void)
{
	u32 complete = con.complete;
	u32 after;

	if (con.open && (complete & BIT(id_of(con.open))))
		return con.open;
	if (complete & BIT(LOG))
		return &sources[LOG];
	if (complete) {
		after = complete & ~(u32)(BIT(con.last + 1) - 1);
		con.last = (u32)__builtin_ctz(after ? after : complete);
		return &sources[con.last];
	}
	if (con.focus && unfinished_text(&sources[con.focus]))
		return &sources[con.focus];
	return NULL;
}

/* Fills the empty stage; false if there is nothing to send. */
static bool refill(void)
{
	struct source *s = pick();

	if (!s)
		return false;
	con.stage_pos = 0;
	con.stage_len = 0;
	if (con.open && con.open != s) {
		stage("\r\033[K");
		con.open = NULL;
	}
	if (!con.open) {
		stage_prefix(s);
		s->shown = 0;
		con.open = s;
	}
	stage_text(s);
	return true;
}

/* ---- sending ---- */

/* Gives the UART what it has room for; without its interrupt, all, after a bounded wait. */
static u32 uart_send(const u8 *text, u32 len)
{
	u32 n, polls = 0;

	if (unlikely(!con.uart.ops))
		return len;
	n = con.uart.ops->send(&con.uart, text, len);
	if (likely(con.async && !con.panic))
		return n;
	while (n < len && polls++ < POLLS_MAX) {
		cpu_relax();
		n += con.uart.ops->send(&con.uart, text + n, len - n);
	}
	return n;
}

/* Sends while the UART has room; true if something is left. Lock held. */
static bool drain(void)
{
	if (unlikely(!con.ready))
		return false;
	/* More than all queues can hold: only a panic amidst another CPU's work comes to the end. */
	for (u32 n = 0; n < NR_SOURCES * QUEUE_SIZE; n++) {
		con.stage_pos +=
			uart_send(con.stage + con.stage_pos, con.stage_len - con.stage_pos);
		if (con.stage_pos < con.stage_len)
			return true;
		if (!refill())
			return false;
	}
	return true;
}

/* Asks for the transmit interrupt exactly while there is something to do then. Lock held. */
static void set_irqs(bool tx)
{
	u32 mask = UART_IRQ_RX | (tx ? UART_IRQ_TX : 0);

	if (!con.async || !con.uart.ops || mask == con.irq_mask)
		return;
	con.irq_mask = mask;
	con.uart.ops->irq_enable(&con.uart, mask);
}

/* Sends, lets the lock go, and tells the VMs that have room again. */
static __attribute__((noinline)) void drain_unlock_wake(void)
{
	bool left = drain();
	u32 wake = con.wake;

	con.wake = 0;
	set_irqs(left);
	con_unlock();
	while (unlikely(wake)) {
		u32 id = (u32)__builtin_ctz(wake);

		wake &= wake - 1;
		if (sources[id].vuart)
			vuart_tx_wake(sources[id].vuart);
	}
}

/* ---- for the rest of nk ---- */

void console_init(volatile void *base, enum cfg_uart type)
{
	con_lock();
	uart_init(&con.uart, base, type);
	con.ready = true;
	drain();
	con_unlock();
}

void console_start(void)
{
	con_lock();
	con.async = true;
	con.irq_mask = 0;
	set_irqs(false);
	drain_unlock_wake();
}

void console_set_color(bool on)
{
	con.no_color = !on;
}

void console_set_vm(u32 id, const char *name, struct vuart *vuart)
{
	struct source *s = &sources[id];

	con_lock();
	fmt_snprintf(s->name, sizeof(s->name), "%s", name);
	s->width = (u32)fmt_snprintf(s->prefix, sizeof(s->prefix), "vm%u %s| ", id, s->name);
	s->vuart = vuart;
	con.present |= (u32)BIT(id);
	if (!con.focus)
		con.focus = id;
	drain_unlock_wake();
}

bool console_take_focus(u32 id)
{
	if (id != CONSOLE_NK && !console_vm_name(id))
		return false;
	WRITE_ONCE(con.focus, id);
	return true;
}

u32 console_focus(void)
{
	return READ_ONCE(con.focus);
}

const char *console_vm_name(u32 id)
{
	return id < NK_VM_IDS && (con.present & BIT(id)) ? sources[id].name : NULL;
}

struct vuart *console_vm_vuart(u32 id)
{
	return console_vm_name(id) ? sources[id].vuart : NULL;
}

bool console_vm_full(u32 id)
{
	return (READ_ONCE(con.full) >> id) & 1;
}

/*
 * The next character of the line that the cursor is in goes straight to the UART, when nothing
 * else waits. The same as push() and drain(), but short. Lock held.
 */
static bool put_through(struct source *s, u32 id, u8 c)
{
	u8 *place = &s->q[(s->head + s->count) % QUEUE_SIZE];

	if (con.open != s || id != con.focus || con.complete || c < ' ' ||
	    s->shown != s->count || s->count >= CONSOLE_LINE_MAX || con.stage_pos < con.stage_len)
		return false;
	*place = c;
	if (uart_send(place, 1) != 1)
		return false;
	s->count++;
	s->shown++;
	return true;
}

void console_vm_putc(u32 id, u8 c)
{
	struct source *s = &sources[id];

	con_lock();
	if (put_through(s, id, c)) {
		con_unlock();
		return;
	}
	push(s, c);
	/* A character that changes nothing on the terminal is only kept. */
	if (id == con.focus || (con.complete & BIT(id)))
		drain_unlock_wake();
	else
		con_unlock();
}

void console_vm_write(u32 id, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		console_vm_putc(id, (u8)text[i]);
}

void console_vm_end(u32 id)
{
	struct source *s = &sources[id];
	u32 lost;

	con_lock();
	if (s->count && char_at(s, s->count - 1) != '\n')
		push(s, '\n');
	lost = s->lost;
	s->lost = 0;
	drain_unlock_wake();
	log_vm_end(id);
	if (lost) {
		char line[96];
		int n = fmt_snprintf(line, sizeof(line),
				     "vm%u %s: %u characters lost, sent to a full FIFO", id,
				     s->name, lost);

		console_log(line, (size_t)n);
	}
}

void console_poll(void)
{
	con_lock();
	drain_unlock_wake();
}

int console_getc(void)
{
	return con.uart.ops ? con.uart.ops->getc(&con.uart) : -1;
}

void console_prompt_write(const char *text, size_t len)
{
	console_vm_write(PROMPT, text, len);
}

static bool log_room(size_t len)
{
	return sources[LOG].count + len + 1 <= QUEUE_SIZE;
}

static bool log_push(const char *text, size_t len)
{
	if (!log_room(len))
		return false;
	for (size_t i = 0; i < len; i++)
		push(&sources[LOG], (u8)text[i]);
	push(&sources[LOG], '\n');
	return true;
}

/* Once lines were lost, none comes before the one that says so. */
static bool log_recover(void)
{
	char note[32];
	int n;

	if (!sources[LOG].lost)
		return true;
	n = fmt_snprintf(note, sizeof(note), "%u lines lost", sources[LOG].lost);
	if (!log_push(note, (size_t)n))
		return false;
	sources[LOG].lost = 0;
	return true;
}

/* Locks are held by callers of printk(), so the vuarts are not told here: the interrupt does. */
void console_log(const char *text, size_t len)
{
	con_lock();
	if (!log_recover() || !log_push(text, len))
		sources[LOG].lost++;
	set_irqs(drain() || con.wake);
	con_unlock();
}

void console_flush_panic(void)
{
	WRITE_ONCE(con.panic, true);
	drain();
}
