// SPDX-License-Identifier: GPL-2.0-only
/* /proc/nk/props: every property in a line. */
#include <linux/mm.h>
#include <vlx/prop.h>
#include "vinfo.h"

#define NAME_WIDTH 21
#define DUMP_BYTES 8

/*
 * The bytes of the whole value, the first of which come to value. Returns 0 where none is set, or a negative
 * errno. max: the most that it may have.
 */
static int get_length(const char *name, u8 value[DUMP_BYTES], int max)
{
	int len = vlx_prop_get(name, value, DUMP_BYTES);
	void *whole;

	if (len < DUMP_BYTES || len == max)
		return len;
	whole = kvmalloc(max, GFP_KERNEL);
	if (!whole)
		return -ENOMEM;
	len = vlx_prop_get(name, whole, max);
	if (len > 0)
		memcpy(value, whole, min(len, DUMP_BYTES));
	kvfree(whole);
	return len;
}

/* Zeros at the end are left out, so that a small number has few digits. */
static void show_value(struct seq_file *seq, const u8 *value, int len)
{
	int i;

	len = min(len, DUMP_BYTES);
	while (len > 1 && !value[len - 1])
		len--;
	for (i = 0; i < len; i++)
		seq_printf(seq, "%s%02x", i ? " " : "", value[i]);
	seq_putc(seq, '\n');
}

/* LEN is the value's; of one that is not set, or not to be read, the most that it may have. */
static void show_prop(struct seq_file *seq, const char *name, int max)
{
	u8 value[DUMP_BYTES];
	int len = get_length(name, value, max);

	seq_printf(seq, "%d\t", len > 0 ? len : max);
	if (len > 0)
		show_value(seq, value, len);
	else
		seq_puts(seq, len ? "-\n" : "Not set\n");
}

int vinfo_show_props(struct seq_file *seq, void *v)
{
	struct vlx_prop p;

	seq_printf(seq, "PID\t%-*s\tATTR\tLEN\tVALUE\n", NAME_WIDTH, "NAME");
	vlx_for_each_prop(&p) {
		if (seq_has_overflowed(seq))
			break;
		seq_printf(seq, "%u\t%-*.*s\t%c%c%c\t", p.pid, NAME_WIDTH, NAME_WIDTH, p.name,
			   p.attr & NK_PROP_ATTR_GET ? 'r' : '-',
			   p.attr & NK_PROP_ATTR_SET ? 'w' : '-',
			   p.attr & NK_PROP_ATTR_NOTIFY ? 'n' : '-');
		show_prop(seq, p.name, p.size);
	}
	return 0;
}
