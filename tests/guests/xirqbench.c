// SPDX-License-Identifier: Apache-2.0
/*
 * Two of these play ping-pong with a cross interrupt: the VM with the lower id serves. Arguments:
 * peer=ID, asleep (both wait in WFI), grants (the first one grants pages to the other, and takes them back). Prints "bench NAME VALUE UNIT" as bench.c does; the exits
 * are counted by tests/bench/exits.c between the marks.
 */
#include "nk/grant.h"
#include "nk/xirq.h"
#include "rt/gic.h"
#include "rt/nkcall.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define N 1024
#define WARM 16
#define QUIET_US 100 /* many round trips */

/* xirqbench-asm.S */
extern char bench_vectors[];
u64 bench_post(u64 fid, u64 xirq, u64 vm);
void on_interrupt(void);

static u64 me, peer;
static bool asleep;
static u32 got;

static void post(void)
{
	bench_post(NK_HC_FID(NK_HC_XIRQ_POST), NK_XIRQ_SYSCONF, peer);
}

void on_interrupt(void)
{
	u32 iar = gic_ack();

	if (IAR_ID(iar) == PPI_VTIMER) {
		vtimer.set_ctl(0);
	} else {
		WRITE_ONCE(got, got + 1);
		if (me > peer)
			post();
	}
	gic_eoi(iar);
}

static void rest(void)
{
	if (!asleep) {
		cpu_relax();
		return;
	}
	irq_disable();
	wfi();
	irq_enable();
}

/* Whether there are more than before within that time. */
static bool within(u64 us, u32 before)
{
	u64 end = counter() + us * counter_hz() / 1000000;

	while (counter() < end)
		cpu_relax();
	return READ_ONCE(got) != before;
}

static void round_trips(u32 n)
{
	for (u32 i = 0; i < n; i++) {
		u32 before = READ_ONCE(got);

		post();
		while (READ_ONCE(got) == before)
			rest();
	}
}

static void ping(void)
{
	u64 t;

	do
		post();
	while (!within(QUIET_US, 0));
	while (within(QUIET_US, READ_ONCE(got)))
		; /* answers to what was posted before the other one listened */
	round_trips(WARM);
	t = counter();
	__asm__ volatile("hint #100" ::: "memory");
	round_trips(N);
	__asm__ volatile("hint #101" ::: "memory");
	t = counter() - t;
	printf("bench xirq_round_trip%s %lu.0 instructions\n", asleep ? "_asleep" : "",
	       t * (1000000000 / counter_hz()) / N);
	printf("bench done\n");
}

/* Serves until nobody has asked for a while. */
static void pong(void)
{
	u32 before;
	u64 end;

	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	do {
		before = READ_ONCE(got);
		end = counter() + counter_hz() / 200;
		vtimer.set_cval(end);
		vtimer.set_ctl(TIMER_ENABLE);
		while (counter() < end)
			rest();
	} while (!before || READ_ONCE(got) != before);
}

static void report(const char *name, u64 t, u32 n)
{
	printf("bench %s %lu.0 instructions\n", name, t * (1000000000 / counter_hz()) / n);
}

/* n pages a call. The addresses stay in the list between the two calls. */
static void grant_pages(const char *grant, const char *revoke, u64 link, u32 n)
{
	static u64 list[NK_GRANT_BATCH];
	u64 t, given = 0, taken = 0;

	for (u32 i = 0; i < WARM + N / n; i++) {
		if (i == WARM)
			given = taken = 0;
		for (u32 p = 0; p < n; p++)
			list[p] = ALIGN_DOWN(image_end(), MIB(1)) + MIB(1) + p * 4096;
		t = counter();
		nk_call(NK_HC_GRANT, link, (u64)list, n, NK_GRANT_WRITE);
		given += counter() - t;
		t = counter();
		nk_call(NK_HC_REVOKE, link, (u64)list, n, 0);
		taken += counter() - t;
	}
	report(grant, given, N);
	report(revoke, taken, N);
}

static void grants(void)
{
	u64 link = nk_call(NK_HC_VLINK_LOOKUP, 0, 0, 0, 0);

	grant_pages("grant_page", "revoke_page", link, 1);
	grant_pages("grant_page_of_32", "revoke_page_of_32", link, 32);
	printf("bench done\n");
}

void guest_main(void)
{
	u32 intid;

	me = nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
	peer = arg_u64("peer", 0);
	asleep = arg_flag("asleep");
	intid = (u32)nk_call(NK_HC_XIRQ_PTOV, NK_XIRQ_SYSCONF, 0, 0, 0);
	gic_init();
	gic_set_edge(intid, true);
	gic_set_target(intid, 0);
	gic_bit(GICD_ISENABLER, intid);
	write_sysreg(vbar_el1, bench_vectors);
	irq_enable();
	if (arg_flag("grants")) {
		if (me < peer)
			grants();
		return;
	}
	if (me < peer)
		ping();
	else
		pong();
	irq_disable();
}
