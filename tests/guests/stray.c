// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: where a machine has nothing, a load, store, fetch or page-table walk gives a synchronous
 * external abort at EL1, with the syndrome and the address that the Arm ARM says (D19.2.37), and the
 * machine goes on. QEMU's own machine answers the same.
 */
#include "rt/psci.h"
#include "rt/rt.h"

#define PAST_RAM (ram_base() + ram_size())
#define HOLE 0x0b000000UL /* nothing of QEMU's machine is there */
#define IL BIT(25)
#define WNR BIT(6)
#define FSC_EXTERNAL 0x10
#define FSC_WALK 0x14
#define ESR(ec, iss) ((u64)(ec) << 26 | IL | (iss))

/* Upper half of the addresses, walked by TTBR1. */
#define HIGH(va_bits) (~0UL << (va_bits))
#define TG1_4K (2UL << 30)
#define TG1_16K (1UL << 30)
#define TG1_64K (3UL << 30)
#define TCR_T1(va_bits) ((64UL - (va_bits)) << 16)
#define TCR_UPPER (TCR_T1(0x3fUL + 1) | BIT(23) | 3UL << 30 | 0x3fUL << 24)
#define TCR_UPPER_WB (3UL << 28 | 1UL << 26 | 1UL << 24)
#define AF BIT(10)
#define PAGE_WB (3UL | 1UL << 2 | 3UL << 8 | AF)

extern char load_8[], load_16[], load_32[], load_64[], load_signed[], load_acquire[], load_pair[],
	load_post[], load_exclusive[], store_8[], store_16[], store_32[], store_64[],
	store_release[], store_pair[], store_pre[], nothing[];

static const struct access {
	const char *name;
	char *code;
	u32 offset; /* from where x0 points */
	bool write;
} accesses[] = {
	{"LDRB", load_8, 0, false},	    {"LDRH", load_16, 0, false},
	{"LDR W", load_32, 0, false},	    {"LDR X", load_64, 0, false},
	{"LDRSW", load_signed, 0, false},   {"LDAR", load_acquire, 0, false},
	{"LDP", load_pair, 0, false},	    {"LDR post", load_post, 0, false},
	{"LDXR", load_exclusive, 0, false}, {"STRB", store_8, 0, true},
	{"STRH", store_16, 0, true},	    {"STR W", store_32, 0, true},
	{"STR X", store_64, 0, true},	    {"STLR", store_release, 0, true},
	{"STP", store_pair, 0, true},	    {"STR pre", store_pre, 4, true},
};

static u64 __aligned(65536) tables[3][8192];

static void expect(struct shot *s, u64 vector, u64 esr, u64 far, const char *what)
{
	bool good = s->vector == vector && s->esr == esr && s->far == far && s->elr == s->pc &&
		    s->state == s->spsr;

	ok(good, "%s", what);
	if (!good)
		note("vector %lu (want %lu) esr 0x%lx (0x%lx) far 0x%lx (0x%lx) elr 0x%lx (0x%lx)"
		     " spsr 0x%lx (0x%lx)",
		     s->vector, vector, s->esr, esr, s->far, far, s->elr, s->pc, s->state, s->spsr);
}

/* All kinds of accesses from EL1. */
static void kinds(u64 addr)
{
	u32 i, bad = 0;

	for (i = 0; i < ARRAY_SIZE(accesses); i++) {
		const struct access *a = &accesses[i];
		struct shot s = {.pc = (u64)a->code, .spsr = STATE_EL1H};
		u64 esr = ESR(EC_DABT, FSC_EXTERNAL | (a->write ? WNR : 0));
		u64 x0 = shoot(&s, addr);

		if (s.vector == 4 && s.esr == esr && s.far == addr + a->offset && s.elr == s.pc &&
		    x0 == addr)
			continue;
		bad++;
		note("%s: vector %lu esr 0x%lx far 0x%lx x0 0x%lx", a->name, s.vector, s.esr, s.far,
		     x0);
	}
	is(bad, 0, "%u kinds of accesses to 0x%lx each give their abort", i, addr);
}

static const struct level {
	const char *name;
	u64 spsr;
	u64 vector;
	bool el0;
} levels[] = {
	{"EL1h", STATE_EL1H, 4, false},
	{"EL1t", STATE_EL1T, 0, false},
	{"EL0", STATE_EL0, 8, true},
};

static void from_each_level(u64 addr, u32 nr_levels)
{
	u32 i;

	for (i = 0; i < nr_levels; i++) {
		const struct level *l = &levels[i];
		struct shot s = {.pc = (u64)load_32, .spsr = l->spsr};

		shoot(&s, addr);
		expect(&s, l->vector, ESR(l->el0 ? EC_DABT_EL0 : EC_DABT, FSC_EXTERNAL), addr,
		       l->name);
		s.pc = (u64)store_64;
		shoot(&s, addr);
		expect(&s, l->vector, ESR(l->el0 ? EC_DABT_EL0 : EC_DABT, WNR | FSC_EXTERNAL), addr,
		       l->name);
		s.pc = addr;
		shoot(&s, 0);
		expect(&s, l->vector, ESR(l->el0 ? EC_IABT_EL0 : EC_IABT, FSC_EXTERNAL), addr,
		       l->name);
		s.pc = (u64)nothing;
		shoot(&s, addr);
		is(s.esr >> 26, EC_SVC64, "%s: SVC when nothing is accessed", l->name);
	}
}

/* AArch32 at EL0: one 16-bit Thumb instruction, LDR or STR of [R0], then SVC. */
static void from_aarch32(u64 addr)
{
	static u16 __aligned(8) code[4] = {0x6801, 0xdf00, 0x6001, 0xdf00};
	struct shot s = {.pc = (u64)code, .spsr = STATE_THUMB};

	if ((read_sysreg(id_aa64pfr0_el1) & 0xf) != 2 || ((u64)code | addr) >> 32) {
		skip("no AArch32", "from AArch32");
		return;
	}
	shoot(&s, addr);
	expect(&s, 12, ESR(EC_DABT_EL0, FSC_EXTERNAL), addr, "AArch32: LDR");
	s.pc = (u64)&code[2];
	shoot(&s, addr);
	expect(&s, 12, ESR(EC_DABT_EL0, WNR | FSC_EXTERNAL), addr, "AArch32: STR");
	s.pc = addr;
	shoot(&s, 0);
	expect(&s, 12, ESR(EC_IABT_EL0, FSC_EXTERNAL), addr, "AArch32: fetch");
}

/* Walks by TTBR1 with that granule from level `first` on; the table of each level in turn is nowhere. */
static void walks(const char *name, u64 granule, u32 page_bits, u32 va_bits)
{
	u32 stride = page_bits - 3;
	u32 first = 4 - (va_bits - page_bits + stride - 1) / stride;
	u64 va = HIGH(va_bits) + 0x10, tcr = read_sysreg(tcr_el1);
	u32 i;

	write_sysreg(tcr_el1, (tcr & ~TCR_UPPER) | granule | TCR_T1(va_bits) | TCR_UPPER_WB);
	for (i = 0; i < 4 - first; i++) {
		struct shot s = {.pc = (u64)load_64, .spsr = STATE_EL1H};
		u64 fsc = FSC_WALK + first + i, nowhere = ALIGN_DOWN(HOLE, 65536UL);
		u32 j;

		/* i levels are there, the next one is not. */
		for (j = 0; j < i; j++)
			tables[j][0] = (j + 1 < i ? (u64)tables[j + 1] : nowhere) | 3;
		write_sysreg(ttbr1_el1, i ? (u64)tables[0] : nowhere);
		asm volatile("dsb sy\n\tisb\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
		shoot(&s, va);
		expect(&s, 4, ESR(EC_DABT, fsc), va, name);
		s.pc = (u64)store_32;
		shoot(&s, va);
		expect(&s, 4, ESR(EC_DABT, WNR | fsc), va, name);
		s.pc = va;
		shoot(&s, 0);
		expect(&s, 4, ESR(EC_IABT, fsc), va, name);
	}
	write_sysreg(tcr_el1, tcr);
	isb();
}

static void page_table_walks(void)
{
	u64 mmfr0 = read_sysreg(id_aa64mmfr0_el1);

	walks("walk, 4 KiB, 48 bits", TG1_4K, 12, 48);
	walks("walk, 4 KiB, 39 bits", TG1_4K, 12, 39);
	walks("walk, 4 KiB, 28 bits", TG1_4K, 12, 28);
	if ((mmfr0 >> 24 & 0xf) != 0xf)
		walks("walk, 64 KiB, 42 bits", TG1_64K, 16, 42);
	if (mmfr0 >> 20 & 0xf)
		walks("walk, 16 KiB, 47 bits", TG1_16K, 14, 47);
}

/* A page of the upper half that is mapped to nothing: FAR is its VA. */
static void mapped_to_nothing(void)
{
	u64 va = HIGH(39) + 0x123000 + 0x238, tcr = read_sysreg(tcr_el1);
	struct shot s = {.pc = (u64)load_64, .spsr = STATE_EL1H};

	tables[0][0] = (u64)tables[1] | 3;
	tables[1][0] = (u64)tables[2] | 3;
	tables[2][0x123] = HOLE | PAGE_WB;
	write_sysreg(tcr_el1, (tcr & ~TCR_UPPER) | TG1_4K | TCR_T1(39) | TCR_UPPER_WB);
	write_sysreg(ttbr1_el1, (u64)tables[0]);
	asm volatile("dsb sy\n\tisb\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
	shoot(&s, va);
	expect(&s, 4, ESR(EC_DABT, FSC_EXTERNAL), va, "a page mapped to nothing: load");
	s.pc = (u64)store_32;
	shoot(&s, va);
	expect(&s, 4, ESR(EC_DABT, WNR | FSC_EXTERNAL), va, "a page mapped to nothing: store");
	s.pc = va & ~7UL;
	shoot(&s, 0);
	expect(&s, 4, ESR(EC_IABT, FSC_EXTERNAL), va & ~7UL, "a page mapped to nothing: fetch");
	write_sysreg(tcr_el1, tcr);
	isb();
}

/* Registers that are emulated: what nk cannot decode is an abort too. */
static void undecoded(void)
{
	struct shot s = {.pc = (u64)load_pair, .spsr = STATE_EL1H};

	if (!under_nk())
		return;
	shoot(&s, uart_base + 0xfe0);
	expect(&s, 4, ESR(EC_DABT, FSC_EXTERNAL), uart_base + 0xfe0, "LDP of the UART");
	s.pc = (u64)store_pre;
	shoot(&s, uart_base + 0xfe0);
	expect(&s, 4, ESR(EC_DABT, WNR | FSC_EXTERNAL), uart_base + 0xfe4,
	       "STR with write-back to the UART");
	s.pc = uart_base + 0x20;
	shoot(&s, 0);
	expect(&s, 4, ESR(EC_IABT, FSC_EXTERNAL), s.pc, "a fetch from the UART");
}

void guest_main(void)
{
	kinds(HOLE);
	kinds(PAST_RAM);
	from_each_level(PAST_RAM + 0x1238, 3);
	from_aarch32(HOLE + 0x124);
	undecoded();
	mmu_on();
	kinds(HOLE);
	from_each_level(PAST_RAM, 2); /* the map has nothing for EL0 */
	mapped_to_nothing();
	page_table_walks();
	tap_done();
}
