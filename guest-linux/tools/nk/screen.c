// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* Pictures on a terminal: ECMA-48's, and the second screen that all of today have. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "screen.h"

#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define LINE_GONE "\033[K"
#define REST_GONE "\033[J"

void screen_open(struct screen *screen)
{
	struct termios raw;

	screen->changed = !tcgetattr(STDIN_FILENO, &screen->old);
	raw = screen->old;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (screen->changed)
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs(ENTER, stdout);
	fflush(stdout);
}

void screen_close(const struct screen *screen)
{
	fputs(LEAVE, stdout);
	fflush(stdout);
	if (screen->changed)
		tcsetattr(STDIN_FILENO, TCSANOW, &screen->old);
}

static struct winsize room(void)
{
	struct winsize size = {0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		return (struct winsize){.ws_row = 24, .ws_col = 80};
	return size;
}

/* The bytes of a line that fit. */
static size_t cut(const char *line, size_t len, unsigned int columns)
{
	size_t at = 0, next;

	while (at < len && columns--) {
		next = utf8_len((const unsigned char *)line + at, len - at);
		at += next ? next : 1;
	}
	return at;
}

/* What was there goes before a line is put: behind one as wide as the terminal its last character would go. */
static void put_lines(const char *text)
{
	struct winsize size = room();
	const char *before = HOME;
	size_t len;

	for (; *text && size.ws_row--; before = "\n") {
		len = strcspn(text, "\n");
		printf("%s" LINE_GONE, before);
		fwrite(text, 1, cut(text, len, size.ws_col), stdout);
		text += len + !!text[len];
	}
	if (!*text && size.ws_row)
		fputs("\n" REST_GONE, stdout);
	fflush(stdout);
}

int screen_show(const struct picture *picture)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int status;

	if (!out)
		return failed("memory is short");
	status = picture_text(picture, out);
	if (fclose(out) && !status)
		status = failed("memory is short");
	if (!status)
		put_lines(text);
	free(text);
	return status;
}
