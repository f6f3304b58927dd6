/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two readers of nk's terminal: a demultiplexer that only knows the contract of docs/guide/console.md,
 * and a screen that shows what a person would see. And the UART they listen to, which may be slow.
 */
#ifndef TESTS_UNIT_TERM_H
#define TESTS_UNIT_TERM_H

#include "lib/types.h"

#define TERM_SOURCES 32 /* VM ids; 0: "nk: ", 1: "nk> " */
#define TERM_TEXT (4 << 20)
#define TERM_LINE 65536
#define TERM_ANSWER "\033[40;27R" /* to ESC[6n */

struct term {
	char *text[TERM_SOURCES]; /* whole lines so far, each ended by '\n' */
	size_t len[TERM_SOURCES];
	size_t lines;
	char raw[TERM_LINE]; /* of the unfinished line, what was received */
	size_t raw_len;
	char screen[TERM_LINE]; /* of the same line, what is seen */
	size_t cursor, width;
	char seen[TERM_LINE]; /* the last whole line as seen */
	char escape[16]; /* of a sequence not yet whole */
	size_t escape_len;
};

/* The UART: a FIFO that tick() empties, and keys that wait. */
struct fake_uart {
	size_t fifo_size; /* 0: never full */
	size_t fifo;
	u32 irq_mask;
	u32 irq_falls; /* how often all interrupts were masked */
	bool raw; /* what comes is only kept, in wire: the readers know nothing of it */
	char wire[4096];
	size_t wire_len;
	const char *keys;
	char answers[256]; /* of the terminal to ESC[6n; they come before the keys */
	size_t queries, answered;
};

extern struct term term;
extern struct fake_uart fake;

/* Empty both; with a UART of that many places (0: endless). */
void term_reset(size_t fifo_size);

/* The wire takes n characters from the FIFO. */
void fake_tick(size_t n);

/* True if the UART asserts its interrupt. */
bool fake_irq(void);

/* Takes escape codes out of a line. */
void term_strip(char *line);

/* Whole lines of a source so far, as a string. */
const char *term_text(u32 id);

/* The line that the cursor is in, as seen. */
const char *term_screen(void);

#endif
