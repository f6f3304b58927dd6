/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one terminal that nk and all its VMs share. docs/guide/console.md is the contract of what is
 * on the wire: framing, keys, throttle.
 *
 * Every source (nk's log, nk's prompt, each VM) has a queue of its own, and lines are framed
 * only when the UART can take them, in turn. So a VM that floods its console fills its own
 * queue and nobody else's, and is then shown a full transmit FIFO until there is room.
 * nk never waits for the UART once console_start() ran, except in console_flush_panic().
 *
 * Locking: one console lock, a leaf: nothing is called with it held. printk() and vm_warn()
 * may thus be called with any other lock held. The functions marked "no lock held" below take
 * vuart locks, and through them vGIC locks, once the console lock is let go.
 */
#ifndef CORE_CONSOLE_CONSOLE_H
#define CORE_CONSOLE_CONSOLE_H

#include "config/model.h"
#include "lib/limits.h"
#include "lib/types.h"

#define CONSOLE_LINE_MAX 512 /* longer lines of a guest are broken */
#define CONSOLE_NK 1 /* the id that stands for nk's own prompt */

struct vuart;

/*
 * Starts output on the UART mapped at base. What was printed before comes out now. May be
 * called first of all; and again, when the mapping moves. Until console_start() output is
 * polled: printk() returns when its line is in the UART, after a bounded wait.
 * Context: boot, one CPU.
 */
void console_init(volatile void *base, const struct cfg_console *uart);

/*
 * From here on output is driven by the UART's interrupt, and keys are read. Call it when the
 * interrupt is routed to a CPU. Context: boot.
 */
void console_start(void);

/* Colours on (the default) or off: option nk.color=off. Context: any. */
void console_set_color(bool on);

/* So wide is the terminal: lines of VMs are broken there. 0: nothing is known. Context: boot. */
void console_set_columns(u32 columns);

/*
 * Gives VM id its place on the terminal. name (shorter than NK_NAME_MAX) is copied; vuart gets
 * what is typed to it and may be NULL. The first VM so announced has the focus.
 * Context: any, no lock held.
 */
void console_set_vm(u32 id, const char *name, struct vuart *vuart);

/*
 * Moves the focus to VM id, or to nk's prompt (CONSOLE_NK), says so in a line, and shows the
 * unfinished line of the new owner. False, and a line, when there is no such VM.
 * Context: any, no lock held.
 */
bool console_set_focus(u32 id);

/*
 * Gives the focus to VM id, which there is, at a VM's wish: not while nk's prompt or a VM in screen mode has
 * it, which are the operator's choice; then only console_focus_vm() changes. Says nothing. Returns whether
 * the focus moved. Context: any, no lock held.
 */
bool console_give_focus(u32 id);

/* The VM with the focus, or that had it before nk's prompt; 0: none yet. Context: any. */
u32 console_focus_vm(void);

/* moved is called whenever console_set_focus() has given the focus to a VM. Context: boot. */
void console_on_focus(void (*moved)(void));

/*
 * Gives the VM with the focus the screen as well (on), or takes it back. Returns false if it is
 * not given to anybody. Context: any, no lock held.
 */
bool console_screen(bool on);

/* Who has the screen to itself, or soon will; 0: nobody. Context: any. */
u32 console_screen_owner(void);

/* The focus: a VM id or CONSOLE_NK; 0 while there is no VM. Context: any. */
u32 console_focus(void);

/* The name VM id was announced with, or NULL when it was not. Context: any. */
const char *console_vm_name(u32 id);

/*
 * Queues one character of VM id's output. It is lost only if the queue is full, which
 * console_vm_full() says 64 characters in advance. Context: any, no lock held.
 */
void console_vm_putc(u32 id, u8 c);

/* The same for len characters, '\n' alone ends a line. Context: any, no lock held. */
void console_vm_write(u32 id, const char *text, size_t len);

/*
 * Copies the last characters that VM id sent, at most size, which is no more than KIB(1). Returns how many. Context: any,
 * no lock held.
 */
u32 console_vm_last(u32 id, u8 *text, u32 size);

/*
 * Queues as many of len characters of VM id's output as there is room for, so none is lost. Returns
 * how many. The caller looks at interrupts, and sends them by console_poll(). Context: any, no lock
 * held.
 */
u32 console_vm_take(u32 id, const u8 *text, u32 len);

/*
 * True while VM id should send nothing; vuart_tx_wake() is called when that ends.
 * Context: any, lock-free.
 */
bool console_vm_full(u32 id);

/* VM id stopped or restarts: its unfinished line is ended. Context: any, no lock held. */
void console_vm_end(u32 id);

/* Sends what the UART has room for now. Context: any, no lock held. */
void console_poll(void);

/*
 * The UART's interrupt (level): characters for the VM with the focus, or for nk; room to
 * send. Bounded work; what is left asserts the interrupt again.
 * Context: interrupt at EL2, one CPU at a time, no lock held.
 */
void console_irq(void);

/*
 * Sends everything queued, polled, without the lock and with a bounded wait; printk() does the
 * same from then on. For panics and for the moment before the machine is turned off.
 * Context: any. Other CPUs should be stopped.
 */
void console_flush_panic(void);

/* For the prompt (prompt.c): echoes text on its line. Context: console_irq(). */
void console_prompt_write(const char *text, size_t len);

/* Whether lines of so many bytes that a guest caused find room beside what is nk's own. */
bool console_log_room(u32 bytes);

#endif
