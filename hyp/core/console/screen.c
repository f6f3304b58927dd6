// SPDX-License-Identifier: Apache-2.0
/*
 * Screen mode: the VM with the focus has the terminal to itself, for programs that draw on all of
 * it. What a terminal is told at its begin, and so that nothing of it is left behind.
 */
#include "core/console/priv.h"

/* CAN and ST end whatever sequence or string was begun; ESC c is a reset, and clears the screen. */
#define SCREEN_LEAVE "\030\033\\\033c"
#define SCREEN_ENTER "\033[0m\033[?7h"
/* A terminal that does not wrap never begins a row of its own with a VM's text. */
#define NO_WRAP "\033[?7l"
#define DO_WRAP "\033[?7h"

static void leave_screen(void) __must_hold(&con.lock)
{
	con_add(&con.stage, SCREEN_LEAVE);
	con.screen = 0;
	con.wrap = WRAP_UNKNOWN;
}

static void enter_screen(void) __must_hold(&con.lock)
{
	if (con.open)
		con_add(&con.stage, "\r\033[K");
	con_add(&con.stage, SCREEN_ENTER);
	con.open = NULL;
	con.screen = con.want_screen;
	con.screen_last = 0;
}

bool console_screen_change(void) __must_hold(&con.lock)
{
	u8 wrap = con.panic ? WRAP_ON : WRAP_OFF;

	if (con.screen && con.screen != con.want_screen)
		leave_screen();
	/* nk's own lines are seen first: they say what happens. */
	if (con.want_screen && !con.screen && !(con.complete & BIT(LOG)))
		enter_screen();
	if (!con.screen && !con.open && con.wrap != wrap && !con.no_color) {
		con_add(&con.stage, con.panic ? DO_WRAP : NO_WRAP);
		con.wrap = wrap;
	}
	return con.stage.len;
}

bool console_screen_refill(void) __must_hold(&con.lock)
{
	struct source *s = &sources[con.screen];
	u32 n = 0;

	for (; n < s->count && con.stage.len < con.stage.size; n++) {
		u8 c = char_at(s, n);

		if (c == '\n')
			s->lines--;
		/* ESC c is nk's, so that who reads the stream knows where screen mode ends. */
		if (con.screen_last == ESC && c == 'c')
			c = 0;
		else
			con_byte(&con.stage, c);
		con.screen_last = c;
	}
	console_pop(s, n);
	return con.stage.len;
}
