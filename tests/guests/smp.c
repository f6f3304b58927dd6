// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: all vCPUs start, SGIs from each to each arrive once, also out of WFI, exclusives and
 * barriers work between them, and CPUs may come and go meanwhile.
 */
#include "rt/gic.h"
#include "rt/psci.h"
#include "rt/rt.h"

#define IPI 4
#define LOCKED 20000
#define EACH 50

static u32 got[CPUS_MAX];
static u32 locked_count, ready, begin, finished, stop;
static spin_t lock;

static void on_ipi(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (IAR_ID(iar) == SPURIOUS)
		return;
	if (IAR_ID(iar) == IPI)
		__atomic_add_fetch(&got[this_cpu()->index], 1, __ATOMIC_RELAXED);
	gic_eoi(iar);
}

static void wait_until(const u32 *v, u32 want)
{
	u64 end = counter() + 10 * counter_hz();

	while (__atomic_load_n(v, __ATOMIC_ACQUIRE) < want && counter() < end)
		cpu_relax();
}

static void count(void)
{
	u32 i;

	for (i = 0; i < LOCKED; i++) {
		spin_lock(&lock);
		locked_count++;
		spin_unlock(&lock);
	}
}

static void prepare(void)
{
	if (this_cpu()->index)
		gic_cpu_init();
	gic_set_prio(IPI, 0x80);
	gic_bit(GICD_ISENABLER, IPI);
}

static void secondary(void *arg)
{
	(void)arg;
	prepare();
	__atomic_add_fetch(&ready, 1, __ATOMIC_RELEASE);
	wait_until(&begin, 1);
	count();
	__atomic_add_fetch(&finished, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		wfi();
		irq_enable();
		isb();
		irq_disable();
	}
}

/* This CPU sends to `to` and waits for each to arrive. */
static u32 send(u32 to)
{
	u32 i, lost = 0;

	for (i = 0; i < EACH; i++) {
		u32 want = READ_ONCE(got[to]) + 1;
		u64 end = counter() + 10 * counter_hz();

		gic_sgi(to, IPI);
		if (to == this_cpu()->index) {
			irq_enable();
			isb();
			irq_disable();
		}
		while (READ_ONCE(got[to]) < want && counter() < end)
			cpu_relax();
		lost += READ_ONCE(got[to]) != want;
	}
	return lost;
}

struct job {
	u32 to;
	u32 lost;
};

static void sender(void *arg)
{
	struct job *j = arg;

	prepare();
	j->lost = send(j->to);
}

static void all_on(void)
{
	u32 i, bad = 0;

	for (i = 1; i < nr_cpus; i++)
		bad += cpu_start(i, secondary, NULL) != 0;
	is(bad, 0, "CPU_ON of %u CPUs", nr_cpus - 1);
	wait_until(&ready, nr_cpus - 1);
	is(ready, nr_cpus - 1, "all run");
	__atomic_store_n(&begin, 1, __ATOMIC_RELEASE);
	count();
	wait_until(&finished, nr_cpus - 1);
	is(locked_count, nr_cpus * LOCKED, "a counter under a spin lock");
}

static void all_off(void)
{
	u32 i, bad = 0;

	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	gic_sgi_others(IPI);
	for (i = 1; i < nr_cpus; i++)
		bad += !cpu_wait_off(i);
	is(bad, 0, "all off again");
	stop = 0;
}

static void from_first(void)
{
	u32 i, lost = 0, missed = 0, want[CPUS_MAX];

	for (i = 0; i < nr_cpus; i++)
		lost += send(i);
	is(lost, 0, "SGIs from CPU 0 to each, %u times, each arrives once", EACH);
	for (i = 1; i < nr_cpus; i++)
		want[i] = READ_ONCE(got[i]) + 1;
	gic_sgi_others(IPI);
	for (i = 1; i < nr_cpus; i++) {
		wait_until(&got[i], want[i]);
		missed += READ_ONCE(got[i]) != want[i];
	}
	is(missed, 0, "an SGI to all others arrives at each");
}

/* CPU `from` does the sending; the others sleep. */
static void from_other(u32 from)
{
	static struct job job;
	u32 to, lost = 0;

	for (to = 0; to < nr_cpus; to++) {
		if (to == from)
			continue;
		job.to = to;
		job.lost = ~0u;
		if (cpu_start(from, sender, &job)) {
			lost++;
			continue;
		}
		irq_enable();
		lost += !cpu_wait_off(from);
		irq_disable();
		lost += READ_ONCE(job.lost);
	}
	is(lost, 0, "SGIs from CPU %u to each other", from);
}

void guest_main(void)
{
	u32 i;

	mmu_on();
	gic_init();
	irq_handler = on_ipi;
	prepare();
	all_on();
	from_first();
	all_off();
	for (i = 1; i < nr_cpus; i++) {
		u32 k;

		ready = finished = 0;
		begin = 1;
		for (k = 1; k < nr_cpus; k++) {
			if (k != i)
				cpu_start(k, secondary, NULL);
		}
		wait_until(&finished, nr_cpus - 2);
		from_other(i);
		all_off();
	}
	tap_done();
}
