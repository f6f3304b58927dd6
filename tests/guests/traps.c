// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: the CPU a guest sees is one that nk can virtualise. Its ID registers show nothing
 * else, all other system registers read or write as nothing or are undefined, and FP/SIMD
 * registers survive every exit. Source: Arm ARM D17.2 and D12.3 for the encodings.
 */
#include "rt/anyreg.h"
#include "rt/gic.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define SPI 40 /* no device raises it */
#define EC_WATCHPOINT 0x35
#define WCR_BYTES (0xffu << 5)
#define WCR_STORE (2u << 3)
#define WCR_EL1 (1u << 1)
#define WCR_ENABLE 1u
#define SCTLR_SPAN BIT(23)
#define PSTATE_PAN BIT(22)
#define MDSCR_KDE BIT(13)
#define MDSCR_MDE BIT(15)

bool fp_survives(u64 seed, u64 device);
u64 pan_when_trapped(u64 pan);
void step_over(u64 *log, u64 device);

static u64 result; /* what the tried MRS read */
static bool nk;

/* The outcome of MRS x0 / MSR x0: true when undefined. */
static bool try_read(u32 reg)
{
	return anyreg_read(reg, &result);
}

static bool try_write(u32 reg, u64 value)
{
	return anyreg_write(reg, value);
}

struct field {
	const char *name;
	u32 reg;
	u8 shift;
	u8 want;
};

/* What nk cannot virtualise must not be there. */
static const struct field hidden[] = {
	{"PFR0.EL2", SYSREG(3, 0, 0, 4, 0), 8, 0},
	{"PFR0.RAS", SYSREG(3, 0, 0, 4, 0), 28, 0},
	{"PFR0.SVE", SYSREG(3, 0, 0, 4, 0), 32, 0},
	{"PFR0.MPAM", SYSREG(3, 0, 0, 4, 0), 40, 0},
	{"PFR0.AMU", SYSREG(3, 0, 0, 4, 0), 44, 0},
	{"PFR1.MTE", SYSREG(3, 0, 0, 4, 1), 8, 0},
	{"PFR1.RAS_frac", SYSREG(3, 0, 0, 4, 1), 12, 0},
	{"PFR1.SME", SYSREG(3, 0, 0, 4, 1), 24, 0},
	{"ZFR0.SVEver", SYSREG(3, 0, 0, 4, 4), 0, 0},
	{"DFR0.TraceVer", SYSREG(3, 0, 0, 5, 0), 4, 0},
	{"DFR0.PMUVer", SYSREG(3, 0, 0, 5, 0), 8, 0},
	{"DFR0.PMSVer", SYSREG(3, 0, 0, 5, 0), 32, 0},
	{"DFR0.TraceFilt", SYSREG(3, 0, 0, 5, 0), 40, 0},
	{"DFR0.TraceBuffer", SYSREG(3, 0, 0, 5, 0), 44, 0},
	{"DFR0.BRBE", SYSREG(3, 0, 0, 5, 0), 52, 0},
	{"MMFR1.VH", SYSREG(3, 0, 0, 7, 1), 8, 0},
	{"MMFR1.LO", SYSREG(3, 0, 0, 7, 1), 16, 0},
	{"MMFR2.NV", SYSREG(3, 0, 0, 7, 2), 24, 0},
};

static void id_registers(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(hidden); i++) {
		if (try_read(hidden[i].reg)) {
			ok(false, "ID_AA64%s can be read", hidden[i].name);
			continue;
		}
		if (nk)
			is(result >> hidden[i].shift & 0xf, hidden[i].want, "ID_AA64%s is hidden",
			   hidden[i].name);
	}
	try_read(SYSREG(3, 0, 0, 4, 0));
	is(result >> 4 & 0xf, read_sysreg(id_aa64pfr0_el1) >> 4 & 0xf, "ID_AA64PFR0.EL1");
	if (nk)
		is(result >> 24 & 0xf, gic_version == 3, "ID_AA64PFR0.GIC is the GIC there is");
	ok(read_sysreg(midr_el1), "MIDR_EL1 0x%lx", read_sysreg(midr_el1));
	is(read_sysreg(mpidr_el1) & 0xff00ffffff, cpus[0].mpidr, "MPIDR_EL1 is the tree's");
}

/* The whole space of ID registers reads, and does not fault. */
static void id_space(void)
{
	u32 crm, op2, bad = 0;

	for (crm = 1; crm < 8; crm++) {
		for (op2 = 0; op2 < 8; op2++)
			bad += try_read(SYSREG(3, 0, 0, crm, op2));
	}
	is(bad, 0, "all 56 ID registers can be read");
}

static void other_levels(void)
{
	u32 crn, crm, op1, op2, bad = 0;

	for (op1 = 4; op1 < 8; op1++) {
		for (crn = 0; crn < 16; crn++) {
			for (crm = 0; crm < 16; crm++) {
				/* 3,4,c4,c1,0 is SP_EL1; at EL1 it is undefined too */
				for (op2 = 0; op2 < 8; op2++)
					bad += !try_read(SYSREG(3, op1, crn, crm, op2)) &&
					       crn != 11 && crn != 15;
			}
		}
	}
	is(bad, 0, "registers of EL2 and EL3 are undefined");
}

/* Reading these has an effect: IAR acknowledges. */
static bool has_effect(u32 op0, u32 op1, u32 crn, u32 crm)
{
	return op0 == 3 && op1 == 0 && crn == 12 && (crm == 8 || crm == 12);
}

/* UNDEFINED, or trapped to EL1 by what it switched off itself: FP, SVE, SME, system. */
static bool means_undefined(u32 ec)
{
	return ec == EC_UNKNOWN || ec == 0x07 || ec == EC_SVE || ec == 0x1d || ec == EC_SYSREG;
}

/*
 * Reads every register of EL0 and EL1 there may be; writes each that can be read with what it
 * had. Nothing may happen but reads and UNDEFs.
 */
static void sweep(u32 op0, bool with_writes)
{
	u32 op1, crn, crm, op2, there = 0, undefined = 0, other = 0;

	for (op1 = 0; op1 < 4; op1++) {
		for (crn = 0; crn < 16; crn++) {
			for (crm = 0; crm < 16; crm++) {
				if (has_effect(op0, op1, crn, crm))
					continue;
				for (op2 = 0; op2 < 8; op2++) {
					u32 reg = SYSREG(op0, op1, crn, crm, op2);

					if (!try_read(reg)) {
						there++;
						if (with_writes)
							try_write(reg, result);
					} else {
						undefined++;
						other += !means_undefined(fault_ec());
					}
				}
			}
		}
	}
	is(other, 0, "op0 %u%s: %u read, %u undefined, nothing else", op0,
	   with_writes ? " with writes" : "", there, undefined);
}

struct named {
	const char *name;
	u32 reg;
};

/* Hidden units: undefined, or nothing there; any value would be a leak. */
static void hidden_units(void)
{
	static const struct named regs[] = {
		{"PMCR_EL0", SYSREG(3, 3, 9, 12, 0)},
		{"PMCCNTR_EL0", SYSREG(3, 3, 9, 13, 0)},
		{"PMINTENSET_EL1", SYSREG(3, 0, 9, 14, 1)},
		{"PMEVCNTR0_EL0", SYSREG(3, 3, 14, 8, 0)},
		{"PMCCFILTR_EL0", SYSREG(3, 3, 14, 15, 7)},
		{"TRCOSLSR", SYSREG(2, 1, 1, 1, 4)},
		{"TRFCR_EL1", SYSREG(3, 0, 1, 2, 1)},
		{"AMCR_EL0", SYSREG(3, 3, 13, 2, 0)},
		{"ERRIDR_EL1", SYSREG(3, 0, 5, 3, 0)},
		{"ZCR_EL1", SYSREG(3, 0, 1, 2, 0)},
		{"SMCR_EL1", SYSREG(3, 0, 1, 2, 6)},
		{"PMSIDR_EL1", SYSREG(3, 0, 9, 9, 7)},
		{"LORID_EL1", SYSREG(3, 0, 10, 4, 7)},
	};
	u32 i;

	for (i = 0; nk && i < ARRAY_SIZE(regs); i++) {
		bool undefined = try_read(regs[i].reg);

		ok(undefined || result == 0, "%s: %s", regs[i].name,
		   undefined ? "undefined" : "reads zero");
		try_write(regs[i].reg, ~0UL);
		ok(try_read(regs[i].reg) || result == 0, "%s: cannot be written", regs[i].name);
	}
	/* Real ones hold state that is not the VM's: "reads zero" is QEMU's alone. */
	if (nk) {
		ok(try_read(SYSREG(3, 0, 5, 3, 0)), "ERRIDR_EL1 is undefined");
		ok(try_read(SYSREG(3, 0, 10, 4, 7)), "LORID_EL1 is undefined");
	}
}

/* A watchpoint at EL1: the OS lock must be open, though a write of OSLAR_EL1 traps. */
static void debug_exceptions(void)
{
	static u64 watched;
	u64 value;

	write_sysreg(oslar_el1, 0);
	write_sysreg(dbgwvr0_el1, (u64)&watched);
	write_sysreg(dbgwcr0_el1, WCR_BYTES | WCR_STORE | WCR_EL1 | WCR_ENABLE);
	write_sysreg(mdscr_el1, MDSCR_MDE | MDSCR_KDE);
	asm volatile("msr daifclr, #8\n\tisb" ::: "memory");
	ok(!probe_read((u64)&watched, 8, &value), "a watchpoint for stores lets loads through");
	ok(probe_write((u64)&watched, 8, 1) && fault_ec() == EC_WATCHPOINT,
	   "a watchpoint stops a store");
	asm volatile("msr daifset, #8" ::: "memory");
	write_sysreg(mdscr_el1, 0);
	write_sysreg(dbgwcr0_el1, 0);
	isb();
}

/* A step over an instruction that traps is one step. */
static void single_step(void)
{
	u64 log[4] = {0};

	step_over(log, gicd + GICD_IIDR);
	asm volatile("msr daifset, #8" ::: "memory");
	is(log[0], 4, "a step over an ID register");
	is(log[1], 8, "a step over a device");
	is(log[2], 12, "a step over a call");
	is(log[3], 16, "a step over nothing");
}

/* Instructions a kernel uses that may trap. */
static void instructions(void)
{
	u64 actlr = read_sysreg(actlr_el1);

	write_sysreg(actlr_el1, actlr);
	is(read_sysreg(actlr_el1), actlr, "ACTLR_EL1 reads the same twice (0x%lx)", actlr);
	fault_begin();
	write_sysreg(osdlr_el1, 0);
	write_sysreg(oslar_el1, 0);
	write_sysreg(mdscr_el1, 0);
	ok(!fault_end(), "OSDLR_EL1, OSLAR_EL1 and MDSCR_EL1 can be written");
	fault_begin();
	asm volatile("dc isw, %0\n\tdc csw, %0\n\tdc cisw, %0\n\tdsb sy" ::"r"(0UL) : "memory");
	ok(!fault_end(), "cache maintenance by set and way");
	fault_begin();
	asm volatile("tlbi vmalle1is\n\ttlbi alle1\n\tdsb sy" ::: "memory");
	ok(fault_end() && fault_ec() == EC_UNKNOWN, "TLBI ALLE1 is undefined, VMALLE1IS is not");
	fault_begin();
	asm volatile("hlt #0x1234" ::: "memory");
	ok(fault_end(), "HLT is undefined");
	fault_begin();
	asm volatile("sev\n\twfe\n\tyield" ::: "memory");
	ok(!fault_end(), "SEV, WFE, YIELD");
}

/* Privileged access never may be on in the handler of an injected exception, if the guest said so. */
static void injected_pstate(void)
{
	u64 sctlr = read_sysreg(sctlr_el1);

	try_read(SYSREG(3, 0, 0, 7, 1));
	if (!nk || !(result >> 20 & 0xf)) {
		skip("no FEAT_PAN, or nobody who traps", "PAN of an injected exception");
		return;
	}
	write_sysreg(sctlr_el1, sctlr | SCTLR_SPAN);
	is(pan_when_trapped(0), 0, "SPAN 1, PAN 0: the handler of what nk injects has PAN 0");
	is(pan_when_trapped(PSTATE_PAN), PSTATE_PAN, "SPAN 1, PAN 1: PAN 1");
	write_sysreg(sctlr_el1, sctlr & ~SCTLR_SPAN);
	is(pan_when_trapped(0), PSTATE_PAN, "SPAN 0: PAN 1");
	write_sysreg(sctlr_el1, sctlr);
	isb();
}

/* An instruction that is done for the guest is no branch any more. */
static void branches(void)
{
	extern char branch_load[], branch_store[], branch_id[], branch_trapped[];
	char *const code_at[] = {branch_load, branch_store, branch_id, branch_trapped};
	u32 i, bad = 0;

	for (i = 0; i < ARRAY_SIZE(code_at); i++) {
		struct shot s = {.pc = (u64)code_at[i], .spsr = STATE_EL1H};

		shoot(&s, uart_base + 0xfe0);
		bad += s.esr >> 26 != EC_SVC64 || s.elr != s.pc + 16 || s.state != s.spsr;
	}
	is(bad, 0, "BTYPE is zero behind loads, stores and registers that a branch went to");
}

/* Reads of the UART's first identification register (0x11) at EL0, by AArch32. */
static void aarch32(void)
{
	static const struct {
		const char *name;
		u64 spsr;
		u32 code[4];
	} tries[] = {
		{"A32 LDR", STATE_A32, {0xe5900000, 0xe2811001, 0xef000000}},
		{"T32 LDR.W", STATE_THUMB, {0x0000f8d0, 0xdf003101}},
		{"T32 LDR", STATE_THUMB, {0x31016800, 0xdf00}},
		/* ITTE EQ, LDR, ADD 1, ADD 16, SVC, with Z set */
		{"T32 LDR in an IT block", STATE_THUMB | BIT(30), {0x6800bf06, 0x31103101, 0xdf00}},
	};
	u32 i;

	if ((read_sysreg(id_aa64pfr0_el1) & 0xf) != 2 || (u64)tries >> 32) {
		skip("no AArch32", "AArch32 at EL0");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		struct shot s = {.pc = (u64)tries[i].code, .spsr = tries[i].spsr};
		u64 value = shoot(&s, uart_base + 0xfe0);

		ok(s.vector == 12 && s.esr >> 26 == EC_SVC32 && value == 0x11 && s.x1 == 1,
		   "%s of a device at EL0: 0x%lx, 0x%lx, class 0x%lx", tries[i].name, value, s.x1,
		   s.esr >> 26);
	}
}

/* Pages with 52 bits of address are not offered: stage 2 has 48. */
static void granules(void)
{
	u32 granule_4k, granule_16k;

	try_read(SYSREG(3, 0, 0, 7, 0));
	granule_4k = result >> 28 & 0xf;
	granule_16k = result >> 20 & 0xf;
	if (nk)
		ok((granule_4k == 0 || granule_4k == 0xf) && granule_16k < 2,
		   "no FEAT_LPA2: TGran4 %u, TGran16 %u", granule_4k, granule_16k);
}

static void alive(void)
{
	u32 iar;

	gic_init();
	gic_set_edge(PPI_VTIMER, false);
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	vtimer.set_cval(0);
	vtimer.set_ctl(TIMER_ENABLE);
	iar = gic_ack();
	is(IAR_ID(iar), PPI_VTIMER, "after all that, the timer still ticks");
	vtimer.set_ctl(0);
	gic_eoi(iar);
}

static void fp(void)
{
	u32 i, bad = 0;

	write_sysreg(cpacr_el1, 3UL << 20);
	isb();
	/* Something that pends, so that WFI goes on */
	gic_init();
	gic_set_edge(SPI, true);
	gic_bit(GICD_ISENABLER, SPI);
	gic_bit(GICD_ISPENDR, SPI);
	for (i = 0; i < 20; i++)
		bad += !fp_survives(random_u64(), gicd + GICD_IIDR);
	is(bad, 0, "q0..q31, FPCR and FPSR survive exits");
	gic_bit(GICD_ICPENDR, SPI);
	write_sysreg(cpacr_el1, 0);
	isb();
}

void guest_main(void)
{
	nk = under_nk();
	gic_init();
	id_registers();
	id_space();
	hidden_units();
	instructions();
	debug_exceptions();
	single_step();
	injected_pstate();
	branches();
	aarch32();
	granules();
	fp();
	other_levels();
	sweep(3, false);
	sweep(2, false);
	sweep(2, true);
	sweep(3, true);
	alive();
	tap_done();
}
