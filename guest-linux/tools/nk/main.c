// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk: looks at and steers the VMs of this machine, from one of them. */
#include <stdio.h>
#include <string.h>
#include "nk.h"

bool as_json;

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"list", cmd_list},	  {"info", cmd_info},	      {"start", cmd_life},
	{"stop", cmd_life},	  {"restart", cmd_life},      {"suspend", cmd_life},
	{"resume", cmd_life},	  {"prop", cmd_prop},	      {"links", cmd_links},
	{"console", cmd_console}, {"shutdown", cmd_shutdown}, {"focus", cmd_focus},
	{"cpu", cmd_cpu},	  {"dump", cmd_dump},	      {"top", cmd_top},
	{"stat", cmd_stat},	  {"trace", cmd_trace},	      {"help", cmd_help},
};

/* Takes --json out of the arguments up to "--", so that it may stand anywhere. */
static int take_json(int argc, char **argv)
{
	int i, kept = 1;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--"))
			break;
		if (!strcmp(argv[i], "--json"))
			as_json = true;
		else
			argv[kept++] = argv[i];
	}
	while (i < argc)
		argv[kept++] = argv[i++];
	argv[kept] = NULL;
	return kept;
}

static int version(void)
{
	if (!as_json) {
		puts("nk " NK_VERSION);
		return NK_OK;
	}
	json_open(NULL, '{');
	json_string("version", NK_VERSION);
	json_close();
	return NK_OK;
}

int main(int argc, char **argv)
{
	size_t i;
	int status = -1;

	argc = take_json(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "--")) {
		argc--;
		argv++;
	}
	if (argc < 2)
		return misused(NULL, "which command?");
	if (!strcmp(argv[1], "--version"))
		return version();
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return cmd_help(1, argv);
	for (i = 0; i < sizeof(commands) / sizeof(*commands) && status < 0; i++) {
		if (strcmp(commands[i].name, argv[1]))
			continue;
		if (argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h")))
			status = cmd_help(2, argv);
		else
			status = commands[i].run(argc - 1, argv + 1);
	}
	if (status < 0)
		return misused(NULL, "there is no command '%s'", argv[1]);
	if (fflush(stdout) || ferror(stdout))
		return failed("the output could not be written");
	return status;
}
