// SPDX-License-Identifier: GPL-2.0-only
/* VMs in /proc/nk: who there is, who runs, and what is done to them, all by their properties. */
#include <vlx/prop.h>
#include "vinfo.h"

static int request(unsigned int vm, const char *which, u32 value)
{
	int err = vlx_prop_errno(nk_vm_set_state(vm, which, value));
	char name[NK_PROP_NAME_LIMIT];

	snprintf(name, sizeof(name), NK_VM_STATE_PROP, vm, which);
	return vlx_prop_explain(err, name, "allow-set");
}

int vinfo_show_id(struct seq_file *seq, void *v)
{
	seq_printf(seq, "%u\n", nkops.nk_id_get());
	return 0;
}

int vinfo_show_last(struct seq_file *seq, void *v)
{
	seq_printf(seq, "%u\n", nkops.nk_last_id_get());
	return 0;
}

int vinfo_show_state(struct seq_file *seq, void *v)
{
	seq_printf(seq, "%u\n", nkops.nk_running_ids_get());
	return 0;
}

int vinfo_show_focus(struct seq_file *seq, void *v)
{
	u64 vm;
	int err = vlx_prop_explain(vlx_prop_get_u64("nk.focus", &vm), "nk.focus", "allow-get");

	if (err)
		return err;
	seq_printf(seq, "%llu\n", vm);
	return 0;
}

int vinfo_set_focus(unsigned int vm)
{
	return vlx_prop_explain(vlx_prop_set_u32("nk.focus", vm), "nk.focus", "allow-set");
}

int vinfo_start(unsigned int vm)
{
	return request(vm, "running", NK_RUNNING_START);
}

int vinfo_stop(unsigned int vm)
{
	return request(vm, "running", NK_RUNNING_STOP);
}

int vinfo_suspend(unsigned int vm)
{
	return request(vm, "paused", 1);
}

int vinfo_resume(unsigned int vm)
{
	return request(vm, "paused", 0);
}

/* One request: whoever makes it may be killed, and the VM is restarted all the same. */
int vinfo_restart(unsigned int vm)
{
	return request(vm, "running", NK_RUNNING_RESTART);
}
