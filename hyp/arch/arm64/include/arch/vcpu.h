/* SPDX-License-Identifier: Apache-2.0 */
/* What one vCPU and one VM look like to the architecture code. */
#ifndef ARCH_VCPU_H
#define ARCH_VCPU_H

#include "arch/spinlock.h"
#include "arch/vgic.h"
#include "arch/watch.h"
#include "lib/limits.h"
#include "lib/types.h"

/* The guest's general registers as the exception entry leaves them on the CPU's stack. */
struct frame {
	u64 x[32]; /* x[31] is no register: where loads to XZR go, and trap_own() finds SP */
};

struct arch_vcpu;
struct arch_vm;

#define EL1_CONTEXT 25
#define FP_CONTEXT 66 /* q0 to q31, FPCR, FPSR */
#define DEBUG_CONTEXT 64 /* control and value of 16 breakpoints and 16 watchpoints */

/* What a guest has in the CPU beside its frame, while another is there (context.c). */
struct arch_context {
	u64 fp[FP_CONTEXT] __aligned(16);
	u64 el1[EL1_CONTEXT];
	u64 keys[10];
	u64 vdisr;
	u64 tpidr2;
	u64 cntv_ctl;
	u64 cntv_cval;
	u64 mdscr;
	u64 mdccint;
	u64 debug[DEBUG_CONTEXT];
};

struct mmio_region;

/* One emulated access of a guest to a device register. */
struct mmio {
	u64 offset; /* from the base of the region */
	u64 value; /* to write, zero-extended; or the value read, set by the handler */
	u8 size; /* bytes: 1, 2, 4 or 8 */
	bool write;
	const struct mmio_region *region; /* of the address */
};

/*
 * Emulates one access by the current vCPU, on its CPU, interrupts masked, no lock held.
 * Every offset inside the region is legal: what does not exist is RAZ/WI.
 */
typedef void (*mmio_fn)(struct arch_vcpu *v, struct mmio *m);

struct mmio_region {
	ipa_t base;
	u64 size;
	mmio_fn fn;
	void *opaque;
	u32 kind; /* NK_VDEV_*: how people call it */
	u32 column; /* of its loads, in WATCH_VDEV; stores are in the next one */
};

#define ARCH_MMIO_REGIONS 24

/* Why a vCPU's CPU must look up from its guest; bits of arch_vcpu.requests. */
#define VCPU_REQ_VGIC BIT(0) /* interrupts wait in software for a list register */
#define VCPU_REQ_STOP BIT(1) /* the VM stops: park the CPU */
#define VCPU_REQ_PAUSE BIT(2) /* the VM is paused: wait until it is not */
#define VCPU_REQ_HOLD BIT(3) /* it interrupted others too often: wait until arch_vcpu.held_until */
#define VCPU_REQ_LOOK BIT(4) /* always set where it shares its CPU: somebody else may have to run */
#define VCPU_REQ_WOKEN BIT(5) /* what it waits for may have come; no more than that */
#define VCPU_REQ_AWAIT BIT(7) /* it waits for somebody to answer: see arch_vcpu.awaits */
#define VCPU_REQ_WATCH BIT(6) /* exits are to be watched, or no more: watch_apply() */

struct arch_vcpu {
	struct arch_vm *vm;
	u32 id; /* index in arch_vm.vcpu[]; what GICv2 calls the CPU interface number */
	u32 cpu; /* physical CPU it runs on */
	u64 mpidr; /* what the guest reads in MPIDR_EL1 */
	u64 requests; /* VCPU_REQ_*, atomic */
	struct mmio mmio; /* the access being emulated: one at a time on a CPU */
	struct vgic_cpu vgic;
	u32 pause; /* core's: number of the last pause it took part in */
	u32 vtimer_ctl; /* CNTV_CTL_EL0, while it is paused */
	u64 alarm; /* physical counter: EL2's timer is to interrupt it then; ~0: never */
	u64 held_until; /* physical counter: it does not run before; 0: never held yet */
	const void *awaits; /* what it waits for the answer of, until then; NULL: for none */
	u64 awaits_until;
	struct {
		u64 cval; /* CNTP_CVAL_EL0 of the guest, emulated */
		u32 ctl; /* CNTP_CTL_EL0: ENABLE, IMASK */
		bool line; /* its interrupt's, as the vGIC was told */
	} ptimer;
	struct {
		spinlock_t lock;
		u32 state; /* enum psci_state */
		u64 entry; /* IPA to start at */
		u64 context; /* x0 at entry */
		bool sleeps; /* in SYSTEM_SUSPEND: goes on at entry, out of reset */
	} power;
	bool moved; /* to this CPU, since it ran last */
	u64 stack; /* of its thread: the end */
	u64 sp; /* of its thread, while another one runs */
	struct watch_vcpu watch;
	struct arch_context context;
};

struct arch_vm {
	u32 id; /* 2..31 */
	u16 vmid;
	u32 nr_vcpus;
	struct arch_vcpu *vcpu[NK_VCPUS_MAX];
	u64 vttbr;
	u64 vtcr;
	u64 *s2_spare; /* zeroed tables for stage2_map_late() */
	u32 s2_nr_spare;
	/*
	 * CNTVOFF_EL2: how long it has been paused. A VM's time begins as the machine's, since QEMU before
	 * 8.2 adds the offset to the comparator without a look at bit 64, and does nothing else any more
	 * after one that wraps: a guest may disarm its timer with the last value there is.
	 */
	u64 cntvoff;
	u64 kick_gap; /* ticks that an interrupt of another VM's CPU costs this one, see vgic_pulse() */
	u64 kick_burst;
	bool stray_ends; /* an access to nothing is its end, and not an abort it is given */
	bool may_sleep; /* and the whole system with it: PSCI SYSTEM_SUSPEND */
	struct vgic vgic;
	u32 nr_mmio;
	struct mmio_region mmio[ARCH_MMIO_REGIONS + 1]; /* one more: no address is beyond it */
};

#endif
