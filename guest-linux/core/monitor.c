// SPDX-License-Identifier: GPL-2.0-only
/* What nk tells of itself, by hypercalls. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/string.h>
#include <nk/monitor.h>
#include "core.h"

#define LATER (-2) /* of NK_HC_MONITOR_USER */

static int errno_of(long ret)
{
	if (ret == NK_PROP_PERMISSION)
		return -EACCES;
	if (ret == LATER)
		return -EBUSY;
	return ret < 0 ? -ENODEV : ret;
}

/* What was asked for is in the bounce: so many bytes for each of those that nk has counted. */
static int take(struct bounce *b, long ret, void *to, size_t each, unsigned int max)
{
	int n = errno_of(ret);

	if (n > 0)
		memcpy(to, b->buf, each * min_t(unsigned int, n, max));
	bounce_put(b);
	return n;
}

int nk_monitor_info(struct nk_monitoring *info)
{
	struct bounce b;
	int err;

	bounce_get(&b, sizeof(*info));
	err = errno_of(nk_hcall1(NK_HC_MONITOR_INFO, bounce_ipa(&b)));
	memcpy(info, b.buf, sizeof(*info));
	bounce_put(&b);
	return err;
}
EXPORT_SYMBOL_GPL(nk_monitor_info);

int nk_monitor_stats(unsigned int matrix, NkOsId vm, unsigned int vcpu, nku32_f first,
		     struct nk_stat *to, unsigned int n)
{
	unsigned int which = matrix | vm << 8 | vcpu << 16;
	struct bounce b;

	n = min_t(unsigned int, n, BOUNCE_OWN / sizeof(*to));
	bounce_get(&b, n * sizeof(*to));
	return take(&b, nk_hcall(NK_HC_MONITOR_STATS, which, first, bounce_ipa(&b), n), to,
		    sizeof(*to), n);
}
EXPORT_SYMBOL_GPL(nk_monitor_stats);

int nk_monitor_vdevs(NkOsId vm, struct nk_stat_vdev *to, unsigned int n)
{
	struct bounce b;

	n = min_t(unsigned int, n, BOUNCE_OWN / sizeof(*to));
	bounce_get(&b, n * sizeof(*to));
	return take(&b, nk_hcall3(NK_HC_MONITOR_VDEVS, vm, bounce_ipa(&b), n), to, sizeof(*to), n);
}
EXPORT_SYMBOL_GPL(nk_monitor_vdevs);

int nk_monitor_cpu(unsigned int cpu, struct nk_cpu_times *times)
{
	struct bounce b;
	int err;

	bounce_get(&b, sizeof(*times));
	err = errno_of(nk_hcall2(NK_HC_MONITOR_CPU, cpu, bounce_ipa(&b)));
	memcpy(times, b.buf, sizeof(*times));
	bounce_put(&b);
	return err;
}
EXPORT_SYMBOL_GPL(nk_monitor_cpu);

int nk_monitor_user(unsigned int event, nku64_f first, nku64_f second, nku64_f third)
{
	return errno_of(nk_hcall(NK_HC_MONITOR_USER, event, first, second, third));
}
EXPORT_SYMBOL_GPL(nk_monitor_user);
