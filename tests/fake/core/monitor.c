// SPDX-License-Identifier: Apache-2.0
/* A system with a node `monitoring`, which keeps what it is told. */
#include "core/monitor/monitor.h"

#include <string.h>

static u32 value = NK_MONITOR_NONE;
static u8 filter[NK_EVT_FILTER_BYTES];
static const struct nk_monitoring info;

int monitor_init(struct cfg_error *err)
{
	return 0;
}

int monitor_ready(struct cfg_error *err)
{
	return 0;
}

int monitor_vm_loading(struct vm *vm)
{
	return 0;
}

int monitor_vm_loaded(struct vm *vm)
{
	return 0;
}

void monitor_vm_start(struct vm *vm)
{
}

void monitor_vm_stop(struct vm *vm)
{
}

void monitor_vm_event(struct vm *vm, enum vm_event event)
{
}

const struct nk_monitoring *monitor_info_all(void)
{
	return &info;
}

u32 monitor_value(void)
{
	return value;
}

int monitor_set(struct vm *by, u32 to)
{
	value = to;
	return 0;
}

const u8 *monitor_filter(void)
{
	return filter;
}

void monitor_filter_set(const u8 *bytes)
{
	memcpy(filter, bytes, sizeof(filter));
}

void monitor_vm_requested(const struct vm *vm, bool pause)
{
}

void monitor_sleep(const struct vm *vm, bool sleeps)
{
}
