// SPDX-License-Identifier: Apache-2.0
/*
 * The device's side of a virtqueue with a driver that the input plays. Each four bytes are a step: what to do, and with
 * which numbers. The driver's memory is two pieces with nothing around them, so that ASan sees each step aside.
 */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <linux/errno.h>
#include "../../guest-linux/drivers/virtio/vwalk.h"
#include "../unit/guest/virtq_driver.h"

#define SPLIT_AT (VDRV_BUFFERS + 0x100)
#define ROOM 40

struct rig {
	struct vwalk_piece pieces[2];
	struct vwalk_slot *slots;
	struct vwalk dev;
	struct vdrv drv;
	bool held[VDRV_SIZE_MAX];
	const char *broken;
};

static u32 held(const struct rig *r)
{
	u32 n = 0;

	for (u32 i = 0; i < r->dev.size; i++)
		n += r->held[i];
	return n;
}

/* Where the driver's memory is that such a piece lies in; it has to lie in one. */
static void check_piece(const struct rig *r, const struct kvec *iov)
{
	const u8 *at = iov->iov_base;

	for (int n = 0; n < 2; n++) {
		const u8 *here = r->pieces[n].here;
		size_t size = r->pieces[n].size;

		if (at >= here && at < here + size) {
			assert(iov->iov_len && iov->iov_len <= (size_t)(here + size - at));
			return;
		}
	}
	abort();
}

static void check_get(struct rig *r, u8 room)
{
	struct kvec iov[ROOM];
	u16 flags[ROOM], number = 0xffff;
	int got = vwalk_get(&r->dev, &number, iov, room % ROOM, flags);
	u64 bytes = 0;

	if (got <= 0) {
		assert(got == 0 ? !r->dev.broken : got == -EPROTO && r->dev.broken);
		return;
	}
	assert(got <= room % ROOM && number < r->dev.size && !r->held[number]);
	for (int n = 0; n < got; n++) {
		check_piece(r, &iov[n]);
		assert(!(flags[n] & ~VRING_DESC_F_WRITE) && (!n || flags[n] >= flags[n - 1]));
		bytes += iov[n].iov_len;
	}
	assert(bytes <= 0xffffffff);
	r->held[number] = true;
	assert(held(r) <= r->dev.size && r->dev.taken <= r->dev.size);
}

/* Two together, of which either may be none that is out, or both the same. */
static void check_put(struct rig *r, u16 first, u16 second, u32 bytes)
{
	const u16 numbers[] = {first, second};
	const u32 sizes[] = {bytes, bytes};
	u32 before = held(r);

	vwalk_put_all(&r->dev, 2, numbers, sizes);
	for (u32 n = 0; n < 2; n++)
		if (numbers[n] < r->dev.size && !r->dev.broken)
			r->held[numbers[n]] = false;
	assert(held(r) <= before);
	assert(r->dev.broken || !r->dev.first);
}

static void check_unget(struct rig *r)
{
	bool can = r->dev.can_unget && !r->dev.broken;
	u16 last = r->dev.last;

	vwalk_unget(&r->dev);
	if (can) {
		assert(r->held[last]);
		r->held[last] = false;
	}
}

/* Numbers come round, whether the device has returned them or not. */
static void add(struct rig *r, u8 n, u8 kind)
{
	struct vdrv_buf bufs[VDRV_TABLE];

	n = 1 + n % VDRV_TABLE;
	if (n > r->drv.size)
		return;
	for (u32 i = 0; i < n; i++) {
		bufs[i].addr = VDRV_BASE + VDRV_BUFFERS + (kind & 0xf8) + 32 * i;
		bufs[i].len = 1 + (kind & 0x1f);
		bufs[i].write = i >= (kind & 3);
	}
	vdrv_add(&r->drv, bufs, n, kind & 4);
}

static u8 *at(const struct rig *r, u32 offset)
{
	static const u16 areas[] = {0, VDRV_DRIVER_AREA, VDRV_DEVICE_AREA, VDRV_TABLES};

	return (u8 *)r->pieces[0].here + areas[offset & 3] + (offset >> 2) % 512;
}

static void step(struct rig *r, const u8 *in)
{
	u16 word = in[1] | in[2] << 8;

	switch (in[0] % 8) {
	case 0:
		add(r, in[1], in[2]);
		break;
	case 1:
		*at(r, word) = in[3];
		break;
	case 2:
		*at(r, word) ^= 1u << (in[3] & 7);
		break;
	case 3:
		check_get(r, in[1]);
		break;
	case 4:
		check_put(r, in[1], in[3], word);
		break;
	case 5:
		check_unget(r);
		break;
	case 6:
		vwalk_show(&r->dev);
		vwalk_hush(&r->dev);
		break;
	default:
		vwalk_ask(&r->dev);
		vwalk_has(&r->dev);
	}
	assert(!r->broken || r->dev.broken == r->broken);
	r->broken = r->dev.broken;
}

static void begin(struct rig *r, const u8 *in)
{
	struct vwalk_setup setup = {
		.size = in[0] & 1 ? in[1] : 1u << (in[1] & 7),
		.packed = in[0] & 2,
		.indirect = in[0] & 4,
		.event_idx = in[0] & 8,
		.desc = VDRV_BASE + (in[0] & 16 ? in[2] << 8 : 0),
		.driver = VDRV_BASE + (in[0] & 32 ? in[3] * 257u : VDRV_DRIVER_AREA),
		.device = VDRV_BASE + (in[0] & 64 ? in[3] * 256u : VDRV_DEVICE_AREA),
	};
	struct vwalk_memory memory = {r->pieces, 2};

	if (!setup.size)
		setup.size = 1;
	vdrv_init(&r->drv, r->pieces[0].here, setup.size, setup.packed, setup.event_idx);
	for (u32 n = 0; n < setup.size; n++)
		r->drv.next[n] = (n + 1) % setup.size;
	r->slots = malloc(setup.size * sizeof(*r->slots));
	if (vwalk_init(&r->dev, &memory, &setup, r->slots))
		assert(r->dev.broken);
	r->broken = r->dev.broken;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct rig r = {
		.pieces =
			{
				{.driver = VDRV_BASE,
				 .size = SPLIT_AT,
				 .here = aligned_alloc(64, SPLIT_AT)},
				{.driver = VDRV_BASE + SPLIT_AT, .size = 64, .here = malloc(64)},
			},
	};

	if (size >= 4) {
		memset(r.pieces[0].here, 0, SPLIT_AT);
		begin(&r, data);
		for (size_t n = 4; n + 4 <= size; n += 4)
			step(&r, data + n);
	}
	free(r.slots);
	free(r.pieces[0].here);
	free(r.pieces[1].here);
	return 0;
}
