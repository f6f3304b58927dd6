// SPDX-License-Identifier: Apache-2.0
/*
 * What of a VM's line the terminal gets: text, colours, and movement within the text of the line. Nothing
 * that leaves the line, reaches the prefix in front of it, or lasts beyond it. See docs/guide/console.md.
 */
#include "core/console/priv.h"

#include "lib/printf.h"

#define BEL 0x07
#define TAB_STOP 8
#define COLUMN_MAX 999
#define SEQUENCE_MAX 24 /* longer ones are no colours */
#define REPLACEMENT '?' /* for bytes that are no text */

/* A control sequence: ESC [ parameters final. */
struct csi {
	char params[SEQUENCE_MAX];
	u32 nr_params; /* characters of them */
	u32 number; /* the first one, 0 if there is none */
	u8 final; /* 0: it is none that could be let through */
};

/* Whether what the line has may be all there will be of it: nothing more is waited for. */
static bool is_final(const struct source *s)
{
	return con.complete & BIT(id_of(s));
}

static u32 csi_end(const struct source *s, u32 i)
{
	while (i < s->count && char_at(s, i) >= ' ' && char_at(s, i) <= '?')
		i++;
	if (i >= s->count)
		return 0;
	return char_at(s, i) >= '@' && char_at(s, i) <= '~' ? i + 1 : i;
}

/* A string (OSC, DCS, ...) up to BEL or ESC \, or the end of the line. */
static u32 string_end(const struct source *s, u32 i)
{
	for (; i < s->count; i++) {
		u8 c = char_at(s, i);

		if (c == '\n')
			return i;
		if (c == BEL)
			return i + 1;
		if (c == ESC && i + 1 < s->count)
			return char_at(s, i + 1) == '\\' ? i + 2 : i;
	}
	return 0;
}

/* Where the sequence ends whose ESC is at i; 0: it is not whole yet. */
static u32 sequence_end(const struct source *s, u32 i)
{
	u8 c;

	if (++i >= s->count)
		return 0;
	c = char_at(s, i);
	switch (c) {
	case '[':
		return csi_end(s, i + 1);
	case ']':
	case 'P':
	case 'X':
	case '^':
	case '_':
		return string_end(s, i + 1);
	default:
		if (c < ' ' || c > '~')
			return i; /* as if there were no ESC */
		while (i < s->count && char_at(s, i) >= ' ' && char_at(s, i) < '0')
			i++;
		return i < s->count ? i + 1 : 0;
	}
}

static struct csi parse_csi(const struct source *s, u32 i, u32 end)
{
	struct csi csi = {.nr_params = 0};

	if (end - i < 3 || end - i > SEQUENCE_MAX || char_at(s, i + 1) != '[')
		return csi;
	for (i += 2; i < end - 1; i++) {
		u8 c = char_at(s, i);

		if (c < '0')
			return csi;
		csi.params[csi.nr_params++] = (char)c;
	}
	for (i = 0; csi.params[i] >= '0' && csi.params[i] <= '9'; i++)
		csi.number = MIN(10 * csi.number + (u32)(csi.params[i] - '0'), COLUMN_MAX);
	csi.final = char_at(s, end - 1);
	return csi;
}

/* Puts the cursor where the text has that column; a terminal stops at its right edge. */
static void move_cursor(const struct source *s, struct line_pos *p, u32 column,
			struct con_text *out)
{
	char text[FILTERED_MAX];

	p->column = MIN(column, COLUMN_MAX);
	fmt_snprintf(text, sizeof(text), "\033[%uG", s->width + p->column + 1);
	con_add(out, text);
}

static void erase_all(const struct source *s, struct line_pos *p, struct con_text *out)
{
	u32 column = p->column;

	move_cursor(s, p, 0, out);
	con_add(out, "\033[K");
	move_cursor(s, p, column, out);
}

static void pass_csi(const struct csi *csi, struct con_text *out)
{
	con_add(out, "\033[");
	for (u32 i = 0; i < csi->nr_params; i++)
		con_byte(out, (u8)csi->params[i]);
	con_byte(out, csi->final);
}

static void pass_number(const struct csi *csi, u32 n, struct con_text *out)
{
	char text[FILTERED_MAX];

	fmt_snprintf(text, sizeof(text), "\033[%u%c", n, csi->final);
	con_add(out, text);
}

/* The terminal's answer is typed to the VM with the focus, which asked for it once or not at all. */
static bool may_ask(const struct source *s, const struct line_pos *p, const struct csi *csi)
{
	u32 after = csi->params[0] == '>';

	if (id_of(s) != con.focus || p->at < s->asked)
		return false;
	if (csi->final == 'n')
		return csi->nr_params == 1 && (csi->number == 5 || csi->number == 6);
	return csi->nr_params == after ||
	       (csi->nr_params == after + 1 && csi->params[after] == '0');
}

static void filter_csi(const struct source *s, struct line_pos *p, bool live, const struct csi *csi,
		       struct con_text *out)
{
	u32 n = MAX(csi->number, 1u);
	bool private = csi->nr_params && csi->params[0] > ';';

	if ((csi->final == 'n' || csi->final == 'c') && live && may_ask(s, p, csi)) {
		pass_csi(csi, out);
		return;
	}
	if (private)
		return;
	switch (csi->final) {
	case 'm':
		p->colored = true;
		pass_csi(csi, out);
		break;
	case 'C':
		move_cursor(s, p, p->column + n, out);
		break;
	case 'D':
		move_cursor(s, p, p->column - MIN(p->column, n), out);
		break;
	case 'G':
	case '`':
		move_cursor(s, p, n - 1, out);
		break;
	case 'J': /* below there is nothing */
	case 'K':
		if (csi->number == 0)
			con_add(out, "\033[K");
		else if (csi->number == 2 && csi->final == 'K')
			erase_all(s, p, out);
		break;
	case '@':
	case 'P':
	case 'X': /* insert, delete, erase characters from the cursor on */
		pass_number(csi, n, out);
		break;
	default:
		break;
	}
}

static bool filter_sequence(const struct source *s, struct line_pos *p, bool live,
			    struct con_text *out)
{
	u32 end = sequence_end(s, p->at);
	struct csi csi;

	if (!end && !is_final(s))
		return false;
	if (!end) /* a line that is full amidst it */
		end = s->count;
	csi = parse_csi(s, p->at, end);
	filter_csi(s, p, live, &csi, out);
	p->at = end;
	return true;
}

/* The bytes of a character that begins with c; 0: none does. */
static u32 utf8_size(u8 c)
{
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* Whether a character is text: no control (C1), nothing that is no character or turns the line round. */
static bool is_text(u32 size, u32 code)
{
	static const u32 least[] = {0, 0, 0x80, 0x800, 0x10000};

	return code >= least[size] && code >= 0xa0 && code <= 0x10ffff &&
	       (code < 0xd800 || code > 0xdfff) && (code < 0x2028 || code > 0x202e) &&
	       (code < 0x2066 || code > 0x2069);
}

static bool filter_utf8(const struct source *s, struct line_pos *p, struct con_text *out)
{
	u8 c = char_at(s, p->at);
	u32 size = utf8_size(c), code = c & (0x7fu >> size), n;

	for (n = 1; n < size && p->at + n < s->count && (char_at(s, p->at + n) & 0xc0) == 0x80; n++)
		code = code << 6 | (char_at(s, p->at + n) & 0x3f);
	if (n < size && p->at + n >= s->count && !is_final(s))
		return false;
	if (n == size && is_text(size, code))
		for (u32 i = 0; i < size; i++)
			con_byte(out, char_at(s, p->at + i));
	else
		con_byte(out, REPLACEMENT);
	p->column++;
	p->at += n;
	return true;
}

static void filter_control(const struct source *s, struct line_pos *p, bool live, u8 c,
			   struct con_text *out)
{
	if (c == '\t') {
		con_byte(out, c);
		p->column = ALIGN_UP(s->width + p->column + 1, TAB_STOP) - s->width;
	} else if (c == '\b' && p->column) {
		move_cursor(s, p, p->column - 1, out);
	} else if (c == BEL && live && id_of(s) == con.focus && p->at >= s->asked) {
		con_byte(out, c);
	}
}

bool console_filter(const struct source *s, struct line_pos *p, bool live, struct con_text *out)
{
	u8 c = char_at(s, p->at);

	if (likely(c >= ' ' && c <= '~')) {
		con_byte(out, c);
		p->column++;
		p->at++;
		return true;
	}
	if (c == ESC)
		return filter_sequence(s, p, live, out);
	if (c >= 0x80)
		return filter_utf8(s, p, out);
	filter_control(s, p, live, c, out);
	p->at++;
	return true;
}
