/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the console share; console.h is for everybody else. */
#ifndef CORE_CONSOLE_PRIV_H
#define CORE_CONSOLE_PRIV_H

#include "arch/spinlock.h"
#include "core/console/console.h"
#include "drivers/uart/uart.h"

#define ESC 0x1b

#define LOG 0 /* source of nk's own lines; no VM has this id */
#define PROMPT CONSOLE_NK
#define NR_SOURCES NK_VM_IDS

#define QUEUE_SIZE 4096 /* a power of two */
#define QUEUE_FULL (QUEUE_SIZE - 64) /* room for a FIFO that a guest fills without looking */
#define LOG_OWN (QUEUE_SIZE / 4) /* of the log's queue, kept for what no guest caused */
#define STAGE_SIZE 256 /* a prefix and some text */

enum { WRAP_UNKNOWN, WRAP_OFF, WRAP_ON };

/* How far a line is framed. */
struct line_pos {
	u32 at; /* the next character of it */
	u32 column; /* of the cursor, behind the prefix */
	bool colored; /* an attribute was set */
};

/* Bytes for the terminal or the history. */
struct con_text {
	u8 *text;
	u32 len;
	u32 size;
};

struct source {
	u32 head; /* first character of the first unsent line */
	u32 count;
	struct line_pos shown; /* what of that line is on the terminal */
	u32 asked; /* of that line, how many have been there: their queries are not sent again */
	u32 waits; /* the count at which a sequence of the unfinished line was not whole yet */
	u32 lines; /* newlines in the queue */
	u32 lost;
	u32 width; /* columns of a VM's prefix */
	struct vuart *vuart;
	char name[NK_NAME_MAX];
	char prefix[NK_NAME_MAX + 8];
	u8 q[QUEUE_SIZE];
};

struct console {
	spinlock_t lock;
	struct uart uart;
	bool ready; /* console_init() ran */
	bool edge; /* the UART's interrupt is one */
	bool async; /* console_start() ran */
	bool panic; /* no locks any more */
	bool no_color;
	u32 irq_mask; /* what the UART was last told */
	u32 focus; /* source whose unfinished line is shown; 0: none */
	u32 focus_vm; /* VM with the focus, or that had it before nk's prompt; 0: none */
	u32 present; /* bit N: VM N was announced */
	u32 complete; /* bit N: source N has a whole line */
	u32 full; /* bit N: VM N must wait. Read without the lock */
	u32 wake; /* bit N: VM N waited and need not any more; its vuart is not told yet */
	u32 last; /* source served last */
	struct source *open; /* whose line the cursor is in, at the end of what is shown of it */
	u32 columns; /* at which lines are broken; 0: none */
	u32 want_screen; /* VM that is to have the screen to itself; 0: none */
	u32 screen; /* VM that has it */
	u8 screen_last; /* its last character */
	u8 wrap; /* what the terminal was told of its right edge: WRAP_* */
	u32 stage_pos;
	struct con_text stage; /* on its way to the UART */
	u8 stage_text[STAGE_SIZE];
};

extern struct console con;
extern struct source sources[NR_SOURCES];

static inline u32 id_of(const struct source *s)
{
	return (u32)(s - sources);
}

static inline u8 char_at(const struct source *s, u32 i)
{
	return s->q[(s->head + i) % QUEUE_SIZE];
}

/* Whether the next character would be at the terminal's right edge (option nk.columns). */
static inline bool console_line_wide(const struct source *s, const struct line_pos *p)
{
	return con.columns && p->column && s->width + p->column >= con.columns;
}

/* frame.c: */

/* Queues a character of s; counts it as lost when there is no room. */
void console_push(struct source *s, u8 c) __must_hold(&con.lock);

/* The first n characters are on the terminal for good. */
void console_pop(struct source *s, u32 n) __must_hold(&con.lock);

void con_add(struct con_text *f, const char *text);
void con_byte(struct con_text *f, u8 c);

/* filter.c: */

#define FILTERED_MAX 32 /* the most one character or sequence of a guest becomes */

/*
 * Adds what the terminal gets of the character or sequence of a VM's line at p, which is no end of
 * the line, and moves p behind it. live: the terminal sees it for the first time. Returns false if it
 * is not whole yet.
 */
bool console_filter(const struct source *s, struct line_pos *p, bool live, struct con_text *out);

/* screen.c: */

/* What must be sent before anything else; true if that is staged. The stage is empty. */
bool console_screen_change(void) __must_hold(&con.lock);

/* Stages what the VM with the screen has; false if there is nothing. */
bool console_screen_refill(void) __must_hold(&con.lock);

/* frame.c: */

/* Fills the stage, which must have been sent, with what comes next; false if there is nothing. */
bool console_refill(void) __must_hold(&con.lock);

/* console.c: */

/*
 * Queues len characters as a whole line of nk's own; a newline is added. All or nothing: what does not fit is counted
 * and the count printed later. The line is also put into the circular log, for which text has room for one more character.
 * Context: any.
 */
void console_log(char *text, size_t len);

/* Where a VM's characters go; NULL when it has no UART. Context: any. */
struct vuart *console_vm_vuart(u32 id);

/* Gives VM id the focus without a line about it; false if it does not exist. */
bool console_take_focus(u32 id);

/* What the physical UART remembers of its interrupts is taken back. Context: console_irq(), before console_getc(). */
void console_ack(void);

/*
 * Where the interrupt is an edge: has the line fall and, if there is a reason left, rise again. Context: console_irq(), at
 * its end.
 */
void console_rearm(void);

/* One character from the physical UART, or -1. Context: console_irq(). */
int console_getc(void);

/* Prints how many vm_warn() lines of the VM were held back, if any, once a second. Context: any. */
void log_vm_end(u32 vm_id);

/* One key typed, for the VM with the focus or nk's prompt. Context: console_irq(). */
void console_key(u8 c);

#endif
