// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: with all CPUs changing interrupts at once, each one pended arrives exactly once.
 * Every CPU has SPIs of its own, and one SGI: it pends one, on the way moves it between CPUs,
 * disables and enables it, reads its state, and waits for it, while it takes what the others send
 * it. Arguments: seed=N, rounds=N, seconds=N.
 */
#include "rt/gic.h"
#include "rt/rt.h"

#define SPI_FIRST 34
#define SPI_EACH 3
#define CPUS 8

static u32 got[64]; /* SPIs taken, on whatever CPU */
static u32 sgi_got[CPUS]; /* SGIs of each sender */
static u32 strange, lost, extra, finished, absent;
static u32 rounds, done; /* asked for, and what the CPUs did together */
static u64 seconds;
static bool can_move; /* QEMU's GICv2 moves no pending interrupt */

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();
	u32 id = IAR_ID(iar);

	(void)r;
	if (id == SPURIOUS)
		return;
	if (id < nr_cpus)
		__atomic_add_fetch(&sgi_got[id], 1, __ATOMIC_RELAXED);
	else if (id >= SPI_FIRST && id < 64)
		__atomic_add_fetch(&got[id], 1, __ATOMIC_RELAXED);
	else
		__atomic_add_fetch(&strange, 1, __ATOMIC_RELAXED);
	gic_eoi(iar);
}

static u64 chance(u64 *state)
{
	*state = *state * 6364136223846793005UL + 1442695040888963407UL;
	return *state >> 33;
}

/* Until *count is want; what is wrong is counted, and the test goes on from there. */
static void await(u32 *count, u32 *want)
{
	u64 end = counter() + 10 * counter_hz();

	while (__atomic_load_n(count, __ATOMIC_ACQUIRE) == *want - 1 && counter() < end)
		cpu_relax();
	if (READ_ONCE(*count) == *want)
		return;
	__atomic_add_fetch(READ_ONCE(*count) < *want ? &lost : &extra, 1, __ATOMIC_RELAXED);
	*want = READ_ONCE(*count);
}

static void one_spi(u32 id, u64 *state, u32 *want)
{
	u64 r = chance(state);
	bool off = r & 1;

	gic_set_target(id, (u32)(r >> 4) % nr_cpus);
	if (off)
		gic_bit(GICD_ICENABLER, id);
	++*want;
	gic_bit(GICD_ISPENDR, id);
	if (r & 2 && can_move)
		gic_set_target(id, (u32)(r >> 8) % nr_cpus);
	if (r & 4) {
		gic_test(GICD_ISPENDR, id);
		gic_test(GICD_ISACTIVER, id);
	}
	if (off)
		gic_bit(GICD_ISENABLER, id);
	if (r & 8 && can_move)
		gic_set_target(id, (u32)(r >> 12) % nr_cpus);
	await(&got[id], want);
}

static void work(void *arg)
{
	u32 me = this_cpu()->index;
	u64 state = (u64)arg * 977 + me;
	u32 want[SPI_EACH] = {0}, sgi_want = 0, i, k;
	u64 end;

	if (me)
		gic_cpu_init();
	for (i = 0; i < nr_cpus; i++) {
		gic_set_prio(i, (u8)(0x80 + 0x10 * (i & 3)));
		gic_bit(GICD_ISENABLER, i);
	}
	irq_enable();
	__atomic_add_fetch(&absent, !cpus_meet(nr_cpus), __ATOMIC_RELAXED);
	end = counter() + seconds * counter_hz();
	for (i = 0; i < rounds && counter() < end; i++) {
		k = (u32)chance(&state) % SPI_EACH;
		one_spi(SPI_FIRST + me * SPI_EACH + k, &state, &want[k]);
		sgi_want++;
		gic_sgi((u32)chance(&state) % nr_cpus, me);
		await(&sgi_got[me], &sgi_want);
	}
	__atomic_add_fetch(&done, i, __ATOMIC_RELAXED);
	__atomic_add_fetch(&finished, 1, __ATOMIC_RELEASE);
	/* The others may still send something here. */
	while (__atomic_load_n(&finished, __ATOMIC_ACQUIRE) < nr_cpus)
		cpu_relax();
	irq_disable();
}

void guest_main(void)
{
	u64 seed = arg_u64("seed", 1);
	u64 end;
	u32 i;

	/* Each round waits for other CPUs, and where those share the host's CPUs that takes long. */
	rounds = (u32)arg_u64("rounds", nr_cpus > 2 ? 50 : 200);
	seconds = arg_u64("seconds", 20);
	mmu_on();
	gic_init();
	nr_cpus = MIN(nr_cpus, (u32)CPUS);
	can_move = under_nk() || gic_version == 3;
	irq_handler = on_irq;
	for (i = SPI_FIRST; i < 64; i++) {
		gic_set_edge(i, true);
		gic_set_prio(i, (u8)(0x40 + (i & 7) * 0x10));
		gic_bit(GICD_ISENABLER, i);
	}
	for (i = 1; i < nr_cpus; i++)
		cpu_start(i, work, (void *)seed);
	work((void *)seed);
	for (i = 1; i < nr_cpus; i++)
		cpu_wait_off(i);
	end = counter() + counter_hz() / 100;
	while (counter() < end)
		cpu_relax();
	is(absent, 0, "all CPUs listen before the first one sends");
	is(lost, 0, "%u rounds of %u CPUs together: none lost", done, nr_cpus);
	is(extra, 0, "none extra");
	is(strange, 0, "no other interrupt");
	tap_done();
}
