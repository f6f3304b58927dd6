/* SPDX-License-Identifier: Apache-2.0 */
/* Programs for tests that do one of several things: the first argument says which. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <stdio.h>
#include <string.h>

struct command {
	const char *name;
	int args;
	int (*run)(char **argv);
	const char *usage;
};

/* Returns what the command returned; 2 where there is none of that name with so many arguments, which is told. */
static inline int run_command(const char *tool, const struct command *commands, size_t n, int argc,
			      char **argv)
{
	for (size_t i = 0; i < n; i++) {
		if (argc == commands[i].args + 2 && !strcmp(argv[1], commands[i].name))
			return commands[i].run(argv + 2);
	}
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s %s %s\n", tool, commands[i].name, commands[i].usage);
	return 2;
}

#endif
