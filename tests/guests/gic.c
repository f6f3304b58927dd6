// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: the vGIC is a GICv2 (IHI 0048B) or a GICv3 (IHI 0069), in each register class and in
 * what it delivers: priorities, preemption, more pending than list registers, levels.
 */
#include "gic/gictest.h"

bool nk;

void quiet(void)
{
	u32 i;

	gic_set_eoimode(false);
	gic_set_pmr(0xff);
	gic_set_bpr(0);
	write32(gic_frame(0) + GICD_ICENABLER, ~0u);
	write32(gic_frame(0) + GICD_ICPENDR, ~0u);
	write32(gic_frame(0) + GICD_ICACTIVER, ~0u);
	for (i = 0; i < 16; i++) {
		gic_set_prio(i, 0xa0);
		if (gic_version == 2)
			write8(gicd + GICD_CPENDSGIR + i, 0xff);
	}
	for (i = SPI_FIRST; i < SPI_FIRST + SPI_COUNT; i++) {
		gic_bit(GICD_ICENABLER, i);
		gic_bit(GICD_ICPENDR, i);
		gic_bit(GICD_ICACTIVER, i);
		gic_set_edge(i, true);
		gic_set_prio(i, 0xa0);
		gic_set_target(i, 0);
	}
}

void arm(u32 intid, u8 prio)
{
	gic_set_prio(intid, prio);
	gic_bit(GICD_ISENABLER, intid);
}

void pend(u32 intid)
{
	if (intid < 16)
		gic_sgi(this_cpu()->index, intid);
	else
		gic_bit(GICD_ISPENDR, intid);
}

bool takes(u32 intid, u32 *iar)
{
	*iar = gic_ack();
	if (IAR_ID(*iar) != intid)
		note("acknowledged %u, not %u", IAR_ID(*iar), intid);
	return IAR_ID(*iar) == intid;
}

bool takes_and_ends(u32 intid)
{
	u32 iar;
	bool good = takes(intid, &iar);

	if (IAR_ID(iar) < 1020)
		gic_eoi(iar);
	return good;
}

bool nothing(void)
{
	u32 iar;

	return takes(SPURIOUS, &iar);
}

u32 prio_mask(void)
{
	u32 m;

	gic_set_prio(SPI_A, 0xff);
	m = gic_get_prio(SPI_A);
	gic_set_prio(SPI_A, 0xa0);
	return m;
}

static struct {
	void (*fn)(void *arg);
	void *arg;
	u32 done;
} remote;

static void remote_loop(void *unused)
{
	(void)unused;
	gic_cpu_init();
	for (;;) {
		void (*fn)(void *) = __atomic_load_n(&remote.fn, __ATOMIC_ACQUIRE);

		if (!fn)
			continue;
		remote.fn = NULL;
		fn(remote.arg);
		__atomic_store_n(&remote.done, 1, __ATOMIC_RELEASE);
	}
}

void on_cpu1_start(void (*fn)(void *), void *arg)
{
	if (!cpus[1].online)
		cpu_start(1, remote_loop, NULL);
	remote.arg = arg;
	remote.done = 0;
	__atomic_store_n(&remote.fn, fn, __ATOMIC_RELEASE);
}

bool on_cpu1_end(void)
{
	u64 end = counter() + 10 * counter_hz();

	while (!__atomic_load_n(&remote.done, __ATOMIC_ACQUIRE)) {
		if (counter() > end)
			return false;
		cpu_relax();
	}
	return true;
}

bool on_cpu1(void (*fn)(void *), void *arg)
{
	on_cpu1_start(fn, arg);
	return on_cpu1_end();
}

static void part(void (*test)(void))
{
	quiet();
	test();
	quiet();
}

void guest_main(void)
{
	nk = under_nk();
	mmu_on();
	gic_init();
	note("GICv%u, %u lines, %u cpus", gic_version, gic_lines(), nr_cpus);
	if (gic_lines() < SPI_FIRST + SPI_COUNT) {
		printf("Bail out! too few lines\n");
		return;
	}
	part(test_identity);
	part(test_registers);
	part(test_delivery);
	part(test_priorities);
	part(test_nesting);
	part(test_eoimode);
	part(test_uart_level);
	part(test_exceptions);
	part(gic_version == 2 ? test_v2 : test_v3);
	if (nr_cpus > 1) {
		part(test_smp);
		part(gic_version == 2 ? test_smp_v2 : test_smp_v3);
	}
	tap_done();
}
