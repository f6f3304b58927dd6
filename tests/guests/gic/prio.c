// SPDX-License-Identifier: Apache-2.0
/* Priority order, with more pending than any list register holds; the mask; nesting. */
#include "gic/gictest.h"

#define MANY (SPI_COUNT + 16)

static u32 intid_of(u32 i)
{
	return i < 16 ? i : SPI_FIRST + i - 16;
}

static u8 prio_of(u32 i, u32 way)
{
	u32 p = way == 0 ? i : way == 1 ? MANY - 1 - i : i * 29 % MANY;

	return (u8)(p * 5) & 0xf0; /* 0..0xe0 */
}

static void order(u32 way)
{
	static const char *const name[] = {"rising", "falling", "mixed"};
	u32 i, seen = 0, wrong = 0, twice = 0;
	u8 got[MANY] = {0};
	u8 last = 0;

	for (i = 0; i < MANY; i++)
		arm(intid_of(i), prio_of(i, way));
	for (i = 0; i < MANY; i++)
		pend(intid_of(i));
	for (i = 0; i < MANY + 10; i++) {
		u32 iar = gic_ack();
		u32 id = IAR_ID(iar);
		u32 k = id < 16 ? id : id - SPI_FIRST + 16;

		if (id == SPURIOUS)
			break;
		if (k >= MANY || prio_of(k, way) < last || gic_rpr() != prio_of(k, way))
			wrong++;
		if (k < MANY) {
			twice += got[k]++ != 0;
			last = prio_of(k, way);
		}
		seen++;
		gic_eoi(iar);
	}
	is(seen, MANY, "%d pending, priorities %s: all come", MANY, name[way]);
	is(wrong, 0, "%s: in their order", name[way]);
	is(twice, 0, "%s: each once", name[way]);
	quiet();
}

/* New ones arrive while the list is worked off: as many come as were pended. */
static void trickle(void)
{
	u32 i, iar, served = 0, pended = 8;

	for (i = 0; i < SPI_COUNT; i++)
		arm(SPI_FIRST + i, (u8)(0xe0 - (i & 7) * 0x10));
	for (i = 0; i < 8; i++)
		pend(SPI_FIRST + i);
	for (iar = gic_ack(); IAR_ID(iar) != SPURIOUS && served < 1000; iar = gic_ack()) {
		u32 next = SPI_FIRST + (u32)(random_u64() % SPI_COUNT);

		served++;
		if (served < 300 && !gic_test(GICD_ISPENDR, next)) {
			pend(next);
			pended++;
		}
		gic_eoi(iar);
	}
	is(served, pended, "arriving while others are served: all come, each once");
}

static void mask(void)
{
	arm(SPI_A, 0x80);
	pend(SPI_A);
	gic_set_pmr(0x80);
	ok(nothing(), "PMR 0x80 holds priority 0x80 back");
	gic_set_pmr(0x90);
	ok(takes_and_ends(SPI_A), "PMR 0x90 lets it through");
	gic_set_pmr(0);
	arm(SPI_B, 0);
	pend(SPI_B);
	ok(nothing(), "PMR 0 holds everything back");
	gic_set_pmr(0xff);
	ok(takes_and_ends(SPI_B), "PMR 0xff lets everything through");
}

/* Priority may change while pending. */
static void change(void)
{
	arm(SPI_A, 0x80);
	arm(SPI_B, 0x90);
	pend(SPI_A);
	pend(SPI_B);
	gic_set_prio(SPI_B, 0x40);
	ok(takes_and_ends(SPI_B) && takes_and_ends(SPI_A),
	   "a priority raised while pending counts");
}

void test_priorities(void)
{
	order(0);
	order(1);
	order(2);
	trickle();
	quiet();
	mask();
	change();
}

static void preempt(void)
{
	u32 a, b;

	arm(SPI_A, 0xa0);
	arm(SPI_B, 0x80);
	arm(SPI_C, 0xc0);
	pend(SPI_A);
	takes(SPI_A, &a);
	pend(SPI_C);
	ok(nothing(), "a lower priority waits");
	pend(SPI_B);
	ok(takes(SPI_B, &b), "a higher one preempts");
	is(gic_rpr(), 0x80, "RPR is the higher one");
	gic_eoi(b);
	is(gic_rpr(), 0xa0, "RPR is back");
	ok(nothing(), "the lower one still waits");
	gic_eoi(a);
	ok(takes_and_ends(SPI_C), "and comes in the end");
}

static void binary_point(void)
{
	u32 a, b;

	gic_set_bpr(6);
	arm(SPI_A, 0xa0);
	arm(SPI_B, 0x80);
	arm(SPI_C, 0x20);
	pend(SPI_A);
	takes(SPI_A, &a);
	pend(SPI_B);
	ok(nothing(), "BPR 6: 0x80 does not preempt 0xa0");
	pend(SPI_C);
	ok(takes(SPI_C, &b), "BPR 6: 0x20 does");
	gic_eoi(b);
	gic_eoi(a);
	ok(takes_and_ends(SPI_B), "0x80 comes after the EOI");
	gic_set_bpr(0);
}

/* More active at once than any list register holds. */
static void deep(void)
{
	u32 iar[14], i, bad = 0;

	for (i = 0; i < 14; i++)
		arm(SPI_FIRST + i, (u8)(0xe0 - i * 0x10));
	for (i = 0; i < 14; i++) {
		pend(SPI_FIRST + i);
		bad += !takes(SPI_FIRST + i, &iar[i]);
	}
	is(bad, 0, "14 interrupts, each preempting the last");
	bad = 0;
	for (i = 0; i < 14; i++)
		bad += !gic_test(GICD_ISACTIVER, SPI_FIRST + i);
	is(bad, 0, "all 14 are active");
	bad = 0;
	for (i = 14; i-- > 0;) {
		bad += gic_rpr() != 0xe0 - i * 0x10;
		gic_eoi(iar[i]);
		bad += gic_test(GICD_ISACTIVER, SPI_FIRST + i);
	}
	is(bad, 0, "ended one by one, RPR with them");
	ok(nothing(), "nothing left");
	for (i = 0; i < 14; i++) {
		pend(SPI_FIRST + i);
		bad += !takes_and_ends(SPI_FIRST + i);
	}
	is(bad, 0, "each can come again");
}

/* Deep, with each one pending again before its end, and lower ones waiting. */
static void deep_pending(void)
{
	u32 iar[8], i, bad = 0;

	for (i = 0; i < 8; i++) {
		arm(SPI_FIRST + i, (u8)(0xe0 - i * 0x10));
		arm(SPI_FIRST + 16 + i, 0xf0);
		pend(SPI_FIRST + 16 + i);
	}
	for (i = 0; i < 8; i++) {
		pend(SPI_FIRST + i);
		bad += !takes(SPI_FIRST + i, &iar[i]);
		pend(SPI_FIRST + i);
	}
	for (i = 8; i-- > 0;) {
		gic_eoi(iar[i]);
		bad += !takes_and_ends(SPI_FIRST + i);
	}
	is(bad, 0, "8 active and pending, each comes again before the lower ones");
	for (i = 0, bad = 0; i < 8; i++) {
		u32 a = gic_ack();

		bad += IAR_ID(a) < SPI_FIRST + 16 || IAR_ID(a) >= SPI_FIRST + 24;
		gic_eoi(a);
	}
	is(bad, 0, "then the 8 that waited");
	ok(nothing(), "and no more");
}

void test_nesting(void)
{
	preempt();
	quiet();
	binary_point();
	quiet();
	deep();
	quiet();
	deep_pending();
}
