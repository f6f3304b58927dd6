// SPDX-License-Identifier: Apache-2.0
/* Queues of output, and how their lines are framed on the one terminal. See docs/console.md. */
#include "core/console_priv.h"

#include "lib/printf.h"

#define QUEUE_LOW (QUEUE_SIZE / 2)
/* So many without a newline are more than a line, whatever '\r' and '\n' may be among the last. */
#define QUEUE_BREAK (CONSOLE_LINE_MAX + 2)
#define STAGE_CHAR 8 /* the most one character of a guest becomes */
#define NK_WIDTH 4 /* columns of "nk: " and "nk> " */

void console_push(struct source *s, u8 c)
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
	s->asked = 0;
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
static __canary void stage_return(const struct source *s)
{
	char forward[STAGE_CHAR];

	fmt_snprintf(forward, sizeof(forward), "\r\033[%uC", s->width ? s->width : NK_WIDTH);
	stage(forward);
}

/*
 * Where the query (CSI ... n, CSI ... c) whose ESC is at i ends, if the terminal must not get it; i
 * otherwise. Its answer is typed to the owner of the keyboard, who asked for it once or not at all.
 */
static u32 skip_query(const struct source *s, u32 i)
{
	u32 limit = id_of(s) == con.focus ? s->asked : s->count;
	u32 end = i;
	u8 c;

	do {
		if (++end >= limit)
			return i;
		c = char_at(s, end);
	} while (end == i + 1 ? c == '[' : c >= ' ' && c <= '?');
	return c == 'n' || c == 'c' ? end + 1 : i;
}

/* Stages what fits of the line of s that is open, to its end if that is there. */
static void stage_text(struct source *s)
{
	while (con.stage_len + STAGE_CHAR <= STAGE_SIZE && s->shown < s->count) {
		u32 i = s->shown;
		u8 c = char_at(s, i);

		if (c == '\033') {
			s->shown = skip_query(s, i);
			if (s->shown > i)
				continue;
		}
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
bool console_refill(void)
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
		s->asked = MAX(s->asked, s->shown);
		s->shown = 0;
		con.open = s;
	}
	stage_text(s);
	return true;
}
