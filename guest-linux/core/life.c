// SPDX-License-Identifier: GPL-2.0-only
/* VMs: who they are, which run, starting and stopping them. */
#include <linux/delay.h>
#include <linux/kernel.h>
#include "core.h"

/* What a property's writer waits for others at most, and how long at a time. */
#define BUSY_TRIES 1000
#define BUSY_US 10

NkOsId nk_core_id_get(void)
{
	return nk_hcall0(NK_HC_MY_VM_ID);
}

NkOsId nk_core_last_id_get(void)
{
	return nk_hcall0(NK_HC_LAST_VM_ID);
}

NkOsMask nk_core_running_ids_get(void)
{
	return nk_hcall0(NK_HC_RUNNING_IDS);
}

/* There is no result to say "busy" with, so try for a while. */
static void set_state(NkOsId osid, const char *what, u32 value)
{
	char name[NK_PROP_NAME_LIMIT];

	snprintf(name, sizeof(name), "nk.vm.%u.state.%s", osid, what);
	for (int i = 0; i < BUSY_TRIES; i++) {
		if (nk_core_prop_set(name, &value, sizeof(value)) != NK_PROP_BUSY)
			return;
		udelay(BUSY_US);
	}
}

void nk_core_start(NkOsId osid)
{
	set_state(osid, "running", NK_RUNNING_START);
}

void nk_core_stop(NkOsId osid)
{
	set_state(osid, "running", NK_RUNNING_STOP);
}

void nk_core_suspend(NkOsId osid)
{
	set_state(osid, "paused", 1);
}

void nk_core_resume(NkOsId osid)
{
	set_state(osid, "paused", 0);
}
