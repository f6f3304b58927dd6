// SPDX-License-Identifier: GPL-2.0-only
/* /proc/nk/props: every property in a line. */
#include <vlx/prop.h>
#include "vinfo.h"

#define NAME_WIDTH 21
#define DUMP_BYTES 8

/* The first bytes; zeros at the end are left out, so that a small number has few digits. */
static void show_value(struct seq_file *seq, const char *name)
{
	u8 value[DUMP_BYTES];
	int len = vlx_prop_get(name, value, sizeof(value));
	int i;

	if (len < 0) {
		seq_puts(seq, "-\n");
		return;
	}
	if (!len) {
		seq_puts(seq, "Not set\n");
		return;
	}
	while (len > 1 && !value[len - 1])
		len--;
	for (i = 0; i < len; i++)
		seq_printf(seq, "%s%02x", i ? " " : "", value[i]);
	seq_putc(seq, '\n');
}

int vinfo_show_props(struct seq_file *seq, void *v)
{
	char name[NK_PROP_NAME_LIMIT];
	NkPropAttr attr;
	unsigned int pid;
	int size;

	seq_printf(seq, "PID\t%-*s\tATTR\tLEN\tVALUE\n", NAME_WIDTH, "NAME");
	for (pid = 0; !seq_has_overflowed(seq); pid++) {
		size = nkops.nk_prop_enum(pid, name, sizeof(name), &attr);
		if (size == NK_PROP_UNKNOWN)
			break;
		if (size < 0)
			continue;
		name[sizeof(name) - 1] = '\0';
		seq_printf(seq, "%u\t%-*.*s\t%c%c%c\t%d\t", pid, NAME_WIDTH, NAME_WIDTH, name,
			   attr & NK_PROP_ATTR_GET ? 'r' : '-', attr & NK_PROP_ATTR_SET ? 'w' : '-',
			   attr & NK_PROP_ATTR_NOTIFY ? 'n' : '-', size);
		show_value(seq, name);
	}
	return 0;
}
