// SPDX-License-Identifier: Apache-2.0
/*
 * VM 3 steers VM 2, which runs the rest of this program, by the properties of VM 2's states, and
 * looks at what it says of itself.
 */
#include "life/life.h"
#include "nk/xirq.h"
#include "prop/prop.h"
#include "rt/gic.h"
#include "rt/rt.h"

#define RUNNING "nk.vm.2.state.running"
#define PAUSED "nk.vm.2.state.paused"
#define ONLINE "nk.vm.2.vcpus.online"
static u32 turns, sysconfs, sysconf_intid;

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (IAR_ID(iar) == SPURIOUS)
		return;
	if (IAR_ID(iar) == sysconf_intid)
		sysconfs++;
	gic_eoi(iar);
}

static s64 set(const char *name, u32 value)
{
	return prop_set(name, &value, sizeof(value));
}

/* A number that is there whole: whoever is just written is asked again. */
static u32 get(const char *name)
{
	u64 end = counter() + counter_hz();
	u32 value = ~0u;

	while (prop_get(name, &value, sizeof(value)) != sizeof(value) && counter() < end)
		cpu_relax();
	return READ_ONCE(value);
}

/* Waits until all of mask reads as want; at most 30 s. */
static bool wait_for(const char *name, u32 mask, u32 want)
{
	u64 end = counter() + 30 * counter_hz();

	while ((get(name) & mask) != want)
		if (counter() > end)
			return false;
	return true;
}

static struct life_report look(void)
{
	struct life_report r = {0};
	u64 end = counter() + counter_hz();

	while (prop_get(LIFE_REPORT, &r, sizeof(r)) != sizeof(r) && counter() < end)
		cpu_relax();
	return r;
}

/* Whether VM 2 is well: all that it counts grows, and nothing was wrong. */
static bool alive(void)
{
	u64 end = counter() + 30 * counter_hz();
	struct life_report a, b;

	/* What is left of an earlier life is older than this. */
	set(LIFE_COMMAND, LIFE_RESET);
	if (!wait_for(LIFE_COMMAND, ~0u, LIFE_NONE))
		return false;
	a = look();
	do {
		b = look();
		if (counter() > end) {
			note("ticks %u %u, ipis %u %u, cycles %u %u", a.ticks, b.ticks, a.ipis,
			     b.ipis, a.cycles, b.cycles);
			return false;
		}
	} while (b.ticks <= a.ticks + 2 || b.ipis <= a.ipis + 2 || b.cycles <= a.cycles + 2);
	return !b.wrong;
}

/* Whether VM 2 got one more NK_XIRQ_SYSCONF than that; at most 10 s. */
static bool told_since(u32 before)
{
	u64 end = counter() + 10 * counter_hz();

	while (look().sysconfs == before)
		if (counter() > end)
			return false;
	return true;
}

static void test_pause(void)
{
	struct life_report before, during, after;
	s64 frozen;

	before = look();
	is(set(PAUSED, 1), 4, "suspend");
	ok(wait_for(PAUSED, ~0u, 1), "state.paused becomes 1");
	is(get(RUNNING), 3, "state.running stays 1");
	is(set(PAUSED, 1), 4, "suspend again has no effect");
	is(set(RUNNING, 1), 4, "start neither");
	during = look();
	delay_us(1000000);
	set(LIFE_COMMAND, LIFE_RESET); /* which VM 2 is told by NK_XIRQ_SYSCONF */
	after = look();
	ok(!memcmp(&during, &after, sizeof(during)), "nothing happens meanwhile");
	is(get(PAUSED), 1, "it is still paused");
	is(set(PAUSED, 0), 4, "resume");
	ok(wait_for(PAUSED, ~0u, 2), "state.paused counts the way back");
	ok(wait_for(LIFE_COMMAND, ~0u, LIFE_NONE), "VM 2 goes on");
	ok(told_since(during.sysconfs), "it gets the interrupt that came meanwhile");
	is(set(PAUSED, 0), 4, "resume again has no effect");
	ok(alive(), "all goes on");
	after = look();
	frozen = (s64)(after.behind - before.behind);
	ok(frozen >= (s64)counter_hz(), "its time stood still");
	ok((s64)after.gap < frozen, "and it saw nothing of that");
	ok(READ_ONCE(sysconfs) > 0, "NK_XIRQ_SYSCONF came");
}

static void test_many(void)
{
	u32 i, bad = 0, count = get(PAUSED) >> 1;

	for (i = 1; i <= turns && !bad; i++) {
		set(PAUSED, 1);
		bad += !wait_for(PAUSED, ~0u, (count + i - 1) << 1 | 1);
		set(PAUSED, 0);
		bad += !wait_for(PAUSED, ~0u, (count + i) << 1);
	}
	is(bad, 0, "%u times suspended and resumed", turns);
	ok(alive(), "all goes on");
	for (i = 0; i < turns; i++) {
		set(PAUSED, 1);
		set(PAUSED, 0);
	}
	ok(wait_for(PAUSED, 1, 0), "the same without waiting");
	ok(alive(), "all goes on");
}

static void test_by_itself(void)
{
	u32 count = get(PAUSED) >> 1;

	set(LIFE_COMMAND, LIFE_SUSPEND);
	ok(wait_for(PAUSED, ~0u, count << 1 | 1), "it suspends itself");
	set(PAUSED, 0);
	ok(wait_for(LIFE_COMMAND, ~0u, LIFE_NONE), "and goes on behind that");
	ok(alive(), "all goes on");
	set(LIFE_COMMAND, LIFE_RESTART);
	ok(wait_for(RUNNING, ~0u, 5), "it restarts itself");
	ok(alive(), "all goes on");
}

static void test_stop(void)
{
	u32 i, bad = 0;

	set(PAUSED, 1);
	ok(wait_for(PAUSED, 1, 1), "paused once more");
	is(set(RUNNING, 0), 4, "stop");
	ok(wait_for(RUNNING, ~0u, 4), "state.running becomes 0");
	is(get(PAUSED) & 1, 0, "it is not paused any more");
	is(get(ONLINE), 0, "no vCPU is online");
	is(nk_call(NK_HC_RUNNING_IDS, 0, 0, 0, 0), BIT(3), "VM 3 runs alone");
	is(set(RUNNING, 0), 4, "stop again has no effect");
	is(set(PAUSED, 1), 4, "suspend neither");
	is(get(PAUSED) & 1, 0, "it is not paused");
	is(set(RUNNING, 1), 4, "start");
	ok(wait_for(RUNNING, ~0u, 7), "state.running is 1 again, and counts");
	ok(alive(), "all goes on");
	for (i = 4; i < 10 && !bad; i++) {
		if (i & 1) {
			set(PAUSED, 1);
			bad += !wait_for(PAUSED, 1, 1);
		}
		set(RUNNING, 0);
		set(RUNNING, 1);
		bad += !wait_for(RUNNING, ~0u, i << 1 | 1);
		bad += get(PAUSED) & 1;
	}
	is(bad, 0, "0, then 1, is a restart, paused or not");
	ok(alive(), "all goes on");
	for (; i < 16 && !bad; i++) {
		set(RUNNING, i & 1 ? NK_RUNNING_RESTART : NK_RUNNING_STOP);
		set(RUNNING, NK_RUNNING_RESTART);
		bad += !wait_for(RUNNING, ~0u, i << 1 | 1);
	}
	is(bad, 0, "2 is a restart, of a VM that stops as well");
	ok(alive(), "all goes on");
	set(RUNNING, NK_RUNNING_STOP);
	ok(wait_for(RUNNING, 1, 0), "stopped");
	/* The second of two restarts is one of its own if this VM was held up between them. */
	i = (u32)(get(RUNNING) >> 1) + 1;
	is(set(RUNNING, NK_RUNNING_RESTART), 4, "2 for a VM that is stopped");
	ok(wait_for(RUNNING, ~0u, i << 1 | 1), "starts it");
	ok(alive(), "all goes on");
	set(LIFE_COMMAND, LIFE_STOP);
	ok(wait_for(RUNNING, 1, 0), "it stops itself");
}

void life_control(void)
{
	turns = (u32)arg_u64("turns", 30);
	gic_init();
	irq_handler = on_irq;
	sysconf_intid = (u32)nk_call(NK_HC_XIRQ_PTOV, NK_XIRQ_SYSCONF, 0, 0, 0);
	gic_set_edge(sysconf_intid, true);
	gic_bit(GICD_ISENABLER, sysconf_intid);
	irq_enable();
	ok(alive(), "VM 2 lives");
	is(get(ONLINE) & 7, 7, "its vCPUs are online");
	test_pause();
	test_many();
	test_by_itself();
	test_stop();
	tap_done();
}
