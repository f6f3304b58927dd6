/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual machines: their making at boot, and their lives.
 *
 *   stopped -> loading -> ready -> running -> stopping -> stopped
 *
 * Loading happens on the CPU of vCPU 0. A VM stops when the last of its vCPUs has left its CPU.
 *
 * Locking: vm->lock guards state, restart, nr_active. Order: vm->lock, then a vCPU's power.lock,
 * then vGIC locks, then the console's.
 */
#ifndef CORE_VM_H
#define CORE_VM_H

#include "arch/vcpu.h"
#include "config/bundle.h"
#include "config/model.h"
#include "core/vuart.h"
#include "core/xirq.h"

enum vm_state { VM_STOPPED, VM_LOADING, VM_READY, VM_RUNNING, VM_STOPPING };

struct vm {
	struct arch_vm arch; /* first: arch code hands back pointers to it */
	const struct cfg_vm *cfg;
	spinlock_t lock;
	enum vm_state state;
	bool restart; /* start again once stopped */
	bool failed; /* ended by nk, or its images were wrong */
	u32 nr_active; /* vCPUs that are on, or about to be */
	u32 starts;
	paddr_t ram_pa;
	ipa_t ram_ipa;
	ipa_t entry; /* found by the loader */
	ipa_t tree;
	struct vuart vuart;
	struct xirq_space xirqs;
	struct cfg_error error; /* why loading failed */
};

static inline struct vm *to_vm(struct arch_vm *arch)
{
	return container_of(arch, struct vm, arch);
}

/*
 * Makes the VM that cfg describes: memory, address space, interrupts, console. Returns 0, or -1
 * with *err filled. Context: boot CPU, boot.
 */
int vm_create(const struct cfg_vm *cfg, const struct cfg_board *board, struct cfg_error *err);

/* The VM with that id, or NULL. */
struct vm *vm_by_id(u32 id);

/*
 * Puts the checked images into wiped memory, makes the guest's tree, cleans it all to the point of
 * coherency. Returns 0, or -1 with vm->error filled. Context: an idle CPU; the VM has no vCPU on.
 */
int vm_load(struct vm *vm);

/* Asks a stopped VM to load and run. Returns NULL, or in words why it cannot. Context: any. */
const char *vm_start(struct vm *vm);

/* Asks a running VM to stop, or to restart. Returns NULL, or in words why not. Context: any. */
const char *vm_stop(struct vm *vm, bool restart);

/*
 * Stops the time of a running VM, or lets it go on. Returns NULL, or in words why not. Returns at
 * once; the VM has stopped when the last of its vCPUs looked. Context: any.
 */
const char *vm_suspend(struct vm *vm);
const char *vm_resume(struct vm *vm);

/* Bit N: VM N runs (paused or not). Context: any, no lock. */
u32 vm_running_mask(void);

/*
 * What the VM's built-in properties show. Bit 0 of the first two is the state, the others count how
 * often it was left for running (or for playing). vcpus: mask of those that are on.
 */
u32 vm_running_value(const struct vm *vm);
u32 vm_paused_value(const struct vm *vm);
u32 vm_vcpus_online(const struct vm *vm);

/* Loads every VM that starts by itself, then starts them all. Returns 0, or -1 and *err. */
int vm_boot_all(struct cfg_error *err);

/* Runs what percpu.work asks of this CPU. Context: idle CPU; may not return (starts a vCPU). */
void vm_cpu_work(void);

const char *vm_state_name(const struct vm *vm);

/* Everything config read, for all of core. Read-only after boot. */
extern struct cfg_board board;
extern struct cfg_system sys_config;
extern struct bundle bundle;

#endif
