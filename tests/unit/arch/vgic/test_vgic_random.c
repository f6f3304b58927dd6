// SPDX-License-Identifier: Apache-2.0
/*
 * The vGIC against a model of a few lines, in random steps on all CPUs: lines, edges, SGIs, enable,
 * pending, active, priority, target, unload and load. What an acknowledge returns must be one of
 * the best that the model has; state reads must agree. Arguments: seed, steps.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "vgic_rig.h"

#define DEPTH 32
#define SGI_LAST 7
#define NONE 0x100

static struct {
	bool enabled, latch, line, edge, active, hw;
	u32 prio, target, owner;
	u32 sources; /* GICv2: SGIs */
	bool again; /* an SGI found the last one pending: it may have been one more */
} model[CPUS][INTIDS]; /* SPIs in [0] */

static struct {
	u32 iar[DEPTH];
	u32 depth;
	u32 dropped[DEPTH]; /* with EOImode 1: ended, still active */
	u32 nr_dropped;
} cpu[CPUS];

static u32 version, nr, taken;
static u64 seed, step;
static bool split; /* EOImode 1 */
static bool off; /* the distributor */

static u32 chance(u32 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (u32)(seed >> 33) % n;
}

#define M(c, id) model[(id) < 32 ? (c) : 0][id]

static bool pending(u32 c, u32 id)
{
	if (id < 16 && version == 2)
		return M(c, id).sources;
	return M(c, id).latch || (M(c, id).line && !M(c, id).edge);
}

static u32 target(u32 c, u32 id)
{
	return id < 32 ? c : M(c, id).target;
}

static bool ready(u32 c, u32 id)
{
	return !off && M(c, id).enabled && pending(c, id) && !M(c, id).active && target(c, id) == c;
}

static u32 best(u32 c)
{
	u32 p = NONE;

	for (u32 id = 0; id < INTIDS; id++)
		if (ready(c, id))
			p = MIN(p, M(c, id).prio);
	if (cpu[c].depth && p >= M(c, cpu[c].iar[cpu[c].depth - 1] & 0x3ff).prio)
		return NONE;
	return p < 0xf8 ? p : NONE;
}

static void fail(const char *what, u32 c, u32 id)
{
	fflush(stdout);
	fprintf(stderr, "GICv%u, %u list registers, step %lu: %s: CPU %u, interrupt %u\n", version,
		gic_hw.nr_lrs, (unsigned long)step, what, c, id);
	abort();
}

/* The vGIC cannot tell whether an SGI came before or after the last one was taken: see vgic_post(). */
static void learn(u32 c, u32 id)
{
	M(c, id).again = false;
	if (version == 2)
		M(c, id).sources |= (u32)rd(c, GICD + SPENDSGIR + id, 1);
	else
		M(c, id).latch = get_bit(c, ISPENDR, id);
}

static void acknowledge(u32 c)
{
	u32 want = best(c);
	u32 iar, id;

	if (cpu[c].depth + cpu[c].nr_dropped == DEPTH)
		return;
	iar = ack(c);
	id = iar & 0x3ff;
	if (want == NONE) {
		if (id != SPURIOUS)
			fail("acknowledged, but none is due", c, id);
		return;
	}
	if (id >= INTIDS || !ready(c, id) || M(c, id).prio != want)
		fail("acknowledged another one than the best", c, id);
	if (id < 16 && version == 2) {
		if (!(M(c, id).sources >> (iar >> 10) & 1))
			fail("SGI of a CPU that sent none", c, iar);
		M(c, id).sources &= ~(1U << (iar >> 10));
	}
	M(c, id).latch = false;
	if (M(c, id).again)
		learn(c, id);
	M(c, id).active = true;
	M(c, id).owner = c;
	cpu[c].iar[cpu[c].depth++] = iar;
	taken++;
}

/* A physical line that is still up pends at once, once it ended. */
static void end(u32 c)
{
	u32 iar;

	if (!cpu[c].depth)
		return;
	iar = cpu[c].iar[--cpu[c].depth];
	if (split)
		cpu[c].dropped[cpu[c].nr_dropped++] = iar;
	else
		M(c, iar & 0x3ff).active = false;
	eoi(c, iar);
}

/* In any order. */
static void deactivate(u32 c)
{
	u32 k, iar;

	if (!cpu[c].nr_dropped)
		return;
	k = chance(cpu[c].nr_dropped);
	iar = cpu[c].dropped[k];
	cpu[c].dropped[k] = cpu[c].dropped[--cpu[c].nr_dropped];
	M(c, iar & 0x3ff).active = false;
	dir(c, iar);
}

static u32 any_id(void)
{
	u32 r = chance(SGI_LAST + 1 + 24);

	/* SGIs, PPIs 16..19, the UART-like SPIs 60..79: two banks */
	return r <= SGI_LAST ? r : r < SGI_LAST + 5 ? r - SGI_LAST - 1 + 16 : r - SGI_LAST - 5 + 60;
}

static bool among(const u32 *iar, u32 n, u32 id)
{
	while (n--)
		if ((iar[n] & 0x3ff) == id)
			return true;
	return false;
}

/* Taken, and not yet ended. */
static bool in_service(u32 id, u32 c)
{
	for (u32 i = 0; i < nr; i++)
		if ((id >= 32 || i == c) && (among(cpu[i].iar, cpu[i].depth, id) ||
					     among(cpu[i].dropped, cpu[i].nr_dropped, id)))
			return true;
	return false;
}

/* `by` does something to an interrupt that is private to c, or shared. */
static void disturb(u32 c, u32 by, u32 id)
{
	bool v2_sgi = id < 16 && version == 2;

	if (id < 32 && version == 2)
		by = c; /* banked */
	switch (chance(9)) {
	case 0:
		if (v2_sgi)
			break;
		set_bit_from(by, c, ISPENDR, id);
		M(c, id).latch = true;
		break;
	case 1:
		if (v2_sgi)
			break;
		set_bit_from(by, c, ICPENDR, id);
		M(c, id).latch = false;
		break;
	case 2:
		set_bit_from(by, c, ISENABLER, id);
		M(c, id).enabled = true;
		break;
	case 3:
		if (v2_sgi || chance(3))
			break;
		set_bit_from(by, c, ICENABLER, id);
		M(c, id).enabled = false;
		break;
	case 4:
		if (M(c, id).active) /* the running priority stays what it was when taken */
			break;
		M(c, id).prio = chance(30) * 8;
		set_prio(id < 32 ? c : by, id, M(c, id).prio);
		break;
	case 5:
		if (id < 32)
			break;
		M(c, id).target = chance(nr);
		set_target(by, id, M(c, id).target);
		break;
	case 6:
		if (in_service(id, c) || chance(4))
			break;
		set_bit_from(by, c, ISACTIVER, id);
		M(c, id).active = true;
		break;
	case 7:
		if (in_service(id, c))
			break;
		set_bit_from(by, c, ICACTIVER, id);
		M(c, id).active = false;
		break;
	default:
		if (id < 16 || pending(c, id) || M(c, id).active || M(c, id).line)
			break;
		M(c, id).edge = chance(2);
		set_edge(id < 32 ? c : by, id, M(c, id).edge);
	}
}

static void device(u32 c, u32 by, u32 id)
{
	bool up = chance(2);

	if (id < 16) {
		u32 to = chance(1U << nr);

		send_sgi(by, id, to);
		for (u32 i = 0; i < nr; i++) {
			if (!(to >> i & 1))
				continue;
			M(i, id).again |= pending(i, id);
			M(i, id).latch = true;
			M(i, id).sources |= 1U << by;
		}
		return;
	}
	if (id < 32)
		by = c;
	if (up && !M(c, id).line && M(c, id).edge)
		M(c, id).latch = true;
	M(c, id).line = up;
	level(by, id, up);
}

static void compare(u32 c, u32 id)
{
	if (get_bit(c, ISPENDR, id) != pending(c, id))
		fail("pending", c, id);
	if (get_bit(c, ISACTIVER, id) != M(c, id).active)
		fail("active", c, id);
	if (get_bit(c, ISENABLER, id) != M(c, id).enabled)
		fail("enabled", c, id);
}

/* A CPU goes away and comes back, as a scheduler would have it. */
static void away(u32 c)
{
	bool off = chance(2);

	if (off)
		unload(c);
	else
		suspend(c);
	for (u32 i = 0; i < 3; i++) {
		u32 by = (c + 1 + chance(nr - 1)) % nr;

		device(c, by, 60 + chance(20));
		disturb(c, by, 60 + chance(20));
	}
	if (off)
		load(c);
	else
		resume(c);
}

static void one_step(void)
{
	u32 c = chance(nr);
	u32 busy = (u32)(step / 100 % 3); /* fill, nest, drain */

	switch (chance(16)) {
	case 0 ... 4:
		if (busy != 2)
			device(c, chance(nr), any_id());
		break;
	case 5 ... 7:
		disturb(c, chance(nr), any_id());
		break;
	case 8 ... 10:
		acknowledge(c);
		break;
	case 11 ... 13:
		if (busy != 1)
			end(c);
		break;
	case 14:
		if (busy != 1)
			deactivate(c);
		if (off || !chance(20)) {
			off = !off;
			wr(c, GICD + CTLR, 4, off ? 0 : 3);
		}
		break;
	default:
		if (nr > 1 && !chance(8))
			away(c);
	}
}

static void start(u32 v, u32 lrs)
{
	version = v;
	nr = CPUS;
	off = false;
	machine(v, nr, lrs);
	for (u32 c = 0; c < nr; c++) {
		cpu[c].depth = cpu[c].nr_dropped = 0;
		set_vmcr(c, split ? VMCR_EOIM : 0, 0);
		for (u32 id = 0; id < INTIDS; id++) {
			if (c && id >= 32)
				break;
			M(c, id).enabled = id < 16 && v == 2;
			M(c, id).latch = M(c, id).line = M(c, id).active = M(c, id).again = false;
			M(c, id).edge = id < 16;
			M(c, id).target = 0;
			M(c, id).sources = 0;
			M(c, id).prio = 0;
			if (id == PPI_HW || id == SPI_HW)
				continue;
			set_bit(c, ISENABLER, id);
			M(c, id).enabled = true;
		}
	}
}

/* In the end everything that is due comes, once, and nothing else. */
static void drain(void)
{
	off = false;
	wr(0, GICD + CTLR, 4, 3);
	for (u32 c = 0; c < nr; c++) {
		for (u32 n = 0; cpu[c].depth || cpu[c].nr_dropped || best(c) != NONE; n++) {
			u32 id = cpu[c].depth ? cpu[c].iar[cpu[c].depth - 1] & 0x3ff : 0;

			if (n > 1000)
				fail("does not end", c, 0);
			/* A line that is up comes for ever: the handler lets it down. */
			if (cpu[c].depth && id >= 16 && M(c, id).line) {
				M(c, id).line = false;
				level(c, id, false);
			}
			if (best(c) != NONE && cpu[c].depth + cpu[c].nr_dropped < DEPTH)
				acknowledge(c);
			else if (cpu[c].depth)
				end(c);
			else
				deactivate(c);
		}
		acknowledge(c);
	}
}

/* The best one that is due pends in a list register, whatever else waits. */
static void none_waits(u32 c)
{
	u32 want = best(c);

	if (want != NONE && best_in_lrs(c) != want)
		fail("the best one is not in a list register", c, want);
}

static void run(u32 v, u32 lrs, u64 steps)
{
	start(v, lrs);
	taken = 0;
	for (step = 0; step < steps; step++) {
		one_step();
		for (u32 c = 0; c < nr; c++)
			none_waits(c);
		if (step % 8 == 0)
			compare(chance(nr), any_id());
	}
	drain();
	for (u32 c = 0; c < nr; c++)
		for (u32 id = 0; id < INTIDS; id++)
			if (id != PPI_HW && id != SPI_HW)
				compare(c, id);
	printf("GICv%u, %2u list registers, EOImode %u: %lu steps, %u taken, %u maintenance "
	       "interrupts\n",
	       v, lrs, split, (unsigned long)steps, taken, maintenance_calls);
}

int main(int argc, char **argv)
{
	static const u32 lrs[] = {1, 2, 4, 16};
	u64 first = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	u64 steps = argc > 2 ? strtoul(argv[2], NULL, 0) : 20000;

	for (u32 i = 0; i < ARRAY_SIZE(lrs); i++) {
		for (u32 v = 2; v <= 3; v++) {
			for (u32 mode = 0; mode < 2; mode++) {
				split = mode;
				seed = first * 0x9e3779b97f4a7c15 + i * 4 + v * 2 + mode;
				run(v, lrs[i], steps);
			}
		}
	}
	return 0;
}
