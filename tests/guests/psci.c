// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: PSCI 1.1 (DEN 0022) and SMCCC 1.1 (DEN 0028), by HVC and SMC, in both widths.
 * Wants several CPUs for CPU_ON and CPU_OFF.
 */
#include "rt/gic.h"
#include "rt/psci.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define ROUNDS 100
#define NOBODY 0x00abcd07 /* an affinity no CPU has */

/* psci-asm.S writes it. */
struct start_state {
	u64 sctlr, el, daif, spsel, cntv_ctl, cntp_ctl, mpidr, context;
	u32 up, pad, go;
};

extern char raw_entry[];

static bool nk;
static struct start_state state;

static bool wait_for(const u32 *v)
{
	u64 end = counter() + 10 * counter_hz();

	while (!READ_ONCE(*v)) {
		if (counter() > end)
			return false;
		cpu_relax();
	}
	return true;
}

static void identity(void)
{
	struct smccc s = {.x = {SMCCC_VENDOR_HYP_UID}};

	is(psci_call(PSCI_VERSION, 0, 0, 0), 0x10001, "PSCI_VERSION is 1.1");
	is(psci_status(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), 2, "MIGRATE_INFO_TYPE: no trusted OS");
	if (!nk)
		return;
	is(psci_call(SMCCC_VERSION, 0, 0, 0), 0x10001, "SMCCC_VERSION is 1.1");
	is(psci_status(SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, 0), 0,
	   "ARCH_FEATURES: SMCCC_VERSION");
	is(psci_status(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, 0), 0, "ARCH_FEATURES: itself");
	is(psci_status(SMCCC_ARCH_FEATURES, 0x80001234, 0, 0), -1, "ARCH_FEATURES: unknown");
	smccc(&s);
	ok((s.x[0] | s.x[1] | s.x[2] | s.x[3]) >> 32 == 0, "UID: four 32-bit words");
	note("UID %08lx %08lx %08lx %08lx", s.x[0], s.x[1], s.x[2], s.x[3]);
	ok((u32)s.x[0] != ~0u && (s.x[0] | s.x[1] | s.x[2] | s.x[3]), "UID: there is one");
}

static void features(void)
{
	static const u32 have[] = {
		PSCI_VERSION,	       PSCI_CPU_SUSPEND_32,   PSCI_CPU_SUSPEND_64,
		PSCI_CPU_OFF,	       PSCI_CPU_ON_32,	      PSCI_CPU_ON_64,
		PSCI_AFFINITY_INFO_32, PSCI_AFFINITY_INFO_64, PSCI_MIGRATE_INFO_TYPE,
		PSCI_SYSTEM_OFF,       PSCI_SYSTEM_RESET,     PSCI_FEATURES,
	};
	static const u32 nk_has[] = {PSCI_SYSTEM_RESET2_32, PSCI_SYSTEM_RESET2_64, SMCCC_VERSION};
	static const u32 lack[] = {PSCI_MIGRATE, PSCI_MIGRATE_INFO_UP_CPU,
				   0x84000fff,	 0xc4000000,
				   0xc4000002,	 0xc4000008,
				   0xc400000a,	 0x12345678};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(have); i++)
		is(psci_status(PSCI_FEATURES, have[i], 0, 0), 0, "FEATURES: 0x%x", have[i]);
	for (i = 0; nk && i < ARRAY_SIZE(nk_has); i++)
		is(psci_status(PSCI_FEATURES, nk_has[i], 0, 0), 0, "FEATURES: 0x%x", nk_has[i]);
	for (i = 0; i < ARRAY_SIZE(lack); i++)
		is(psci_status(PSCI_FEATURES, lack[i], 0, 0), (u64)-1, "FEATURES: not 0x%x",
		   lack[i]);
}

static void unknown(void)
{
	static const u32 ids[] = {
		0x84000005, 0x84000007, 0x8400001f, 0x840000ff, 0xc4000000, 0xc4000002,
		0xc4000006, 0xc4000008, 0xc4000009, 0xc40000ff, 0x80000002, 0x80008000,
		0x8200ff01, 0x8500ff01, 0x8600ff02, 0x8600ffff, 0xc600ffff, 0xbf00ff01,
		0xb2000000, 0x00000000, 0x7fffffff, 0x04000003, 0xffffffff,
	};
	u32 i, bad = 0;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		if (psci_status(ids[i], 0, 0, 0) == PSCI_RET_NOT_SUPPORTED)
			continue;
		note("0x%x gives 0x%lx", ids[i], psci_call(ids[i], 0, 0, 0));
		bad++;
	}
	is(bad, 0, "unknown function ids are NOT_SUPPORTED");
	is(psci_call(0xc400fff0, 0, 0, 0), ~0UL, "NOT_SUPPORTED has 64 bits in a 64-bit call");
}

/* SMCCC 1.1: x4..x17 survive; the function id is w0, and SMC32 arguments are w1..w3. */
static void registers(void)
{
	struct smccc s;
	u32 i, bad = 0;
	u64 mpidr = cpus[0].mpidr;

	for (i = 0; i < 18; i++)
		s.x[i] = 0x1111111111111111UL * i;
	s.x[0] = PSCI_VERSION;
	smccc(&s);
	for (i = 4; i < 18; i++)
		bad += s.x[i] != 0x1111111111111111UL * i;
	is(bad, 0, "x4..x17 survive a call");
	is(psci_status(PSCI_AFFINITY_INFO_32, mpidr | 0xdead00000000, 0xbeef00000000, 0),
	   PSCI_AFFINITY_ON, "a 32-bit call reads 32-bit arguments");
	if (nk) /* QEMU's own firmware reads x0 */
		is(psci_status(PSCI_VERSION | 0xabcd00000000UL, 0, 0, 0), 0x10001,
		   "the function id is w0");
}

static void affinity_info(u32 wide)
{
	const char *form = wide ? "SMC64" : "SMC32";
	u32 i;

	is(psci_status(PSCI_AFFINITY_INFO_32 | wide, cpus[0].mpidr, 0, 0), PSCI_AFFINITY_ON,
	   "AFFINITY_INFO %s: this CPU is on", form);
	for (i = 1; i < nr_cpus; i++)
		is(psci_status(PSCI_AFFINITY_INFO_32 | wide, cpus[i].mpidr, 0, 0),
		   PSCI_AFFINITY_OFF, "AFFINITY_INFO %s: cpu %u is off", form, i);
	is(psci_status(PSCI_AFFINITY_INFO_32 | wide, NOBODY, 0, 0),
	   (u64)PSCI_RET_INVALID_PARAMETERS, "AFFINITY_INFO %s: nobody", form);
	is(psci_status(PSCI_AFFINITY_INFO_32 | wide, cpus[0].mpidr | 0xff, 1, 0), PSCI_AFFINITY_ON,
	   "AFFINITY_INFO %s: level 1 of this CPU is on", form);
	if (nk) /* QEMU's own firmware takes any affinity for its only one */
		is(psci_status(PSCI_AFFINITY_INFO_32 | wide, NOBODY, 1, 0),
		   (u64)PSCI_RET_INVALID_PARAMETERS, "AFFINITY_INFO %s: level 1 of nobody", form);
	if (nk) /* and takes any level */
		is(psci_status(PSCI_AFFINITY_INFO_32 | wide, cpus[0].mpidr, 4, 0),
		   (u64)PSCI_RET_INVALID_PARAMETERS, "AFFINITY_INFO %s: level 4", form);
}

static void cpu_on_mistakes(u32 wide)
{
	const char *form = wide ? "SMC64" : "SMC32";

	is(psci_status(PSCI_CPU_ON_32 | wide, cpus[0].mpidr, (u64)raw_entry, 0),
	   (u64)PSCI_RET_ALREADY_ON, "CPU_ON %s: this CPU", form);
	is(psci_status(PSCI_CPU_ON_32 | wide, NOBODY, (u64)raw_entry, 0),
	   (u64)PSCI_RET_INVALID_PARAMETERS, "CPU_ON %s: nobody", form);
	if (!nk || nr_cpus < 2)
		return;
	is(psci_status(PSCI_CPU_ON_32 | wide, cpus[1].mpidr, 0x10, 0),
	   (u64)PSCI_RET_INVALID_ADDRESS, "CPU_ON %s: entry outside RAM", form);
	is(psci_status(PSCI_CPU_ON_32 | wide, cpus[1].mpidr, ram_base() + ram_size(), 0),
	   (u64)PSCI_RET_INVALID_ADDRESS, "CPU_ON %s: entry at the end of RAM", form);
	is(psci_status(PSCI_AFFINITY_INFO_32, cpus[1].mpidr, 0, 0), PSCI_AFFINITY_OFF,
	   "CPU_ON %s: a refused CPU stays off", form);
}

/* Once around; how the CPU started is left in `state`. */
static bool on_and_off(u32 cpu, u64 *status)
{
	memset(&state, 0, sizeof(state));
	dsb();
	*status = psci_call(PSCI_CPU_ON_64, cpus[cpu].mpidr, (u64)raw_entry, (u64)&state);
	if (*status || !wait_for(&state.up))
		return false;
	*status = psci_call(PSCI_CPU_ON_64, cpus[cpu].mpidr, (u64)raw_entry, 0);
	WRITE_ONCE(state.go, 1);
	return cpu_wait_off(cpu);
}

static void start_state(u32 cpu)
{
	u64 status;
	bool done = on_and_off(cpu, &status);

	ok(done, "CPU_ON, CPU_OFF of cpu %u", cpu);
	is(status, (u64)PSCI_RET_ALREADY_ON, "CPU_ON of cpu %u when it is on", cpu);
	is(state.context, (u64)&state, "x0 is the context id");
	is(state.mpidr & 0xff00ffffff, cpus[cpu].mpidr, "MPIDR_EL1 is the one asked for");
	ok(state.mpidr & BIT(31), "MPIDR_EL1 bit 31 is one");
	is(state.sctlr & (BIT(0) | BIT(2) | BIT(12) | BIT(25)), 0, "MMU and caches are off");
	is(state.el, 4, "at EL1");
	is(state.spsel, 1, "with SP_EL1");
	is(state.daif, 0x3c0, "DAIF masked");
	is(state.cntv_ctl & 1, 0, "virtual timer off");
	is(state.cntp_ctl & 1, 0, "physical timer off");
}

static void many_times(u32 cpu)
{
	u32 i, bad = 0;
	u64 status;

	for (i = 0; i < ROUNDS; i++)
		bad += !on_and_off(cpu, &status) || status != (u64)PSCI_RET_ALREADY_ON;
	is(bad, 0, "cpu %u on and off %d times", cpu, ROUNDS);
}

static void cpu_on_32(void)
{
	u64 status;

	if ((u64)raw_entry >> 32 || (u64)&state >> 32) {
		skip("the image is above 4 GiB", "CPU_ON SMC32 starts a CPU");
		return;
	}
	memset(&state, 0, sizeof(state));
	state.go = 1;
	dsb();
	status = psci_call(PSCI_CPU_ON_32, cpus[1].mpidr, (u64)raw_entry, (u64)&state);
	ok(!status && wait_for(&state.up) && cpu_wait_off(1), "CPU_ON SMC32 starts a CPU");
}

/* Two CPUs ask for the third at once: one gets it. */
static u32 racer_ready, race_go, racer_done;
static s64 racer_status;

static void racer(void *arg)
{
	(void)arg;
	WRITE_ONCE(racer_ready, 1);
	while (!READ_ONCE(race_go))
		cpu_relax();
	racer_status = (s64)psci_call(PSCI_CPU_ON_64, cpus[2].mpidr, (u64)raw_entry, (u64)&state);
	WRITE_ONCE(racer_done, 1);
}

static bool lost_race(s64 status)
{
	return status == PSCI_RET_ALREADY_ON || status == PSCI_RET_ON_PENDING;
}

static void race(void)
{
	u32 i, bad = 0, pending = 0;

	for (i = 0; i < 20; i++) {
		s64 mine;

		racer_ready = race_go = racer_done = 0;
		memset(&state, 0, sizeof(state));
		if (cpu_start(1, racer, NULL) || !wait_for(&racer_ready)) {
			bad++;
			continue;
		}
		WRITE_ONCE(race_go, 1);
		mine = (s64)psci_call(PSCI_CPU_ON_64, cpus[2].mpidr, (u64)raw_entry, (u64)&state);
		if (!wait_for(&racer_done) || !wait_for(&state.up))
			bad++;
		pending += mine == PSCI_RET_ON_PENDING || racer_status == PSCI_RET_ON_PENDING;
		if (!(mine == 0 && lost_race(racer_status)) &&
		    !(racer_status == 0 && lost_race(mine))) {
			note("race: %ld and %ld", mine, racer_status);
			bad++;
		}
		WRITE_ONCE(state.go, 1);
		bad += !cpu_wait_off(2) + !cpu_wait_off(1);
	}
	is(bad, 0, "two CPU_ON at once: one succeeds");
	note("%u of 20 saw ON_PENDING", pending);
}

/* Standby: back with SUCCESS when an interrupt pends. */
static void suspend(u32 wide)
{
	u64 start, took;
	u32 iar;
	s32 status;

	start = counter();
	vtimer.set_cval(start + counter_hz() / 500);
	vtimer.set_ctl(TIMER_ENABLE);
	status = psci_status(PSCI_CPU_SUSPEND_32 | wide, 0, 0, 0);
	took = counter() - start;
	is(status, 0, "CPU_SUSPEND %s: standby returns SUCCESS", wide ? "SMC64" : "SMC32");
	ok(took >= counter_hz() / 500, "CPU_SUSPEND: not before the timer");
	iar = gic_ack();
	is(IAR_ID(iar), PPI_VTIMER, "CPU_SUSPEND: the timer woke it");
	vtimer.set_ctl(0);
	gic_eoi(iar);
}

static void all_of(enum conduit c)
{
	conduit = c;
	note("by %s", c == CONDUIT_SMC ? "SMC" : "HVC");
	identity();
	features();
	unknown();
	registers();
	affinity_info(0);
	affinity_info(SMC64);
	cpu_on_mistakes(0);
	cpu_on_mistakes(SMC64);
	suspend(0);
	suspend(SMC64);
}

void guest_main(void)
{
	u32 i;

	nk = under_nk();
	gic_init();
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	all_of(CONDUIT_HVC);
	if (nk)
		all_of(CONDUIT_SMC);
	conduit = CONDUIT_HVC;
	for (i = 1; i < nr_cpus; i++)
		start_state(i);
	for (i = 1; i < nr_cpus; i++)
		many_times(i);
	if (nr_cpus > 1)
		cpu_on_32();
	mmu_on();
	if (nk && nr_cpus > 2) /* QEMU's own firmware lets both win */
		race();
	tap_done();
}
