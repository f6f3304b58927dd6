/* SPDX-License-Identifier: Apache-2.0 */
/* The properties that nk has by itself: names, sizes, and who may do what unless told otherwise. */
#ifndef CONFIG_SYSTEM_PROP_NAMES_H
#define CONFIG_SYSTEM_PROP_NAMES_H

#include "lib/types.h"

/* Their order is the order of their ids. */
enum prop_builtin {
	PROP_ERROR_ALLOC,
	PROP_ERROR_SHARING,
	PROP_BUILD_ID,
	PROP_VERSION_API,
	PROP_VERSION_HYPERVISOR,
	PROP_VERSION_COMPILER,
	PROP_VERSION_BUILD_DATE,
	PROP_VERSION_BSP,
	PROP_VERSION_BSP_COMPILER,
	PROP_VERSION_BSP_BUILD_DATE,
	PROP_CPUS_ONLINE,
	PROP_FEATURES_ALL,
	PROP_FEATURES_ON,
	PROP_FEATURES_OFF,
	PROP_FEATURES_ALL_STR,
	PROP_FEATURES_ON_STR,
	PROP_FEATURES_OFF_STR,
	PROP_HEAP_FREE,
	PROP_HEAP_USED,
	PROP_PMEM_FREE,
	PROP_PMEM_USED,
	PROP_MONITORING,
	PROP_MONITORING_INFO,
	PROP_MONITORING_USER,
	PROP_EVENT_FILTER,
	PROP_FOCUS,
	PROP_HISTORY,
	PROP_VLM_DTB,
	PROP_SYSTEM_RESET,
	PROP_CPUS_HANDOVER,
	PROP_CPUS_GIVE,
	PROP_VM_FIRST, /* from here on: one for each VM */
	PROP_VM_CPUS = PROP_VM_FIRST,
	PROP_VM_VCPUS,
	PROP_VM_VCPUS_ONLINE,
	PROP_VM_HANDOVER,
	PROP_VM_VCPUS_TARGET,
	PROP_VM_RUNNING,
	PROP_VM_PAUSED,
	PROP_VM_CRASHED,
	PROP_VM_CRASH,
	PROP_VM_DUMP,
	PROP_VM_BOOTCOMPLETE,
	PROP_VM_BOOT_US,
	PROP_VM_DTB,
	PROP_VM_KERNEL, /* the last two: only where the VM's node says `regions` */
	PROP_VM_INITRD,
	PROP_NR
};

/* Unless told otherwise; NEVER: whatever it is told. */
enum prop_allow { PROP_ALLOW_NEVER, PROP_ALLOW_NONE, PROP_ALLOW_SELF, PROP_ALLOW_ALL };

struct prop_name {
	const char *name; /* of a VM's: what follows "nk.vm.N" */
	u8 size; /* of the value; 0: only known when nk runs */
	u8 set, get, notify; /* enum prop_allow */
};

extern const struct prop_name prop_names[PROP_NR];

/* The VM's id in a name such as nk.vm.12.cpus, of which *name becomes what follows the id; or 0. */
u32 prop_vm_of(const char **name);

/* The enum prop_builtin of a name, or -1; *vm: whose it is, 0: nobody's. */
int prop_builtin(const char *name, u32 *vm);

#endif
