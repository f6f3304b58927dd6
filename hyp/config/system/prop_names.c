// SPDX-License-Identifier: Apache-2.0
/* The table of nk's own properties. */
#include "config/system/prop_names.h"
#include "lib/limits.h"
#include "lib/string.h"

#define NEVER PROP_ALLOW_NEVER
#define NONE PROP_ALLOW_NONE
#define SELF PROP_ALLOW_SELF
#define ALL PROP_ALLOW_ALL

/*
 * Least privilege: everybody reads what this nk and its machine are, which never changes; a VM reads
 * what is its own, is told which CPUs it has, and steers itself as it may by PSCI; all else,
 * notification too, is nobody's unless the system tree says so.
 */
const struct prop_name prop_names[PROP_NR] = {
	/* name, size, set, get, notify */
	[PROP_ERROR_ALLOC] = {"nk.error.ignore-alloc-after-boot", 4, NEVER, ALL, NONE},
	[PROP_ERROR_SHARING] = {"nk.error.ignore-non-allowed-io-sharing", 4, NEVER, ALL, NONE},
	[PROP_BUILD_ID] = {"nk.build-id", 0, NEVER, ALL, NONE},
	[PROP_VERSION_API] = {"nk.version.api", 0, NEVER, ALL, NONE},
	[PROP_VERSION_HYPERVISOR] = {"nk.version.hypervisor", 0, NEVER, ALL, NONE},
	[PROP_VERSION_COMPILER] = {"nk.version.compiler", 0, NEVER, ALL, NONE},
	[PROP_VERSION_BUILD_DATE] = {"nk.version.build-date", 0, NEVER, ALL, NONE},
	[PROP_VERSION_BSP] = {"nk.version.bsp", 0, NEVER, ALL, NONE},
	[PROP_VERSION_BSP_COMPILER] = {"nk.version.bsp-compiler", 0, NEVER, ALL, NONE},
	[PROP_VERSION_BSP_BUILD_DATE] = {"nk.version.bsp-build-date", 0, NEVER, ALL, NONE},
	[PROP_CPUS_ONLINE] = {"nk.cpus.online", 4, NEVER, ALL, NONE},
	[PROP_FEATURES_ALL] = {"nk.features.all", 8, NEVER, ALL, NONE},
	[PROP_FEATURES_ON] = {"nk.features.on", 8, NEVER, ALL, NONE},
	[PROP_FEATURES_OFF] = {"nk.features.off", 8, NEVER, ALL, NONE},
	[PROP_FEATURES_ALL_STR] = {"nk.features.all-str", 0, NEVER, ALL, NONE},
	[PROP_FEATURES_ON_STR] = {"nk.features.on-str", 0, NEVER, ALL, NONE},
	[PROP_FEATURES_OFF_STR] = {"nk.features.off-str", 0, NEVER, ALL, NONE},
	[PROP_HEAP_FREE] = {"nk.memory.heap.free", 8, NEVER, NONE, NONE},
	[PROP_HEAP_USED] = {"nk.memory.heap.used", 8, NEVER, NONE, NONE},
	[PROP_PMEM_FREE] = {"nk.memory.pmem.free", 8, NEVER, NONE, NONE},
	[PROP_PMEM_USED] = {"nk.memory.pmem.used", 8, NEVER, NONE, NONE},
	[PROP_MONITORING] = {"nk.monitoring.enable", 4, NONE, NONE, NONE},
	[PROP_MONITORING_INFO] = {"nk.monitoring", 0, NEVER, NONE, NONE},
	[PROP_MONITORING_USER] = {"nk.monitoring.user", 4, NONE, NONE, NONE},
	[PROP_EVENT_FILTER] = {"nk.event-log.filter", 20, NONE, NONE, NONE},
	[PROP_FOCUS] = {"nk.focus", 4, NONE, NONE, NONE},
	[PROP_HISTORY] = {"nk.history", 0, NEVER, NONE, NONE},
	[PROP_VLM_DTB] = {"nk.vlm-dtb", 0, NEVER, NONE, NONE},
	[PROP_SYSTEM_RESET] = {"nk.system.reset", 4, NONE, NONE, NONE},
	[PROP_CPUS_HANDOVER] = {"nk.cpus.handover", 0, NEVER, NONE, NONE},
	[PROP_CPUS_GIVE] = {"nk.cpus.give", 8, NONE, NONE, NONE},
	[PROP_VM_CPUS] = {".cpus", 4, NEVER, SELF, SELF},
	[PROP_VM_VCPUS] = {".vcpus", 4, NEVER, SELF, SELF},
	[PROP_VM_VCPUS_ONLINE] = {".vcpus.online", 4, NEVER, SELF, NONE},
	[PROP_VM_HANDOVER] = {".handover-affinity", 4, NEVER, SELF, NONE},
	[PROP_VM_VCPUS_TARGET] = {".vcpus-target", 4, NEVER, SELF, SELF},
	[PROP_VM_RUNNING] = {".state.running", 4, SELF, SELF, NONE},
	[PROP_VM_PAUSED] = {".state.paused", 4, SELF, SELF, NONE},
	[PROP_VM_CRASHED] = {".state.crashed", 4, NEVER, SELF, NONE},
	[PROP_VM_CRASH] = {".crash", 0, NEVER, SELF, NONE},
	[PROP_VM_DUMP] = {".dump", 0, NEVER, NONE, NONE},
	[PROP_VM_BOOTCOMPLETE] = {".bootcomplete", 4, SELF, SELF, NONE},
	[PROP_VM_BOOT_US] = {".boot-us", 8, NEVER, SELF, NONE},
	[PROP_VM_DTB] = {".vplatform-dtb", 0, NEVER, SELF, NONE},
	[PROP_VM_KERNEL] = {".kernel.region", 16, NEVER, SELF, NONE},
	[PROP_VM_INITRD] = {".initrd.region", 16, NEVER, SELF, NONE},
};

u32 prop_vm_of(const char **name)
{
	static const char prefix[] = "nk.vm.";
	const char *s = *name + sizeof(prefix) - 1;
	u32 id = 0;

	if (strncmp(*name, prefix, sizeof(prefix) - 1) || *s == '0')
		return 0;
	for (; *s >= '0' && *s <= '9' && id < NK_VM_IDS; s++)
		id = 10 * id + (u32)(*s - '0');
	if (id < NK_VM_ID_FIRST || id > NK_VM_ID_MAX)
		return 0;
	*name = s;
	return id;
}

int prop_builtin(const char *name, u32 *vm)
{
	int i, end;

	*vm = prop_vm_of(&name);
	i = *vm ? PROP_VM_FIRST : 0;
	end = *vm ? PROP_NR : PROP_VM_FIRST;
	for (; i < end; i++)
		if (!strcmp(name, prop_names[i].name))
			return i;
	return -1;
}
