// SPDX-License-Identifier: Apache-2.0
/*
 * Costs in instructions, by QEMU's -icount shift=0: one instruction is 1 ns of virtual time, and
 * the counter ticks each 16 ns. The same program runs bare and under nk. Prints
 * "bench NAME VALUE UNIT"; tests/bench/nk-bench compares.
 */
#include "nk/pl011.h"
#include "nk/xirq.h"
#include "rt/gic.h"
#include "rt/nkcall.h"
#include "rt/psci.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define N 1024
#define SPI 40
#define SGI_SELF 1
#define SGI_PING 2
#define SGI_PONG 3
#define PAGES 1024

/* bench-asm.S */
u64 bench_loop(u64 n, void (*op)(u64 a, u64 b), u64 a, u64 b);
u64 ticks_after(u64 j);
void op_nothing(u64, u64), op_hvc(u64, u64), op_smc(u64, u64), op_call(u64, u64),
	op_read32(u64, u64), op_write32(u64, u64), op_id_aa64pfr0(u64, u64),
	op_id_aa64dfr0(u64, u64), op_id_aa64isar0(u64, u64), op_mpidr(u64, u64), op_actlr(u64, u64),
	op_wfi(u64, u64), op_cntpct(u64, u64);

static u64 ns_per_tick;
static bool nk;

/* Tenths of an instruction of one of n. */
static void report(const char *name, u64 ticks, u64 n)
{
	u64 tenths = (ticks * ns_per_tick * 10 + n / 2) / n;

	printf("bench %s %lu.%lu instructions\n", name, tenths / 10, tenths % 10);
}

static void loop(const char *name, void (*op)(u64, u64), u64 a, u64 b)
{
	bench_loop(16, op, a, b); /* QEMU translates */
	report(name, bench_loop(N, op, a, b), N);
}

static void exits(void)
{
	u64 enable = gicd + GICD_ISENABLER + SPI / 32 * 4;

	loop("nothing", op_nothing, 0, 0);
	loop("hvc_psci_version", op_hvc, PSCI_VERSION, 0);
	if (nk)
		loop("smc_psci_version", op_smc, PSCI_VERSION, 0);
	loop("gicd_iidr_read", op_read32, gicd + GICD_IIDR, 0);
	loop("gicd_isenabler_read", op_read32, enable, 0);
	loop("gicd_isenabler_write", op_write32, enable, BIT(SPI % 32));
	loop("gicd_isenabler_write_all", op_write32, enable, 0xffffffff);
	loop("gicd_icenabler_write_all", op_write32, enable + GICD_ICENABLER - GICD_ISENABLER,
	     0xffffffff);
	loop("gicd_ipriorityr_write", op_write32, gicd + GICD_IPRIORITYR + SPI, 0xa0a0a0a0);
	if (gic_version == 3)
		loop("gicr_isenabler_read", op_read32, gic_frame(0) + GICD_ISENABLER, 0);
	loop("uart_fr_read", op_read32, uart_base + PL011_FR, 0);
	loop("id_aa64pfr0_read", op_id_aa64pfr0, 0, 0);
	loop("id_aa64dfr0_read", op_id_aa64dfr0, 0, 0);
	loop("id_aa64isar0_read", op_id_aa64isar0, 0, 0);
	loop("mpidr_read", op_mpidr, 0, 0);
	loop("actlr_read", op_actlr, 0, 0);
	loop("cntpct_read", op_cntpct, 0, 0);
}

/* Only nk has these. */
static void hypercalls(void)
{
	static u8 value[4];
	u64 user[] = {(u64) "bench.value", (u64)value, sizeof(value)};
	u64 builtin[] = {(u64) "nk.vm.2.vcpus", (u64)value, sizeof(value)};

	if (!nk)
		return;
	loop("my_vm_id", op_hvc, NK_HC_FID(NK_HC_MY_VM_ID), 0);
	loop("xirq_ptov", op_hvc, NK_HC_FID(NK_HC_XIRQ_PTOV), NK_XIRQ_SYSCONF);
	if (nk_call(NK_HC_PROP_GET, user[0], user[1], user[2], 0) != sizeof(value) ||
	    nk_call(NK_HC_PROP_GET, builtin[0], builtin[1], builtin[2], 0) != sizeof(value)) {
		printf("bench: no property of four bytes\n");
		return;
	}
	loop("prop_get_4", op_call, NK_HC_FID(NK_HC_PROP_GET), (u64)user);
	loop("prop_get_4_builtin", op_call, NK_HC_FID(NK_HC_PROP_GET), (u64)builtin);
}

static u32 arrived;

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	gic_eoi(iar);
	WRITE_ONCE(arrived, arrived + 1);
}

static void sgi_self(u64 a, u64 b)
{
	u32 before = arrived;

	(void)a;
	(void)b;
	gic_sgi(0, SGI_SELF);
	while (READ_ONCE(arrived) == before)
		;
}

/* An SPI pended by its register, the other way to oneself. */
static void spi_self(u64 a, u64 b)
{
	u32 before = arrived;

	(void)b;
	write32(a, BIT(SPI % 32));
	while (READ_ONCE(arrived) == before)
		;
}

static void self(void)
{
	irq_handler = on_irq;
	gic_bit(GICD_ISENABLER, SGI_SELF);
	gic_set_edge(SPI, true);
	gic_bit(GICD_ISENABLER, SPI);
	irq_enable();
	loop("sgi_self", sgi_self, 0, 0);
	loop("spi_self", spi_self, gicd + GICD_ISPENDR + SPI / 32 * 4, 0);
	irq_disable();
}

/* The EOI alone, with the counter before and after it; `without` is the same with no EOI between. */
static u64 eoi_ticks(bool without)
{
	u64 i, t0, t1, sum = 0;

	for (i = 0; i < N; i++) {
		u32 iar;

		gic_sgi(0, SGI_SELF);
		iar = gic_ack();
		if (without)
			gic_eoi(iar);
		t0 = ticks_after(random_u64() & 15);
		if (!without) {
			if (gic_version == 3)
				write_sysreg(ICC_EOIR1_EL1, iar);
			else
				write32(gicc + GICC_EOIR, iar);
		}
		t1 = ticks_after(0);
		sum += t1 - t0;
	}
	return sum;
}

static void eoi(void)
{
	u64 with = eoi_ticks(false), without = eoi_ticks(true);

	report("eoi", with > without ? with - without : 0, N);
}

static void sleep(void)
{
	/* Pending and masked at the CPU: WFI must go on at once. */
	gic_sgi(0, SGI_SELF);
	loop("wfi_pending", op_wfi, 0, 0);
	gic_eoi(gic_ack());
}

static u64 latency_sum, latency_j;
static u32 fired;

/* First of all the time, then the work. */
static void on_timer(struct regs *r)
{
	u64 now = ticks_after(latency_j);
	u32 iar;

	(void)r;
	latency_sum += now - read_sysreg(cntv_cval_el0);
	vtimer.set_ctl(TIMER_ENABLE | TIMER_IMASK);
	iar = gic_ack();
	gic_eoi(iar);
	WRITE_ONCE(fired, fired + 1);
}

static void latency(bool asleep)
{
	u32 i;

	irq_handler = on_timer;
	gic_set_edge(PPI_VTIMER, false);
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	latency_sum = 0;
	for (i = 0; i < 256; i++) {
		u32 before = fired;

		latency_j = i & 15;
		vtimer.set_cval(counter() + 200);
		vtimer.set_ctl(TIMER_ENABLE);
		if (asleep)
			wfi();
		irq_enable();
		while (READ_ONCE(fired) == before)
			;
		irq_disable();
	}
	vtimer.set_ctl(0);
	report(asleep ? "timer_latency_asleep" : "timer_latency", latency_sum, 256);
}

static u64 touch_pages(u64 from)
{
	u64 t0 = counter(), a;

	for (a = from; a < from + PAGES * 4096; a += 4096)
		write64(a, a);
	return counter() - t0;
}

/* What the first touch of a page costs more than the second. */
static void fresh_memory(void)
{
	u64 from = ALIGN_UP(image_end() + MIB(2), MIB(2));
	u64 first = touch_pages(from), second = touch_pages(from);

	report("fresh_page", first > second ? first - second : 0, PAGES);
}

static u32 pong;

static void on_ping(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (IAR_ID(iar) == SGI_PING)
		gic_sgi(0, SGI_PONG);
	if (IAR_ID(iar) == SGI_PONG)
		WRITE_ONCE(pong, pong + 1);
	gic_eoi(iar);
}

static u32 stop, up;

static void other_cpu(void *asleep)
{
	gic_cpu_init();
	gic_bit(GICD_ISENABLER, SGI_PING);
	WRITE_ONCE(up, 1);
	while (!READ_ONCE(stop)) {
		irq_enable();
		if (!asleep) {
			cpu_relax();
			continue;
		}
		irq_disable();
		wfi();
	}
	irq_disable();
}

static void ping(u64 a, u64 b)
{
	u32 before = pong;

	(void)a;
	(void)b;
	gic_sgi(1, SGI_PING);
	while (READ_ONCE(pong) == before)
		cpu_relax();
}

static void round_trip(const char *name, bool asleep)
{
	stop = up = 0;
	irq_handler = on_ping;
	gic_bit(GICD_ISENABLER, SGI_PONG);
	cpu_start(1, other_cpu, (void *)(u64)asleep);
	while (!READ_ONCE(up))
		cpu_relax();
	irq_enable();
	loop(name, ping, 0, 0);
	WRITE_ONCE(stop, 1);
	gic_sgi(1, SGI_PING);
	cpu_wait_off(1);
	irq_disable();
}

void guest_main(void)
{
	nk = under_nk();
	ns_per_tick = 1000000000 / counter_hz();
	gic_init();
	fresh_memory();
	exits();
	hypercalls();
	gic_init();
	self();
	eoi();
	sleep();
	latency(false);
	latency(true);
	if (nr_cpus > 1) {
		mmu_on();
		round_trip("ipi_round_trip", false);
		round_trip("ipi_round_trip_asleep", true);
	}
	printf("bench done\n");
}
