// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: whatever hypercalls VMs make, with whatever arguments, and whatever they do to each
 * other's lives meanwhile, nk goes on, and a VM that takes no part notices nothing.
 * Each vCPU makes hypercalls by chance, touches its vGIC, and comes and goes, until the property
 * fuzz.quiet is set; fuzz.beat.N counts that VM N is alive. With `referee` in the bootargs it is the
 * VM nobody can steer: it lets the others (mask `others`) go on for `rounds` rounds, stops and starts
 * them meanwhile, and looks in the end whether each can still be started, paused and stopped. With
 * `pend` it is one whose first vCPU does nothing but to take interrupts from the second one again:
 * the referee finds out in how long that pauses (`pauses` times).
 * More arguments: seed=N.
 */
#include "hcfuzz/hcfuzz.h"
#include "nk/balloon.h"
#include "nk/grant.h"
#include "nk/xirq.h"
#include "prop/prop.h"
#include "rt/dt.h"
#include "rt/gic.h"
#include "rt/psci.h"
#include "rt/rt.h"

#define SAND 0x10000
#define NAMES 16
#define XIRQS 32
#define STEPS 400 /* of a second vCPU between its coming and its going */

static u8 sand[SAND] __aligned(4096);
static char names[NAMES][64] __aligned(4096);
static u64 links[32];
static u32 nr_links, me, first_intid, beats;
static u64 window;
u32 others;

u32 below(u32 n)
{
	return (u32)((random_u64() >> 16) % n);
}

/* Anything but the RAM that holds the program. */
static u64 elsewhere(u64 n)
{
	return n - ram_base() < ram_size() ? 0 : n;
}

static u64 address(void)
{
	u64 r = random_u64() >> 8;

	switch (below(12)) {
	case 0:
		return r;
	case 1:
		return elsewhere(r % (1UL << 40));
	case 2:
		return uart_base + r % 0x1000;
	case 3:
		return ram_base() + ram_size() - r % 16;
	case 4:
		return nr_links ? links[below(nr_links)] + r % 64 : 0;
	case 5:
		return window + r % 0x1000000;
	case 6:
		return 0UL - r % 64;
	default:
		return (u64)sand + r % (SAND - 0x4000);
	}
}

static u64 number(void)
{
	static const u64 odd[] = {0,	      1,	  2,	       4,      8,      16,
				  63,	      64,	  0x1000,      0x2000, 0x3001, 0x7fffffff,
				  0x80000000, 0xffffffff, 0x100000000, ~0UL};

	return below(4) ? odd[below(ARRAY_SIZE(odd))] : elsewhere(random_u64() >> below(64));
}

static u64 name(void)
{
	return below(8) ? (u64)names[below(NAMES)] : address();
}

static u64 link(void)
{
	return nr_links && below(8) ? links[below(nr_links)] : address();
}

/* A list for a call: own pages that others may scribble on; granted ones are there from the last call. */
static u64 page_list(void)
{
	u64 *list = (u64 *)(sand + SAND / 4);

	for (u32 n = below(8); n--;)
		list[below(NK_GRANT_BATCH)] = (u64)sand + below(SAND / 4096) * 4096;
	return (u64)list;
}

/* A page of a peer's, which may be gone at any moment. */
static u64 granted(void)
{
	return nk_call(NK_HC_GRANT_NEXT, link(), NK_GRANT_PEERS, 0, 0);
}

static void touch_granted(void)
{
	u64 page = granted(), value;

	if (page & NK_GRANT_WRITE)
		probe_write(page & ~4095UL, 8, random_u64());
	else if (page)
		probe_read(page, 8, &value);
}

static u32 call_number(void)
{
	switch (below(8)) {
	case 0:
		return (u32)random_u64();
	case 1:
		return NK_HC_VM_MEM_VERIFY + below(3);
	case 2: /* not NK_HC_CRASH, which would be the end */
		return NK_HC_CRASH_NOTE + below(NK_HC_LOG_INFO - NK_HC_CRASH_NOTE + 1);
	default:
		return below(NK_HC_GRANT_NEXT + 1);
	}
}

static void call(void)
{
	u32 nr = call_number();
	u64 a[4] = {below(2) ? number() : address(), below(2) ? number() : address(),
		    below(2) ? number() : address(), below(2) ? number() : address()};

	switch (nr) {
	case NK_HC_CON_WRITE:
		a[0] = below(2) ? number() : (u64)sand + SAND; /* few would read what it says */
		a[1] = 0;
		break;
	case NK_HC_CON_HIST_READ:
		a[0] = address() & ~7UL;
		break;
	case NK_HC_VLINK_LOOKUP:
		a[0] = below(2) ? 0 : name();
		a[1] = below(2) ? 0 : link();
		break;
	case NK_HC_PDEV_ALLOC:
	case NK_HC_PMEM_ALLOC:
	case NK_HC_PXIRQ_ALLOC:
		a[0] = link();
		a[1] = below(70);
		a[2] = nr == NK_HC_PXIRQ_ALLOC ? below(7) : number();
		a[3] = below(4);
		break;
	case NK_HC_XIRQ_POST:
		a[0] = NK_XIRQ_FIRST + below(64);
		a[1] = below(33);
		break;
	case NK_HC_SYSCONF_CTL:
	case NK_HC_SYSCONF_POST:
		a[0] = link();
		a[1] = below(3);
		break;
	case NK_HC_PROP_SET:
		a[0] = name();
		a[1] = address();
		a[2] = number();
		break;
	case NK_HC_PROP_GET:
		a[0] = name();
		a[1] = address();
		break;
	case NK_HC_PROP_ENUM:
		a[0] = below(300);
		break;
	case NK_HC_GRANT:
	case NK_HC_REVOKE:
		a[0] = link();
		a[1] = page_list();
		a[2] = below(70);
		a[3] = below(3);
		break;
	case NK_HC_VM_MEM_VERIFY:
	case NK_HC_VM_MEM_VERIFY_AND_LOCK:
	case NK_HC_VM_MEM_UNLOCK:
		a[0] = link();
		a[1] = granted();
		a[2] = below(2) ? 4096 : number();
		a[3] = below(3);
		break;
	case NK_HC_LOG_WRITE:
	case NK_HC_LOG_READ:
		a[0] = below(3);
		a[1] = below(2) ? address() & ~7UL : (u64)sand + below(SAND);
		a[2] = below(2) ? a[2] : below(1100);
		break;
	case NK_HC_BALLOON_CTRL:
		a[0] = below(7);
		a[1] = (u64)sand + SAND / 2; /* what one call gets another one gives back */
		a[2] = below(300);
		break;
	}
	nk_call(nr, a[0], a[1], a[2], a[3]);
}

/* One VM's state; most of the time it goes on. */
void steer(void)
{
	char state[40] = "nk.vm.N.state.";
	u32 vm = below(8), on = below(4) > 0, pause = below(4) > 0;

	if (!(others >> vm & 1))
		return;
	state[6] = (char)('0' + vm);
	memcpy(state + 14, pause ? "paused" : "running", 8);
	on = pause ? below(2) : on;
	prop_set(state, &on, sizeof(on));
}

static void touch_gic(void)
{
	static const u16 regs[] = {GICD_ISENABLER, GICD_ICENABLER, GICD_ISPENDR, GICD_ICPENDR};
	u32 intid = first_intid + below(XIRQS);

	if (below(2))
		gic_bit(regs[below(ARRAY_SIZE(regs))], intid);
	else if (below(2))
		gic_test(GICD_ISPENDR, intid);
	else
		gic_set_target(intid, below(nr_cpus));
}

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (IAR_ID(iar) != SPURIOUS)
		gic_eoi(iar);
}

u32 get(const char *of)
{
	u32 value = 0;

	while (prop_get(of, &value, sizeof(value)) == NK_PROP_BUSY)
		cpu_relax();
	return READ_ONCE(value);
}

const char *numbered(char *text, u32 vm)
{
	while (*text != 'N')
		text++;
	*text = (char)('0' + vm);
	return text;
}

static void step(void)
{
	u32 which = below(64);

	if (which == 0)
		steer();
	else if (which < 8)
		touch_gic();
	else if (which < 12)
		touch_granted();
	else
		call();
}

static void second(void *arg)
{
	(void)arg;
	gic_cpu_init();
	asm volatile("msr daifclr, #2");
	for (u32 i = 0; i < STEPS && !get("fuzz.quiet"); i++)
		step();
	asm volatile("msr daifset, #2");
}

static void fill_names(void)
{
	static const char *const fixed[] = {
		"nk.vlm-dtb",		"fuzz.a",   "fuzz.b", "nk.history",
		"nk.monitoring.enable", "nk.focus", "",	      "nk.cpus.online"};

	for (u32 i = 0; i < NAMES; i++) {
		char text[] = "nk.vm.N.";
		static const char *const ends[] = {"bootcomplete", "vplatform-dtb", "vcpus.online",
						   "state.running"};
		u32 vm = 2 + i % 4;

		if (i < ARRAY_SIZE(fixed)) {
			memcpy(names[i], fixed[i], strlen(fixed[i]) + 1);
			continue;
		}
		numbered(text, vm);
		memcpy(names[i], text, 8);
		memcpy(names[i] + 8, ends[i / 4 % 4], strlen(ends[i / 4 % 4]) + 1);
	}
}

static void find_things(void)
{
	u32 i;
	u64 size;

	for (i = 0; i < ARRAY_SIZE(links); i++) {
		links[i] = nk_call(NK_HC_VLINK_LOOKUP, 0, i ? links[i - 1] : 0, 0, 0);
		if (!links[i])
			break;
	}
	nr_links = i;
	dt_reg(dt_compatible("nk,hypervisor"), 0, &window, &size);
	first_intid = (u32)nk_call(NK_HC_XIRQ_PTOV, NK_XIRQ_FIRST, 0, 0, 0);
}

static void beat(void)
{
	char text[] = "fuzz.beat.N";

	numbered(text, me);
	beats++;
	prop_set(text, &beats, sizeof(beats));
}

static void player(void)
{
	find_things();
	fill_names();
	gic_init();
	irq_handler = on_irq;
	for (u32 i = 0; i < XIRQS; i++) {
		gic_set_edge(first_intid + i, true);
		gic_set_target(first_intid + i, i % nr_cpus);
		gic_bit(GICD_ISENABLER, first_intid + i);
	}
	asm volatile("msr daifclr, #2");
	for (u32 i = 0;; i++) {
		if (i % 64 == 0) {
			beat();
			if (nr_cpus > 1)
				cpu_start(1, second, NULL);
		}
		if (!get("fuzz.quiet"))
			step();
	}
}

static void idle(void *arg)
{
	(void)arg;
	gic_cpu_init();
	gic_set_pmr(0); /* what comes stays in a list register */
	cpus_meet(2);
	for (;;)
		cpu_relax();
}

/* Each clear asks the other CPU, and waits until that one has looked. */
static void pend(void)
{
	first_intid = (u32)nk_call(NK_HC_XIRQ_PTOV, NK_XIRQ_FIRST, 0, 0, 0);
	gic_init();
	gic_set_edge(first_intid, true);
	gic_set_target(first_intid, 1);
	gic_bit(GICD_ISENABLER, first_intid);
	cpu_start(1, idle, NULL);
	cpus_meet(2);
	for (u32 i = 0;; i++) {
		gic_bit(GICD_ISPENDR, first_intid);
		gic_bit(GICD_ICPENDR, first_intid);
		if (i % 64 == 0)
			beat();
	}
}

void guest_main(void)
{
	me = (u32)nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
	others = (u32)arg_u64("others", 0);
	random_seed(arg_u64("seed", 1) + me);
	mmu_on();
	if (arg_flag("referee"))
		referee();
	else if (arg_flag("pend"))
		pend();
	else
		player();
}
