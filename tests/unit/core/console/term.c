// SPDX-License-Identifier: Apache-2.0
#include "term.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/uart/uart.h"

struct term term;
struct fake_uart fake;

/* ---- the screen ---- */

static void screen_put(char c)
{
	assert_true(term.cursor < sizeof(term.screen));
	while (term.width < term.cursor)
		term.screen[term.width++] = ' ';
	term.screen[term.cursor++] = c;
	if (term.width < term.cursor)
		term.width = term.cursor;
}

/* As a terminal does when it is asked for the cursor's place. */
static void answer(void)
{
	size_t len = strlen(fake.answers);

	assert_string_equal(term.escape, "\033[6n");
	assert_true(len + sizeof(TERM_ANSWER) <= sizeof(fake.answers));
	memcpy(fake.answers + len, TERM_ANSWER, sizeof(TERM_ANSWER));
	fake.queries++;
}

static void screen_escape(void)
{
	char last = term.escape[term.escape_len - 1];

	if (last == 'K')
		term.width = term.cursor;
	else if (strchr("@PXc", last) || (last == 'n' && term.escape[2] == '5'))
		return; /* the screen of the tests that send these is not looked at */
	else if (last == 'n')
		answer();
	else if (last == 'C')
		term.cursor += (size_t)atoi(term.escape + 2);
	else if (last == 'G')
		term.cursor = (size_t)atoi(term.escape + 2) - 1;
	else if (last == 'l' || last == 'h') /* what happens at the right edge */
		assert_memory_equal(term.escape, "\033[?7", 4);
	else
		assert_int_equal(last, 'm');
}

static void screen_byte(char c)
{
	if (term.escape_len && c == '\033') {
		term.escape_len = 1; /* a new one instead */
	} else if (term.escape_len && c != '\r') {
		assert_true(term.escape_len + 1 < sizeof(term.escape));
		term.escape[term.escape_len++] = c;
		term.escape[term.escape_len] = '\0';
		if (term.escape_len > 2 && c >= '@') {
			screen_escape();
			term.escape_len = 0;
		}
	} else if (c == '\033') {
		term.escape[term.escape_len++] = c;
	} else if (c == '\r') {
		term.cursor = 0;
	} else if (c == '\b') {
		assert_true(term.cursor > 0);
		term.cursor--;
	} else if (c == '\n') {
		assert_int_equal(term.cursor, 0);
		memcpy(term.seen, term.screen, term.width);
		term.seen[term.width] = '\0';
		/* Nothing in a line may hide who it is from. */
		assert_true(!strncmp(term.seen, "vm", 2) || !strncmp(term.seen, "nk: ", 4) ||
			    !strncmp(term.seen, "nk> ", 4));
		term.width = 0;
	} else {
		screen_put(c);
	}
}

/* ---- the demultiplexer ---- */

/* Takes the colours away and what a '\r' inside a line is followed by. */
void term_strip(char *line)
{
	char *to = line;

	while (*line) {
		size_t n = strncmp(line, "\033[", 2) ? 0 : 2 + strspn(line + 2, "0123456789;?");

		if (n && line[n] && strchr("mCGlh", line[n]))
			line += n + 1;
		else
			*to++ = *line++;
	}
	*to = '\0';
}

static void demux_line(char *line)
{
	char *text = NULL;
	unsigned int id = 99;
	int n = 0;

	term_strip(line);
	if (!strncmp(line, "nk: ", 4) || !strncmp(line, "nk> ", 4)) {
		id = line[2] == ':' ? 0 : 1;
		text = line + 4;
	} else if (sscanf(line, "vm%u %*[^|]|%n", &id, &n) == 1 && n && line[n] == ' ') {
		text = line + n + 1;
	}
	if (!text || id >= TERM_SOURCES)
		fail_msg("a line of nobody: '%s'", line);
	term.len[id] += (size_t)sprintf(term.text[id] + term.len[id], "%s\n", text);
	assert_true(term.len[id] < TERM_TEXT - TERM_LINE);
	term.lines++;
}

static void demux_byte(char c)
{
	static const char erase[] = "\r\033[K";
	size_t n = sizeof(erase) - 1;

	assert_true(term.raw_len + 1 < sizeof(term.raw));
	term.raw[term.raw_len++] = c;
	term.raw[term.raw_len] = '\0';
	if (term.raw_len >= n && !memcmp(term.raw + term.raw_len - n, erase, n))
		term.raw_len = 0;
	if (c != '\n')
		return;
	assert_true(term.raw_len >= 2 && term.raw[term.raw_len - 2] == '\r');
	term.raw[term.raw_len - 2] = '\0';
	demux_line(term.raw);
	term.raw_len = 0;
}

const char *term_text(u32 id)
{
	return term.text[id];
}

const char *term_screen(void)
{
	term.screen[term.width] = '\0';
	return term.screen;
}

/* ---- the UART ---- */

static void fake_init(struct uart *u)
{
	(void)u;
	fake.irq_mask = 0;
}

static void receive(char c)
{
	if (fake.raw) {
		assert_true(fake.wire_len + 1 < sizeof(fake.wire));
		fake.wire[fake.wire_len++] = c;
		fake.wire[fake.wire_len] = '\0';
		return;
	}
	screen_byte(c);
	demux_byte(c);
}

static u32 fake_send(const struct uart *u, const u8 *text, u32 len)
{
	u32 n = 0;

	(void)u;
	while (n < len && (!fake.fifo_size || fake.fifo < fake.fifo_size)) {
		__atomic_fetch_add(&fake.fifo, fake.fifo_size != 0, __ATOMIC_RELAXED);
		receive((char)text[n++]);
	}
	return n;
}

static int fake_getc(const struct uart *u)
{
	(void)u;
	if (fake.answers[fake.answered])
		return fake.answers[fake.answered++];
	return fake.keys && *fake.keys ? *fake.keys++ : -1;
}

static void fake_irq_enable(struct uart *u, u32 mask)
{
	(void)u;
	fake.irq_falls += !mask;
	fake.irq_mask = mask;
}

static const struct uart_ops fake_ops = {
	.init = fake_init,
	.send = fake_send,
	.getc = fake_getc,
	.irq_enable = fake_irq_enable,
};

void uart_init(struct uart *u, volatile void *base, const struct cfg_console *c)
{
	u->base = base;
	u->ops = c->type == CFG_UART_NONE ? NULL : &fake_ops;
	if (u->ops)
		u->ops->init(u);
}

void term_reset(size_t fifo_size)
{
	char *text[TERM_SOURCES];

	for (u32 i = 0; i < TERM_SOURCES; i++) {
		text[i] = term.text[i] ? term.text[i] : malloc(TERM_TEXT);
		assert_non_null(text[i]);
		text[i][0] = '\0';
	}
	memset(&term, 0, sizeof(term));
	memset(&fake, 0, sizeof(fake));
	memcpy(term.text, text, sizeof(text));
	fake.fifo_size = fifo_size;
}

void fake_tick(size_t n)
{
	__atomic_fetch_sub(&fake.fifo, MIN(n, READ_ONCE(fake.fifo)), __ATOMIC_RELAXED);
}

/* The transmit interrupt comes when half of the FIFO is empty, as a PL011's does. */
bool fake_irq(void)
{
	bool tx = (fake.irq_mask & UART_IRQ_TX) && fake.fifo <= fake.fifo_size / 2;
	bool keys = fake.answers[fake.answered] || (fake.keys && *fake.keys);
	bool rx = (fake.irq_mask & UART_IRQ_RX) && keys;

	return tx || rx;
}
