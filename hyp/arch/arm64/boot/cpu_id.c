// SPDX-License-Identifier: Apache-2.0
/* Identification registers of several CPUs compared; knows no CPU, so that the host can test it. */
#include "arch/cpu_id.h"

#define PFR0 CPU_ID(4, 0)
#define DFR0 CPU_ID(5, 0)
#define ISAR1 CPU_ID(6, 1)
#define ISAR2 CPU_ID(6, 2)
#define MMFR0 CPU_ID(7, 0)

#define PARANGE_48 5U
#define CTR_DMINLINE (0xfUL << 16)
#define VTR_LISTREGS 0x1fUL
#define VTR_BITS (0x1ffUL << 23) /* PRIbits, PREbits, IDbits */

/* Fields, by number from bit 0 on, that are not unsigned numbers of which less is safe. */
static const struct {
	u8 reg;
	u16 is_signed; /* 0xf is less than 0: not there */
	u16 exact; /* names an algorithm: safe only if all have the same, else 0 */
} odd_fields[] = {
	{PFR0, 1 << 4 | 1 << 5, 0}, /* FP, AdvSIMD */
	{DFR0, 1 << 2 | 1 << 9 | 1 << 12, 0}, /* PMUVer, DoubleLock, MTPMU */
	{ISAR1, 0, 1 << 1 | 1 << 2 | 1 << 6 | 1 << 7}, /* APA, API, GPA, GPI */
	{ISAR2, 0, 1 << 2 | 1 << 3}, /* GPA3, APA3 */
	{MMFR0, 1 << 6 | 1 << 7, 0}, /* TGran64, TGran4 */
	{CPU_ID(1, 2), 1 << 6, 0}, /* ID_DFR0: PerfMon */
	{CPU_ID(1, 4), 1 << 7, 0}, /* ID_MMFR0: InnerShr */
};

static u32 field(const struct cpu_id *id, u32 reg, u32 n)
{
	return (u32)(id->reg[reg] >> 4 * n) & 0xf;
}

static u32 pa_range(const struct cpu_id *id)
{
	return MIN(field(id, MMFR0, 0), PARANGE_48);
}

bool cpu_id_has_pac(const struct cpu_id *id)
{
	return field(id, ISAR1, 1) || field(id, ISAR1, 2) || field(id, ISAR2, 3);
}

u32 cpu_id_granules(const struct cpu_id *id)
{
	u32 sizes = field(id, MMFR0, 7) < 8 ? 4 : 0;

	if (field(id, MMFR0, 5))
		sizes |= 16;
	if (field(id, MMFR0, 6) < 8)
		sizes |= 64;
	return sizes;
}

const char *cpu_id_lacks(const struct cpu_id *first, const struct cpu_id *id)
{
	if (pa_range(id) < pa_range(first))
		return "size of physical addresses";
	/* TGran4_2 of 1: stage 2 has none; 0: it has what stage 1 has. */
	if (!(cpu_id_granules(id) & 4) || field(id, MMFR0, 10) == 1)
		return "4 KiB pages";
	if (cpu_id_has_pac(first) && !cpu_id_has_pac(id))
		return "pointer authentication";
	if (field(id, PFR0, 4) == 0xf || field(id, PFR0, 5) == 0xf)
		return "floating point and SIMD registers";
	if (first->vtr && !field(id, PFR0, 6))
		return "GIC system registers";
	if ((first->vtr ^ id->vtr) & (VTR_LISTREGS | VTR_BITS))
		return "GIC list registers and priorities";
	if ((first->ctr ^ id->ctr) & CTR_DMINLINE)
		return "size of cache lines";
	return NULL;
}

static u64 safe_field(u64 a, u64 b, bool is_signed, bool exact)
{
	if (exact)
		return a == b ? a : 0;
	/* Turned by 8, signed numbers are in the order of unsigned ones. */
	if (is_signed)
		return MIN(a ^ 8, b ^ 8) ^ 8;
	return MIN(a, b);
}

static u64 safe_reg(u64 a, u64 b, u16 is_signed, u16 exact)
{
	u64 safe = 0;

	for (u32 n = 0; n < 16; n++)
		safe |= safe_field(a >> 4 * n & 0xf, b >> 4 * n & 0xf, is_signed >> n & 1,
				   exact >> n & 1)
			<< 4 * n;
	return safe;
}

void cpu_id_join(struct cpu_id *common, const struct cpu_id *id)
{
	for (u32 reg = 0; reg < ARRAY_SIZE(common->reg); reg++) {
		u16 is_signed = 0, exact = 0;

		for (u32 i = 0; i < ARRAY_SIZE(odd_fields); i++)
			if (odd_fields[i].reg == reg) {
				is_signed = odd_fields[i].is_signed;
				exact = odd_fields[i].exact;
			}
		common->reg[reg] = safe_reg(common->reg[reg], id->reg[reg], is_signed, exact);
	}
}
