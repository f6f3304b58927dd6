// SPDX-License-Identifier: Apache-2.0
/*
 * What one life of a VM leaves in the CPU's registers, for a test driver that compares two lives. One
 * command a line over the UART:
 *   show: every register of EL0 and EL1 that can be read, NAME=VALUE, as this life found it;
 *   soil: turns the bits of each that can be written, and names those that have changed;
 *   reset; off
 */
#include "rt/anyreg.h"
#include "rt/psci.h"
#include "rt/rt.h"

#define REG_BITS(reg, shift, n) ((reg) >> (shift) & ((1u << (n)) - 1))
#define OP0(reg) REG_BITS(reg, 19, 2)
#define OP1(reg) REG_BITS(reg, 16, 3)
#define CRN(reg) REG_BITS(reg, 12, 4)
#define CRM(reg) REG_BITS(reg, 8, 4)
#define OP2(reg) REG_BITS(reg, 5, 3)
#define KNOWN_MAX 1024

void fp_fill(u64 value);
u64 fp_or(void);

static struct {
	u32 reg;
	u64 value; /* at the start of this life */
} known[KNOWN_MAX];
static u32 nr_known, column;

/* What the search itself changes, as it was before. */
static const char *const early_name[] = {"ESR_EL1",  "FAR_EL1",	  "ELR_EL1",
					 "SPSR_EL1", "CPACR_EL1", "Q"};
static u64 early[ARRAY_SIZE(early_name)];

/* Registers that cannot take any value while this program goes on, and the bits that can turn. */
static const struct {
	u32 reg;
	u64 bits;
} careful[] = {
	{SYSREG(3, 0, 1, 0, 0), 0x45c780}, /* SCTLR_EL1: what EL0 may do */
	{SYSREG(3, 0, 1, 0, 2), 0}, /* CPACR_EL1: FP is on already */
	{SYSREG(3, 0, 12, 0, 0), 0}, /* VBAR_EL1, TPIDR_EL1: the runtime has them from its first line */
	{SYSREG(3, 0, 13, 0, 4), 0},
	{SYSREG(2, 0, 0, 2, 2), BIT(12)}, /* MDSCR_EL1: no debug exceptions */
	{SYSREG(3, 0, 4, 6, 0), 0xf8}, /* ICC_PMR_EL1, BPR0, BPR1, CTLR, SRE, IGRPEN0, IGRPEN1 */
	{SYSREG(3, 0, 12, 8, 3), 4},
	{SYSREG(3, 0, 12, 12, 3), 4},
	{SYSREG(3, 0, 12, 12, 4), 2},
	{SYSREG(3, 0, 12, 12, 5), 0},
	{SYSREG(3, 0, 12, 12, 6), 1},
	{SYSREG(3, 0, 12, 12, 7), 1},
};

/* Reading IAR acknowledges; PSTATE is not left behind; time goes on by itself. */
static bool is_passed_over(u32 reg)
{
	u32 op1 = OP1(reg), crn = CRN(reg), crm = CRM(reg), op2 = OP2(reg);

	if (OP0(reg) == 2)
		return false;
	if (op1 == 0 && crn == 12 && ((crm == 8 || crm == 12) && op2 < 3))
		return true; /* IAR, EOIR, HPPIR */
	if (op1 == 0 && crn == 12 && (crm == 11 || (crm == 1 && op2 == 0)))
		return true; /* RPR, DIR, SGI; ISR */
	if (crn == 4 && crm == 2)
		return true;
	if (op1 == 3 && crn == 14 && (crm == 0 ? op2 != 0 : crm < 4 && op2 == 0))
		return true; /* counters, TVAL */
	return op1 == 3 && crn == 2 && crm == 4; /* RNDR */
}

static void find(u32 op0, u32 op1)
{
	u32 low;

	for (low = 0; low < 1u << 16; low += 1u << 5) {
		u32 reg = SYSREG(op0, op1, 0, 0, 0) | low;
		u64 value;

		if (is_passed_over(reg) || anyreg_read(reg, &value) || nr_known == KNOWN_MAX)
			continue;
		known[nr_known].reg = reg;
		known[nr_known++].value = value;
	}
}

static void item(const char *sep, u32 reg)
{
	if (column++ % 8 == 0)
		printf("%sresidue:", column > 1 ? "\n" : "");
	printf(" S%u_%u_C%u_C%u_%u%s", OP0(reg), OP1(reg), CRN(reg), CRM(reg), OP2(reg), sep);
}

static void show(void)
{
	u32 i;

	column = 0;
	for (i = 0; i < nr_known; i++) {
		item("=", known[i].reg);
		printf("0x%lx", known[i].value);
	}
	printf("\nresidue:");
	for (i = 0; i < ARRAY_SIZE(early); i++)
		printf(" %s=0x%lx", early_name[i], early[i]);
	printf("\nresidue: %u shown\n", nr_known);
}

static u64 bits_to_turn(u32 reg)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(careful); i++) {
		if (careful[i].reg == reg)
			return careful[i].bits;
	}
	return ~0UL;
}

static void soil(void)
{
	u32 i, changed = 0;

	column = 0;
	for (i = 0; i < nr_known; i++) {
		u32 reg = known[i].reg;
		u64 bits = bits_to_turn(reg), now;

		if (!bits || anyreg_write(reg, known[i].value ^ bits) || anyreg_read(reg, &now) ||
		    now == known[i].value)
			continue;
		item("", reg);
		changed++;
	}
	fp_fill(0xa5a5a5a55a5a5a5a);
	printf("\nresidue: %u soiled\n", changed);
}

void guest_main(void)
{
	char line[80];
	u32 op0, op1;

	early[0] = read_sysreg(esr_el1);
	early[1] = read_sysreg(far_el1);
	early[2] = read_sysreg(elr_el1);
	early[3] = read_sysreg(spsr_el1);
	early[4] = read_sysreg(cpacr_el1);
	write_sysreg(cpacr_el1, 3UL << 20);
	isb();
	early[5] = fp_or();
	for (op0 = 2; op0 < 4; op0++) {
		for (op1 = 0; op1 < 8; op1++)
			find(op0, op1);
	}
	for (;;) {
		printf("residue: ready\n");
		getline(line, sizeof(line));
		if (!strncmp(line, "show", 4))
			show();
		else if (!strncmp(line, "soil", 4))
			soil();
		else if (!strncmp(line, "reset", 5))
			psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
		else if (!strncmp(line, "off", 3))
			return;
	}
}
