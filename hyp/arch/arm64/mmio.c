/* SPDX-License-Identifier: Apache-2.0 */
/* From a stage-2 data abort to the emulated register it meant (Arm ARM D17.2.37, ISS of a data abort). */
#include "arch/mmio.h"
#include "arch/sysreg.h"

#define ISS_ISV BIT(24)
#define ISS_SSE BIT(21)
#define ISS_SF BIT(15)
#define ISS_S1PTW BIT(7)
#define ISS_WNR BIT(6)

int arch_vm_mmio_add(struct arch_vm *vm, ipa_t base, u64 size, mmio_fn fn, void *opaque)
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
	return 0;
}

static const struct mmio_region *mmio_find(const struct arch_vm *vm, ipa_t ipa)
{
	const struct mmio_region *r = vm->mmio;

	for (u32 n = vm->nr_mmio; n; n--, r++)
		if (ipa - r->base < r->size)
			return r;
	return NULL;
}

static void load_result(struct frame *f, u64 esr, u32 rt, u64 value, u32 bits)
{
	if (rt == 31)
		return;
	if (unlikely(esr & ISS_SSE)) {
		value = (u64)((s64)(value << (64 - bits)) >> (64 - bits));
		if (!(esr & ISS_SF))
			value = (u32)value;
	} else {
		value &= ~0UL >> (64 - bits);
	}
	f->x[rt] = value;
}

bool mmio_abort(struct arch_vcpu *v, struct frame *f, u64 esr)
{
	ipa_t ipa = (read_sysreg(hpfar_el2) & 0xfffffffff0UL) << 8 | (read_sysreg(far_el2) & 0xfff);
	const struct mmio_region *r = mmio_find(v->vm, ipa);
	u32 rt = (esr >> 16) & 31;
	u32 log2 = (esr >> 22) & 3;
	struct mmio m;

	if (!r || !(esr & ISS_ISV) || (esr & ISS_S1PTW))
		return false;
	m.offset = ipa - r->base;
	m.size = 1 << log2;
	m.opaque = r->opaque;
	m.write = esr & ISS_WNR;
	if (m.write) {
		m.value = rt == 31 ? 0 : f->x[rt] & (~0UL >> (64 - (8 << log2)));
		r->fn(v, &m);
	} else {
		m.value = 0;
		r->fn(v, &m);
		load_result(f, esr, rt, m.value, 8 << log2);
	}
	write_sysreg(read_sysreg(elr_el2) + 4, elr_el2);
	return true;
}
