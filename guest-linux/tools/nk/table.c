// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* /proc/nk/props, which says of properties what their files do not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "nk.h"

#define SHOWN_NAME 21 /* characters of a name */

bool prop_row(const char *table, const char *name, struct prop_row *row)
{
	char shown[NAME_LIMIT];
	unsigned int found = 0;
	unsigned long pid;
	char attr[4];
	char *rest;

	while ((table = strchr(table, '\n'))) {
		table++;
		pid = strtoul(table, &rest, 10);
		if (rest == table || sscanf(rest, "%63s %3s", shown, attr) != 2)
			continue;
		if (strncmp(shown, name, SHOWN_NAME) && strcmp(shown, name))
			continue;
		row->pid = pid;
		memcpy(row->attr, attr, sizeof(attr));
		found++;
	}
	row->known = found == 1;
	return row->known;
}
