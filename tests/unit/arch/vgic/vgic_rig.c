// SPDX-License-Identifier: Apache-2.0
#include "vgic_rig.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "arch/vgic.h"

#define SERVE_MAX 64 /* rounds; more would be a storm */

struct vif {
	u64 lr[16];
	u32 hcr, vmcr;
	u64 active; /* bit n: a priority of 8 * n is active */
};

struct gic_hw gic_hw;
struct phys phys[CPUS][INTIDS];
struct arch_vm vm;
u32 maintenance_calls;

static struct vif vif[CPUS];
static struct arch_vcpu vcpus[CPUS];
static void *memory;

static void serve_requests(u32 cpu)
{
	struct arch_vcpu *v = &vcpus[cpu];
	u32 was = fake_here;

	if (!(v->requests & VCPU_REQ_VGIC) || percpus[cpu].vcpu != v)
		return;
	fake_here = cpu;
	v->requests &= ~VCPU_REQ_VGIC;
	vgic_sync_request(v);
	fake_here = was;
}

/* While a CPU waits, time goes on and the others get on. */
static void relaxed(void)
{
	fake_us++;
	for (u32 i = 0; i < vm.nr_vcpus; i++)
		if (i != fake_here)
			serve_requests(i);
}

/* ---- the virtual interface */

u64 ich_lr_read(u32 i)
{
	assert(i < gic_hw.nr_lrs);
	return vif[fake_here].lr[i];
}

void ich_lr_write(u32 i, u64 lr)
{
	assert(i < gic_hw.nr_lrs);
	/* IHI 0069 12.4.6: not pending and active with HW set; and an INTID in one register only. */
	assert(!(lr & LR_HW) || (lr >> 62) != 3);
	for (u32 k = 0; (lr >> 62) && k < gic_hw.nr_lrs; k++)
		assert(k == i || !(vif[fake_here].lr[k] >> 62) ||
		       ((vif[fake_here].lr[k] ^ lr) & LR_INTID));
	vif[fake_here].lr[i] = lr;
}

u32 ich_elrsr(void)
{
	u32 mask = 0;

	for (u32 i = 0; i < gic_hw.nr_lrs; i++) {
		u64 lr = vif[fake_here].lr[i];

		if (!(lr >> 62) && ((lr & LR_HW) || !(lr & LR_EOI)))
			mask |= 1U << i;
	}
	return mask;
}

u32 ich_eisr(void)
{
	u32 mask = 0;

	for (u32 i = 0; i < gic_hw.nr_lrs; i++) {
		u64 lr = vif[fake_here].lr[i];

		if (!(lr >> 62) && !(lr & LR_HW) && (lr & LR_EOI))
			mask |= 1U << i;
	}
	return mask;
}

u32 ich_hcr(void)
{
	return vif[fake_here].hcr;
}

void ich_hcr_write(u32 v)
{
	vif[fake_here].hcr = v;
}

u32 ich_vmcr(void)
{
	return vif[fake_here].vmcr;
}

void ich_vmcr_write(u32 v)
{
	vif[fake_here].vmcr = v;
}

void ich_apr_save(u32 apr[8])
{
	apr[0] = (u32)vif[fake_here].active;
}

void ich_apr_load(const u32 apr[8])
{
	vif[fake_here].active = apr[0];
}

/* IHI 0069 12.4.8, ICH_MISR_EL2. */
u32 ich_misr(void)
{
	const struct vif *f = &vif[fake_here];
	bool pending = false;
	u32 why = ich_eisr() ? VMISR_EOI : 0;

	for (u32 i = 0; i < gic_hw.nr_lrs; i++)
		pending |= f->lr[i] >> 62 == 1;
	if ((f->hcr & VHCR_LRENPIE) && f->hcr >> VHCR_EOICOUNT_SHIFT)
		why |= VHCR_LRENPIE;
	if ((f->hcr & VHCR_NPIE) && !pending)
		why |= VMISR_NP;
	for (u32 g = 0; g < 2; g++)
		why |= f->hcr & (f->vmcr & VMCR_GRP_EN(g) ? VHCR_GRP_EIE(g) : VHCR_GRP_DIE(g));
	return f->hcr & VHCR_EN ? why : 0;
}

/* ---- the physical GIC */

static struct phys *phys_of(u32 intid)
{
	assert(intid < INTIDS);
	return &phys[intid < 32 ? fake_here : 0][intid];
}

void gic_irq_enable(u32 intid)
{
	phys_of(intid)->enabled = true;
}

void gic_irq_disable(u32 intid)
{
	phys_of(intid)->enabled = false;
}

/* IHI 0069 12.9.9: not while it is enabled. */
void gic_irq_set_trigger(u32 intid, enum cfg_trigger trigger)
{
	assert(!phys_of(intid)->enabled);
	(void)trigger;
}

void gic_irq_set_cpu(u32 intid, u32 cpu)
{
	assert(intid >= 32);
	phys_of(intid)->cpu = cpu;
}

void gic_irq_set_active(u32 intid, bool active)
{
	phys_of(intid)->active = active;
}

void gic_irq_set_pending(u32 intid, bool pending)
{
	phys_of(intid)->pending = pending;
}

u32 gic_irqs_pending(u32 word)
{
	u32 bits = 0;

	for (u32 n = 0; n < 32 && word * 32 + n < INTIDS; n++) {
		struct phys *p = phys_of(word * 32 + n);

		bits |= (u32)(p->pending || p->line) << n;
	}
	return bits;
}

void gic_hw_deactivate(u32 iar)
{
	phys_of(iar)->active = false;
}

static bool serve_physical(u32 cpu)
{
	bool any = false;

	fake_here = cpu;
	for (u32 i = 16; i < INTIDS; i++) {
		struct phys *p = phys_of(i);

		if (!p->enabled || p->active || !(p->pending || p->line) ||
		    (i >= 32 && p->cpu != cpu))
			continue;
		p->pending = false;
		p->active = true;
		if (percpus[cpu].vcpu)
			vgic_hw_irq(&vcpus[cpu], i);
		else if (vgic_hw_irq_away(i))
			p->active = false;
		any = true;
	}
	return any;
}

static bool serve(u32 cpu)
{
	bool any = serve_physical(cpu);

	fake_here = cpu;
	if (percpus[cpu].vcpu && ich_misr()) {
		maintenance_calls++;
		vgic_maintenance(&vcpus[cpu]);
		any = true;
	}
	if (vcpus[cpu].requests && percpus[cpu].vcpu) {
		serve_requests(cpu);
		any = true;
	}
	return any;
}

void settle(void)
{
	u32 was = fake_here;
	bool any = true;

	for (u32 n = 0; any; n++) {
		assert(n < SERVE_MAX);
		any = false;
		for (u32 i = 0; i < vm.nr_vcpus; i++)
			any |= serve(i);
	}
	fake_here = was;
}

/* ---- the guest */

u64 rd(u32 cpu, u64 addr, u32 size)
{
	u64 value;

	fake_here = cpu;
	value = fake_mmio_read(&vm, &vcpus[cpu], addr, (u8)size);
	settle();
	return value;
}

void wr(u32 cpu, u64 addr, u32 size, u64 value)
{
	fake_here = cpu;
	fake_mmio_write(&vm, &vcpus[cpu], addr, (u8)size, value);
	settle();
}

u32 ack(u32 cpu)
{
	struct vif *f = &vif[cpu];
	u32 running = f->active ? (u32)__builtin_ctzll(f->active) * 8 : 0x100;
	u64 *best = NULL;
	u32 prio = MIN(running, VMCR_PMR(f->vmcr));
	u32 iar;

	for (u32 i = 0; i < gic_hw.nr_lrs; i++) {
		u64 lr = f->lr[i];
		u32 p = lr >> LR_PRIO_SHIFT & 0xf8;

		if (lr >> 62 != 1 || p >= prio ||
		    !(f->vmcr & VMCR_GRP_EN(lr >> LR_GROUP1_SHIFT & 1)))
			continue;
		prio = p;
		best = &f->lr[i];
	}
	if (!best)
		return SPURIOUS;
	*best = (*best & ~LR_PENDING) | LR_ACTIVE;
	f->active |= BIT(prio / 8);
	iar = *best & LR_INTID;
	if (iar < 16 && !gic_hw.v3)
		iar |= (*best >> LR_SOURCE_SHIFT & 7) << 10;
	settle();
	return iar;
}

u32 best_in_lrs(u32 cpu)
{
	u32 prio = 0x100;

	for (u32 i = 0; i < gic_hw.nr_lrs; i++)
		if (vif[cpu].lr[i] >> 62 == 1)
			prio = MIN(prio, (u32)(vif[cpu].lr[i] >> LR_PRIO_SHIFT & 0xf8));
	return prio;
}

static void end_in_lr(u32 cpu, u32 intid)
{
	struct vif *f = &vif[cpu];

	for (u32 i = 0; i < gic_hw.nr_lrs; i++) {
		if ((f->lr[i] & LR_INTID) != intid || !(f->lr[i] & LR_ACTIVE))
			continue;
		f->lr[i] &= ~LR_ACTIVE;
		fake_here = cpu;
		if (f->lr[i] & LR_HW)
			phys_of(intid)->active = false;
		return;
	}
	f->hcr += 1U << VHCR_EOICOUNT_SHIFT;
}

void eoi(u32 cpu, u32 iar)
{
	struct vif *f = &vif[cpu];
	bool dropped = f->active;

	f->active &= f->active - 1;
	if (dropped && !(f->vmcr & VMCR_EOIM))
		end_in_lr(cpu, iar & LR_INTID);
	settle();
}

void dir(u32 cpu, u32 iar)
{
	u64 value = iar;

	if (!gic_hw.v3) {
		wr(cpu, GICC + 0x1000, 4, iar);
	} else if (vif[cpu].hcr & VHCR_TDIR) {
		fake_here = cpu;
		assert(vgic_sysreg(&vcpus[cpu], 3 << 20 | 1 << 17 | 12 << 10 | 11 << 1, &value,
				   true));
	} else {
		end_in_lr(cpu, iar);
	}
	settle();
}

void set_vmcr(u32 cpu, u32 set, u32 clear)
{
	vif[cpu].vmcr = (vif[cpu].vmcr & ~clear) | set;
	settle();
}

static u64 frame(u32 cpu, u32 intid)
{
	return gic_hw.v3 && intid < 32 ? GICR + cpu * KIB(128) + KIB(64) : GICD;
}

void set_bit_from(u32 by, u32 cpu, u32 reg, u32 intid)
{
	wr(by, frame(cpu, intid) + reg + intid / 32 * 4, 4, 1U << intid % 32);
}

void set_bit(u32 cpu, u32 reg, u32 intid)
{
	set_bit_from(cpu, cpu, reg, intid);
}

bool get_bit(u32 cpu, u32 reg, u32 intid)
{
	return rd(cpu, frame(cpu, intid) + reg + intid / 32 * 4, 4) >> intid % 32 & 1;
}

void set_prio(u32 cpu, u32 intid, u32 prio)
{
	wr(cpu, frame(cpu, intid) + IPRIORITYR + intid, 1, prio);
}

void set_edge(u32 cpu, u32 intid, bool edge)
{
	u64 addr = frame(cpu, intid) + ICFGR + intid / 16 * 4;
	u32 bit = 2U << intid % 16 * 2;
	u32 was = (u32)rd(cpu, addr, 4);

	wr(cpu, addr, 4, edge ? was | bit : was & ~bit);
}

void set_target(u32 cpu, u32 intid, u32 target)
{
	if (gic_hw.v3)
		wr(cpu, GICD + IROUTER + 8 * intid, 8, target);
	else
		wr(cpu, GICD + ITARGETSR + intid, 1, 1U << target);
}

void send_sgi(u32 cpu, u32 sgi, u32 targets)
{
	u64 value = targets | sgi << 24;

	if (!gic_hw.v3) {
		wr(cpu, GICD + SGIR, 4, targets << 16 | sgi);
		return;
	}
	fake_here = cpu;
	assert(vgic_sysreg(&vcpus[cpu], 3 << 20 | 5 << 17 | 12 << 10 | 11 << 1, &value, true));
	settle();
}

void level(u32 cpu, u32 intid, bool up)
{
	fake_here = cpu;
	vgic_set_level(&vm, intid < 32 ? &vcpus[cpu] : NULL, intid, up);
	settle();
}

u64 pulse_by(u32 cpu, u32 intid, const struct arch_vm *by)
{
	u64 until;

	fake_here = cpu;
	until = vgic_pulse(&vm, intid, by);
	settle();
	return until;
}

void pulse(u32 cpu, u32 intid)
{
	pulse_by(cpu, intid, NULL);
}

void phys_line(u32 cpu, u32 intid, bool up)
{
	fake_here = cpu;
	phys_of(intid)->line = up;
	settle();
}

void unload(u32 cpu)
{
	fake_here = cpu;
	vgic_vcpu_unload(&vcpus[cpu]);
	percpus[cpu].vcpu = NULL;
	settle();
}

void suspend(u32 cpu)
{
	fake_here = cpu;
	vgic_vcpu_suspend(&vcpus[cpu]);
	percpus[cpu].vcpu = NULL;
	settle();
}

void resume(u32 cpu)
{
	fake_here = cpu;
	percpus[cpu].vcpu = &vcpus[cpu];
	vgic_vcpu_resume(&vcpus[cpu]);
	settle();
}

void load(u32 cpu)
{
	fake_here = cpu;
	percpus[cpu].vcpu = &vcpus[cpu];
	vgic_vcpu_load(&vcpus[cpu]);
	settle();
}

void machine(u32 version, u32 nr_vcpus, u32 nr_lrs)
{
	struct vgic_params p = {.version = version,
				.nr_spis = SPIS,
				.gicd_base = GICD,
				.gicc_base = GICC,
				.gicr_base = GICR};

	free(memory);
	memory = calloc(1, vgic_vm_bytes(SPIS));
	p.memory = memory;
	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	memset(vif, 0, sizeof(vif));
	memset(phys, 0, sizeof(phys));
	for (u32 i = 0; i < CPUS; i++)
		percpus[i].ppis = 0;
	maintenance_calls = 0;
	memset(fake_kicks, 0, sizeof(fake_kicks));
	fake_counter = 1000000;
	fake_relaxed = relaxed;
	gic_hw = (struct gic_hw){
		.v3 = version == 3, .nr_lrs = (u8)nr_lrs, .lr_mask = (1U << nr_lrs) - 1};
	vm.nr_vcpus = nr_vcpus;
	for (u32 i = 0; i < nr_vcpus; i++) {
		percpus[i].vcpu = &vcpus[i];
		vcpus[i] = (struct arch_vcpu){.vm = &vm, .id = i, .cpu = i, .mpidr = BIT(31) | i};
		vm.vcpu[i] = &vcpus[i];
	}
	fake_here = 0;
	assert(!vgic_vm_init(&vm, &p));
	assert(!vgic_assign_hw_ppi(&vm, PPI_HW));
	assert(!vgic_assign_hw(&vm, SPI_HW, CFG_TRIGGER_LEVEL));
	for (u32 i = 0; i < nr_vcpus; i++) {
		vgic_vcpu_reset(&vcpus[i]);
		load(i);
		set_vmcr(i, 0xf8000003, 0);
		for (u32 n = 0; version == 3 && n < 1; n++)
			wr(i, GICR + i * KIB(128) + KIB(64) + IGROUPR, 4, ~0U);
	}
	wr(0, GICD + CTLR, 4, 3);
	for (u32 n = 32; n < INTIDS; n++)
		set_target(0, n, 0);
}
