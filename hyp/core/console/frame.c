// SPDX-License-Identifier: Apache-2.0
/* Queues of output, and how their lines are framed on the one terminal. See docs/guide/console.md. */
#include "core/console/history.h"
#include "core/console/priv.h"

#include "lib/printf.h"

#define QUEUE_LOW (QUEUE_SIZE / 2)
/* So many without a newline are more than a line, whatever '\r' and '\n' may be among the last. */
#define QUEUE_BREAK (CONSOLE_LINE_MAX + 2)
#define RETURN_SIZE 8 /* of what a '\r' becomes */
#define NK_WIDTH 4 /* columns of "nk: " and "nk> " */

void console_push(struct source *s, u8 c) __must_hold(&con.lock)
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

void console_pop(struct source *s, u32 n) __must_hold(&con.lock)
{
	u32 bit = (u32)BIT(id_of(s));

	s->head += n;
	s->count -= n;
	s->shown = (struct line_pos){0};
	s->asked = 0;
	s->waits = 0;
	if (!s->lines && s->count < QUEUE_BREAK)
		con.complete &= ~bit;
	if (unlikely(con.full & bit) && s->count <= QUEUE_LOW) {
		WRITE_ONCE(con.full, con.full & ~bit);
		con.wake |= bit;
	}
}

/* ---- framing ---- */

void con_byte(struct con_text *f, u8 c)
{
	if (likely(f->len < f->size))
		f->text[f->len++] = c;
}

void con_add(struct con_text *f, const char *text)
{
	while (*text)
		con_byte(f, (u8)*text++);
}

static void add_color(struct con_text *f, const char *sgr)
{
	if (con.no_color)
		return;
	con_add(f, "\033[");
	con_add(f, sgr);
}

static void add_prefix(const struct source *s, struct con_text *f)
{
	/* Bright enough on black and on white; VM 3 is cyan, its neighbours differ. */
	static const char colors[][4] = {"32m", "36m", "33m", "35m", "34m", "31m"};
	u32 id = id_of(s);

	if (id == LOG || id == PROMPT) {
		add_color(f, "0m");
		con_add(f, id == LOG ? "nk: " : "nk> ");
		return;
	}
	add_color(f, colors[(id - NK_VM_ID_FIRST) % ARRAY_SIZE(colors)]);
	con_add(f, s->prefix);
	add_color(f, "0m");
}

/* Nothing of a line's colours goes beyond it. */
static void add_reset(struct con_text *f, const struct line_pos *p)
{
	if (p->colored)
		con_add(f, "\033[0m");
}

/* A '\r' inside a line goes back to the line's text, not to the prefix before it. */
static void add_return(const struct source *s, struct line_pos *p, struct con_text *f)
{
	char forward[RETURN_SIZE];

	fmt_snprintf(forward, sizeof(forward), "\r\033[%uC", s->width ? s->width : NK_WIDTH);
	con_add(f, forward);
	p->column = 0;
	p->at++;
}

enum step { STEP_ON, STEP_WAIT, STEP_END };

/*
 * Frames the next character of a line. STEP_WAIT: it is not there, or what follows decides.
 * STEP_END: nothing more, and *length characters are the line with its end.
 */
static enum step frame_step(const struct source *s, struct line_pos *p, bool live,
			    struct con_text *f, u32 *length)
{
	u8 c;

	*length = p->at;
	if (p->at >= QUEUE_BREAK) /* the end of a sequence; a '\n' further on is not waited for */
		return STEP_END;
	if (p->at >= s->count)
		return STEP_WAIT;
	c = char_at(s, p->at);
	if (c == '\r' && p->at + 1 == s->count)
		return STEP_WAIT;
	*length = p->at + (c == '\n' ? 1 : 2);
	if (c == '\n' || (c == '\r' && char_at(s, p->at + 1) == '\n'))
		return STEP_END;
	*length = p->at;
	if (p->at >= CONSOLE_LINE_MAX || console_line_wide(s, p))
		return STEP_END;
	if (c == '\r') {
		add_return(s, p, f);
		return STEP_ON;
	}
	if (id_of(s) > PROMPT)
		return console_filter(s, p, live, f) ? STEP_ON : STEP_WAIT;
	con_byte(f, c);
	p->at++;
	return STEP_ON;
}

/*
 * Text that nothing has to be done about, as frame_step() would frame it, in a short loop: no interrupt is
 * taken meanwhile. f has room for FILTERED_MAX bytes.
 */
static void add_plain(const struct source *s, struct line_pos *p, struct con_text *f)
{
	bool vm = id_of(s) > PROMPT;
	u32 end = MIN(s->count, (u32)CONSOLE_LINE_MAX);
	u32 n = MIN(end > p->at ? end - p->at : 0, f->size - f->len - FILTERED_MAX);
	u32 wide = s->width + p->column, i;
	u8 *to = f->text + f->len;

	if (vm && con.columns)
		n = MIN(n, con.columns > wide ? con.columns - wide : 0);
	for (i = 0; i < n; i++) {
		u8 c = char_at(s, p->at + i);

		if (c < ' ' || c > '~')
			break;
		to[i] = c;
	}
	p->at += i;
	p->column += vm ? i : 0;
	f->len += i;
}

/* A whole line, once more, for those who read it later. */
static void record_line(const struct source *s, u32 length) __must_hold(&con.lock)
{
	u8 text[STAGE_SIZE];
	struct con_text f = {text, 0, sizeof(text)};
	struct line_pos p = {0};
	u32 unused;

	add_prefix(s, &f);
	add_plain(s, &p, &f);
	while (p.at < length && frame_step(s, &p, false, &f, &unused) == STEP_ON) {
		if (f.len + FILTERED_MAX <= f.size)
			add_plain(s, &p, &f);
		if (f.len + FILTERED_MAX <= f.size)
			continue;
		history_put(id_of(s), text, f.len);
		f.len = 0;
	}
	add_reset(&f, &p);
	con_add(&f, "\r\n");
	history_put(id_of(s), text, f.len);
}

static void end_line(struct source *s, u32 length) __must_hold(&con.lock)
{
	record_line(s, length);
	add_reset(&con.stage, &s->shown);
	con_add(&con.stage, "\r\n");
	if (char_at(s, length - 1) == '\n')
		s->lines--;
	console_pop(s, length);
	con.open = NULL;
}

/* Stages what fits of the line of s that is open, to its end if that is there. */
static void stage_text(struct source *s) __must_hold(&con.lock)
{
	enum step next = STEP_ON;
	u32 length;

	while (next == STEP_ON && con.stage.len + FILTERED_MAX <= con.stage.size) {
		add_plain(s, &s->shown, &con.stage);
		next = frame_step(s, &s->shown, true, &con.stage, &length);
	}
	if (next == STEP_END)
		end_line(s, length);
	s->waits = next == STEP_WAIT ? s->count : 0;
}

/* True if the unfinished line of s has more to show than what is on the terminal. */
static bool unfinished_text(const struct source *s)
{
	if (con.open != s)
		return id_of(s) == PROMPT || (s->count && (char_at(s, 0) != '\r' || s->count > 1));
	return s->shown.at < s->count && s->waits != s->count;
}

/* Whose line is next: one begun, nk's log, everybody in turn, the unfinished one of the focus. */
static struct source *pick_source(void)
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
	/* Behind the last line of a panic, or of an orderly end, there is no other. */
	if (!con.panic && con.focus && unfinished_text(&sources[con.focus]))
		return &sources[con.focus];
	return NULL;
}

/* Fills the empty stage; false if there is nothing to send. */
bool console_refill(void) __must_hold(&con.lock)
{
	struct source *s;

	con.stage_pos = 0;
	con.stage.len = 0;
	if (console_screen_change())
		return true;
	if (con.screen)
		return console_screen_refill();
	s = pick_source();
	if (!s)
		return false;
	if (con.open && con.open != s) {
		add_reset(&con.stage, &con.open->shown);
		con_add(&con.stage, "\r\033[K");
		con.open = NULL;
	}
	if (!con.open) {
		add_prefix(s, &con.stage);
		s->asked = MAX(s->asked, s->shown.at);
		s->shown = (struct line_pos){0};
		con.open = s;
	}
	stage_text(s);
	return true;
}
