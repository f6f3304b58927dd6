// SPDX-License-Identifier: Apache-2.0
/*
 * A VM that would notice if it were stopped and continued in any but the right way. On each vCPU a
 * virtual timer ticks and an IPI goes round; all of them watch that virtual time never goes back;
 * one more vCPU is turned on and off again and again. Commands, one a line:
 *   report N: what was found up to now, in a line with N; ptimer MS: CNTP is to fire then;
 *   restart; off
 * Where there are properties for it (life/life.h), it says so there as well, and obeys. With
 * `control` in the bootargs (and `turns=N`) it is the VM that steers the other one (life/control.c).
 */
#include "life/life.h"
#include "nk/xirq.h"
#include "prop/prop.h"
#include "rt/gic.h"
#include "rt/psci.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define IPI 5
#define TICK_HZ 50

static struct {
	u64 next; /* virtual time of its timer: a tick that is lost is the last one */
	u32 ticks;
	u32 early;
	u32 ipis;
	u64 gap; /* longest virtual time that nothing was seen of */
	u64 padding[3];
} beat[CPUS_MAX];

static u64 last; /* virtual time that somebody has seen */
static u32 back, cycles, cycle_failures, ptimer_fired;
static u32 sysconf_intid, sysconfs;
static u32 begun; /* CPUs that can take interrupts */
static u32 beating; /* CPUs that take part: the last one comes and goes */

static void on_tick(u32 cpu)
{
	if (counter() < beat[cpu].next)
		beat[cpu].early++;
	beat[cpu].ticks++;
	beat[cpu].next += counter_hz() / TICK_HZ;
	vtimer.set_cval(beat[cpu].next);
}

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();
	u32 cpu = this_cpu()->index;

	(void)r;
	if (IAR_ID(iar) == SPURIOUS)
		return;
	if (IAR_ID(iar) == PPI_VTIMER) {
		on_tick(cpu);
	} else if (IAR_ID(iar) == PPI_PTIMER) {
		ptimer.set_ctl(0);
		ptimer_fired++;
	} else if (IAR_ID(iar) == sysconf_intid) {
		sysconfs++;
	} else if (IAR_ID(iar) == IPI) {
		beat[cpu].ipis++;
		gic_sgi((cpu + 1) % beating, IPI);
	}
	gic_eoi(iar);
}

/* One look at the time: it is not before what anybody saw until now. */
static void watch(u32 cpu, u64 *before)
{
	u64 seen = __atomic_load_n(&last, __ATOMIC_ACQUIRE);
	u64 now = counter();

	if (now < seen)
		__atomic_add_fetch(&back, 1, __ATOMIC_RELAXED);
	while (seen < now && !__atomic_compare_exchange_n(&last, &seen, now, false,
							  __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		;
	if (*before && now - *before > beat[cpu].gap)
		beat[cpu].gap = now - *before;
	*before = now;
}

static void begin(u32 cpu)
{
	if (cpu)
		gic_cpu_init();
	gic_set_prio(IPI, 0x80);
	gic_set_prio(PPI_VTIMER, 0x80);
	gic_set_prio(PPI_PTIMER, 0x80);
	gic_bit(GICD_ISENABLER, IPI);
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	gic_bit(GICD_ISENABLER, PPI_PTIMER);
	beat[cpu].next = counter() + counter_hz() / TICK_HZ;
	vtimer.set_cval(beat[cpu].next);
	vtimer.set_ctl(TIMER_ENABLE);
	__atomic_add_fetch(&begun, 1, __ATOMIC_RELEASE);
	irq_enable();
}

static void secondary(void *arg)
{
	u32 cpu = this_cpu()->index;
	u64 before = 0;

	(void)arg;
	begin(cpu);
	for (;;) {
		u32 i;

		for (i = 0; i < 2000; i++)
			watch(cpu, &before);
		/* A tick comes. */
		if (cpu == 1)
			psci_call(PSCI_CPU_SUSPEND_64, 0, 0, 0);
		else
			wfi();
		before = 0;
	}
}

static void come_and_go(void *arg)
{
	(void)arg;
	__atomic_add_fetch(&cycles, 1, __ATOMIC_RELEASE);
}

/* Starts the last CPU whenever it is off. */
static void cycle(void)
{
	u32 cpu = nr_cpus - 1;

	if (beating == nr_cpus ||
	    psci_status(PSCI_AFFINITY_INFO_64, cpus[cpu].mpidr, 0, 0) != PSCI_AFFINITY_OFF)
		return;
	if (cpu_start(cpu, come_and_go, NULL))
		cycle_failures++;
}

static struct life_report find(void)
{
	struct life_report r = {.ticks = ~0u,
				.ipis = ~0u,
				.cycles = READ_ONCE(cycles),
				.sysconfs = READ_ONCE(sysconfs)};
	u32 i;

	for (i = 0; i < beating; i++) {
		r.ticks = MIN(r.ticks, READ_ONCE(beat[i].ticks));
		r.ipis = MIN(r.ipis, READ_ONCE(beat[i].ipis));
		r.gap = MAX(r.gap, beat[i].gap);
		r.wrong += beat[i].early;
	}
	r.wrong += back + cycle_failures;
	irq_disable();
	r.time = counter();
	r.behind = ptimer.count() - r.time; /* in this order: it begins at 0 */
	irq_enable();
	return r;
}

static void report(u64 number)
{
	struct life_report r = find();

	printf("life: report %lu: wrong %u, ticks %u, ipis %u, cycles %u, gap %lu ms, "
	       "virtual %lu ms, behind %lu ms, ptimer %u\n",
	       number, r.wrong, r.ticks, r.ipis, r.cycles, r.gap * 1000 / counter_hz(),
	       r.time * 1000 / counter_hz(), r.behind * 1000 / counter_hz(), ptimer_fired);
}

static void obey(u32 word)
{
	static const char running[] = "nk.vm.2.state.running", paused[] = "nk.vm.2.state.paused";
	u32 zero = 0, one = 1;

	if (word == LIFE_SUSPEND)
		prop_set(paused, &one, sizeof(one));
	prop_set(LIFE_COMMAND, &zero, sizeof(zero));
	if (word == LIFE_RESTART)
		prop_set(running, &one, sizeof(one));
	if (word == LIFE_STOP)
		prop_set(running, &zero, sizeof(zero));
}

/* Says it in the property, and looks there for a command. */
static void publish(void)
{
	static u64 next;
	struct life_report r;
	u32 word = 0;

	if (counter() < next)
		return;
	next = counter() + counter_hz() / 100;
	r = find();
	prop_set(LIFE_REPORT, &r, sizeof(r));
	if (prop_get(LIFE_COMMAND, &word, sizeof(word)) == sizeof(word) && READ_ONCE(word))
		obey(word);
}

static void command(const char *line)
{
	const char *p = line;
	u64 n;

	while (*p && *p != ' ')
		p++;
	n = parse_u64(p, &p);
	if (!strncmp(line, "report", 6))
		report(n);
	else if (!strncmp(line, "restart", 7))
		psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	else if (!strncmp(line, "off", 3))
		psci_system_off();
	else if (!strncmp(line, "ptimer", 6)) {
		ptimer.set_cval(ptimer.count() + counter_hz() / 1000 * n);
		ptimer.set_ctl(TIMER_ENABLE);
		printf("life: ptimer set\n");
	}
}

/* Takes what the UART has; runs a whole line. */
static void poll(void)
{
	static char line[40];
	static u32 used;
	int c;

	while ((c = pollchar()) >= 0) {
		if (c == '\r' || c == '\n') {
			line[used] = '\0';
			used = 0;
			command(line);
		} else if (used + 1 < sizeof(line)) {
			line[used++] = (char)c;
		}
	}
}

void guest_main(void)
{
	u64 before = 0;
	u32 i, failed = 0;

	mmu_on();
	if (arg_flag("control")) {
		life_control();
		return;
	}
	gic_init();
	irq_handler = on_irq;
	sysconf_intid = (u32)nk_call(NK_HC_XIRQ_PTOV, NK_XIRQ_SYSCONF, 0, 0, 0);
	gic_set_edge(sysconf_intid, true);
	gic_bit(GICD_ISENABLER, sysconf_intid);
	beating = nr_cpus > 2 ? nr_cpus - 1 : nr_cpus;
	begin(0);
	for (i = 1; i < beating; i++)
		failed += cpu_start(i, secondary, NULL) != 0;
	printf("life: ready, %u CPUs beat, %u failed\n", beating, failed);
	while (!failed && __atomic_load_n(&begun, __ATOMIC_ACQUIRE) < beating)
		cpu_relax();
	gic_sgi(1 % beating, IPI);
	for (;;) {
		watch(0, &before);
		poll();
		cycle();
		publish();
		before = 0;
		for (i = 0; i < 200; i++)
			watch(0, &before);
		before = 0;
	}
}
