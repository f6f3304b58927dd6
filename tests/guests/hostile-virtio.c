// SPDX-License-Identifier: Apache-2.0
/*
 * The two ends of VirtIO devices that keep no rules: a VM that has such devices does anything to their registers, on all its
 * vCPUs; one that has none serves those of others, by hypercalls, as wildly (`seed`). When a line is typed, vCPU 0 is
 * honest: the back-end offers all its devices and answers, the driver negotiates with its first one, kicks, and is
 * interrupted. Only for nk.
 */
#include "nk/virtio.h"
#include "nk/virtio_mmio.h"
#include "rt/dt.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

#define ROUNDS 1000 /* that a line tells of */
#define DEVICES_MAX 4
#define QUEUES 2

static struct device {
	u64 base, size;
} devices[DEVICES_MAX];
static u32 nr_devices;
static bool honest;
static u8 buffers[CPUS_MAX][256] __aligned(256);

static u32 chance(u32 n)
{
	return (u32)(random_u64() >> 16) % n;
}

/* ---- the driver ---- */

static void find_devices(void)
{
	int node = -1;

	while (nr_devices < DEVICES_MAX &&
	       (node = fdt_node_offset_by_compatible(dt, node, "virtio,mmio")) >= 0) {
		struct device *d = &devices[nr_devices++];

		dt_reg(node, 0, &d->base, &d->size);
	}
}

static void any_access(const struct device *d)
{
	u32 bytes = chance(4) ? 4 : 1U << chance(4);
	u64 at = d->base + ALIGN_DOWN(chance((u32)d->size + 16), bytes);
	u64 value = random_u64() >> chance(64);

	if (chance(2))
		probe_read(at, bytes, &value);
	else
		probe_write(at, bytes, value);
}

/* What gets further than chance does. */
static void some_sense(const struct device *d)
{
	switch (chance(8)) {
	case 0:
		write32(d->base + VIRTIO_MMIO_STATUS, 0);
		break;
	case 1:
		write32(d->base + VIRTIO_MMIO_STATUS, 1U << chance(8));
		break;
	case 2:
		write32(d->base + VIRTIO_MMIO_QUEUE_SEL, chance(QUEUES));
		break;
	case 3:
		write32(d->base + VIRTIO_MMIO_QUEUE_NUM, 1U << chance(10));
		break;
	case 4:
		write32(d->base + VIRTIO_MMIO_QUEUE_READY, chance(2));
		break;
	case 5:
		write32(d->base + VIRTIO_MMIO_INTERRUPT_ACK, chance(4));
		break;
	default:
		write32(d->base + VIRTIO_MMIO_QUEUE_NOTIFY, chance(QUEUES));
	}
}

static void any_driver(u32 cpu)
{
	const struct device *d = &devices[chance(nr_devices)];

	(void)cpu;
	if (chance(2))
		any_access(d);
	else
		some_sense(d);
}

static void set_features(u64 base, u32 half, u32 value)
{
	write32(base + VIRTIO_MMIO_DRIVER_FEATURES_SEL, half);
	write32(base + VIRTIO_MMIO_DRIVER_FEATURES, value);
}

/* Whether all was as a driver has to find it. */
static bool negotiate(u64 base)
{
	write32(base + VIRTIO_MMIO_STATUS, 0);
	if (read32(base + VIRTIO_MMIO_STATUS) || read32(base + VIRTIO_MMIO_DEVICE_ID) != 2 ||
	    read32(base + VIRTIO_MMIO_INTERRUPT_STATUS))
		return false;
	write32(base + VIRTIO_MMIO_STATUS, 3);
	set_features(base, 0, 0);
	set_features(base, 1, 1);
	write32(base + VIRTIO_MMIO_STATUS, 11);
	write32(base + VIRTIO_MMIO_QUEUE_SEL, 1);
	write32(base + VIRTIO_MMIO_QUEUE_NUM, 16);
	write32(base + VIRTIO_MMIO_QUEUE_READY, 1);
	write32(base + VIRTIO_MMIO_STATUS, 15);
	return read32(base + VIRTIO_MMIO_STATUS) == 15 &&
	       read32(base + VIRTIO_MMIO_QUEUE_READY) == 1;
}

/* The back-end may be at its own last deeds: it may take some tries. */
static void honest_driver(void)
{
	u64 base = devices[0].base;

	while (!negotiate(base))
		;
	write32(base + VIRTIO_MMIO_QUEUE_NOTIFY, 1);
	while (read32(base + VIRTIO_MMIO_INTERRUPT_STATUS) != NK_VIRTIO_INT_USED)
		;
	write32(base + VIRTIO_MMIO_INTERRUPT_ACK, NK_VIRTIO_INT_USED);
	printf("hostile: works\n");
}

/* ---- the back-end ---- */

static u64 call(u32 nr, u64 a, u64 b, u64 c)
{
	return nk_call(nr, a, b, c, 0);
}

static u64 offer(u32 device, u8 *buffer, bool any)
{
	struct nk_virtio_offer *o = (struct nk_virtio_offer *)buffer;

	memset(o, 0, sizeof(*o));
	o->device_id = any ? chance(4) : 2;
	o->features = any ? random_u64() : 0;
	o->nr_queues = QUEUES;
	o->queue_max[0] = (u16)(any ? 1 << chance(16) : 16);
	o->queue_max[1] = 16;
	o->config_size = any ? chance(300) : 0;
	o->flags = any ? chance(3) : 0;
	return call(NK_HC_VIRTIO_OFFER, device, (u64)o, 0);
}

/* Anything to the last quarter: the program is in the first one, and its tree, which it reads once, in the third. */
static void spoil(u32 device, u8 *buffer)
{
	const struct nk_virtio_share *share = (const struct nk_virtio_share *)buffer;
	u64 value, at;

	if (call(NK_HC_VIRTIO_SHARE, device, 0, (u64)buffer))
		return;
	at = share->here + ALIGN_DOWN(chance((u32)share->size), 8U);
	probe_read(at, 8, &value);
	at = share->here + share->size - 8 - ALIGN_DOWN(chance((u32)share->size / 4), 8U);
	probe_write(at, 8, random_u64());
}

static void answer(u32 device, u8 *buffer)
{
	const struct nk_virtio_state *state = (const struct nk_virtio_state *)buffer;

	if (!call(NK_HC_VIRTIO_STATE, device, (u64)buffer, 0))
		call(NK_HC_VIRTIO_DONE, device, state->asked, 0);
}

static void any_back_end(u32 cpu)
{
	u8 *buffer = buffers[cpu];
	u32 device = chance(3);

	switch (chance(12)) {
	case 0:
	case 1:
		offer(device, buffer, true);
		break;
	case 2:
		if (!chance(8))
			call(NK_HC_VIRTIO_OFFER, device, 0, 0);
		break;
	case 3:
		call(NK_HC_VIRTIO_DONE, device, random_u64() >> chance(64), 0);
		break;
	case 4:
		call(NK_HC_VIRTIO_STATUS, device, chance(256), 0);
		break;
	case 5:
		nk_call(NK_HC_VIRTIO_CONFIG, device, chance(300), (u64)buffer, chance(300));
		break;
	case 6:
		call(NK_HC_VIRTIO_INTERRUPT, device, chance(5), 0);
		break;
	case 7:
		spoil(device, buffer);
		break;
	case 8:
		nk_call(NK_HC_VIRTIO_INFO + chance(9), random_u64() >> chance(64), random_u64(),
			random_u64() >> chance(64), random_u64());
		break;
	default:
		answer(device, buffer);
	}
}

static void honest_back_end(void)
{
	struct nk_virtio_info *info = (struct nk_virtio_info *)buffers[0];
	const struct nk_virtio_page *page;
	u32 kicks;

	call(NK_HC_VIRTIO_INFO, 0, (u64)info, 0);
	page = (const struct nk_virtio_page *)info->page;
	for (u32 device = 0; device < 2; device++) {
		call(NK_HC_VIRTIO_OFFER, device, 0, 0);
		offer(device, buffers[0], false);
	}
	kicks = READ_ONCE(page->kicks[1]);
	printf("hostile: serves\n");
	for (;;) {
		answer(0, buffers[0]);
		answer(1, buffers[0]);
		if (READ_ONCE(page->kicks[1]) == kicks)
			continue;
		kicks = READ_ONCE(page->kicks[1]);
		call(NK_HC_VIRTIO_INTERRUPT, 0, NK_VIRTIO_INT_USED, 0);
	}
}

/* ---- both ---- */

static void be_hostile(void *arg)
{
	u32 cpu = this_cpu()->index;

	(void)arg;
	for (u32 n = 1; !READ_ONCE(honest); n++) {
		if (nr_devices)
			any_driver(cpu);
		else
			any_back_end(cpu);
		if (cpu)
			continue;
		if (n % ROUNDS == 0)
			printf("hostile: %u rounds\n", n);
		if (n % 64 == 0 && pollchar() >= 0)
			WRITE_ONCE(honest, true);
	}
}

void guest_main(void)
{
	random_seed(arg_u64("seed", 1));
	find_devices();
	mmu_on();
	printf("hostile: %u devices\n", nr_devices);
	for (u32 i = 1; i < nr_cpus; i++)
		cpu_start(i, be_hostile, NULL);
	be_hostile(NULL);
	for (u32 i = 1; i < nr_cpus; i++)
		cpu_wait_off(i);
	if (nr_devices)
		honest_driver();
	else
		honest_back_end();
	for (;;)
		asm volatile("wfi");
}
