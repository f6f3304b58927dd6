// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* What the system tree does not allow this VM: which line of it is missing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "nk.h"

static char **left_out; /* names of properties */
static size_t nr_left_out;

bool is_denied(int error)
{
	return error == -EPERM || error == -EACCES;
}

/* This VM's id, as it stands in a list of the system tree. */
static const char *own_id(char text[DIGITS(long)])
{
	long id;

	if (proc_number("id", &id))
		return "the id of this VM";
	snprintf(text, DIGITS(long), "%ld", id);
	return text;
}

int not_allowed(const char *what, const char *prop, const char *permission)
{
	char id[DIGITS(long)];

	return failed("%s: not allowed: root may, where the system tree has in &hyp_property: "
		      "%s { %s = \"%s\"; };",
		      what, prop, permission, own_id(id));
}

void note_left_out(const char *prop)
{
	char **more, *name;
	size_t i;

	for (i = 0; i < nr_left_out; i++)
		if (!strcmp(left_out[i], prop))
			return;
	more = realloc(left_out, (nr_left_out + 1) * sizeof(*more));
	name = strdup(prop);
	if (more)
		left_out = more;
	if (more && name)
		left_out[nr_left_out++] = name;
	else
		free(name);
}

void say_left_out(void)
{
	char id[DIGITS(long)];
	size_t i;

	if (!nr_left_out || as_json)
		return;
	fflush(stdout);
	fprintf(stderr,
		"nk: to show more, &hyp_property of the system tree needs allow-get = \"%s\"; "
		"for: ",
		own_id(id));
	for (i = 0; i < nr_left_out; i++)
		fprintf(stderr, "%s%s", i ? ", " : "", left_out[i]);
	fputc('\n', stderr);
}

void json_left_out(void)
{
	size_t i;

	if (!nr_left_out)
		return;
	json_open("left_out", '[');
	for (i = 0; i < nr_left_out; i++) {
		json_string(NULL, left_out[i]);
		free(left_out[i]);
	}
	json_close();
	nr_left_out = 0;
}
