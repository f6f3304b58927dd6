// SPDX-License-Identifier: Apache-2.0
/*
 * Two VMs, 2 and 3, with these properties: t.2 and t.3 (4 bytes: only the VM of that number sets
 * it, and the other one is told), t.private (VM 2's alone), t.page (4096 bytes, everybody's); and
 * with a hypevent link each that tells which property has changed.
 * VM 2 may also steer VM 3, which comes here three times: from the start; started again by VM 2;
 * started again by itself. Each time it says how long that took.
 */
#include "nk/svec.h"
#include "nk/vlink.h"
#include "nk/xirq.h"
#include "prop/prop.h"
#include "rt/gic.h"

#define SECONDS 30
#define TURNS 200
#define PAGES 300
#define VALUE_HELLO 500 /* of t.3: VM 3 is there, and listens */
#define VALUE_TURNED 0x400 /* a bit of t.2: the last turn was seen */
#define VALUE_PAGES (VALUE_TURNED | 0x800) /* of t.2 and t.3: done with t.page */
#define VALUE_AGAIN 2000

static u32 sysconf_intid, sysconfs, me;
static const char *my_value, *other_value;
static u64 link;
static NkHypevent *events;
static u64 page[NK_PROP_SIZE_LIMIT / 8];

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (IAR_ID(iar) == sysconf_intid)
		WRITE_ONCE(sysconfs, sysconfs + 1);
	gic_eoi(iar);
}

static void listen(void)
{
	gic_init();
	sysconf_intid = (u32)nk_call(NK_HC_XIRQ_PTOV, NK_XIRQ_SYSCONF, 0, 0, 0);
	irq_handler = on_irq;
	gic_set_edge(sysconf_intid, true);
	gic_set_target(sysconf_intid, 0);
	gic_bit(GICD_ISENABLER, sysconf_intid);
	irq_enable();
}

static bool late(u64 since)
{
	return read_sysreg(cntvct_el0) - since > SECONDS * counter_hz();
}

/* Waits for one more interrupt than there were. */
static bool wait_told(u32 before)
{
	u64 since = read_sysreg(cntvct_el0);

	while (READ_ONCE(sysconfs) == before)
		if (late(since))
			return false;
	return true;
}

/* Waits until some bits of a number are so; nothing but an interrupt makes it look again. */
static bool wait_for(const char *name, u32 mask, u32 value)
{
	for (;;) {
		u32 before = READ_ONCE(sysconfs);

		if ((prop_u32(name) & mask) == value)
			return true;
		if (!wait_told(before))
			return false;
	}
}

static void say(u32 value)
{
	while (prop_set(my_value, &value, sizeof(value)) == NK_PROP_BUSY)
		;
}

static void test_permissions(void)
{
	u32 value = me;
	s64 want = me == 2 ? 4 : NK_PROP_PERMISSION;

	is(prop_set("t.private", &value, 4), want, "t.private: set");
	is(prop_get("t.private", &value, 4), want, "t.private: get");
	is(prop_set(other_value, &value, 4), NK_PROP_PERMISSION, "set the other one's value");
	if (me == 3)
		is(prop_set("nk.vm.2.state.running", "0", 1), NK_PROP_PERMISSION, "stop VM 2");
	is(prop_set(vm_prop(me ^ 1, ".bootcomplete"), &value, 4), NK_PROP_PERMISSION,
	   "set the other one's bootcomplete");
}

static u32 pid_of(const char *name)
{
	static char found[NK_PROP_NAME_LIMIT];
	NkPropAttr attr;
	u32 pid = 0;

	while (prop_enum(pid, found, sizeof(found), &attr) >= 0 && strcmp(found, name))
		pid++;
	return pid;
}

/* Takes an event, which is there before its interrupt, but not before the value. */
static bool wait_event(u32 event)
{
	nku64_f *word = &events->pending[event / 64];
	u32 before;

	do {
		before = READ_ONCE(sysconfs);
		if (__atomic_exchange_n(word, 0, __ATOMIC_ACQUIRE) >> event % 64 & 1)
			return true;
	} while (wait_told(before));
	return false;
}

/* The page of info strings, in front of a link's descriptor, can be read, not written. */
static void test_read_only(void)
{
	NkPropAttr attr;
	void *info;

	link = nk_call(NK_HC_VLINK_LOOKUP, (u64)NK_HYPEVENT_NAME, 0, 0, 0);
	info = (void *)(link - NK_VLINK_INFO_BYTES);
	events = (void *)nk_call(NK_HC_PDEV_ALLOC, link, NK_HYPEVENT_PDEV_ID, sizeof(*events), 0);
	ok(link && events, "there is a hypevent link");
	is(prop_set("t.private", info, 4), me == 2 ? 4 : NK_PROP_PERMISSION,
	   "set from a read-only page");
	is(prop_get("nk.version.api", info, 7), NK_PROP_ERROR, "get to a read-only page");
	is(prop_get("nk.cpus.online", info, 4), NK_PROP_ERROR, "get a number to a read-only page");
	is(prop_get("nk.version.api", (u8 *)link - 3, 7), NK_PROP_ERROR, "get to its end");
	is(prop_enum(0, info, 8, &attr), NK_PROP_ERROR, "enum to a read-only page: the name");
	is(prop_enum(0, (char *)page, 8, info), NK_PROP_ERROR, "the attributes");
	is(prop_get("nk.version.api", &events->pending[ARRAY_SIZE(events->pending) - 1], 7), 7,
	   "get to the link's own page");
}

/*
 * Each one answers what the other one said, and only hears of it by the interrupt. Who answers before
 * the interrupt has come could have it together with the next one, so it waits for it.
 */
static void test_turns(void)
{
	u32 turn, before = 0, good = 0, seen = 0, told = 0, event = pid_of(other_value);

	for (turn = 1; turn <= TURNS; turn++) {
		if (me == 2)
			say(turn);
		good += wait_for(other_value, ~0u, turn);
		seen += wait_event(event);
		told += wait_told(before);
		before = READ_ONCE(sysconfs);
		if (me == 3)
			say(turn);
	}
	/* VM 2's CPU may rest just now: what VM 3 says next would hide its last turn. */
	if (me == 2)
		say(VALUE_TURNED);
	else
		wait_for(other_value, VALUE_TURNED, VALUE_TURNED);
	is(good, TURNS, "each change was told, and its value was there");
	is(seen, TURNS, "and its event");
	is(told, TURNS, "and its interrupt");
	note("%u interrupts for %u changes", sysconfs, TURNS);
}

static u32 torn, busy, untold;

static void count_busy(s64 ret, u32 before)
{
	if (ret != NK_PROP_BUSY)
		return;
	busy++;
	untold += !wait_told(before);
}

static void test_pages(void)
{
	u32 round, i, before;
	s64 ret;

	for (round = 1; round <= PAGES; round++) {
		for (i = 0; i < ARRAY_SIZE(page); i++)
			page[i] = (u64)me << 32 | round;
		for (i = 0; i < 16; i++) {
			before = READ_ONCE(sysconfs);
			count_busy(prop_set("t.page", page, sizeof(page)), before);
		}
		before = READ_ONCE(sysconfs);
		ret = prop_get("t.page", page, sizeof(page));
		count_busy(ret, before);
		for (i = 1; ret > 0 && i < ARRAY_SIZE(page); i++)
			torn += page[i] != page[0];
	}
	note("busy: %u", busy);
	is(torn, 0, "values of a page are seen whole");
	is(untold, 0, "whoever was turned away was told");
	say(VALUE_PAGES);
	ok(wait_for(other_value, ~0u, VALUE_PAGES), "the other one is done as well");
}

static u64 boot_us(void)
{
	u64 us = 0;

	return prop_get("nk.vm.3.boot-us", &us, sizeof(us)) == sizeof(us) ? us : 0;
}

static void test_life(void)
{
	const char *running = "nk.vm.3.state.running";
	u64 us = boot_us();
	u32 starts;

	ok(wait_for("nk.vm.3.bootcomplete", ~0u, 1), "VM 3's bootcomplete is told");
	starts = prop_u32(running) >> 1;
	is(prop_set(running, "0", 1), 1, "stop VM 3");
	ok(wait_for(running, 1, 0), "it has stopped");
	is(prop_get("nk.vm.3.bootcomplete", page, 4), 0, "its bootcomplete is not set any more");
	is(prop_u32(other_value), VALUE_PAGES, "its value is still there");
	is(prop_u32(running) >> 1, starts, "starts are counted, not stops");
	is(prop_set(running, "0", 1), 1, "stop it again, which does nothing");
	is(prop_set(running, "1", 1), 1, "start VM 3");
	ok(wait_for(running, ~0u, (starts + 1) << 1 | 1), "it has started");
	ok(wait_for(other_value, ~0u, VALUE_AGAIN), "and has started itself again");
	ok(wait_for("nk.vm.3.bootcomplete", ~0u, 1), "and is up");
	ok(us && boot_us() && boot_us() != us, "its time to start is the last one's");
	is(prop_u32(running), (starts + 2) << 1 | 1, "each start is counted");
	prop_set(running, "0", 2);
	ok(wait_for(running, 1, 0), "it has stopped for good");
}

/* VM 3 when VM 2, and then itself, has started it again. */
static void live_again(u32 value)
{
	u32 one = 1;

	if (value == VALUE_PAGES) {
		say(VALUE_AGAIN);
		prop_set("nk.vm.3.state.running", &one, 4);
	}
	if (value == VALUE_AGAIN)
		prop_set("nk.vm.3.bootcomplete", &one, 4);
	for (;;)
		wfi();
}

void pair(void)
{
	u32 one = 1, value;

	me = my_id();
	my_value = me == 2 ? "t.2" : "t.3";
	other_value = me == 2 ? "t.3" : "t.2";
	listen();
	value = prop_u32(my_value);
	if (me == 3)
		note("boot-us %lu", boot_us());
	if (me == 3 && (value == VALUE_PAGES || value == VALUE_AGAIN))
		live_again(value);
	if (me == 3)
		say(VALUE_HELLO);
	else
		ok(wait_for(other_value, ~0u, VALUE_HELLO), "VM 3 is there");
	test_permissions();
	test_read_only();
	test_turns();
	test_pages();
	if (me == 2) {
		test_life();
		return;
	}
	tap_done();
	prop_set("nk.vm.3.bootcomplete", &one, 4);
	for (;;)
		wfi();
}
