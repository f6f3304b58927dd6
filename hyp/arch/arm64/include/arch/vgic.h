/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupt controller a guest sees: a GICv2 (IHI 0048) or a GICv3 (IHI 0069) like the board's.
 * The CPU interface is the hardware's own; distributor and redistributors are emulated.
 *
 * List registers stay in the hardware while the vCPU is loaded: an exit neither saves nor scans
 * them. What cannot be put there at once waits in memory, and VCPU_REQ_VGIC makes the CPU look.
 *
 * Lock: one per VM, struct vgic.lock, for all of the VM's vGIC state, private interrupts included.
 * Inside, arch_vcpu_request() is called, and the physical GIC's registers are used (which have a lock of
 * their own). What only the vCPU's own CPU may do says so below.
 */
#ifndef ARCH_VGIC_H
#define ARCH_VGIC_H

#include "arch/spinlock.h"
#include "config/model.h"
#include "lib/limits.h"
#include "lib/types.h"

#define VGIC_LRS_MAX 16
#define VGIC_SPIS_MAX 988 /* INTIDs 32..1019 */
#define VGIC_V2_VCPUS_MAX 8
#define VGIC_NO_VCPU 0xff
#define VGIC_NO_GROUP 0xff
#define VGIC_ROUTE_ANY (1U << 31) /* IROUTER.Interrupt_Routing_Mode */

struct arch_vm;
struct arch_vcpu;

/* What is not one bit of an interrupt. */
struct vgic_irq {
	u8 prio;
	u8 lr; /* list register of its owner, plus 1; 0: in none */
	u8 owner; /* vCPU that has it in a list register, or active */
	u8 target; /* vCPU it goes to next, or VGIC_NO_VCPU */
	u32 route; /* as written: ITARGETSR's byte, IROUTER's lower half */
};

/*
 * 32 interrupts, bit n for INTID 32*bank+n. While an interrupt is in a list register, its pending
 * and active state is there, and latch and active here are what came since.
 */
struct vgic_bank {
	u32 enabled;
	u32 ready; /* enabled, and its group is enabled in GICD_CTLR */
	u32 group; /* 1: group 1 */
	u32 edge;
	u32 hw; /* a physical interrupt of the same INTID stands behind it */
	u32 hw_edge; /* trigger of those */
	u32 level; /* the line, as the emulated device drives it */
	u32 latch; /* pending whatever the line says */
	u32 active;
	u32 soft; /* active by ISACTIVER, never acknowledged: no EOI will come */
	u32 inlr; /* in a list register of its owner, where it may have ended meanwhile */
	u32 lrlatch; /* its list register is pending from the latch, not from the line alone */
	u32 look; /* in a list register that its owner must look at */
	u32 quiet; /* in a list register whose end its owner hears of: posts need not be told */
	u32 kill_latch; /* to be dropped from the list register when the owner looks */
	u32 kill_active;
	struct vgic_irq irq[32];
};

/* Private part of a vCPU, in struct arch_vcpu. */
struct vgic_cpu {
	struct vgic_bank priv; /* INTIDs 0..31 */
	u32 hints; /* banks where something may wait for a list register */
	bool refold; /* all list registers must be looked at again */
	bool crowded; /* more wait than there are list registers, or several pend there: NPIE is on */
	bool anew; /* something has changed since list registers were filled last */
	bool spilled; /* active interrupts are among those */
	bool on; /* it is on: interrupts may go to it */
	bool loaded; /* list registers are in the hardware of CPU arch_vcpu.cpu */
	bool publish; /* somebody wants to read the list registers: copy them to lr[] */
	bool refollow; /* another CPU changed enables of physical PPIs */
	bool asleep; /* GICR_WAKER */
	u8 floor; /* crowded: the lowest priority that pends in a list register, its group, which one */
	u8 floor_group;
	u8 floor_lr;
	u32 floor_key;
	u32 seq; /* counts copies to lr[] */
	u32 used; /* list registers that hold an interrupt, perhaps ended */
	u32 hcr; /* what the hardware has */
	u16 lr_intid[VGIC_LRS_MAX];
	u64 lr[VGIC_LRS_MAX];
	u32 vmcr; /* while not loaded */
	u32 apr[8];
	u8 sgi_source[16]; /* GICv2: vCPUs an SGI pends from */
	u64 paid_until[NK_VM_IDS]; /* by VM that interrupts this vCPU: see vgic_pulse() */
	u8 sgi_active[16]; /* GICv2: sender of an active SGI */
};

/* Shared part, in struct arch_vm. */
struct vgic {
	spinlock_t lock;
	u32 version; /* 2 or 3 */
	bool on; /* a vCPU has run since the last reset: interrupts from outside are taken */
	u32 ctlr; /* GICD_CTLR: bit 0 group 0, bit 1 group 1 */
	u32 nr_banks; /* of SPIs */
	struct vgic_bank *spi;
};

struct vgic_params {
	u32 version; /* 2 or 3, as the board's */
	u32 nr_spis; /* rounded up to 32; 988 at most */
	ipa_t gicd_base; /* GICv2: 4 KiB; GICv3: 64 KiB */
	ipa_t gicc_base; /* GICv2: the first page is GICV, mapped by the caller; GICV_DIR is emulated */
	ipa_t gicr_base; /* GICv3: 128 KiB for each vCPU */
	void *memory; /* vgic_vm_bytes(nr_spis) bytes, zeroed, 8-byte aligned, for as long as the VM */
};

/* Bytes of vgic_params.memory. */
u64 vgic_vm_bytes(u32 nr_spis);

/*
 * Makes the vGIC and registers its frames with arch_vm_mmio_add(). vm->vcpu[] must be complete.
 * Returns 0, or -1: version, count of vCPUs or SPIs, or a frame overlaps. Context: VM creation.
 */
int vgic_vm_init(struct arch_vm *vm, const struct vgic_params *p);

/*
 * Gives the physical SPI of that INTID to the VM: enable, target and trigger follow what the guest
 * programs. Returns 0, or -1 when the INTID is no SPI of the VM's vGIC. Context: VM creation.
 */
int vgic_assign_hw(struct arch_vm *vm, u32 intid, enum cfg_trigger trigger);

/* The same for a PPI (the virtual timer), on each vCPU's CPU. */
int vgic_assign_hw_ppi(struct arch_vm *vm, u32 intid);

/*
 * No vCPU is loaded: disables and ends the VM's physical interrupts, and puts distributor and
 * redistributors into their power-on state. Context: any.
 */
void vgic_vm_stop(struct arch_vm *vm);

/* Power-on state of distributor and redistributors; no vCPU loaded. Part of init and stop. */
void vgic_vm_reset(struct arch_vm *vm);

/*
 * Power-on state of the CPU interface, at the VM's start and at CPU_ON. As on hardware the
 * redistributor keeps what was written to it. Context: v not loaded.
 */
void vgic_vcpu_reset(struct arch_vcpu *v);

/* Puts v's state into this CPU's virtual interface. Context: v's CPU, this_cpu()->vcpu == v. */
void vgic_vcpu_load(struct arch_vcpu *v);

/* Takes all of it back to memory. Context: v's CPU. */
void vgic_vcpu_unload(struct arch_vcpu *v);

/*
 * Another vCPU has the CPU for a while: v's list registers go to memory, and come back. Interrupts for v wait in
 * memory, and VCPU_REQ_VGIC says so. Context: v's CPU.
 */
void vgic_vcpu_suspend(struct arch_vcpu *v);
void vgic_vcpu_resume(struct arch_vcpu *v);

/*
 * INTIDs that pend in v's list registers, VGIC_LRS_MAX at most: the guest has not taken them. Returns how many. Context: v's
 * CPU, v loaded.
 */
u32 vgic_untaken(const struct arch_vcpu *v, u16 *intids);

/*
 * Whether that PPI will be taken when its line goes up: the guest wants it, and has not got it already. Context: v's CPU,
 * v loaded.
 */
bool vgic_ppi_fires(const struct arch_vcpu *v, u32 intid);

/* Drives an interrupt's line; PPIs need v. Calls for one line are serialised by the caller.
 * Context: any CPU, no vGIC lock held.
 */
void vgic_set_level(struct arch_vm *vm, struct arch_vcpu *v, u32 intid, bool level);

/*
 * Pends an SPI once, as an edge does. Nothing happens when the VM does not run, nor will when it
 * starts. What was written before is visible to who takes the interrupt. Context: any CPU, no vGIC
 * lock held.
 *
 * by: the VM that wants it, which pays arch_vm.kick_gap ticks for each time that a CPU of another VM
 * has something to do because of it, and may be arch_vm.kick_burst ticks ahead; NULL: nk itself.
 * Returns 0, or until when, in ticks of the physical counter, `by` has to wait.
 */
u64 vgic_pulse(struct arch_vm *vm, u32 intid, const struct arch_vm *by);

/*
 * `by` has made all CPUs of vm do something, other than by an interrupt: it pays as for one to each vCPU. Returns
 * what vgic_pulse() does. Context: any CPU, no vGIC lock held.
 */
u64 vgic_charge(struct arch_vm *vm, const struct arch_vm *by);

/*
 * A physical interrupt was acknowledged and its priority dropped on v's CPU, the caller's: it goes
 * to the guest, which deactivates it. One that the VM does not own is disabled and deactivated.
 */
void vgic_hw_irq(struct arch_vcpu *v, u32 intid);

/*
 * As vgic_hw_irq(), where no vCPU is, or one that it is not for: it goes to the one that it is for, if that is
 * on, else it is disabled. Returns whether the caller is to deactivate it.
 */
bool vgic_hw_irq_away(u32 intid);

/* VCPU_REQ_VGIC was set (and was cleared by the caller, before). Context: v's CPU, v loaded. */
void vgic_sync_request(struct arch_vcpu *v);

/* The maintenance interrupt. Context: v's CPU. */
void vgic_maintenance(struct arch_vcpu *v);

/* Would an interrupt be signalled to v now, PSTATE aside? Context: v's CPU, v loaded. */
bool vgic_vcpu_pending(struct arch_vcpu *v);

/*
 * The same for one that sleeps with its system: by an SPI, whether its CPU interface is on or off (as a wake request,
 * IHI 0069, 11.1). What it sent itself, or its timers, are no reason.
 */
bool vgic_vcpu_wakes(struct arch_vcpu *v);

/*
 * A trapped access to a system register of the GIC: SGIs, ICC_SRE_EL1, ICC_DIR_EL1. enc: the
 * syndrome's op0, op1, CRn, CRm, op2 in place, Rt and direction clear (Arm ARM D17.2.37, EC 0x18).
 * Returns false when the access is undefined. Context: v's CPU.
 */
bool vgic_sysreg(struct arch_vcpu *v, u32 enc, u64 *value, bool write);

#endif
