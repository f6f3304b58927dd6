/* SPDX-License-Identifier: Apache-2.0 */
/* The system tree's parts, shared by config/system*.c. Each returns 0, or -1 with *err filled. */
#ifndef CONFIG_SYSTEM_SYSTEM_H
#define CONFIG_SYSTEM_SYSTEM_H

#include "config/board/board.h"
#include "config/fdt/read.h"

struct sys_parse {
	struct cfg_system *s;
	const void *fdt; /* the system's */
	const struct cfg_board *b;
	struct cfg_error *err;
	u64 ram_left; /* of the board, after pmem and the VMs so far */
	u64 ram_all;
	/* Which vCPU had a physical CPU first, VM 0: none; and how many have it. */
	struct {
		u8 vm;
		u8 vcpu;
		u8 shares; /* that VM names its CPUs, so others may too */
		u8 users;
	} cpu_owner[NK_CPUS_MAX];
	u32 vms; /* mask of those so far */
	int vlogs; /* node, or -1 */
	u32 nr_given;
	struct sys_given {
		const struct cfg_vm *vm;
		struct cfg_device *dev;
		u64 ipa; /* where the guest finds its first region; 0: where the board has it */
	} given[CFG_DEVICES_MAX];
};

/* The parts of one VM's node, by the number of the child node; -1: there is none. */
int sys_vcpus(struct sys_parse *p, struct cfg_vm *vm, int node);
int sys_vdevs(struct sys_parse *p, u32 vm_id, int node);

/* The pieces of its RAM, CFG_RAM_PIECES numbers of nodes; the first must be there. */
int sys_memory(struct sys_parse *p, struct cfg_vm *vm, const int *nodes);

#define SYS_IPA_END BIT(40) /* what every CPU with EL2 that nk knows can translate at least */

/* Where the VM, of which has_gic and nr_vcpus are known, finds what is emulated; gic, uart: the properties. */
int sys_places(const struct sys_parse *p, struct cfg_vm *vm, const struct dt_prop *gic,
	       const struct dt_prop *uart);

#define SYS_FRAMES_MAX 3

/* Something emulated, and how to call it. */
struct sys_frame {
	const char *name;
	const char *own; /* the property that has it there; NULL: it is where the board has it */
	struct range range;
};

/* What the guest finds emulated, behind sys_places(). Returns how many of the SYS_FRAMES_MAX are set. */
u32 sys_frames(const struct sys_parse *p, const struct cfg_vm *vm, struct sys_frame *frames);

/* What `devices` of the VM names, and where `ipa` has it; both: the properties. */
int sys_devices(struct sys_parse *p, struct cfg_vm *vm, const struct dt_prop *value,
		const struct dt_prop *ipa);

/* The child `balloon` of hyp; node may be negative, for none. */
int sys_balloon(struct sys_parse *p, int node);

/* The child `schedule` of hyp; node may be negative, for none. */
int sys_schedule(struct sys_parse *p, int node);

/* The child `monitoring` of hyp; node may be negative, for none. */
int sys_monitor(struct sys_parse *p, int node);

/* Nodes of the VM's vplatform that are VirtIO devices, behind all else of it; vplatform may be negative, for none. */
int sys_virtio(struct sys_parse *p, const struct cfg_vm *vm, int vplatform);

/* What only shows when all VMs are known. */
int sys_check_balloon(struct sys_parse *p);
int sys_check_schedule(struct sys_parse *p);
int sys_check_devices(struct sys_parse *p);
int sys_check_vdevs(struct sys_parse *p);
int sys_check_props(struct sys_parse *p);
int sys_check_wdts(struct sys_parse *p);
int sys_check_virtio(struct sys_parse *p);

/* A child of the child `logs` of hyp, for sys_each_child(); vms: all there are. */
int sys_vlog(struct sys_parse *p, int node, u32 vms);

/* Makes the vlinks of ends that have been checked. */
int sys_links(struct sys_parse *p);

/* User-defined properties, the children of hyp_property. */
int sys_props(struct sys_parse *p, int node);

/* The VM of that id, or NULL. */
const struct cfg_vm *sys_vm(const struct cfg_system *s, u32 id);

/*
 * Reads a list of VMs' ids into *mask, 0 when it is absent; "*" are all that may be named. Returns 0, or -1 with
 * the view's error filled.
 */
int sys_vm_list(const struct dt_view *w, u32 which, u32 may_be_named, u32 *mask);

/* Calls fn for each child of a node that has no properties; node may be -1, for none. */
int sys_each_child(struct sys_parse *p, int node, u32 arg,
		   int (*fn)(struct sys_parse *p, int child, u32 arg));

/*
 * Reads a list such as "0,2-3" or "*" of numbers first..last into *mask, 0 when it is absent.
 * Returns whether it is one.
 */
bool sys_list(const struct dt_prop *list, u32 first, u32 last, u32 *mask);

#endif
