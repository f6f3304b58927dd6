// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: no access to any offset of an emulated frame, at any width, hurts anybody but its VM.
 * Writes patterns to every word of GIC and UART frames, reads them, then checks that the GIC
 * still works. Arguments: seed=N, rounds=N.
 */
#include "rt/gic.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define SPI 40 /* no device raises it */

static u64 accesses, faults;

static void touch(u64 addr, u32 bytes, u64 value)
{
	faults += probe_write(addr, bytes, value);
	faults += probe_read(addr, bytes, NULL);
	accesses += 2;
}

/* Every aligned offset, each width, one pattern. */
static void sweep(u64 base, u64 size, u64 pattern)
{
	u64 off;
	u32 bytes;

	for (off = 0; off < size; off += 4) {
		for (bytes = 1; bytes <= 8; bytes *= 2) {
			if (off % bytes == 0)
				touch(base + off, bytes, pattern);
		}
	}
}

static void chance(u64 base, u64 size, u32 n)
{
	while (n--) {
		u64 r = random_u64();
		u32 bytes = 1u << (r & 3);

		touch(base + (r >> 8) % size / bytes * bytes, bytes, random_u64());
	}
}

/* The data register prints, so it is left out. */
static void uart(u32 rounds)
{
	u64 r;

	for (r = 4; r < 0x1000; r += 4) {
		touch(uart_base + r, 4, 0);
		touch(uart_base + r, 4, 0xffffffff);
		touch(uart_base + r, 1, 0xa5);
		touch(uart_base + r, 2, 0x5a5a);
	}
	while (rounds--)
		touch(uart_base + 4 + random_u64() % 0xff0 / 4 * 4, 4, random_u64());
	console_init();
}

static void still_works(void)
{
	u32 iar;

	gic_init();
	gic_set_edge(SPI, true);
	gic_set_prio(SPI, 0x40);
	gic_bit(GICD_ISENABLER, SPI);
	gic_bit(GICD_ISPENDR, SPI);
	iar = gic_ack();
	is(IAR_ID(iar), SPI, "an SPI comes");
	gic_eoi(iar);
	gic_bit(GICD_ISENABLER, 3);
	gic_sgi(0, 3);
	iar = gic_ack();
	is(IAR_ID(iar), 3, "an SGI comes");
	gic_eoi(iar);
	gic_set_edge(PPI_VTIMER, false);
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	vtimer.set_cval(0);
	vtimer.set_ctl(TIMER_ENABLE);
	iar = gic_ack();
	is(IAR_ID(iar), PPI_VTIMER, "the timer comes");
	vtimer.set_ctl(0);
	gic_eoi(iar);
	is(IAR_ID(gic_ack()), SPURIOUS, "nothing else");
}

/* Ends whatever the patterns made active, so that priorities are idle again. */
static void drain(void)
{
	u32 i, iar;

	for (i = GICC_APR; gic_version == 2 && i < GICC_APR + 32; i += 4)
		write32(gicc + i, 0); /* the patterns made priorities active */
	gic_set_eoimode(false);
	for (i = 0; i < 2048; i++) {
		iar = gic_ack();
		if (IAR_ID(iar) >= 1020)
			break;
		gic_eoi(iar);
	}
	ok(i < 2048, "what pends comes to an end (%u)", i);
}

static void frames(u64 *base, u64 *size, u32 *n)
{
	u32 i;

	*n = 0;
	base[*n] = gicd;
	size[(*n)++] = gic_version == 3 ? 0x10000 : 0x1000;
	if (gic_version == 2) {
		base[*n] = gicc;
		size[(*n)++] = 0x2000;
		return;
	}
	for (i = 0; i < nr_cpus; i++) {
		base[*n] = gicr + i * gicr_stride;
		size[(*n)++] = 0x20000;
	}
}

void guest_main(void)
{
	static const u64 patterns[] = {~0UL, 0x0123456789abcdef};
	u64 base[CPUS_MAX + 1], size[CPUS_MAX + 1];
	u32 rounds = (u32)arg_u64("rounds", 5000);
	u32 n, i, p;

	random_seed(arg_u64("seed", 1));
	gic_init();
	frames(base, size, &n);
	for (i = 0; i < n; i++) {
		for (p = 0; p < ARRAY_SIZE(patterns); p++)
			sweep(base[i], size[i], patterns[p]);
		ok(true, "frame 0x%lx + 0x%lx: each offset, each width", base[i], size[i]);
		chance(base[i], size[i], rounds);
		ok(true, "frame 0x%lx: %u random accesses", base[i], rounds);
	}
	uart(rounds);
	ok(true, "UART: each offset but the data register");
	gic_init();
	drain();
	still_works();
	note("%lu accesses, %lu of them faulted", accesses, faults);
	tap_done();
}
