// SPDX-License-Identifier: Apache-2.0
/*
 * Contract of cross interrupts: posting is idempotent until the interrupt is taken, none is lost, they
 * go where the GIC says, wait while masked, and come from those who share a vlink only. First with
 * oneself, on all CPUs; then, with an end of the vlink "xirq", with the other end, which runs this
 * as well: both count in shared memory what they sent, and what they saw. Arguments: rounds=N.
 */
#include "nk/vlink.h"
#include "nk/xirq.h"
#include "rt/gic.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

#define FAILED (~0UL)
#define LABEL 0
#define NB 4

static u64 me;
static u32 first; /* INTID of NK_XIRQ_SYSCONF */
static u32 got[NK_XIRQ_NR], got_on[CPUS_MAX], strange;
static u32 rounds;

static u64 call(u32 nr, u64 a, u64 b, u64 c, u64 d)
{
	return nk_call(nr, a, b, c, d);
}

static u64 post(u64 xirq, u64 vm)
{
	return call(NK_HC_XIRQ_POST, xirq, vm, 0, 0);
}

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();
	u32 n = IAR_ID(iar) - first;

	(void)r;
	if (IAR_ID(iar) == SPURIOUS)
		return;
	if (n < NK_XIRQ_NR) {
		__atomic_add_fetch(&got[n], 1, __ATOMIC_ACQ_REL);
		__atomic_add_fetch(&got_on[this_cpu()->index], 1, __ATOMIC_ACQ_REL);
	} else {
		__atomic_add_fetch(&strange, 1, __ATOMIC_RELAXED);
	}
	gic_eoi(iar);
}

/* Until *p is not was any more; false after ten seconds. */
static bool changes(u32 *p, u32 was)
{
	u64 end = counter() + 10 * counter_hz();

	while (__atomic_load_n(p, __ATOMIC_ACQUIRE) == was)
		if (counter() > end)
			return false;
		else
			cpu_relax();
	return true;
}

static void listen(u32 xirq, u32 cpu)
{
	u32 id = first + xirq - NK_XIRQ_FIRST;

	gic_set_edge(id, true);
	gic_set_prio(id, 0x80);
	gic_set_target(id, cpu);
	gic_bit(GICD_ISENABLER, id);
}

static void oneself(void)
{
	u32 *n = &got[0];

	listen(NK_XIRQ_SYSCONF, 0);
	is(post(NK_XIRQ_SYSCONF, me), 0, "posted to oneself");
	ok(changes(n, 0), "and taken");
	irq_disable();
	for (u32 i = 0; i < 100; i++)
		post(NK_XIRQ_SYSCONF, me);
	irq_enable();
	delay_us(100);
	is(*n, 2, "posted 100 times, taken once");
	gic_bit(GICD_ICENABLER, first);
	post(NK_XIRQ_SYSCONF, me);
	delay_us(100);
	is(*n, 2, "masked, it waits");
	ok(gic_test(GICD_ISPENDR, first), "and is pending");
	gic_bit(GICD_ISENABLER, first);
	ok(changes(n, 2), "unmasked, it comes");
	gic_bit(GICD_ICENABLER, first);
	post(NK_XIRQ_SYSCONF, me);
	gic_bit(GICD_ICPENDR, first);
	gic_bit(GICD_ISENABLER, first);
	delay_us(100);
	is(*n, 3, "cleared while it waits, it does not");
	is(post(NK_XIRQ_FIRST + NK_XIRQ_NR - 1, me), FAILED, "one that nobody was given");
	is(post(NK_XIRQ_LIMIT, me), FAILED, "one beyond all");
	is(post(40, me), FAILED, "an INTID");
	for (u32 vm = 0; vm < 40; vm++)
		if (vm != me && !(call(NK_HC_RUNNING_IDS, 0, 0, 0, 0) >> vm & 1))
			strange += post(NK_XIRQ_SYSCONF, vm) != FAILED;
	is(strange, 0, "VMs that do not exist");
}

static u32 stop, up;

static void other_cpu(void *arg)
{
	(void)arg;
	gic_cpu_init();
	irq_enable();
	__atomic_add_fetch(&up, 1, __ATOMIC_RELEASE);
	while (!READ_ONCE(stop))
		cpu_relax();
	irq_disable();
}

/* Each CPU in turn; what it posts to another one comes there only. */
static void affinity(void)
{
	u32 wrong = 0;

	for (u32 cpu = 1; cpu < nr_cpus; cpu++)
		cpu_start(cpu, other_cpu, NULL);
	while (__atomic_load_n(&up, __ATOMIC_ACQUIRE) < nr_cpus - 1)
		cpu_relax();
	for (u32 i = 0; i < rounds; i++) {
		u32 cpu = i % nr_cpus, before = got_on[cpu];

		gic_set_target(first, cpu);
		post(NK_XIRQ_SYSCONF, me);
		wrong += !changes(&got_on[cpu], before);
	}
	is(wrong, 0, "%u of them to %u CPUs, each where it was sent", rounds, nr_cpus);
	WRITE_ONCE(stop, 1);
	for (u32 cpu = 1; cpu < nr_cpus; cpu++)
		cpu_wait_off(cpu);
	gic_set_target(first, 0);
}

/* In the pdev chunk of the link: each end writes its own half. */
struct half {
	u32 sent, seen, taken, done, pad[12];
};

static bool pass(struct half *mine, struct half *other, u64 to, u64 xirq, u32 i)
{
	WRITE_ONCE(mine->sent, i);
	if (post(xirq, to))
		return false;
	return changes(&other->taken, i - 1) && READ_ONCE(other->taken) == i;
}

/* What the other end sent is behind each interrupt: the last one is seen whatever was merged. */
static void serve(const struct half *other, struct half *mine)
{
	u32 sent = __atomic_load_n(&other->sent, __ATOMIC_ACQUIRE);

	__atomic_store_n(&mine->seen, sent, __ATOMIC_RELEASE);
}

static struct half *halves;
static u32 my_half;

static void on_linked(struct regs *r)
{
	on_irq(r);
	halves[my_half].taken++;
	serve(&halves[!my_half], &halves[my_half]);
}

static void linked(const NkDevVlink *l)
{
	u64 link = (u64)l, to = l->s_id == me ? l->c_id : l->s_id;
	NkXIrq mine, theirs;
	u32 lost = 0, refused = 0;

	my_half = l->s_id != me;
	halves = (struct half *)call(NK_HC_PDEV_ALLOC, link, LABEL, 2 * sizeof(*halves), 0);
	mine = (NkXIrq)call(NK_HC_PXIRQ_ALLOC, link, my_half, me, NB);
	theirs = (NkXIrq)call(NK_HC_PXIRQ_ALLOC, link, !my_half, to, NB);
	ok(halves && mine && theirs, "a chunk, and cross interrupts both ways");
	is(call(NK_HC_PXIRQ_ALLOC, link, my_half, me, NB), mine, "the same ones again");
	is(call(NK_HC_PXIRQ_ALLOC, link, my_half, me, NB + 1), 0, "but no more of them");
	irq_handler = on_linked;
	listen(mine, 0);
	/* The other end may not have come that far: what is posted to it until then is lost. */
	WRITE_ONCE(halves[my_half].done, 1);
	ok(changes(&halves[!my_half].done, 0), "the other end is there");
	/* Both at once; each post is taken before the next, once. */
	for (u32 i = 1; i <= rounds; i++)
		lost += !pass(&halves[my_half], &halves[!my_half], to, theirs, i);
	is(lost, 0, "%u both ways at once: each taken once", rounds);
	/* A storm: as often as one can. The last one must be seen. */
	for (u32 i = 1; i <= rounds; i++) {
		__atomic_store_n(&halves[my_half].sent, rounds + i, __ATOMIC_RELEASE);
		refused += post(theirs, to) != 0;
	}
	is(refused, 0, "a storm of %u", rounds);
	while (READ_ONCE(halves[!my_half].seen) != 2 * rounds)
		if (!changes(&halves[!my_half].seen, READ_ONCE(halves[!my_half].seen)))
			break;
	is(halves[!my_half].seen, 2 * rounds, "whose last one was seen");
	__atomic_store_n(&halves[my_half].done, 2, __ATOMIC_RELEASE);
	ok(changes(&halves[!my_half].done, 1), "the other end is content as well");
	ok(got[mine - NK_XIRQ_FIRST] > rounds && got[mine - NK_XIRQ_FIRST] <= 2 * rounds,
	   "taken %u times, of %u", got[mine - NK_XIRQ_FIRST], 2 * rounds);
}

void guest_main(void)
{
	u64 link;

	if (!under_nk()) {
		skip("nk is not here", "cross interrupts");
		tap_done();
		return;
	}
	rounds = (u32)arg_u64("rounds", 50);
	mmu_on();
	gic_init();
	me = call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
	first = (u32)call(NK_HC_XIRQ_PTOV, NK_XIRQ_SYSCONF, 0, 0, 0);
	irq_handler = on_irq;
	irq_enable();
	oneself();
	affinity();
	link = call(NK_HC_VLINK_LOOKUP, (u64) "xirq", 0, 0, 0);
	if (link)
		linked((const NkDevVlink *)link);
	is(strange, 0, "no other interrupt");
	tap_done();
}
