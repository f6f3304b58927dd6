/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-monitor: what the modules of /proc/nk/monitoring share. */
#ifndef MONITOR_PRIV_H
#define MONITOR_PRIV_H

#include <linux/types.h>
#include <nk/monitor.h>

struct proc_dir_entry;

/* /proc/nk/monitoring; NULL where nk has nothing to tell, and then modules make no files. */
extern struct proc_dir_entry *monitor_dir;

/* What nk said at the start; zero where it has nothing to tell. */
extern struct nk_monitoring monitor_info;

/* A CPU's ring, which stays mapped. */
struct monitor_ring {
	const struct nk_event_ring *head;
	const struct nk_event *records;
	u32 nr; /* of records */
	size_t size; /* of head and records */
	phys_addr_t at;
};

/* That CPU's ring; NULL: this VM has none of it. Context: any. */
const struct monitor_ring *monitor_ring(unsigned int cpu);

/* The oldest record that is whole when `head` were written to a ring of nr. */
static inline u64 monitor_oldest(u64 head, u32 nr)
{
	u32 whole = nr - NK_EVENT_MARGIN;

	return head > whole ? head - whole : 0;
}

/* An event's name, in small letters; NULL: there is no such event. */
const char *monitor_event_name(unsigned int type);

/* The event of that name of len characters; -1: there is none. */
int monitor_event_type(const char *name, size_t len);

#endif
