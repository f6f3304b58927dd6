// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk focus: which VM has keyboard and display. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "nk.h"

#define FOCUS "nk.focus"

static int show(void)
{
	uint64_t id;
	int error = prop_number(&id, FOCUS);

	if (error)
		return prop_failed(FOCUS, error, "allow-get");
	if (as_json) {
		json_open(NULL, '{');
		json_number("id", id);
		json_string("name", vm_name((int)id));
		json_close();
	} else {
		printf("%llu  %s\n", (unsigned long long)id, vm_name((int)id));
	}
	return NK_OK;
}

static int set(int id)
{
	uint32_t value = id; /* in this machine's byte order, which is nk's */
	int error = write_path(prop_path(FOCUS), &value, sizeof(value));

	return error ? prop_failed(FOCUS, error, "allow-set") : NK_OK;
}

int cmd_focus(int argc, char **argv)
{
	int id;
	long self;
	int status = vm_or_none(argc, argv, &id, &self);

	if (status)
		return status;
	return id ? set(id) : show();
}
