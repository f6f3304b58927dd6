// SPDX-License-Identifier: Apache-2.0
/*
 * A queue that stands for a driver's, with a driver and a back-end that the input plays. Each four bytes are a step: what to do, and
 * with which numbers. Each area has nothing around it, so that ASan sees each step aside.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../guest-linux/tools/nk-vhost-user/shadow.h"

#define SIZE_MAX_HERE 64u

enum { DRIVER_AVAIL, DRIVER_USED, BACK_AVAIL, BACK_USED, AREAS };

struct rig {
	uint32_t size;
	uint8_t *area[AREAS];
	uint64_t bytes[AREAS];
	struct shadow_slot *slots;
	uint16_t *slot_of;
	struct shadow sh;
	uint16_t popped, shown;
	bool held[SIZE_MAX_HERE];
	const char *broken;
};

static uint16_t *words(struct rig *r, int area)
{
	return (uint16_t *)r->area[area];
}

static void take_over(struct rig *r)
{
	int result = shadow_init(&r->sh, r->size, r->slots, r->slot_of);

	assert(result == (r->sh.broken ? -1 : 0));
	r->broken = r->sh.broken;
	r->popped = 0;
	r->shown = r->sh.shown;
	memset(r->held, 0, sizeof(r->held));
	if (!result)
		assert(r->sh.shown == words(r, DRIVER_USED)[1] && !shadow_in_flight(&r->sh));
}

static uint32_t held(const struct rig *r)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < SIZE_MAX_HERE; i++)
		n += r->held[i];
	return n;
}

/* What a back-end gets is there, and it has it once. Its index is what it says, unless the input has written there. */
static void check_take(struct rig *r)
{
	uint16_t given = r->sh.given;
	int got = shadow_take(&r->sh);

	assert(got == -1 ? !!r->sh.broken : got >= 0 && (uint32_t)got <= r->size);
	if (got < 0)
		return;
	assert((uint16_t)(r->sh.given - given) == got);
	for (; given != r->sh.given; given++) {
		uint16_t head = words(r, BACK_AVAIL)[2 + (given & (r->size - 1))];

		assert(head < r->size && !r->held[head]);
		r->held[head] = true;
	}
	assert(shadow_in_flight(&r->sh) <= r->size && held(r) == shadow_in_flight(&r->sh));
}

/* The driver sees nothing that it has not given, and each once. */
static void check_return(struct rig *r)
{
	uint16_t before = r->sh.shown;
	uint32_t flight = shadow_in_flight(&r->sh);
	int got = shadow_return(&r->sh);

	assert(got == -1 ? !!r->sh.broken : got >= 0 && (uint32_t)got <= flight);
	if (got < 0)
		return;
	assert((uint16_t)(r->sh.shown - before) == got);
	assert(words(r, DRIVER_USED)[1] == r->sh.shown);
	for (; before != r->sh.shown; before++) {
		uint16_t *elem = words(r, DRIVER_USED) + 2 + 4 * (before & (r->size - 1));

		assert(elem[0] < r->size && !elem[1] && r->held[elem[0]]);
		r->held[elem[0]] = false;
	}
	assert(held(r) == shadow_in_flight(&r->sh));
}

/* An honest driver's and an honest back-end's step, as far as the words that are there are. */
static void add(struct rig *r, uint16_t head)
{
	uint16_t *avail = words(r, DRIVER_AVAIL);

	avail[2 + (avail[1] & (r->size - 1))] = head % r->size;
	avail[1]++;
}

static void push(struct rig *r, uint16_t id)
{
	uint16_t *used = words(r, BACK_USED), *elem = used + 2 + 4 * (used[1] & (r->size - 1));

	elem[0] = id % r->size;
	elem[1] = 0;
	used[1]++;
}

static void step(struct rig *r, const uint8_t *in)
{
	uint16_t word = (uint16_t)(in[1] | in[2] << 8);
	int area = in[3] % AREAS;

	switch (in[0] % 8) {
	case 0:
		add(r, word);
		break;
	case 1:
		push(r, word);
		break;
	case 2:
		words(r, area)[(in[3] / AREAS) % (r->bytes[area] / 2)] = word;
		break;
	case 3:
		check_take(r);
		break;
	case 4:
		check_return(r);
		break;
	case 5:
		shadow_wants_kick(&r->sh);
		shadow_wants_interrupt(&r->sh);
		break;
	case 6:
		shadow_ask(&r->sh);
		break;
	default:
		if (in[1] & 1)
			take_over(r);
	}
	assert(!r->broken || in[0] % 8 == 7 || r->sh.broken == r->broken);
	r->broken = r->sh.broken;
}

static void run(struct rig *r, const uint8_t *data, size_t size)
{
	r->sh.event_idx = data[0] & 1;
	r->sh.driver = (struct shadow_ring){r->area[DRIVER_AVAIL], r->area[DRIVER_USED]};
	r->sh.back = (struct shadow_ring){r->area[BACK_AVAIL], r->area[BACK_USED]};
	words(r, DRIVER_AVAIL)[1] = words(r, DRIVER_USED)[1] = (uint16_t)(data[2] | data[3] << 8);
	take_over(r);
	for (size_t n = 4; n + 4 <= size; n += 4)
		step(r, data + n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rig r = {0};

	if (size < 4)
		return 0;
	r.size = data[0] & 2 ? 1 + data[1] % SIZE_MAX_HERE : 1u << data[1] % 7;
	for (int n = 0; n < AREAS; n++) {
		r.bytes[n] = n == DRIVER_AVAIL || n == BACK_AVAIL ? SHADOW_AVAIL_BYTES(r.size)
								  : SHADOW_USED_BYTES(r.size);
		r.area[n] = calloc(1, r.bytes[n]);
	}
	r.slots = malloc(r.size * sizeof(*r.slots));
	r.slot_of = malloc(r.size * sizeof(*r.slot_of));
	if (!(r.size & (r.size - 1)))
		run(&r, data, size);
	else
		assert(shadow_init(&r.sh, r.size, r.slots, r.slot_of) && r.sh.broken);
	for (int n = 0; n < AREAS; n++)
		free(r.area[n]);
	free(r.slots);
	free(r.slot_of);
	return 0;
}
