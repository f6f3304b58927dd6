// SPDX-License-Identifier: Apache-2.0
/* The properties that each VM has. Manual: /sys/nk(5), VLX-CPU-HANDOVER(4D), DT(4D). */
#include "core/handover/handover.h"
#include "core/prop/builtin.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "lib/log.h"
#include "lib/string.h"

#define TREE_MAX KIB(64) /* a tree that nk makes; those we tried have less than 12 KiB */

static u64 cpus_get(const struct prop *p)
{
	return handover_cpus(vm_by_id(p->vm));
}

static u64 vcpus_get(const struct prop *p)
{
	return handover_vcpus(vm_by_id(p->vm));
}

static u64 target_get(const struct prop *p)
{
	return handover_target(vm_by_id(p->vm));
}

static u64 handover_get(const struct prop *p)
{
	return vm_by_id(p->vm)->cfg->handover_affinity;
}

static u64 vcpus_online(const struct prop *p)
{
	return vm_vcpus_online(vm_by_id(p->vm));
}

static u64 running_get(const struct prop *p)
{
	return vm_running_value(vm_by_id(p->vm));
}

static u64 paused_get(const struct prop *p)
{
	return vm_paused_value(vm_by_id(p->vm));
}

static u64 crashed_get(const struct prop *p)
{
	return crash_value(vm_by_id(p->vm));
}

static u64 boot_us_get(const struct prop *p)
{
	return times_boot_us(vm_by_id(p->vm));
}

/*
 * What is so already, or cannot be now, has no effect, and is no error. A VM that writes its own
 * one, and not 0, restarts.
 */
static int set_running(struct prop *p, u32 id, const u8 *data, u32 len)
{
	struct vm *vm = vm_by_id(p->vm);
	int what = prop_parse_small(data, len);

	if (what < 0 || what > NK_RUNNING_RESTART)
		return NK_PROP_ERROR;
	if (what == NK_RUNNING_STOP)
		vm_stop(vm, false);
	else if (id == p->vm)
		vm_stop(vm, true);
	else if (what == NK_RUNNING_START)
		vm_start(vm);
	else
		vm_restart(vm);
	return 0;
}

static int set_paused(struct prop *p, u32 id, const u8 *data, u32 len)
{
	struct vm *vm = vm_by_id(p->vm);
	int on = prop_parse_small(data, len);

	if (on < 0 || on > 1)
		return NK_PROP_ERROR;
	if (on)
		vm_suspend(vm);
	else
		vm_resume(vm);
	return 0;
}

static const struct {
	prop_get_fn get;
	prop_set_fn set;
} numbers[PROP_NR - PROP_VM_FIRST] = {
	[PROP_VM_CPUS - PROP_VM_FIRST] = {cpus_get, NULL},
	[PROP_VM_VCPUS - PROP_VM_FIRST] = {vcpus_get, NULL},
	[PROP_VM_VCPUS_ONLINE - PROP_VM_FIRST] = {vcpus_online, NULL},
	[PROP_VM_HANDOVER - PROP_VM_FIRST] = {handover_get, NULL},
	[PROP_VM_VCPUS_TARGET - PROP_VM_FIRST] = {target_get, NULL},
	[PROP_VM_RUNNING - PROP_VM_FIRST] = {running_get, set_running},
	[PROP_VM_PAUSED - PROP_VM_FIRST] = {paused_get, set_paused},
	[PROP_VM_CRASHED - PROP_VM_FIRST] = {crashed_get, NULL},
	[PROP_VM_BOOT_US - PROP_VM_FIRST] = {boot_us_get, NULL},
};

/* A tree of the bundle grows by what nk writes into it. */
static u32 tree_max(const struct vm *vm)
{
	const struct bundle_image *dtb = vm->cfg->dtb ? bundle_find(&bundle, vm->cfg->dtb) : NULL;

	return (u32)(TREE_MAX + (dtb ? dtb->size : 0));
}

int prop_vm_init(struct prop *p, enum prop_builtin n, const struct vm *vm)
{
	p->get = numbers[n - PROP_VM_FIRST].get;
	p->set = numbers[n - PROP_VM_FIRST].set;
	if (p->get)
		return 0;
	switch (n) {
	case PROP_VM_DUMP: /* only its permission counts */
		prop_constant(p, NULL, 0);
		return 0;
	case PROP_VM_CRASH:
		return prop_variable(p, CRASH_TEXT_MAX);
	case PROP_VM_DTB:
		return prop_variable(p, tree_max(vm));
	default:
		return prop_variable(p, p->max);
	}
}

static void store_region(struct vm *vm, enum prop_builtin n, const struct range *r)
{
	prop_store(prop_of_vm(vm->arch.id, n), r, r->size ? sizeof(*r) : 0);
}

void props_vm_crash(struct vm *vm, const char *text, u32 len)
{
	prop_store(prop_of_vm(vm->arch.id, PROP_VM_CRASH), text, len);
}

int props_vm_load(struct vm *vm)
{
	struct prop *dtb = prop_of_vm(vm->arch.id, PROP_VM_DTB);
	const struct vm_images *images = &vm->images;
	u32 size = images->tree_size;

	prop_store(prop_of_vm(vm->arch.id, PROP_VM_BOOTCOMPLETE), "", 0);
	if (size > dtb->max) {
		vm_warn(vm->arch.id, "its device tree, %u bytes, is too large to be shown", size);
		size = 0;
	}
	prop_store(dtb, images->tree, size);
	if (!vm->cfg->regions)
		return 0;
	store_region(vm, PROP_VM_KERNEL, &images->kernel);
	store_region(vm, PROP_VM_INITRD, &images->initrd);
	return 0;
}
