// SPDX-License-Identifier: Apache-2.0
/* The console's state, its lock, and its way to the UART. See docs/guide/console.md. */
#include "core/console/console.h"

#include "arch/cpu.h"
#include "core/console/priv.h"
#include "core/dev/vuart.h"
#include "core/vlog/vlog.h"
#include "lib/log.h"
#include "lib/printf.h"

#define DRAIN_BYTES 256 /* at a time */
#define POLLS_MAX 10000000 /* for one piece of text, when polled: seconds */

struct console con = {.lock = SPINLOCK(LOCK_CONSOLE)};
struct source sources[NR_SOURCES];

static void con_lock(void) __acquires(&con.lock)
{
	if (likely(!READ_ONCE(con.panic)))
		spin_lock(&con.lock);
	else
		__acquire(&con.lock);
}

static void con_unlock(void) __releases(&con.lock)
{
	if (likely(!READ_ONCE(con.panic)))
		spin_unlock(&con.lock);
	else
		__release(&con.lock);
}

/* Gives the UART what it has room for; without its interrupt, all, after a bounded wait. */
static u32 uart_send(const u8 *text, u32 len) __must_hold(&con.lock)
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

/*
 * Sends while the UART has room, but not so much that this CPU, or those that wait for the lock, are
 * kept for long. True if something is left: the transmit interrupt goes on with that.
 */
static bool drain_output(void) __must_hold(&con.lock)
{
	u32 sent = 0;

	if (unlikely(!con.ready))
		return false;
	/* Without interrupts more than all queues can hold: only a panic amidst other work comes to it. */
	for (u32 turn = 0; turn < NR_SOURCES * QUEUE_SIZE; turn++) {
		u32 n = uart_send(con.stage.text + con.stage_pos, con.stage.len - con.stage_pos);

		sent += n;
		con.stage_pos += n;
		if (con.stage_pos < con.stage.len)
			return true;
		if (!console_refill())
			return false;
		if (sent + con.stage.len > DRAIN_BYTES && likely(con.async && !con.panic))
			break;
	}
	return true;
}

/* Asks for the transmit interrupt exactly while there is something to do then. */
static void set_irqs(bool tx) __must_hold(&con.lock)
{
	u32 mask = UART_IRQ_RX | (tx ? UART_IRQ_TX : 0);

	if (!con.async || !con.uart.ops || mask == con.irq_mask)
		return;
	con.irq_mask = mask;
	con.uart.ops->irq_enable(&con.uart, mask);
}

/* Sends, lets the lock go, and tells the VMs that have room again. */
static __attribute__((noinline)) void drain_unlock_wake(void) __releases(&con.lock)
{
	bool left = drain_output();
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

void console_init(volatile void *base, const struct cfg_console *uart)
{
	con_lock();
	uart_init(&con.uart, base, uart);
	con.edge = con.uart.ops && uart->nr_irqs && uart->irqs[0].trigger == CFG_TRIGGER_EDGE;
	con.stage = (struct con_text){con.stage_text, con.stage.len, sizeof(con.stage_text)};
	con.ready = true;
	drain_output();
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

void console_set_columns(u32 columns)
{
	con.columns = columns;
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
		con.focus = con.focus_vm = id;
	drain_unlock_wake();
}

static void take_focus(u32 id) __must_hold(&con.lock)
{
	con.want_screen = 0;
	con.wrap = WRAP_UNKNOWN; /* perhaps it is another terminal */
	WRITE_ONCE(con.focus, id);
	if (id != CONSOLE_NK)
		WRITE_ONCE(con.focus_vm, id);
}

bool console_take_focus(u32 id)
{
	if (id != CONSOLE_NK && !console_vm_name(id))
		return false;
	con_lock();
	take_focus(id);
	con_unlock();
	return true;
}

bool console_give_focus(u32 id)
{
	bool moves;

	con_lock();
	moves = con.focus > CONSOLE_NK && con.focus != id && !con.want_screen;
	WRITE_ONCE(con.focus_vm, id);
	if (moves)
		take_focus(id);
	drain_unlock_wake();
	return moves;
}

u32 console_focus_vm(void)
{
	return READ_ONCE(con.focus_vm);
}

bool console_screen(bool on)
{
	u32 id;

	con_lock();
	id = con.focus > CONSOLE_NK && on ? con.focus : 0;
	con.want_screen = id;
	drain_unlock_wake();
	return id;
}

u32 console_screen_owner(void)
{
	return READ_ONCE(con.want_screen);
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
 * else waits. The same as console_push() and drain_output(), but short.
 */
static bool put_through(struct source *s, u32 id, u8 c) __must_hold(&con.lock)
{
	u8 *place = &s->q[(s->head + s->count) % QUEUE_SIZE];

	if (con.open != s || id != con.focus || con.complete || c < ' ' || c > '~' ||
	    s->shown.at != s->count || s->count >= CONSOLE_LINE_MAX ||
	    con.stage_pos < con.stage.len || console_line_wide(s, &s->shown))
		return false;
	*place = c;
	if (uart_send(place, 1) != 1)
		return false;
	s->count++;
	s->shown.at++;
	s->shown.column++;
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
	console_push(s, c);
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

u32 console_vm_take(u32 id, const u8 *text, u32 len)
{
	struct source *s = &sources[id];
	u32 room;

	con_lock();
	room = s->count < QUEUE_FULL ? QUEUE_FULL - s->count : 0;
	len = MIN(len, room);
	for (u32 i = 0; i < len; i++)
		console_push(s, text[i]);
	con_unlock();
	return len;
}

u32 console_vm_last(u32 id, u8 *text, u32 size)
{
	struct source *s = &sources[id];
	u32 from;

	con_lock();
	/* What was sent stays in the queue until other characters come there. */
	size = MIN(size, s->head + s->count);
	from = s->head + s->count - size;
	for (u32 i = 0; i < size; i++)
		text[i] = s->q[(from + i) % QUEUE_SIZE];
	con_unlock();
	return size;
}

void console_vm_end(u32 id)
{
	struct source *s = &sources[id];
	u32 lost;

	con_lock();
	if (s->count && char_at(s, s->count - 1) != '\n')
		console_push(s, '\n');
	lost = s->lost;
	s->lost = 0;
	if (con.want_screen == id)
		con.want_screen = 0;
	drain_unlock_wake();
	log_vm_end(id);
	if (lost)
		vm_warn(id, "%u characters lost, sent to a full FIFO", lost);
}

void console_poll(void)
{
	con_lock();
	drain_unlock_wake();
}

void console_ack(void)
{
	if (con.uart.ops && con.uart.ops->irq_ack)
		con.uart.ops->irq_ack(&con.uart);
}

void console_rearm(void)
{
	if (!con.edge)
		return;
	con_lock();
	con.uart.ops->irq_enable(&con.uart, 0);
	con.uart.ops->irq_enable(&con.uart, con.irq_mask);
	con_unlock();
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

static bool log_push(const char *text, size_t len) __must_hold(&con.lock)
{
	if (!log_room(len))
		return false;
	for (size_t i = 0; i < len; i++)
		console_push(&sources[LOG], (u8)text[i]);
	console_push(&sources[LOG], '\n');
	return true;
}

/* Once lines were lost, none comes before the one that says so. */
static bool log_recover(void) __must_hold(&con.lock)
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

bool console_log_room(u32 bytes)
{
	return READ_ONCE(sources[LOG].count) + bytes <= QUEUE_SIZE - LOG_OWN;
}

/*
 * Locks are held by callers of printk(), so the vuarts are not told here: the interrupt does. At the machine's end nobody
 * waits for a log's lock, which another CPU may have been stopped with.
 */
void console_log(char *text, size_t len)
{
	if (likely(!READ_ONCE(con.panic)))
		vlog_nk(text, (u32)len);
	con_lock();
	if (!log_recover() || !log_push(text, len))
		sources[LOG].lost++;
	set_irqs(drain_output() || con.wake);
	con_unlock();
}

void console_flush_panic(void)
{
	WRITE_ONCE(con.panic, true);
	con.want_screen = 0;
	__acquire(&con.lock);
	drain_output();
	__release(&con.lock);
}
