// SPDX-License-Identifier: Apache-2.0
/*
 * PSCI SYSTEM_SUSPEND (DEN0022, 5.20) of a VM that has the board's PL031, whose alarm wakes it. Commands, one a line:
 *   refused: each way to be refused; sleep S: sleeps until the alarm, S seconds from now; off
 */
#include "rt/pl031.h"
#include "rt/psci.h"
#include "rt/rt.h"
#include "rt/timer.h"

/* suspend-asm.S knows the offsets. */
struct woken {
	u64 sp, tpidr, vbar; /* to be restored */
	u64 tpidr_found, vbar_found, sctlr, el, daif, cntv_ctl; /* as it found them */
};

s64 suspend_to(u64 fn, struct woken *w);
extern char stay_on[];

static struct pl031 rtc;

/* Acknowledges what woke it; returns which one that was. */
static u32 take_alarm(void)
{
	u32 iar = gic_ack();

	pl031_clear(&rtc);
	if (IAR_ID(iar) < INTID_MAX)
		gic_eoi(iar);
	return IAR_ID(iar);
}

static bool is_reset(const struct woken *w)
{
	return w->el == 4 && w->daif == 0x3c0 && !(w->sctlr & (BIT(0) | BIT(2) | BIT(12))) &&
	       !(w->cntv_ctl & 1) && w->tpidr_found == 0 && w->vbar_found == 0;
}

static void sleep_until(u32 seconds)
{
	u32 clock = read32(rtc.base + PL031_DR);
	u64 before = counter(), passed;
	struct woken w;
	s64 status;

	vtimer.set_cval(before +
			counter_hz() /
				100); /* its time stands still, so this one does not wake it */
	vtimer.set_ctl(TIMER_ENABLE);
	pl031_alarm(&rtc, seconds);
	gic_cpu_off();
	status = suspend_to(PSCI_SYSTEM_SUSPEND_64, &w);
	passed = (counter() - before) * 1000 / counter_hz();
	gic_cpu_init();
	printf("suspend: status %d, woken by %s, out of reset %u, %u s of the clock, %u ms of the "
	       "counter\n",
	       (int)status, take_alarm() == rtc.intid ? "the alarm" : "something else",
	       is_reset(&w), read32(rtc.base + PL031_DR) - clock, (u32)passed);
}

static void refused(void)
{
	static u32 go;
	s32 outside, other_on;
	u64 entry = (u64)stay_on;

	outside = psci_status(PSCI_SYSTEM_SUSPEND_64, 0x10, 0, 0);
	psci_call(PSCI_CPU_ON_64, cpus[1].mpidr, entry, (u64)&go);
	other_on = psci_status(PSCI_SYSTEM_SUSPEND_64, entry, 0, 0);
	WRITE_ONCE(go, 1);
	dsb();
	cpu_wait_off(1);
	printf("suspend: features %d, entry outside %d, another CPU on %d\n",
	       psci_status(PSCI_FEATURES, PSCI_SYSTEM_SUSPEND_64, 0, 0), outside, other_on);
}

static bool obey(char *line)
{
	u32 len = getline(line, 32);

	if (len && !strcmp(line, "off"))
		return false;
	if (!strcmp(line, "refused"))
		refused();
	else if (!strncmp(line, "sleep ", 6))
		sleep_until((u32)parse_u64(line + 6, NULL));
	return true;
}

void guest_main(void)
{
	char line[32];

	gic_init();
	if (!pl031_find(&rtc))
		printf("suspend: no clock\n");
	printf("suspend: ready, no-tick-in-suspend %u\n",
	       dt_prop(dt_compatible("arm,armv8-timer"), "arm,no-tick-in-suspend", NULL) != NULL);
	while (obey(line))
		;
}
