/* SPDX-License-Identifier: Apache-2.0 */
/* From a stage-2 data abort to the emulated register it meant (Arm ARM D17.2.37, ISS of a data abort). */
#include "arch/mmio.h"
#include "arch/sysreg.h"
#include "arch/trap.h"

#define ISS_ISV BIT(24)
#define ISS_SSE BIT(21)
#define ISS_SF BIT(15)
#define ISS_CM BIT(8)
#define ISS_S1PTW BIT(7)
#define ISS_WNR BIT(6)

__cold int arch_vm_mmio_add(struct arch_vm *vm, ipa_t base, u64 size, mmio_fn fn, void *opaque)
{
	struct mmio_region *r;

	for (u32 i = 0; i < vm->nr_mmio; i++) {
		r = &vm->mmio[i];
		if (base < r->base + r->size && r->base < base + size)
			return -1;
	}
	if (vm->nr_mmio == ARCH_MMIO_REGIONS)
		return -1;
	r = &vm->mmio[vm->nr_mmio++];
	r->base = base;
	r->size = size;
	r->fn = fn;
	r->opaque = opaque;
	/* Behind the last one stands a region that has every address and no handler. */
	r[1].base = 0;
	r[1].size = ~0UL;
	r[1].fn = NULL;
	return 0;
}

/* The value as LDRSB and its kind extend it. */
static u64 sign_extended(u64 esr, u64 value, u32 unused_bits)
{
	value = (u64)((s64)(value << unused_bits) >> unused_bits);
	return esr & ISS_SF ? value : (u32)value;
}

static inline u32 unused_bits(u64 esr)
{
	return 64 - (8U << ((esr >> 22) & 3));
}

/* Not inlined: a write goes on to its handler without a frame of its own. */
static __attribute__((noinline)) void mmio_write(struct arch_vcpu *v, mmio_fn fn,
						 const struct frame *f, u64 esr)
{
	struct mmio *m = &v->mmio;
	u32 rt = (esr >> 16) & 31;
	u32 shift = unused_bits(esr);

	m->write = true;
	m->value = rt == 31 ? 0 : f->x[rt] << shift >> shift;
	fn(v, m);
}

void mmio_abort(struct arch_vcpu *v, struct frame *f, u64 esr)
{
	ipa_t ipa = (read_sysreg(hpfar_el2) & 0xfffffffff0UL) << 8 | (read_sysreg(far_el2) & 0xfff);
	const struct mmio_region *r = v->vm->mmio;
	struct mmio *m = &v->mmio;
	u64 *to;
	u32 shift;

	while (ipa - r->base >= r->size)
		r++;
	if (unlikely(!r->fn || !(esr & ISS_ISV) || (esr & ISS_S1PTW))) {
		/* Cache maintenance on a device's page does nothing on hardware either. */
		if (!r->fn || !(esr & ISS_CM))
			trap_fatal(v, f, esr, "access to memory the VM does not have");
		trap_skip();
		return;
	}
	trap_skip();
	m->offset = ipa - r->base;
	m->size = (u8)(1U << ((esr >> 22) & 3));
	m->opaque = r->opaque;
	if (esr & ISS_WNR) {
		mmio_write(v, r->fn, f, esr);
		return;
	}
	m->write = false;
	m->value = 0;
	r->fn(v, m);
	/* Rt 31 is XZR: the frame has a place behind x30 for it that nobody reads. */
	to = &f->x[(esr >> 16) & 31];
	shift = unused_bits(esr);
	*to = unlikely(esr & ISS_SSE) ? sign_extended(esr, m->value, shift)
				      : m->value << shift >> shift;
}
