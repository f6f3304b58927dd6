// SPDX-License-Identifier: Apache-2.0
#include "prop_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/cpu.h"
#include "arch/gic.h"
#include "arch/stage2.h"
#include "core/boot/options.h"
#include "core/console/console.h"
#include "core/link/vlink.h"
#include "core/system.h"
#include "lib/log.h"
#include "lib/pages.h"
#include "unit/config/config_util.h"

#define POOL_PAGES 256

struct percpu percpus[NK_CPUS_MAX] = {{.online = 1}, {.online = 1}, {.online = 0}, {.online = 1}};
struct cfg_board board;
struct cfg_system sys_config;
struct bundle bundle;
struct options options;

struct rig_vm rig[2];
u32 rig_running = BIT(2) | BIT(3);
bool rig_yields;
void (*rig_focus_moved)(void);

void *stage2_guest_ptr(const struct arch_vm *arch, ipa_t ipa, bool write)
{
	struct rig_vm *r = (struct rig_vm *)(uintptr_t)arch;

	if (rig_yields)
		sched_yield();
	if (ipa < RIG_BASE || ipa >= RIG_END ||
	    (write && ipa >= RIG_RO && ipa < RIG_RO + PAGE_SIZE))
		return NULL;
	return r->ram + (ipa - RIG_BASE);
}

struct vm *vm_by_id(u32 id)
{
	return id == 2 || id == 3 ? &rig[id - 2].vm : NULL;
}

static struct rig_vm *rig_of(struct vm *vm)
{
	return container_of(vm, struct rig_vm, vm);
}

u32 vm_running_mask(void)
{
	return rig_running;
}

u32 vm_running_value(const struct vm *vm)
{
	return 5 << 1 | (rig_running >> vm->arch.id & 1);
}

u32 vm_paused_value(const struct vm *vm)
{
	return 7 << 1;
}

u32 vm_vcpus_online(const struct vm *vm)
{
	return 2;
}

const char *vm_start(struct vm *vm)
{
	rig_of(vm)->called = "start";
	return NULL;
}

const char *vm_stop(struct vm *vm, bool restart)
{
	rig_of(vm)->called = restart ? "restart" : "stop";
	return NULL;
}

void vm_restart(struct vm *vm)
{
	rig_of(vm)->called = "stop and start";
}

const char *vm_suspend(struct vm *vm)
{
	rig_of(vm)->called = "suspend";
	return NULL;
}

const char *vm_resume(struct vm *vm)
{
	rig_of(vm)->called = "resume";
	return NULL;
}

void xirq_sysconf(u32 vms, struct vm *by)
{
	for (u32 id = 2; id < 4; id++)
		if (vms >> id & 1)
			__atomic_fetch_add(&rig[id - 2].sysconfs, 1, __ATOMIC_RELEASE);
}

void vlink_hypevent(u32 id, const char *name, u32 event, struct vm *by)
{
	assert_string_equal(name, "vproperty");
	__atomic_fetch_add(&rig[id - 2].events, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&rig[id - 2].last_event, event, __ATOMIC_RELAXED);
}

u64 vlinks_pmem_size(void)
{
	return 0x10000;
}

u64 vlinks_pmem_used(void)
{
	return 0x3000;
}

static u32 focus_vm = 2;

u32 console_focus_vm(void)
{
	return focus_vm;
}

bool console_give_focus(u32 id)
{
	focus_vm = id;
	return true;
}

const char *console_vm_name(u32 id)
{
	return id == 2 ? "two" : "three";
}

void console_on_focus(void (*moved)(void))
{
	rig_focus_moved = moved;
}

u32 gic_version(void)
{
	return 3;
}

const struct bundle_image *bundle_find(const struct bundle *b, const char *name)
{
	return NULL;
}

void vm_warn(u32 vm_id, const char *fmt, ...)
{
}

void rig_init(const char *tree_name)
{
	char path[64];
	static struct bundle_image tree;
	struct cfg_error err = {.text = ""};
	size_t size;
	void *fdt;

	snprintf(path, sizeof(path), "unit/dts/%s", tree_name);
	fdt = load_blob(path, &size);
	board = *virt_board(3);
	if (cfg_system_parse(&sys_config, fdt, size, &board, &err))
		fail_msg("%s", err.text);
	tree = (struct bundle_image){.data = fdt, .size = size};
	bundle.system = &tree;
	pages_init(aligned_alloc(PAGE_SIZE, POOL_PAGES * PAGE_SIZE), POOL_PAGES);
	for (u32 i = 0; i < 2; i++) {
		rig[i].vm.arch.id = i + 2;
		rig[i].vm.cfg = &sys_config.vm[i];
	}
	if (props_init(&err))
		fail_msg("%s", err.text);
}

void *rig_ptr(struct rig_vm *r, ipa_t ipa)
{
	return r->ram + (ipa - RIG_BASE);
}

s64 rig_get(struct rig_vm *r, const char *name, ipa_t value, u32 size)
{
	strcpy(rig_ptr(r, RIG_NAME), name);
	return (s64)hc_prop_get(&r->vm, NULL, RIG_NAME, value, size);
}

s64 rig_set(struct rig_vm *r, const char *name, ipa_t value, u32 size)
{
	strcpy(rig_ptr(r, RIG_NAME), name);
	return (s64)hc_prop_set(&r->vm, NULL, RIG_NAME, value, size);
}

s64 rig_enum(struct rig_vm *r, u32 pid, ipa_t name, u32 size, ipa_t attr)
{
	return (s64)hc_prop_enum(&r->vm, NULL, pid, name, size, attr);
}

s64 rig_put(struct rig_vm *r, const char *name, const void *value, u32 size)
{
	memcpy(rig_ptr(r, RIG_VALUE), value, size);
	return rig_set(r, name, RIG_VALUE, size);
}

struct prop *rig_prop(const char *name)
{
	struct prop_key key = {.len = (u32)strlen(name)};

	memcpy(key.words, name, key.len);
	return prop_find(&key);
}
