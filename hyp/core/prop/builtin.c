// SPDX-License-Identifier: Apache-2.0
/* nk's own properties that belong to no VM. Manual: /sys/nk(5). */
#include "arch/cpu.h"
#include "config/bundle.h"
#include "core/boot/end.h"
#include "core/console/console.h"
#include "core/link/vlink.h"
#include "core/monitor/monitor.h"
#include "core/prop/builtin.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "lib/log.h"
#include "lib/pages.h"
#include "lib/string.h"

static u64 cpus_online(const struct prop *p)
{
	u32 mask = 0;

	for (u32 i = 0; i < board.nr_cpus; i++)
		mask |= (u32)(READ_ONCE(percpus[i].online) != 0) << i;
	return mask;
}

static u64 heap_free(const struct prop *p)
{
	return pages_free() * PAGE_SIZE;
}

static u64 heap_used(const struct prop *p)
{
	return (pages_total() - pages_free()) * PAGE_SIZE;
}

static u64 pmem_free(const struct prop *p)
{
	return vlinks_pmem_size() - vlinks_pmem_used();
}

static u64 pmem_used(const struct prop *p)
{
	return vlinks_pmem_used();
}

static u64 monitoring_get(const struct prop *p)
{
	return monitor_value();
}

int prop_parse_small(const u8 *data, u32 len)
{
	for (u32 i = 1; i < len; i++)
		if (data[i] && data[i] != '\n')
			return -1;
	if (!len)
		return -1;
	return data[0] >= '0' && data[0] <= '9' ? data[0] - '0' : data[0];
}

static int monitoring_set(struct prop *p, u32 id, const u8 *data, u32 len)
{
	int value = prop_parse_small(data, len);

	if (value < 0 || (value > 3 && value != NK_MONITOR_NONE) ||
	    monitor_set(vm_by_id(id), (u32)value))
		return NK_PROP_ERROR;
	prop_notify(p, vm_by_id(id));
	return 0;
}

/* Only its permission counts. */
static u64 user_get(const struct prop *p)
{
	return 0;
}

static int filter_set(struct prop *p, u32 id, const u8 *data, u32 len)
{
	if (len != NK_EVT_FILTER_BYTES)
		return NK_PROP_ERROR;
	if (!prop_write_begin(p, id))
		return NK_PROP_BUSY;
	monitor_filter_set(data);
	prop_write_end(p, true, vm_by_id(id));
	return 0;
}

static void filter_init(struct prop *p)
{
	prop_constant(p, monitor_filter(), NK_EVT_FILTER_BYTES);
	p->set = filter_set;
}

/* The VM with the focus: of the console, and of drivers that share a keyboard or a display. */
static u64 focus_get(const struct prop *p)
{
	return console_focus_vm();
}

static int focus_set(struct prop *p, u32 id, const u8 *data, u32 len)
{
	int to = prop_parse_small(data, len);

	if (to < 0 || !vm_by_id((u32)to))
		return NK_PROP_ERROR;
	if (console_give_focus((u32)to))
		vm_warn(id, "gives the focus to vm%d %s", to, console_vm_name((u32)to));
	prop_notify(p, vm_by_id(id));
	return 0;
}

static struct prop *focus;

static void focus_moved(void)
{
	prop_notify(focus, NULL);
}

static void focus_init(struct prop *p)
{
	p->set = focus_set;
	focus = p;
	console_on_focus(focus_moved);
}

static u64 reset_get(const struct prop *p)
{
	return 0;
}

/* What the prompt's reset does. */
static int reset_set(struct prop *p, u32 id, const u8 *data, u32 len)
{
	if (prop_parse_small(data, len) != 1)
		return NK_PROP_ERROR;
	printk("vm%u %s resets the machine", id, console_vm_name(id));
	end_reset();
}

static const prop_get_fn numbers[] = {
	[PROP_CPUS_ONLINE] = cpus_online,   [PROP_FEATURES_ALL] = features_all,
	[PROP_FEATURES_ON] = features_on,   [PROP_FEATURES_OFF] = features_off,
	[PROP_HEAP_FREE] = heap_free,	    [PROP_HEAP_USED] = heap_used,
	[PROP_PMEM_FREE] = pmem_free,	    [PROP_PMEM_USED] = pmem_used,
	[PROP_MONITORING] = monitoring_get, [PROP_FOCUS] = focus_get,
	[PROP_MONITORING_USER] = user_get,  [PROP_SYSTEM_RESET] = reset_get,
	[PROP_CPUS_GIVE] = give_get,
};

int prop_builtin_init(struct prop *p, enum prop_builtin n)
{
	p->get = n < ARRAY_SIZE(numbers) ? numbers[n] : NULL;
	if (n == PROP_MONITORING)
		p->set = monitoring_set;
	else if (n == PROP_CPUS_GIVE)
		p->set = give_set;
	else if (n == PROP_FOCUS)
		focus_init(p);
	else if (n == PROP_SYSTEM_RESET)
		p->set = reset_set;
	if (p->get)
		return 0;
	switch (n) {
	case PROP_MONITORING_INFO:
		prop_constant(p, monitor_info_all(), sizeof(struct nk_monitoring));
		return 0;
	case PROP_EVENT_FILTER:
		filter_init(p);
		return 0;
	case PROP_ERROR_ALLOC: /* whoever asks for too much is told so, and nothing else happens */
		prop_constant(p, "1\0\0", 4);
		return 0;
	case PROP_ERROR_SHARING: /* a device for two VMs stops the boot */
		prop_constant(p, "0\0\0", 4);
		return 0;
	case PROP_HISTORY: /* only its permission counts */
		prop_constant(p, NULL, 0);
		return 0;
	case PROP_VLM_DTB:
		prop_constant(p, bundle.system->data, (u32)bundle.system->size);
		return 0;
	case PROP_CPUS_HANDOVER:
		return handover_table_init(p);
	case PROP_FEATURES_ALL_STR:
	case PROP_FEATURES_ON_STR:
	case PROP_FEATURES_OFF_STR:
		return features_text(p, n);
	default:
		prop_version_init(p, n);
		return 0;
	}
}
