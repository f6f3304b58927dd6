/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by console.c, console_frame.c, console_keys.c and log.c alone. */
#ifndef CORE_CONSOLE_PRIV_H
#define CORE_CONSOLE_PRIV_H

#include "arch/spinlock.h"
#include "core/console.h"
#include "drivers/uart.h"

#define LOG 0 /* source of nk's own lines; no VM has this id */
#define PROMPT CONSOLE_NK
#define NR_SOURCES NK_VM_IDS

#define QUEUE_SIZE 4096 /* a power of two */
#define QUEUE_FULL (QUEUE_SIZE - 64) /* room for a FIFO that a guest fills without looking */
#define STAGE_SIZE 256 /* a prefix and some text */

struct source {
	u32 head; /* first character of the first unsent line */
	u32 count;
	u32 shown; /* of that line, how many are on the terminal */
	u32 asked; /* of that line, how many have been there: their queries are not sent again */
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

/* console_frame.c, all with the lock held: */

/* Queues a character of s; counts it as lost when there is no room. */
void console_push(struct source *s, u8 c);

/* Fills the stage, which must have been sent, with what comes next; false if there is nothing. */
bool console_refill(void);

/* console.c: */

/*
 * Queues len characters as one or more whole lines of nk's log; a newline is added. All or
 * nothing: what does not fit is counted and the count printed later. Context: any.
 */
void console_log(const char *text, size_t len);

/* The keyboard's way to a VM; NULL when it has none. Context: any. */
struct vuart *console_vm_vuart(u32 id);

/* Makes id the owner of the keyboard, without a word; false if it does not exist. */
bool console_take_focus(u32 id);

/* One character from the physical UART, or -1. Context: console_irq(). */
int console_getc(void);

/* Prints how many vm_warn() lines of the VM were held back, if any, once a second. Context: any. */
void log_vm_end(u32 vm_id);

/* One key typed, for whoever has the keyboard. Context: console_irq(). */
void console_key(u8 c);

#endif
