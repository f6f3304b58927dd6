// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* What stands on the command line: options in any place, numbers. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "nk.h"

static const struct option *find(const struct option *options, const char *arg)
{
	for (; options->name; options++) {
		size_t len = strlen(options->name);

		if (!strcmp(arg, options->name) || (options->other && !strcmp(arg, options->other)))
			return options;
		if (options->value && !strncmp(arg, options->name, len) && arg[len] == '=')
			return options;
	}
	return NULL;
}

/* Takes the option at argv[i]. Returns how many arguments it was, or 0 after saying what is wrong. */
static int take_one(const char *command, const struct option *options, char **argv, int i)
{
	const struct option *option = find(options, argv[i]);
	const char *behind = strchr(argv[i], '=');

	if (!option) {
		misused(command, "there is no option '%s'", argv[i]);
		return 0;
	}
	if (option->flag) {
		*option->flag = true;
		return 1;
	}
	*option->value = behind ? behind + 1 : argv[i + 1];
	if (*option->value)
		return behind ? 1 : 2;
	misused(command, "%s wants a value", option->name);
	return 0;
}

int take_options(const char *command, const struct option *options, int *argc, char **argv,
		 bool leading)
{
	int i = 1, kept = 1, taken;

	while (i < *argc) {
		if (!strcmp(argv[i], "--") && (!leading || i + 1 < *argc)) {
			i++;
			break;
		}
		if (argv[i][0] != '-' || !argv[i][1] || (leading && kept > 1)) {
			argv[kept++] = argv[i++];
			continue;
		}
		taken = take_one(command, options, argv, i);
		if (!taken)
			return NK_USAGE;
		i += taken;
	}
	while (i < *argc)
		argv[kept++] = argv[i++];
	argv[kept] = NULL;
	*argc = kept;
	return NK_OK;
}

int no_options(const char *command, int *argc, char **argv)
{
	static const struct option none[] = {{0}};

	return take_options(command, none, argc, argv, false);
}

bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
	int base = text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10;
	const char *digits = base == 16 ? text + 2 : text;
	size_t len = strspn(digits, base == 16 ? "0123456789abcdefABCDEF" : "0123456789");

	if (!len || digits[len])
		return false;
	errno = 0;
	*value = strtoull(digits, NULL, base);
	return !errno && *value <= max;
}

double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

bool parse_seconds(const char *text, double *seconds)
{
	size_t whole = strspn(text, "0123456789");
	size_t part = text[whole] == '.' ? 1 + strspn(text + whole + 1, "0123456789") : 0;

	if (!isdigit((unsigned char)*text) || text[whole + part])
		return false;
	*seconds = strtod(text, NULL);
	return *seconds < SECONDS_LIMIT;
}
