// SPDX-License-Identifier: Apache-2.0
#include "prop_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/link/vlink.h"
#include "fake/fake.h"
#include "lib/pages.h"
#include "unit/config/config_util.h"

#define POOL_PAGES 256

struct rig_vm rig[2];

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
		fake_vms.by_id[i + 2] = &rig[i].vm;
		fake_stage2[i] = (struct fake_stage2){.vm = &rig[i].vm.arch,
						      .base = RIG_BASE,
						      .memory = rig[i].ram,
						      .pages = RIG_PAGES,
						      .read_only = BIT(RIG_RO_PAGE)};
	}
	for (u32 i = 0; i < 2; i++)
		handover_create(&rig[i].vm, &err);
	handover_ready(&err);
	fake_vms.running = BIT(2) | BIT(3);
	percpus[2].online = 0;
	for (u32 i = 4; i < NK_CPUS_MAX; i++)
		percpus[i].online = 0;
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
