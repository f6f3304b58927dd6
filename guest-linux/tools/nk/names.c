// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* VMs by their ids, and by the names that the system tree gives them. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "nk.h"

const char *vm_name(int id)
{
	static char name[NAME_LIMIT];
	struct blob blob;
	size_t len = 0;

	snprintf(name, sizeof(name), "vm%d", id);
	if (read_path(path_of(SYS, "device-trees/vlm/vm/vm%d/name", id), &blob))
		return name;
	if (blob_text(&blob, &len) && len && len < sizeof(name))
		memcpy(name, blob.data, len + 1);
	free(blob.data);
	return name;
}

/* Which VM has that name, or is the one of vmN; 0: none. */
static int named(const char *text)
{
	char own[DIGITS(int) + 2];
	int id;

	for (id = ID_FIRST; id < ID_LIMIT; id++)
		if (!strcmp(vm_name(id), text))
			return id;
	for (id = ID_FIRST; id < ID_LIMIT; id++) {
		snprintf(own, sizeof(own), "vm%d", id);
		if (!strcmp(own, text))
			return id;
	}
	return 0;
}

static bool all_digits(const char *text)
{
	return text[strspn(text, "0123456789")] == '\0';
}

/* Whether names are to be had at all. */
static bool names_known(void)
{
	const char *path = path_of(SYS, "device-trees/vlm");

	return path && !access(path, F_OK);
}

int vm_given(const char *command, const char *text, int *id)
{
	uint64_t number;

	if (*text && all_digits(text)) {
		if (*text != '0' && parse_number(text, ID_LIMIT - 1, &number) &&
		    number >= ID_FIRST) {
			*id = (int)number;
			return NK_OK;
		}
		return misused(command, "'%s' is no VM's id: a number from %d to %d", text,
			       ID_FIRST, ID_LIMIT - 1);
	}
	*id = named(text);
	if (*id)
		return NK_OK;
	if (names_known() || !*text)
		return misused(command,
			       "'%s' is neither a VM's id nor its name; `nk list` shows both",
			       text);
	if (access(path_of(SYS, "device-trees"), F_OK))
		return failed("%s: names of VMs are not known: module vlx-dt is not loaded: "
			      "modprobe vlx-dt",
			      text);
	return not_allowed(text, "nk.vlm-dtb", "allow-get");
}
