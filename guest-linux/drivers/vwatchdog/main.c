// SPDX-License-Identifier: GPL-2.0-only
/* VWATCHDOG(4D): finds the watchdogs that the system's tree gives this VM, and makes a device of each. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <vlx/prop.h>
#include "vwatchdog.h"

static LIST_HEAD(vwatchdogs);

/* Told of a change of any property: whether this one's is that it barked. */
static void on_sysconf(void *cookie, NkXIrq xirq)
{
	struct vwatchdog *w = cookie;
	u32 state = 0;
	bool barked;

	if (nkops.nk_prop_get(w->state, &state, sizeof(state)) != sizeof(state))
		return;
	barked = NK_VWDT_STATE_OF(state) == NK_VWDT_STATE_BARKED;
	if (barked && !w->barked)
		watchdog_notify_pretimeout(&w->wdd);
	w->barked = barked;
}

static NkPropAttr attr_of(const char *name)
{
	struct vlx_prop prop;

	return vlx_prop_find(&prop, name) ? prop.attr : 0;
}

/* What the tree lets this VM do is what the device can do. */
static void read_abilities(struct vwatchdog *w)
{
	NkPropAttr hears = NK_PROP_ATTR_GET | NK_PROP_ATTR_NOTIFY;

	w->info.options = WDIOF_KEEPALIVEPING | WDIOF_MAGICCLOSE | WDIOF_CARDRESET;
	if (attr_of(w->config) & NK_PROP_ATTR_SET)
		w->info.options |= WDIOF_SETTIMEOUT;
	if ((attr_of(w->state) & hears) == hears)
		w->info.options |= WDIOF_PRETIMEOUT;
}

static int read_values(struct vwatchdog *w)
{
	struct watchdog_device *wdd = &w->wdd;
	u32 state = 0;
	int len = vlx_prop_get(w->config, &w->values, sizeof(w->values));

	if (len < 0)
		return vlx_prop_explain(len, w->config, "allow-get");
	if (len != sizeof(w->values))
		return -EINVAL;
	wdd->timeout = max(w->values.load / US_PER_SECOND, 1U);
	wdd->pretimeout = w->values.bark / US_PER_SECOND;
	if (vlx_prop_get(w->state, &state, sizeof(state)) > 0 && state & NK_VWDT_RESTARTED)
		wdd->bootstatus = WDIOF_CARDRESET;
	return 0;
}

static int set_up(struct vwatchdog *w, const char *name)
{
	struct watchdog_device *wdd = &w->wdd;
	NkOsId id = nkops.nk_id_get();

	snprintf(w->config, sizeof(w->config), NK_VWDT_CONFIG, id, name);
	snprintf(w->counter, sizeof(w->counter), NK_VWDT_COUNTER, id, name);
	snprintf(w->state, sizeof(w->state), NK_VWDT_STATE, id, name);
	snprintf((char *)w->info.identity, sizeof(w->info.identity), "vwatchdog %s", name);
	read_abilities(w);
	wdd->info = &w->info;
	wdd->ops = &vwatchdog_ops;
	wdd->min_timeout = 1;
	wdd->max_hw_heartbeat_ms = U32_MAX / 1000;
	watchdog_set_nowayout(wdd, true);
	return read_values(w);
}

static int add(const char *name)
{
	struct vwatchdog *w = kzalloc(sizeof(*w), GFP_KERNEL);
	int err;

	if (!w)
		return -ENOMEM;
	err = set_up(w, name);
	if (err)
		goto free;
	err = watchdog_register_device(&w->wdd);
	if (err)
		goto free;
	if (w->info.options & WDIOF_PRETIMEOUT) {
		w->sysconf =
			nkops.nk_xirq_attach_named(NK_XIRQ_SYSCONF, on_sysconf, w, "vwatchdog");
		if (!w->sysconf) {
			err = -EIO;
			goto unregister;
		}
	}
	list_add_tail(&w->entry, &vwatchdogs);
	return 0;

unregister:
	watchdog_unregister_device(&w->wdd);
free:
	kfree(w);
	return err;
}

/* NAME of this VM's nk.vm.N.wdt.NAME.config, cut out in place; NULL: it is another property. */
static char *wdt_name(char *prop)
{
	static const char tail[] = ".config";
	char head[NK_PROP_NAME_LIMIT];
	int len = snprintf(head, sizeof(head), "nk.vm.%u.wdt.", nkops.nk_id_get());
	int end = strlen(prop) - (sizeof(tail) - 1);

	if (end <= len || strncmp(prop, head, len) || strcmp(prop + end, tail))
		return NULL;
	prop[end] = '\0';
	return prop + len;
}

/* One that cannot be had is said, and the others are there. */
static int __init vwatchdog_init(void)
{
	struct vlx_prop prop;

	vlx_for_each_prop(&prop) {
		const char *name = wdt_name(prop.name);
		int err = name ? add(name) : 0;

		if (err)
			pr_err("vwatchdog: %s: error %d\n", name, err);
	}
	return 0;
}

static void __exit vwatchdog_exit(void)
{
	struct vwatchdog *w;
	struct vwatchdog *next;

	list_for_each_entry_safe(w, next, &vwatchdogs, entry) {
		if (w->sysconf)
			nkops.nk_xirq_detach(w->sysconf);
		watchdog_unregister_device(&w->wdd);
		kfree(w);
	}
}
module_init(vwatchdog_init);
module_exit(vwatchdog_exit);

MODULE_DESCRIPTION("nk's watchdogs of this VM as /dev/watchdogN");
MODULE_LICENSE("GPL");
