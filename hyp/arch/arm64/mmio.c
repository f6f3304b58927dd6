// SPDX-License-Identifier: Apache-2.0
/* From a stage-2 data abort to the emulated register it meant (Arm ARM D17.2.37, ISS of a data abort). */
#include "arch/mmio.h"
#include "arch/sysreg.h"
#include "arch/trap.h"

__cold int arch_vm_mmio_add(struct arch_vm *vm, ipa_t base, u64 size, mmio_fn fn, void *opaque,
			    u32 kind)
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
	r->kind = kind;
	r->column = 2 * (vm->nr_mmio - 1);
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
	return esr & ESR_SF ? value : (u32)value;
}

/* Not inlined: a write goes on to its handler without a frame of its own. */
static __attribute__((noinline)) void mmio_write(struct arch_vcpu *v, mmio_fn fn,
						 const struct frame *f, u64 esr)
{
	struct mmio *m = &v->mmio;
	u32 rt = (esr >> 16) & 31;
	u32 shift = 64 - 8 * m->size;

	m->write = true;
	m->value = rt == 31 ? 0 : f->x[rt] << shift >> shift;
	fn(v, m);
}

static inline const struct mmio_region *region_at(const struct arch_vm *vm, ipa_t ipa)
{
	const struct mmio_region *r = vm->mmio;

	while (ipa - r->base >= r->size)
		r++;
	return r;
}

bool mmio_emulated(const struct arch_vm *vm, ipa_t ipa)
{
	return region_at(vm, ipa)->fn;
}

/*
 * An access that the syndrome describes (ISV), of an instruction and not of a page-table walk, to an
 * address that stage 2 does not have. After other faults HPFAR_EL2 need not be valid.
 */
static inline bool is_decoded(u64 esr)
{
	return (esr & ESR_ISV) && !(esr & ESR_S1PTW) && (esr & ESR_FSC_TYPE) == FSC_TRANSLATION;
}

static inline void emulate_access(struct arch_vcpu *v, const struct mmio_region *r, ipa_t ipa,
				  struct frame *f, u64 esr)
{
	struct mmio *m = &v->mmio;
	u32 size = 1U << ((esr >> 22) & 3);
	u32 shift = 64 - 8 * size;
	u64 *to;

	m->offset = ipa - r->base;
	m->size = (u8)size;
	m->region = r;
	if (esr & ESR_WNR) {
		mmio_write(v, r->fn, f, esr);
		return;
	}
	m->write = false;
	m->value = 0;
	r->fn(v, m);
	/* Rt 31 is XZR: the frame has a place behind x30 for it that nobody reads. */
	to = &f->x[(esr >> 16) & 31];
	*to = unlikely(esr & ESR_SSE) ? sign_extended(esr, m->value, shift)
				      : m->value << shift >> shift;
}

/* Of any kind, from any state. Not inlined: the way of a usual one stays short. */
static __cold __attribute__((noinline)) void abort_any(struct arch_vcpu *v, struct frame *f,
						       u64 esr)
{
	ipa_t ipa = trap_hpfar_ipa();
	const struct mmio_region *r = region_at(v->vm, ipa);

	if (!r->fn || !is_decoded(esr)) {
		stray_abort(v, f, esr);
		return;
	}
	trap_skip(esr);
	emulate_access(v, r, ipa, f, esr);
}

void mmio_abort(struct arch_vcpu *v, struct frame *f, u64 esr)
{
	ipa_t ipa = trap_hpfar_ipa();
	const struct mmio_region *r = region_at(v->vm, ipa);

	if (unlikely(!r->fn || !is_decoded(esr) || !trap_skip_is_plain())) {
		abort_any(v, f, esr);
		return;
	}
	write_sysreg(read_sysreg(elr_el2) + 4, elr_el2);
	emulate_access(v, r, ipa, f, esr);
}
