/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* screen.c: pictures of nk top on a terminal, each in the place of the one before. */
#ifndef NK_TOOL_SCREEN_H
#define NK_TOOL_SCREEN_H

#include <termios.h>
#include "monitor.h"

struct screen {
	struct termios old;
	bool changed;
};

/* Keys come at once and are not shown from here on, and what was on the terminal is there again behind screen_close(). */
void screen_open(struct screen *screen);
void screen_close(const struct screen *screen);

/* As much of it as there is room for. Returns NK_OK, or says that memory is short. */
int screen_show(const struct picture *picture);

#endif
