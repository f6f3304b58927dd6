// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who polls a property's file is woken when it changes: by the event of its id where the VM has the
 * "vproperty" controller, else by NK_XIRQ_SYSCONF. That one does not say what changed, so values
 * are compared; of those that may not be read, or are too large to be kept, each of them is news.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <nk/svec.h>
#include <nk/xirq.h>
#include "prop_priv.h"

static struct list_head *notified;
static NkXIrqId sysconf;
static void *scratch; /* the work's: a value of PAGE_SIZE */

static bool wants_compare(const struct prop *prop)
{
	return (prop->attr & NK_PROP_ATTR_NOTIFY) && !prop->event;
}

/* Whether the value is another one than at the last look, which this one becomes. */
static bool changed(struct prop *prop)
{
	int seen = prop->len;
	int len;

	if (!prop->value)
		return true;
	len = vlx_prop_get(prop->name, scratch, prop->file.size);
	if (len == -EBUSY || (len == seen && (len <= 0 || !memcmp(prop->value, scratch, len))))
		return false; /* busy: the interrupt comes again */
	prop->len = len;
	if (len > 0)
		memcpy(prop->value, scratch, len);
	return seen != PROP_UNSEEN;
}

static void compare(struct work_struct *work)
{
	struct prop *prop;

	list_for_each_entry(prop, notified, entry) {
		if (wants_compare(prop) && changed(prop))
			kernfs_notify(prop->node);
	}
}
static DECLARE_WORK(compare_work, compare);

static void on_sysconf(void *cookie, NkXIrq xirq)
{
	schedule_work(&compare_work);
}

static void on_event(struct svec_event_handle *handle, void *cookie)
{
	struct prop *prop = cookie;

	kernfs_notify(prop->node);
}

/* Returns whether some property is left for comparing. */
static bool attach_events(struct list_head *props)
{
	struct svec *svec = svec_lookup(NK_HYPEVENT_VPROPERTY);
	struct svec_event_handle *handle;
	struct prop *prop;
	bool left = false;

	list_for_each_entry(prop, props, entry) {
		if (!(prop->attr & NK_PROP_ATTR_NOTIFY))
			continue;
		handle = svec_evt_attach(svec, prop->pid, on_event, prop, false);
		if (!IS_ERR(handle))
			prop->event = handle;
		else
			left = true;
	}
	return left;
}

static int keep_values(struct list_head *props)
{
	struct prop *prop;

	list_for_each_entry(prop, props, entry) {
		if (!wants_compare(prop) || !(prop->attr & NK_PROP_ATTR_GET) ||
		    prop->file.size > PAGE_SIZE)
			continue;
		prop->len = PROP_UNSEEN;
		prop->value = kmalloc(prop->file.size, GFP_KERNEL);
		if (!prop->value)
			return -ENOMEM;
	}
	return 0;
}

int prop_notify_init(struct list_head *props)
{
	notified = props;
	if (!attach_events(props))
		return 0;
	scratch = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!scratch || keep_values(props))
		goto out;
	sysconf = nkops.nk_xirq_attach_named(NK_XIRQ_SYSCONF, on_sysconf, NULL, "vlx-prop");
	if (!sysconf)
		goto out;
	schedule_work(&compare_work);
	return 0;

out:
	prop_notify_exit(props);
	return -ENOMEM;
}

void prop_notify_exit(struct list_head *props)
{
	struct prop *prop;

	if (sysconf)
		nkops.nk_xirq_detach(sysconf);
	cancel_work_sync(&compare_work);
	list_for_each_entry(prop, props, entry) {
		if (prop->event)
			svec_evt_detach(prop->event);
		kfree(prop->value);
	}
	kfree(scratch);
}
