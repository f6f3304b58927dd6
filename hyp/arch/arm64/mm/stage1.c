// SPDX-License-Identifier: Apache-2.0
/* A guest's own stage 1, as far as it is looked at when an access has failed (Arm ARM D8.2). */
#include "arch/stage1.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "arch/sysreg.h"
#include "nk/dump.h"

#define PAR_F BIT(0)
#define PAR_PA 0x000ffffffffff000UL
#define TTBR_BADDR 0x0000ffffffffffc0UL
#define TSZ_MIN 12 /* 52 bits of address, with the largest granule */
#define TSZ_MAX 48

bool stage1_translate(u64 va, ipa_t *ipa)
{
	u64 kept = read_sysreg(par_el1);
	u64 par;

	__asm__ volatile("at s1e1r, %0\n isb" ::"r"(va) : "memory");
	par = read_sysreg(par_el1);
	write_sysreg(kept, par_el1);
	*ipa = (par & PAR_PA) | (va & (PAGE_SIZE - 1));
	return !(par & PAR_F);
}

/* What TCR_EL1 says of one half of the addresses: bits of an offset in a page, bits of an address. */
static void geometry(u64 tcr, bool high, u32 *page_bits, u32 *va_bits)
{
	/* TG0 and TG1 count differently (D19.2.139); what is reserved is 4 KiB. */
	static const u8 tg0[] = {12, 16, 14, 12}, tg1[] = {12, 14, 12, 16};
	u32 tsz = (tcr >> (high ? 16 : 0)) & 0x3f;

	*page_bits = high ? tg1[(tcr >> 30) & 3] : tg0[(tcr >> 14) & 3];
	*va_bits = 64 - MIN(MAX(tsz, TSZ_MIN), TSZ_MAX);
}

static u32 first_level(u32 page_bits, u32 va_bits)
{
	u32 stride = page_bits - 3;
	u32 levels = (va_bits - page_bits + stride - 1) / stride;

	return 4 - MIN(MAX(levels, 1U), 4U);
}

u32 stage1_walk_level(const struct arch_vm *vm, u64 va, ipa_t ipa)
{
	bool high = va & BIT(55);
	u64 table = (high ? read_sysreg(ttbr1_el1) : read_sysreg(ttbr0_el1)) & TTBR_BADDR;
	u32 page_bits, va_bits, stride, level;

	geometry(read_sysreg(tcr_el1), high, &page_bits, &va_bits);
	stride = page_bits - 3;
	level = first_level(page_bits, va_bits);
	va &= BIT(va_bits) - 1;
	for (; level < 3; level++) {
		u32 shift = page_bits + stride * (3 - level);
		ipa_t at = table + (va >> shift) * sizeof(u64);
		const u64 *descriptor = stage2_guest_ptr(vm, at, false);
		u64 value;

		if (at >> PAGE_SHIFT == ipa >> PAGE_SHIFT || !descriptor)
			break;
		value = READ_ONCE(*descriptor);
		if ((value & PTE_TABLE) != PTE_TABLE)
			break;
		table = value & PTE_ADDR_MASK & ~(BIT(page_bits) - 1);
		va &= BIT(shift) - 1;
	}
	return level;
}

u64 stage1_strip(const struct nk_dump_vcpu *r, u64 va)
{
	u32 page_bits, va_bits;

	geometry(r->tcr_el1, va & BIT(55), &page_bits, &va_bits);
	return va & BIT(55) ? va | ~(BIT(va_bits) - 1) : va & (BIT(va_bits) - 1);
}

bool stage1_find(const struct arch_vm *vm, const struct nk_dump_vcpu *r, u64 va, ipa_t *ipa)
{
	bool high = va & BIT(55);
	u64 table = (high ? r->ttbr1_el1 : r->ttbr0_el1) & TTBR_BADDR;
	u32 page_bits, va_bits, level, shift;

	*ipa = va;
	if (!(r->sctlr_el1 & SCTLR_M))
		return true;
	geometry(r->tcr_el1, high, &page_bits, &va_bits);
	va &= BIT(va_bits) - 1;
	for (level = first_level(page_bits, va_bits); level < 4; level++) {
		const u64 *descriptor;
		u64 value;

		shift = page_bits + (page_bits - 3) * (3 - level);
		descriptor = stage2_guest_ptr(vm, table + (va >> shift) * sizeof(u64), false);
		if (!descriptor)
			return false;
		value = READ_ONCE(*descriptor);
		table = value & PTE_ADDR_MASK & ~(BIT(page_bits) - 1);
		va &= BIT(shift) - 1;
		if (!(value & 1) || (level == 3 && !(value & 2)))
			return false;
		if (level == 3 || !(value & 2)) {
			*ipa = (table & ~(BIT(shift) - 1)) + va;
			return true;
		}
	}
	return false;
}
