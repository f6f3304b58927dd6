/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual machines: their making at boot, and their lives.
 *
 *   stopped -> loading -> ready -> running -> stopping -> stopped
 *
 * Loading happens in the thread of vCPU 0, on its CPU. A VM stops when the last of its vCPUs has left its CPU. One
 * that is paused is running: its vCPUs keep their CPUs and wait there, in nk.
 *
 * Locking: vm->lock guards state, what is to come after it, nr_active, pause. Order of all locks: lib/locks.h.
 */
#ifndef CORE_VM_VM_H
#define CORE_VM_VM_H

#include "arch/vcpu.h"
#include "config/model.h"
#include "core/crash/crash.h"
#include "core/dev/vuart.h"
#include "core/handover/handover.h"
#include "core/link/xirq.h"
#include "core/sched/cpu.h"
#include "core/vm/times.h"

enum vm_state { VM_STOPPED, VM_LOADING, VM_READY, VM_RUNNING, VM_STOPPING };

struct vm_pause {
	bool wanted;
	u32 number; /* counts them; arch_vcpu.pause is the last one a vCPU was counted in */
	u32 nr_paused; /* vCPUs that wait */
	u32 value; /* bit 0: all vCPUs wait, and its time stands still; others: times it went on */
	u64 frozen_at; /* the physical counter then */
};

/* What the loader put into the VM's RAM. */
struct vm_images {
	struct range kernel; /* in the machine's memory, with the bss behind the file */
	struct range initrd; /* size 0: it has none */
	const void *tree; /* as it is before the guest can change it */
	u32 tree_size;
};

/* Where a piece of its RAM is; cfg->ram has the rest. */
struct vm_ram {
	paddr_t pa;
	ipa_t ipa;
};

struct vm {
	struct arch_vm arch; /* first: arch code hands back pointers to it */
	const struct cfg_vm *cfg;
	spinlock_t lock;
	enum vm_state state;
	bool restart; /* start again once stopped, as who stopped it asked for */
	bool start; /* the same, asked for by another VM or the prompt since */
	bool cancel; /* stop instead of running, once loaded */
	bool failed; /* ended by nk, or its images were wrong */
	u32 nr_active; /* vCPUs that are on, or about to be */
	u32 running; /* bit 0: it runs, or has not quite stopped; others: times it was started */
	struct vm_pause pause;
	struct vm_ram ram[CFG_RAM_PIECES]; /* cfg->nr_ram of them */
	ipa_t entry; /* found by the loader */
	ipa_t tree;
	struct vm_images images;
	struct vm_times times;
	struct vuart vuart;
	struct xirq_space xirqs;
	struct sched_vcpu sched[NK_VCPUS_MAX];
	struct handover_vm handover;
	struct crash crash;
	struct cfg_error error; /* why loading failed */
};

static inline struct vm *to_vm(struct arch_vm *arch)
{
	return container_of(arch, struct vm, arch);
}

/*
 * Makes the VM that cfg describes, by the table of units. Returns 0, or -1 with *err filled.
 * Context: boot CPU, boot.
 */
int vm_create(const struct cfg_vm *cfg, struct cfg_error *err);

/* The VM with that id, or NULL. */
struct vm *vm_by_id(u32 id);

/*
 * Asks a stopped VM to load and run, or one that stops to do so then. Returns NULL, or in words why
 * not. Context: any, no lock held, the VM's own exits included.
 */
const char *vm_start(struct vm *vm);

/*
 * Asks a VM to stop, or to restart, paused or not. One that is still being loaded will not run.
 * Returns NULL, or in words why not. Context: as above; the VM's own vCPU stops at the tail of
 * this exit.
 */
const char *vm_stop(struct vm *vm, bool restart);

/*
 * Asks for a stop and a start in one request: a VM that runs begins anew, one that is stopped, or
 * stops, starts. Context: as above.
 */
void vm_restart(struct vm *vm);

/* As vm_stop(), by the VM itself: what others have asked for since counts. */
void vm_end(struct vm *vm, bool restart);

/*
 * Stops a running VM and its virtual time, or lets it go on. Returns at once NULL, or in words why
 * not; it is paused when the last of its vCPUs looked, which VM_EVENT_PAUSED tells. Resumed before
 * that, nothing has happened. Context: as above.
 */
const char *vm_suspend(struct vm *vm);
const char *vm_resume(struct vm *vm);

/* Has a running VM pause: nothing is refused or told. For vm_suspend(), and before a life's first instruction. */
void vm_pause_locked(struct vm *vm) __must_hold(&vm->lock);

/*
 * For vm.c: freezes a VM whose last vCPU that ran is gone or waits; ends the pause, counted if the
 * VM goes on. Each returns whether vm_paused_value() has changed.
 */
bool vm_freeze_locked(struct vm *vm) __must_hold(&vm->lock);
bool vm_unpause_locked(struct vm *vm, bool goes_on) __must_hold(&vm->lock);

/* The VM's virtual time in ticks, which stands still while it is paused. Context: any. */
u64 vm_time_locked(const struct vm *vm) __must_hold(&vm->lock);

/* Bit N: VM N runs (paused or not), or has not quite stopped. Context: any, no lock. */
u32 vm_running_mask(void);

/*
 * What the VM's built-in properties show. Bit 0 of the first two is the state, the others count how
 * often a stopped VM was started and a paused one went on; each is one word, so that nobody sees
 * one part without the other. vcpus: mask of those that are on.
 * Context: any, no lock.
 */
u32 vm_running_value(const struct vm *vm);
u32 vm_paused_value(const struct vm *vm);
u32 vm_vcpus_online(const struct vm *vm);

/* Has a VM that is loaded and waits for the end of the boot run, or stay stopped. Context: boot, no lock held. */
void vm_release(struct vm *vm, bool runs);

/*
 * Of the thread of a vCPU. Loads the VM and has it run; has the vCPU run, if the VM does, and then does not
 * return; notes that it is off, and ends the VM's life if it was the last one. Context: no vCPU is on the CPU.
 */
void vm_load_and_run(struct vm *vm);
void vm_start_vcpu(struct arch_vcpu *v);
void vm_vcpu_gone(struct arch_vcpu *v);

/* "stopped", "loading", "ready", "running", "pausing", "paused" or "stopping". Context: any. */
const char *vm_state_name(const struct vm *vm);

#endif
