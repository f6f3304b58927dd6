/* SPDX-License-Identifier: GPL-2.0-only */
/* Events as text. */
#ifndef MONITOR_EVENT_H
#define MONITOR_EVENT_H

#include <linux/seq_file.h>
#include "monitor.h"

/* Prints record `number` of its ring. */
void event_show(struct seq_file *seq, u64 number, const struct nk_event *event);

#endif
