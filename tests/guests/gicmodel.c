// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: the vGIC does what the architecture's state machine does, in any order of events.
 * Random steps (pend, clear, enable, disable, priority, mask, activate, acknowledge, end) on SGIs
 * and SPIs, each compared with a model of a few lines. Arguments: seed=N, steps=N.
 * Source: IHI 0048B 3.2 and 3.3, IHI 0069 4.1 and 4.8.
 */
#include "rt/gic.h"
#include "rt/rt.h"

#define SPI_FIRST 34 /* 33 is the UART's */
#define SPI_LAST 63
#define NR 64
#define DEPTH 40

static struct {
	bool enabled, pending, active;
	u8 prio;
} m[NR];

static u32 stack[DEPTH]; /* acknowledged, not yet ended */
static u32 depth;
static u32 dropped[NR]; /* ended but not deactivated */
static u32 nr_dropped;
static u32 taken, deepest, most_dropped;
static u8 pmr = 0xff;
static u64 step;
static u32 bad;
static bool split; /* EOImode: what is ended stays active until DIR */

static bool tested(u32 id)
{
	return id < 16 || (id >= SPI_FIRST && id <= SPI_LAST);
}

static u32 pick(void)
{
	u32 r = (u32)(random_u64() % (16 + SPI_LAST - SPI_FIRST + 1));

	return r < 16 ? r : r - 16 + SPI_FIRST;
}

static void complain(const char *what, u32 id, u64 got, u64 want)
{
	if (bad++ < 10)
		note("step %lu: %s of %u is 0x%lx, not 0x%lx (depth %u, pmr 0x%x)", step, what, id,
		     got, want, depth, pmr);
}

static u32 running(void)
{
	return depth ? m[stack[depth - 1]].prio : 0x100;
}

/* The best priority that may be signalled now; 0x100: none. */
static u32 best(void)
{
	u32 i, p = 0x100;

	for (i = 0; i < NR; i++) {
		if (tested(i) && m[i].enabled && m[i].pending && !m[i].active)
			p = MIN(p, (u32)m[i].prio);
	}
	return p < running() && p < pmr ? p : 0x100;
}

static void acknowledge(void)
{
	u32 want = best();
	u32 id = IAR_ID(gic_ack());

	if (want == 0x100 || depth == DEPTH) {
		if (want == 0x100 && id != SPURIOUS)
			complain("IAR", 0, id, SPURIOUS);
		return;
	}
	if (id >= NR || !tested(id) || !m[id].enabled || !m[id].pending || m[id].active ||
	    m[id].prio != want) {
		complain("IAR (and its priority)", id, id < NR ? m[id].prio : 0x100, want);
		return;
	}
	m[id].pending = false;
	m[id].active = true;
	stack[depth++] = id;
	taken++;
	deepest = MAX(deepest, depth);
}

static void end(void)
{
	u32 id;

	if (!depth)
		return;
	id = stack[--depth];
	gic_eoi(id);
	if (split) {
		dropped[nr_dropped++] = id;
		most_dropped = MAX(most_dropped, nr_dropped);
	} else {
		m[id].active = false;
	}
}

/* In any order. */
static void deactivate(void)
{
	u32 k, id;

	if (!nr_dropped)
		return;
	k = (u32)(random_u64() % nr_dropped);
	id = dropped[k];
	gic_dir(id);
	m[id].active = false;
	dropped[k] = dropped[--nr_dropped];
}

/* Active because it was acknowledged, not by ISACTIVER. */
static bool in_service(u32 id)
{
	u32 i;

	for (i = 0; i < depth; i++) {
		if (stack[i] == id)
			return true;
	}
	for (i = 0; i < nr_dropped; i++) {
		if (dropped[i] == id)
			return true;
	}
	return false;
}

static void set_pending(u32 id, bool on)
{
	if (gic_version == 2 && id < 16)
		write8(gicd + (on ? GICD_SPENDSGIR : GICD_CPENDSGIR) + id, 1);
	else
		gic_bit(on ? GICD_ISPENDR : GICD_ICPENDR, id);
	dsb();
	m[id].pending = on;
}

/* An SGI's enable bit is not for software on every GICv2. */
static void set_enabled(u32 id, bool on)
{
	if (gic_version == 2 && id < 16)
		return;
	gic_bit(on ? GICD_ISENABLER : GICD_ICENABLER, id);
	m[id].enabled = on;
}

static void set_active(u32 id, bool on)
{
	if (in_service(id))
		return;
	gic_bit(on ? GICD_ISACTIVER : GICD_ICACTIVER, id);
	m[id].active = on;
}

/* What is on its way to the CPU or active keeps its priority, as the architecture allows. */
static void set_prio(u32 id, u8 prio)
{
	if (m[id].active || m[id].pending)
		return;
	gic_set_prio(id, prio);
	m[id].prio = prio;
}

static void compare(void)
{
	u32 id;

	for (id = 0; id < NR; id++) {
		if (!tested(id))
			continue;
		if (gic_test(GICD_ISPENDR, id) != m[id].pending)
			complain("pending", id, !m[id].pending, m[id].pending);
		if (gic_test(GICD_ISACTIVER, id) != m[id].active)
			complain("active", id, !m[id].active, m[id].active);
		if (gic_test(GICD_ISENABLER, id) != m[id].enabled)
			complain("enabled", id, !m[id].enabled, m[id].enabled);
	}
}

static void disturb(u32 id, u64 r)
{
	switch (r % 5) {
	case 0:
		set_pending(id, false);
		break;
	case 1:
		set_enabled(id, r & 0x300);
		break;
	case 2:
		set_prio(id, (u8)(r >> 8) & 0xf0);
		break;
	case 3:
		set_active(id, !(r & 0x700));
		break;
	default:
		pmr = r & 0x300 ? 0xff : (u8)(r >> 16) & 0xf0;
		gic_set_pmr(pmr);
		break;
	}
}

/* In turn for 200 steps: more of everything, no ends (deep nesting), hardly any DIR, many ends. */
static void one_step(void)
{
	u32 phase = (u32)(step / 200 % 4);
	u64 r = random_u64();

	switch (r % 16) {
	case 0 ... 4:
		set_pending(pick(), true);
		break;
	case 5 ... 6:
		disturb(pick(), r >> 8);
		break;
	case 7 ... 10:
		acknowledge();
		break;
	case 11 ... 13:
		if (phase != 1)
			end();
		break;
	default:
		if (phase != 2)
			deactivate();
		if (phase == 3)
			end();
		break;
	}
}

static void start(void)
{
	u32 id;

	gic_init();
	gic_set_eoimode(split);
	memset(m, 0, sizeof(m));
	depth = nr_dropped = taken = deepest = most_dropped = 0;
	pmr = 0xff;
	for (id = 0; id < NR; id++) {
		if (!tested(id))
			continue;
		if (id >= 32)
			gic_set_edge(id, true);
		set_prio(id, (u8)random_u64() & 0xf0);
		m[id].enabled = true;
		gic_bit(GICD_ISENABLER, id);
	}
}

/* Everything left comes, in its order, and then nothing. */
static void finish(void)
{
	u32 i, id;

	pmr = 0xff;
	gic_set_pmr(pmr);
	for (id = 0; id < NR; id++) {
		if (tested(id) && m[id].active && !in_service(id))
			set_active(id, false);
	}
	for (i = 0; i < 1000 && (depth || nr_dropped || best() != 0x100); i++) {
		if (best() != 0x100 && depth < DEPTH)
			acknowledge();
		else if (depth)
			end();
		else
			deactivate();
	}
	if (IAR_ID(gic_ack()) != SPURIOUS)
		complain("last IAR", 0, 0, SPURIOUS);
}

static void run(const char *how, u64 steps)
{
	u64 i;

	bad = 0;
	start();
	for (i = 0; i < steps && bad < 10; i++) {
		step = i;
		one_step();
		if (i % 16 == 0)
			compare();
	}
	finish();
	compare();
	is(bad, 0, "%lu random steps as the model has it, %s", steps, how);
	note("%u taken, %u deep, %u dropped at most", taken, deepest, most_dropped);
}

void guest_main(void)
{
	u64 seed = arg_u64("seed", 1);
	u64 steps = arg_u64("steps", 10000);

	random_seed(seed);
	note("seed %lu", seed);
	run("EOI ends", steps);
	split = true;
	run("EOI and DIR", steps);
	tap_done();
}
