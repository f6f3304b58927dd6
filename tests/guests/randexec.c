// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: whatever instructions a guest executes at EL1, it ends itself at worst.
 * Runs random words one by one in a sandbox, most of them from the space of system instructions,
 * with pointers into a sandbox of memory in the registers. Arguments: seed=N, n=N tries, and
 * wild: any register value and any branch, which will end the VM sooner or later.
 */
#include "rt/gic.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define DATA_SIZE 0x40000
#define BRK 0xd4200000u

/* randexec-asm.S */
struct rx_state {
	u64 saved[13];
	u64 esr, elr, vector;
} rx_state;
u64 rx_regs[32];
void rx_run(void *code);

static u32 __aligned(4096) data[DATA_SIZE / 4];
static u32 *const code = data + DATA_SIZE / 8; /* in the middle */

static bool wild;
static u64 hz; /* read once: where EL1 is the highest level, it can write CNTFRQ */

static s64 sign_extend(u32 v, u32 bits)
{
	return (s64)((u64)v << (64 - bits)) >> (64 - bits);
}

static bool near(s64 offset)
{
	return offset > -DATA_SIZE / 4 && offset < DATA_SIZE / 4;
}

/* Branches and literals stay in the sandbox. Source: Arm ARM C4.1. */
static bool pc_relative_ok(u32 w)
{
	if ((w & 0x7c000000) == 0x14000000) /* B, BL */
		return near(sign_extend(w, 26) * 4);
	if ((w & 0xfe000000) == 0x54000000 || (w & 0x7e000000) == 0x34000000) /* B.cond, CBZ */
		return near(sign_extend(w >> 5, 19) * 4);
	if ((w & 0x3b000000) == 0x18000000) /* LDR literal */
		return near(sign_extend(w >> 5, 19) * 4);
	return true;
}

/* Even registers are pointers, odd ones are small numbers; 31 is the stack or zero. */
static bool registers_ok(u32 w)
{
	u32 rn = w >> 5 & 31, rm = w >> 16 & 31;

	if ((w & 0x0a000000) == 0x08000000) { /* loads and stores */
		if (rn & 1 && rn != 31)
			return false;
		if ((w & 0x3b200c00) == 0x38200800)
			return rm & 1; /* register offset */
		return true;
	}
	if ((w & 0xfff80000) == 0xd5080000) /* DC, IC, AT, TLBI */
		return !(w & 1);
	return true;
}

/* What would take our own footing away. */
static bool footing_ok(u32 w)
{
	u32 reg = w & 0x1fffe0;

	if ((w & 0xffe00000) != 0xd5000000)
		return true;
	return reg != 0x181000 && /* SCTLR_EL1 */
	       reg != 0x18c000; /* VBAR_EL1 */
}

/* A write to ICC_BPR1_EL1: of 8 or more, with low bits of zero, it ends QEMU 7.2 by an assertion. */
static bool ends_qemu(u32 w)
{
	return (w & 0xffffffe0) == 0xd518cc60;
}

/* The system registers there are, as the bits 5..20 of their instructions. */
static u32 known[1024];
static u32 nr_known;

/* A quarter anything, a quarter system instructions, half reads and writes of known registers. */
static u32 any_word(void)
{
	u64 r = random_u64();
	u32 w = (u32)(r >> 8);

	if (!(r & 3))
		return w;
	if ((r & 3) == 1 || !nr_known)
		return 0xd5000000 | (w & 0x3fffff);
	return 0xd5000000 | known[(r >> 40) % nr_known] | (w & 0x20001f);
}

static u32 pick(void)
{
	for (;;) {
		u32 w = any_word();

		if (ends_qemu(w))
			continue;
		if (wild || (pc_relative_ok(w) && registers_ok(w) && footing_ok(w)))
			return w;
	}
}

static void prepare(u32 word)
{
	u64 middle = (u64)code;
	u32 i;

	for (i = 0; i < 31; i++) {
		rx_regs[i] = i & 1 ? random_u64() & 0xff8 : middle + (random_u64() & 0x1ff0);
		if (wild && random_u64() & 1)
			rx_regs[i] = random_u64() >> (random_u64() & 63);
	}
	rx_regs[31] = middle + 0x8000;
	for (i = 0; i < 0x1000; i++)
		code[i] = BRK;
	code[0] = word;
	asm volatile("ic iallu\n\tdsb sy\n\tisb" ::: "memory");
}

/* What the last word may have changed. */
static void restore(void)
{
	write_sysreg(sctlr_el1, 0x30d00800);
	write_sysreg(cpacr_el1, 3UL << 20);
	write_sysreg(mdscr_el1, 0);
	write_sysreg(cntkctl_el1, 0);
	write_sysreg(cntp_ctl_el0, 0);
	write_sysreg(spsel, 1);
	isb();
}

static void alarm(u64 us)
{
	vtimer.set_cval(counter() + us * hz / 1000000);
	vtimer.set_ctl(TIMER_ENABLE);
}

/* One word, and all that is around it. */
static void try(u32 word)
{
	u32 i;

	prepare(word);
	alarm(200);
	rx_run(code);
	vtimer.set_ctl(0);
	restore();
	/* The alarm may be on its way to the CPU, from where a level does not come back. */
	for (i = 0; rx_state.vector & 3 && i < 8; i++) {
		u32 iar = gic_ack();

		if (IAR_ID(iar) < 1020)
			gic_eoi(iar);
	}
}

static void fresh_gic(void)
{
	gic_init();
	gic_set_edge(PPI_VTIMER, false);
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
}

static void find_registers(void)
{
	u32 reg;

	fresh_gic();
	for (reg = 0x100000; reg < 0x200000; reg += 0x20) {
		if (nr_known == ARRAY_SIZE(known))
			break;
		if ((reg & 0x40000) || ends_qemu(0xd5000000 | reg) || !footing_ok(0xd5000000 | reg))
			continue; /* of a higher level */
		try(0xd5200001 | reg);
		if (!(rx_state.vector & 3) && rx_state.esr >> 26 == EC_BRK)
			known[nr_known++] = reg;
	}
}

void guest_main(void)
{
	u64 seed = arg_u64("seed", 1);
	u64 n = arg_u64("n", 5000);
	u64 i, undefined = 0, through = 0, interrupted = 0, other = 0;

	wild = arg_flag("wild");
	random_seed(seed);
	hz = counter_hz();
	for (i = 0; i < ARRAY_SIZE(data); i++)
		data[i] = BRK;
	restore();
	if (!wild) /* which takes seconds, that a VM may not have that ends itself */
		find_registers();
	note("%u registers, seed %lu, %lu tries%s", nr_known, seed, n, wild ? ", wild" : "");
	for (i = 0; i < n; i++) {
		u32 word = pick();

		if (i % 64 == 0)
			fresh_gic();
		try(word);
		if (rx_state.vector & 3)
			interrupted++;
		else if (rx_state.esr >> 26 == EC_BRK)
			through++;
		else if (rx_state.esr >> 26 == EC_UNKNOWN)
			undefined++;
		else
			other++;
		if (arg_flag("verbose"))
			note("%lu: 0x%08x vector %lu esr 0x%lx", i, word, rx_state.vector,
			     rx_state.esr);
	}
	ok(true, "%lu random instructions: %lu ran, %lu undefined, %lu interrupted, %lu other", n,
	   through, undefined, interrupted, other);
	tap_done();
}
