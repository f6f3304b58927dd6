// SPDX-License-Identifier: Apache-2.0
/*
 * What a VirtIO device between two VMs costs: the one that has it, and the one that serves it. Arguments: interrupts (the
 * back-end interrupts the driver between the marks of tests/bench/exits.c; else the driver kicks). The driver's registers are
 * measured before that, with the back-end asleep. Prints "bench NAME VALUE UNIT" as bench.c does.
 */
#include "nk/virtio.h"
#include "nk/virtio_mmio.h"
#include "rt/dt.h"
#include "rt/gic.h"
#include "rt/nkcall.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define N 1024
#define WARM 16
#define TURNS 64 /* of a loop: long enough for the other one to have taken what was sent */
#define STATUS_ON 15

static u64 base;
static u32 got;
static u8 buffer[256] __aligned(256);

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (IAR_ID(iar) == PPI_VTIMER)
		vtimer.set_ctl(0);
	else
		WRITE_ONCE(got, got + 1);
	gic_eoi(iar);
}

static void listen(u32 intid)
{
	gic_set_edge(intid, true);
	gic_set_target(intid, 0);
	gic_bit(GICD_ISENABLER, intid);
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
}

static u64 call(u32 nr, u64 a, u64 b)
{
	return nk_call(nr, a, b, 0, 0);
}

/* n times one of the two, each of which the other VM has taken before the next one. */
static void send(u32 n, bool kick)
{
	while (n--) {
		if (kick)
			write32(base + VIRTIO_MMIO_QUEUE_NOTIFY, 0);
		else
			call(NK_HC_VIRTIO_INTERRUPT, 0, NK_VIRTIO_INT_USED);
		for (u32 i = 0; i < TURNS; i++)
			cpu_relax();
	}
}

static void send_counted(bool kick)
{
	send(WARM, kick);
	__asm__ volatile("hint #100" ::: "memory");
	send(N, kick);
	__asm__ volatile("hint #101" ::: "memory");
	printf("bench done\n");
}

/* Until nothing has come for a while. */
static void take(void)
{
	u32 before;
	u64 end;

	irq_enable();
	do {
		before = READ_ONCE(got);
		end = counter() + counter_hz() / 200;
		vtimer.set_cval(end);
		vtimer.set_ctl(TIMER_ENABLE);
		while (counter() < end)
			cpu_relax();
	} while (!before || READ_ONCE(got) != before);
	irq_disable();
}

static void report(const char *name, u64 ticks)
{
	printf("bench virtio_%s %lu.0 instructions\n", name,
	       ticks * (1000000000 / counter_hz()) / N);
}

static void measure_read(const char *name, u32 reg)
{
	u64 t = 0;

	for (u32 i = 0; i < WARM + N; i++) {
		if (i == WARM)
			t = counter();
		read32(base + reg);
	}
	report(name, counter() - t);
}

static void measure_write(const char *name, u32 reg, u32 value)
{
	u64 t = 0;

	for (u32 i = 0; i < WARM + N; i++) {
		if (i == WARM)
			t = counter();
		write32(base + reg, value);
	}
	report(name, counter() - t);
}

static void set_up(void)
{
	read32(base + VIRTIO_MMIO_MAGIC); /* waits for the back-end */
	measure_write("reset_idle", VIRTIO_MMIO_STATUS, 0);
	write32(base + VIRTIO_MMIO_STATUS, 3);
	write32(base + VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	write32(base + VIRTIO_MMIO_DRIVER_FEATURES, 1);
	write32(base + VIRTIO_MMIO_STATUS, 11);
	write32(base + VIRTIO_MMIO_QUEUE_NUM, 16);
	write32(base + VIRTIO_MMIO_QUEUE_READY, 1);
	write32(base + VIRTIO_MMIO_STATUS, STATUS_ON);
}

static void drive(bool kicks)
{
	listen(arg_u64("intid", 0));
	set_up();
	delay_us(200); /* the back-end has done all that, and sleeps */
	measure_read("status_read", VIRTIO_MMIO_STATUS);
	measure_read("isr_read", VIRTIO_MMIO_INTERRUPT_STATUS);
	measure_write("isr_ack", VIRTIO_MMIO_INTERRUPT_ACK, 3);
	if (kicks) {
		send_counted(true);
	} else {
		write32(base + VIRTIO_MMIO_QUEUE_NOTIFY, 0); /* it may begin */
		take();
	}
}

static const struct nk_virtio_page *offer(void)
{
	struct nk_virtio_info *info = (struct nk_virtio_info *)buffer;
	struct nk_virtio_offer *o = (struct nk_virtio_offer *)buffer;
	u64 page;

	call(NK_HC_VIRTIO_INFO, 0, (u64)info);
	page = info->page;
	listen((u32)call(NK_HC_XIRQ_PTOV, info->xirq, 0));
	memset(o, 0, sizeof(*o));
	o->device_id = 1;
	o->nr_queues = 1;
	o->queue_max[0] = 16;
	call(NK_HC_VIRTIO_OFFER, 0, (u64)o);
	return (const struct nk_virtio_page *)page;
}

static void serve(bool kicks)
{
	const struct nk_virtio_page *page = offer();
	const struct nk_virtio_state *state = (const struct nk_virtio_state *)buffer;

	do {
		call(NK_HC_VIRTIO_STATE, 0, (u64)state);
		call(NK_HC_VIRTIO_DONE, 0, state->asked);
	} while (state->status != STATUS_ON || state->asked != READ_ONCE(page->asked));
	irq_enable();
	delay_us(1); /* what came for all that is taken */
	irq_disable();
	WRITE_ONCE(got, 0);
	while (!READ_ONCE(page->kicks[0]))
		wfi();
	if (kicks)
		take();
	else
		send_counted(false);
}

void guest_main(void)
{
	bool kicks = !arg_flag("interrupts");
	int node = fdt_node_offset_by_compatible(dt, -1, "virtio,mmio");
	u64 size;

	gic_init();
	irq_handler = on_irq;
	if (node < 0) {
		serve(kicks);
	} else {
		dt_reg(node, 0, &base, &size);
		drive(kicks);
	}
}
