// SPDX-License-Identifier: GPL-2.0-only
/* Cross interrupts: all posted to ourselves, by labels of the link. */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include "test.h"

#define OWN_ID 0
#define PEER_ID 1
#define NR 2
#define TURNS 300
#define TURN_US 100

/* What a handler did, and what it is told to do. */
struct probe {
	atomic_t calls;
	NkXIrq xirq;
	int cpu;
	bool in_irq;
	NkXIrqId id;
	void (*act)(struct probe *p);
	bool inside, leave; /* hold() */
	struct hrtimer timer;
	int result;
};

static NkXIrq first;

static void probe_handler(void *cookie, NkXIrq xirq)
{
	struct probe *p = cookie;

	p->xirq = xirq;
	p->cpu = smp_processor_id();
	p->in_irq = in_hardirq();
	if (p->act)
		p->act(p);
	atomic_inc(&p->calls);
}

static int calls(struct probe *p)
{
	return atomic_read(&p->calls);
}

static void attach(struct probe *p, NkXIrq xirq, void (*act)(struct probe *p))
{
	*p = (struct probe){.act = act};
	p->id = nkops.nk_xirq_attach(xirq, probe_handler, p);
}

static void detach(struct probe *p)
{
	nkops.nk_xirq_detach(p->id);
}

static void post(NkXIrq xirq)
{
	nkops.nk_xirq_trigger(xirq, test_self);
}

static bool called(struct probe *p, int n)
{
	return wait_until(calls(p) >= n) && calls(p) == n;
}

static void test_alloc(void)
{
	NkXIrq theirs;

	first = nkops.nk_pxirq_alloc(test_link, OWN_ID, test_self, NR);
	theirs = nkops.nk_pxirq_alloc(test_link, PEER_ID, test_peer, 1);
	ok(first > NK_XIRQ_SYSCONF && first + NR <= NK_XIRQ_LIMIT, "nk_pxirq_alloc: %u", first);
	ok(theirs > NK_XIRQ_SYSCONF, "nk_pxirq_alloc: %u of the peer", theirs);
	ok(nkops.nk_pxirq_alloc(test_link, OWN_ID, test_self, NR) == first,
	   "nk_pxirq_alloc: the same again");
	ok(!nkops.nk_pxirq_alloc(test_link, OWN_ID, test_self, NR + 1),
	   "nk_pxirq_alloc: the same label with another number fails");
	ok(!nkops.nk_pxirq_alloc(test_link, 9, test_self, 0) &&
		   !nkops.nk_pxirq_alloc(test_link, 9, test_self, -1) &&
		   !nkops.nk_pxirq_alloc(test_link, 9, 31, 1),
	   "nk_pxirq_alloc: none, less, of no end");
	nkops.nk_xirq_trigger(theirs, test_peer); /* nobody there waits for it */
	nkops.nk_xirq_trigger(first, 31);
	nkops.nk_xirq_trigger(~0u, test_self);
}

static void test_attach(void)
{
	struct probe a, b, other;
	NkXIrqId id;

	ok(!nkops.nk_xirq_attach(5, probe_handler, &a) &&
		   !nkops.nk_xirq_attach(NK_XIRQ_LIMIT, probe_handler, &a) &&
		   !nkops.nk_xirq_attach(first, NULL, &a),
	   "nk_xirq_attach: no such, no handler");
	ok(!nkops.nk_xirq_attach(NK_XIRQ_LIMIT - 1, probe_handler, &a) &&
		   !nkops.nk_xirq_attach_named(first + NR, probe_handler, &a, "none"),
	   "nk_xirq_attach: what nobody has allocated");
	attach(&a, first, NULL);
	attach(&b, first, NULL);
	attach(&other, first + 1, NULL);
	ok(a.id && b.id && other.id && a.id != b.id, "nk_xirq_attach: two on one, one on another");
	post(first);
	ok(called(&a, 1) && called(&b, 1) && !calls(&other), "nk_xirq_trigger: both are called");
	ok(a.xirq == first && a.in_irq, "the handler's arguments and context");
	detach(&a);
	post(first);
	ok(called(&b, 2) && calls(&a) == 1, "nk_xirq_detach: only one is called");
	detach(&b);
	post(first + 1);
	ok(called(&other, 1), "nk_xirq_trigger: the other one");
	detach(&other);
	id = nkops.nk_xirq_attach_named(first, probe_handler, &a, "nkops-test-name");
	ok(id && !nkops.nk_xirq_attach_named(first, probe_handler, &a, NULL),
	   "nk_xirq_attach_named");
	nkops.nk_xirq_detach(id);
	nkops.nk_xirq_detach(id);
	nkops.nk_xirq_detach(0);
	ok(true, "nk_xirq_detach: twice, none");
}

static void test_mask(void)
{
	struct probe p;

	attach(&p, first, NULL);
	nkops.nk_xirq_mask(first);
	post(first);
	post(first);
	post(first);
	msleep(SETTLE_MS);
	ok(!calls(&p), "nk_xirq_mask: not called");
	nkops.nk_xirq_unmask(first);
	ok(called(&p, 1), "nk_xirq_unmask: called at once");
	msleep(SETTLE_MS);
	ok(calls(&p) == 1, "nk_xirq_trigger: thrice is once: %d", calls(&p));
	nkops.nk_xirq_mask_nosync(first);
	nkops.nk_xirq_mask(first);
	nkops.nk_xirq_unmask(first);
	post(first);
	msleep(SETTLE_MS);
	ok(calls(&p) == 1, "nk_xirq_mask: twice masked, once unmasked");
	nkops.nk_xirq_unmask(first);
	ok(called(&p, 2), "nk_xirq_unmask: twice");
	nkops.nk_xirq_unmask(first);
	post(first);
	ok(called(&p, 3), "nk_xirq_unmask: what is not masked");
	detach(&p);
}

static void test_mask_early(void)
{
	struct probe p;

	nkops.nk_xirq_mask(first);
	attach(&p, first, NULL);
	post(first);
	msleep(SETTLE_MS);
	ok(!calls(&p), "nk_xirq_mask: before attaching");
	nkops.nk_xirq_unmask(first);
	ok(called(&p, 1), "nk_xirq_unmask: behind attaching");
	detach(&p);
}

static void mask_itself(struct probe *p)
{
	nkops.nk_xirq_mask_nosync(p->xirq);
	nkops.nk_xirq_mask(p->xirq);
	nkops.nk_xirq_trigger(p->xirq, test_self);
}

static void use_ops(struct probe *p)
{
	char version[16];

	p->result = nkops.nk_prop_get("nk.version.api", version, sizeof(version));
	nkops.nk_xirq_trigger(first + 1, test_self);
}

static void detach_itself(struct probe *p)
{
	nkops.nk_xirq_detach(p->id);
}

static void test_inside(void)
{
	struct probe p, other;

	attach(&p, first, mask_itself);
	post(first);
	ok(called(&p, 1), "nk_xirq_mask, nk_xirq_mask_nosync: in the handler");
	msleep(SETTLE_MS);
	ok(calls(&p) == 1, "nk_xirq_trigger: in the handler, masked");
	p.act = NULL;
	nkops.nk_xirq_unmask(first);
	nkops.nk_xirq_unmask(first);
	ok(called(&p, 2), "nk_xirq_unmask: pending since the handler");
	detach(&p);

	attach(&other, first + 1, NULL);
	attach(&p, first, use_ops);
	post(first);
	ok(called(&p, 1) && p.result > 0, "nk_prop_get: in the handler");
	ok(called(&other, 1), "nk_xirq_trigger: another one, in the handler");
	detach(&p);
	attach(&p, first, detach_itself);
	post(first);
	ok(called(&p, 1), "nk_xirq_detach: in the handler itself");
	post(first);
	msleep(SETTLE_MS);
	ok(calls(&p) == 1, "nk_xirq_detach: not called again");
	detach(&other);
}

static void hold(struct probe *p)
{
	smp_store_release(&p->inside, true); /* then everything before can be seen: test_wait() */
	while (!smp_load_acquire(&p->leave)) /* pairs with test_wait() */
		cpu_relax();
}

static enum hrtimer_restart release(struct hrtimer *timer)
{
	struct probe *p = container_of(timer, struct probe, timer);

	p->result = 1;
	smp_store_release(&p->leave, true); /* the result is there before: hold() */
	return HRTIMER_NORESTART;
}

/* Takes what was posted while nobody was attached. */
static void drain(void)
{
	struct probe p;

	attach(&p, first, NULL);
	msleep(SETTLE_MS);
	detach(&p);
}

/*
 * The handler is held on the last CPU. Who waits for it may spin, and then no thread runs on its CPU,
 * ksoftirqd neither: only an interrupt can help.
 */
static void test_wait(void (*wait)(struct probe *p), const char *text)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct probe p;

	if (!cpu)
		return;
	drain();
	nkops.nk_xirq_affinity(first, BIT(cpu)); /* or it would stop who waits */
	attach(&p, first, hold);
	hrtimer_init_on_stack(&p.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	p.timer.function = release;
	post(first);
	if (!wait_until(smp_load_acquire(&p.inside))) { /* pairs with hold() */
		ok(false, "%s: the handler does not begin", text);
	} else {
		hrtimer_start(&p.timer, ms_to_ktime(SETTLE_MS), HRTIMER_MODE_REL_PINNED_HARD);
		wait(&p);
		ok(p.result && calls(&p) == 1, "%s: waits for the running handler", text);
	}
	WRITE_ONCE(p.leave, true);
	detach(&p);
	hrtimer_cancel(&p.timer);
	destroy_hrtimer_on_stack(&p.timer);
}

static void wait_by_mask(struct probe *p)
{
	nkops.nk_xirq_mask(first);
}

static void test_affinity(void)
{
	struct probe p;
	unsigned int cpu;
	bool good = true;

	attach(&p, first, NULL);
	for_each_online_cpu(cpu) {
		int n = calls(&p);

		nkops.nk_xirq_affinity(first, BIT(cpu));
		post(first);
		good &= called(&p, n + 1) && p.cpu == cpu;
	}
	ok(good, "nk_xirq_affinity: called on each CPU");
	nkops.nk_xirq_affinity(first, 0);
	nkops.nk_xirq_affinity(first, ~0u);
	nkops.nk_xirq_affinity(~0u, 1);
	post(first);
	ok(wait_until(calls(&p) == num_online_cpus() + 1), "nk_xirq_affinity: all, none, no such");
	detach(&p);
}

/* The CPU that has the interrupt may take it while this one has yet to finish unmasking. */
static void test_once(void)
{
	int n = 0;
	struct probe p;

	nkops.nk_xirq_affinity(first, BIT(cpumask_last(cpu_online_mask)));
	attach(&p, first, NULL);
	for (int i = 1; i <= TURNS; i++) {
		nkops.nk_xirq_mask(first);
		post(first);
		udelay(TURN_US);
		post(first);
		nkops.nk_xirq_unmask(first);
		wait_until(calls(&p) > n);
		udelay(TURN_US);
		n = calls(&p);
	}
	ok(n == TURNS, "nk_xirq_trigger: once for each unmasking: %d of %d", n, TURNS);
	detach(&p);
}

/* Nobody is attached when it is posted, and the affinity is from before, too. */
static void test_early(void)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct probe p;

	drain();
	nkops.nk_xirq_affinity(first, BIT(cpu));
	post(first);
	attach(&p, first, NULL);
	ok(called(&p, 1) && p.cpu == cpu, "nk_xirq_trigger: before attaching");
	detach(&p);
}

static void test_own_sysconf(void)
{
	struct probe p;

	attach(&p, NK_XIRQ_SYSCONF, NULL);
	post(NK_XIRQ_SYSCONF);
	ok(wait_until(calls(&p)), "NK_XIRQ_SYSCONF: to oneself");
	detach(&p);
}

void test_xirqs(void)
{
	test_alloc();
	if (!first)
		return;
	test_attach();
	test_mask();
	test_mask_early();
	test_inside();
	set_cpus_allowed_ptr(current, cpumask_of(0));
	test_wait(detach, "nk_xirq_detach");
	test_wait(wait_by_mask, "nk_xirq_mask");
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	test_affinity();
	test_once();
	test_early();
	test_own_sysconf();
}
