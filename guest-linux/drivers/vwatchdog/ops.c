// SPDX-License-Identifier: GPL-2.0-only
/* What the watchdog core has a device do. The core calls one at a time, where it may sleep. */
#include <linux/minmax.h>
#include <vlx/prop.h>
#include "vwatchdog.h"

static struct vwatchdog *to_vwatchdog(struct watchdog_device *wdd)
{
	return container_of(wdd, struct vwatchdog, wdd);
}

static int vwatchdog_ping(struct watchdog_device *wdd)
{
	struct vwatchdog *w = to_vwatchdog(wdd);

	return vlx_prop_explain(vlx_prop_set_u32(w->counter, 1), w->counter, "allow-set");
}

/* It counts since the VM's start, and nothing ends that: from the first pat on it must be patted. */
static int vwatchdog_start(struct watchdog_device *wdd)
{
	int err = vwatchdog_ping(wdd);

	if (!err)
		set_bit(WDOG_HW_RUNNING, &wdd->status);
	return err;
}

static int configure(struct vwatchdog *w, const NkVwdtConfig *values)
{
	int len = vlx_prop_set(w->config, values, sizeof(*values));

	if (len < 0)
		return vlx_prop_explain(len, w->config, "allow-set");
	w->values = *values;
	return 0;
}

static u32 to_us(unsigned int seconds)
{
	return min_t(u64, (u64)seconds * US_PER_SECOND, U32_MAX);
}

/* Of a time that nk cannot count the core has it patted in between: max_hw_heartbeat_ms. */
static int vwatchdog_set_timeout(struct watchdog_device *wdd, unsigned int seconds)
{
	struct vwatchdog *w = to_vwatchdog(wdd);
	NkVwdtConfig values = w->values;
	int err;

	values.load = to_us(seconds);
	if (values.bark > values.load - NK_VWDT_US_MIN)
		values.bark = 0;
	err = configure(w, &values);
	if (err)
		return err;
	wdd->timeout = seconds;
	wdd->pretimeout = values.bark / US_PER_SECOND;
	return 0;
}

static int vwatchdog_set_pretimeout(struct watchdog_device *wdd, unsigned int seconds)
{
	struct vwatchdog *w = to_vwatchdog(wdd);
	NkVwdtConfig values = w->values;
	int err;

	values.bark = to_us(seconds);
	err = configure(w, &values);
	if (!err)
		wdd->pretimeout = seconds;
	return err;
}

const struct watchdog_ops vwatchdog_ops = {
	.owner = THIS_MODULE,
	.start = vwatchdog_start,
	.ping = vwatchdog_ping,
	.set_timeout = vwatchdog_set_timeout,
	.set_pretimeout = vwatchdog_set_pretimeout,
};
