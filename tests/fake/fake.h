/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fake architecture: what tests set of it, and what it notes for them. All is zero when a program
 * starts, unless it says otherwise. Files in fake/arch have the names of those they stand for.
 */
#ifndef FAKE_FAKE_H
#define FAKE_FAKE_H

#include "arch/cpu.h"
#include "arch/vcpu.h"
#include "lib/limits.h"
#include "lib/types.h"

/* ---- cpu.c ---- */
extern __thread u32 fake_here; /* the CPU that the calling thread is; all are online */
extern bool fake_yields; /* other threads run in cpu_relax() and stage2_guest_ptr() */
extern void (*fake_relaxed)(void); /* what else happens in cpu_relax() */
extern u32 fake_kicks[NK_CPUS_MAX]; /* SGIs that arch_vcpu_request() sent to each */
extern u32 fake_alarms[NK_CPUS_MAX]; /* calls of arch_cpu_ask_alarm() for each */
extern u32 fake_waits; /* calls of arch_cpu_wait() */

struct fake_held {
	u32 vcpus; /* a bit for each that arch_vcpu_hold() was called for */
	u64 until; /* of the last one */
};
extern struct fake_held fake_held;
extern u32 fake_answers; /* calls of arch_vcpu_answer(); arch_vcpu.awaits is what each waits for */

/* ---- counter.c ---- */
#define FAKE_HZ 62500000U
extern u64 fake_us; /* arch_time_us() */
extern u64 fake_counter;
extern u64 fake_boot_ticks; /* when nk began, of that counter */

/* ---- spinlock.c ---- */
bool fake_holds(const spinlock_t *lock); /* the calling thread does */

/* ---- mmu.c: RAM begins here; EL2 sees it through phys_to_virt(), which ends the program elsewhere ---- */
#define FAKE_RAM GIB(1)
extern u8 *fake_ram;

/* So much of it, as the host's memory comes. Context: once a program. */
void fake_ram_make(u64 size);

/* ---- cache.c: there is none ---- */
extern void (*fake_wipes)(const void *p, u64 size); /* cache_wipe() is about to */

/* ---- stage2.c, where the real one is not linked: pages that lie side by side, in the host's memory ---- */
struct fake_stage2 {
	const struct arch_vm *vm; /* NULL: no more VMs */
	ipa_t base;
	void *memory;
	u32 pages;
	u64 holes, read_only; /* a bit for each of the first 64 pages */
};
extern struct fake_stage2 fake_stage2[NK_VM_IDS];

/* ---- mmio.c: a guest's access to an emulated register; ends the program if none is there ---- */
u64 fake_mmio_read(struct arch_vm *vm, struct arch_vcpu *v, ipa_t ipa, u8 size);
void fake_mmio_write(struct arch_vm *vm, struct arch_vcpu *v, ipa_t ipa, u8 size, u64 value);

/* ---- vgic.c, where the real one is not linked ---- */
#define FAKE_INTIDS 1020
struct fake_pulses {
	u32 n; /* calls of vgic_pulse() */
	u32 vm, intid; /* of the last one */
	const struct arch_vm *by;
	u64 until; /* what it returns */
	u32 charges; /* calls of vgic_charge(), which returns the same */
	u32 of[NK_VM_IDS][FAKE_INTIDS];
};
extern struct fake_pulses fake_pulses;
extern struct fake_intids {
	u32 first, last;
} fake_intids; /* it may be called for; all of them, unless the test says less */

#endif
