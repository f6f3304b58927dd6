// SPDX-License-Identifier: GPL-2.0-only
/* VMs: who they are, which run, starting and stopping them. */
#include <linux/delay.h>
#include <linux/export.h>
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

/* Most who call this have no result to say "busy" with, so try for a while. */
int nk_vm_set_state(NkOsId osid, const char *which, nku32_f value)
{
	char name[NK_PROP_NAME_LIMIT];
	__le32 raw = cpu_to_le32(value);
	int tries = BUSY_TRIES;
	int result;

	snprintf(name, sizeof(name), NK_VM_STATE_PROP, osid, which);
	while ((result = nk_core_prop_set(name, &raw, sizeof(raw))) == NK_PROP_BUSY && --tries)
		udelay(BUSY_US);
	return min(result, 0);
}
EXPORT_SYMBOL(nk_vm_set_state);

void nk_core_start(NkOsId osid)
{
	nk_vm_set_state(osid, "running", NK_RUNNING_START);
}

void nk_core_stop(NkOsId osid)
{
	nk_vm_set_state(osid, "running", NK_RUNNING_STOP);
}

void nk_core_suspend(NkOsId osid)
{
	nk_vm_set_state(osid, "paused", 1);
}

void nk_core_resume(NkOsId osid)
{
	nk_vm_set_state(osid, "paused", 0);
}
