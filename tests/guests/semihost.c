// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: the machine gives EL1 and EL0 no semihosting (files of the host, its clock, the
 * machine's end), and a call by SMC never gets behind nk to QEMU's own PSCI. Under nk: the VM has one
 * vCPU and the machine more CPUs. Source: Arm "Semihosting for AArch32 and AArch64", 2.0.
 */
#include "rt/psci.h"
#include "rt/rt.h"

#define SYS_OPEN 0x01
#define SYS_WRITEC 0x03
#define SYS_WRITE0 0x04
#define SYS_WRITE 0x05
#define SYS_CLOCK 0x10
#define SYS_SYSTEM 0x12
#define SYS_GET_CMDLINE 0x15
#define SYS_EXIT 0x18
#define MODE_WRITE 4
#define EXIT_APP 0x20026

/* Which test_guests.py looks for. */
static const char file_name[] = "semihost-was-here";

/* Both return ESR_EL1 of what came instead of the call, or ~0; *op becomes the call's answer. */
u64 hlt_at_el0(u64 *op, const void *arg);

static u64 hlt_at_el1(u64 *op, const void *arg)
{
	u64 answer;

	fault_begin();
	asm volatile("mov x0, %1\n\tmov x1, %2\n\thlt #0xf000\n\tmov %0, x0"
		     : "=r"(answer)
		     : "r"(*op), "r"(arg)
		     : "x0", "x1", "memory");
	*op = answer;
	return fault_end() ? this_cpu()->fault.esr : ~0UL;
}

static void undefined(u64 op, const void *arg, const char *what)
{
	u64 answer = op;
	u64 esr = hlt_at_el1(&answer, arg);

	is(esr >> 26, EC_UNKNOWN, "%s: undefined at EL1", what);
	is(answer, op, "%s: and no answer", what);
	answer = op;
	esr = hlt_at_el0(&answer, arg);
	is(esr >> 26, EC_UNKNOWN, "%s: undefined at EL0", what);
	is(answer, op, "%s: and no answer", what);
}

/* Files first: what ends the machine would end the test. */
static void calls(void)
{
	static const char command[] = "touch semihost-was-here";
	static char line[64];
	u64 open[] = {(u64)file_name, MODE_WRITE, sizeof(file_name) - 1};
	u64 write[] = {1, (u64)file_name, sizeof(file_name) - 1};
	u64 run[] = {(u64)command, sizeof(command) - 1};
	u64 cmdline[] = {(u64)line, sizeof(line)};
	u64 end[] = {EXIT_APP, 0};

	undefined(SYS_OPEN, open, "SYS_OPEN");
	undefined(SYS_WRITE, write, "SYS_WRITE");
	undefined(SYS_WRITE0, file_name, "SYS_WRITE0");
	undefined(SYS_WRITEC, file_name, "SYS_WRITEC");
	undefined(SYS_CLOCK, NULL, "SYS_CLOCK");
	undefined(SYS_GET_CMDLINE, cmdline, "SYS_GET_CMDLINE");
	undefined(SYS_SYSTEM, run, "SYS_SYSTEM");
	undefined(SYS_EXIT, end, "SYS_EXIT");
}

/* QEMU, as the machine's firmware, answers SMC: nk must be asked instead, whatever the number. */
static void firmware(void)
{
	struct smccc s = {.x = {SMCCC_VENDOR_HYP_UID}};
	struct smccc uid;

	smccc_hvc(&s);
	uid = s;
	s.x[0] = SMCCC_VENDOR_HYP_UID;
	smccc_smc(&s);
	ok(!memcmp(s.x, uid.x, 4 * sizeof(s.x[0])), "SMC: the hypervisor's UID, as by HVC");
	conduit = CONDUIT_SMC;
	is(psci_status(PSCI_AFFINITY_INFO_64, 1, 0, 0), PSCI_RET_INVALID_PARAMETERS,
	   "SMC: the machine's second CPU is not there");
	is(psci_status(PSCI_CPU_ON_64, 1, image_base(), 0), PSCI_RET_INVALID_PARAMETERS,
	   "SMC: nor can it be started");
}

void guest_main(void)
{
	calls();
	if (under_nk())
		firmware();
	tap_done();
}
