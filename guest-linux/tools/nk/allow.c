// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* What the system tree does not allow this VM: which line of it is missing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "nk.h"

#define ROOM 512

static char left_out[ROOM]; /* names of properties, ", " between them */
static size_t left_out_size;

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
	int len = snprintf(left_out + left_out_size, ROOM - left_out_size, "%s%s",
			   left_out_size ? ", " : "", prop);

	if (len > 0 && (size_t)len < ROOM - left_out_size)
		left_out_size += len;
	left_out[left_out_size] = '\0';
}

void say_left_out(void)
{
	char id[DIGITS(long)];

	if (left_out_size && !as_json)
		failed("to show more, &hyp_property of the system tree needs allow-get = \"%s\"; "
		       "for: %s",
		       own_id(id), left_out);
}
