/* SPDX-License-Identifier: GPL-2.0-only */
/* The filter of events as text: names of events. */
#ifndef MONITOR_FILTER_H
#define MONITOR_FILTER_H

#include <linux/seq_file.h>
#include "monitor.h"

/* Prints the events that are in the filter, or those that are not, in lines. */
void filter_show(struct seq_file *seq, const u8 *filter, bool in);

/*
 * Puts the events that text of so many characters names into the filter, or takes them out. Returns NULL, or the name that is none, *len
 * characters of it; what the filter is then does not matter.
 */
const char *filter_change(u8 *filter, const char *text, size_t size, bool in, size_t *len);

#endif
