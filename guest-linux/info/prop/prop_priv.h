/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of properties and their notification share. */
#ifndef PROP_PRIV_H
#define PROP_PRIV_H

#include <linux/kernfs.h>
#include <linux/list.h>
#include <linux/sysfs.h>
#include <vlx/prop.h>
#include <vlx/svec.h>

struct prop {
	struct list_head entry;
	struct bin_attribute file; /* size: the most bytes a value may have */
	struct kernfs_node *node; /* of the file */
	unsigned int pid;
	NkPropAttr attr;
	char name[NK_PROP_NAME_LIMIT];
	struct svec_event_handle *event;
	void *value; /* as last seen, where values are compared */
	int len; /* of value; before the first look: PROP_UNSEEN */
};

#define PROP_UNSEEN INT_MIN

/*
 * Wakes who polls the files of these properties when they change, from now on. Returns 0 or a
 * negative errno, and then nothing is left to be undone. Context: may sleep, once.
 */
int prop_notify_init(struct list_head *props);

/* No wake-up comes any more. */
void prop_notify_exit(struct list_head *props);

#endif
