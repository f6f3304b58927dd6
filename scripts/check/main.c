// SPDX-License-Identifier: Apache-2.0
/*
 * check [BOARD.dtb] < SYSTEM.dtb: looks at the trees as nk does at boot, and prints its one line
 * about a mistake, or what there is. Without a board, only what is wrong on every board counts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "check/advice.h"
#include "check/any_board.h"
#include "check/summary.h"

/* What nklib/check.py knows the exit status as. */
enum { GOOD, BAD_SYSTEM, BAD_BOARD, TROUBLE };

static struct cfg_board board;
static struct cfg_system system_model;

static void __noreturn trouble(const char *what)
{
	perror(what);
	exit(TROUBLE);
}

static char *grow(char *data, size_t room)
{
	data = realloc(data, room);
	if (!data)
		trouble("memory");
	return data;
}

static void *read_all(FILE *f, const char *name, size_t *size)
{
	char *data = NULL;
	size_t room = 0;

	*size = 0;
	do {
		room += KIB(64);
		data = grow(data, room);
		*size += fread(data + *size, 1, room - *size, f);
	} while (*size == room);
	if (ferror(f))
		trouble(name);
	return data;
}

static void *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	void *data;

	if (!f)
		trouble(path);
	data = read_all(f, path, size);
	fclose(f);
	return data;
}

static int fail(const struct cfg_error *err, int status)
{
	const char *perhaps = advice(err);

	printf("%s", err->text);
	if (perhaps)
		printf(", perhaps \"%s\"", perhaps);
	printf("\n");
	return status;
}

static int check_for(const char *path, void *fdt, size_t size)
{
	struct cfg_error err;
	size_t board_size;
	void *board_fdt = read_file(path, &board_size);

	if (cfg_board_parse(&board, board_fdt, board_size, &err))
		return fail(&err, BAD_BOARD);
	if (cfg_system_parse(&system_model, fdt, size, &board, &err))
		return fail(&err, BAD_SYSTEM);
	summary(&system_model, &board);
	return GOOD;
}

static int check_for_any(void *fdt, size_t size)
{
	struct cfg_error err;

	return any_board_parse(&system_model, fdt, size, &err) ? fail(&err, BAD_SYSTEM) : GOOD;
}

int main(int argc, char **argv)
{
	size_t size;
	void *fdt = read_all(stdin, "the system", &size);

	return argc > 1 ? check_for(argv[1], fdt, size) : check_for_any(fdt, size);
}
