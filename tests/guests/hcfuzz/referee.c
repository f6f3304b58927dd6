// SPDX-License-Identifier: Apache-2.0
/* The VM that nobody steers: it lets the others go on, and sees what comes of it. */
#include "hcfuzz/hcfuzz.h"
#include "prop/prop.h"
#include "rt/rt.h"

static u32 torn;

/* Looks at who runs for a while. What has not stopped or started meanwhile has the same value. */
static void watch(u64 us)
{
	static u32 seen[8];
	u64 end = counter() + us * counter_hz() / 1000000;

	while (counter() < end)
		for (u32 vm = 2; vm < 8; vm++) {
			char state[] = "nk.vm.N.state.running";
			u32 now;

			if (!(others >> vm & 1))
				continue;
			numbered(state, vm);
			now = get(state);
			/* 0, 3, 2, 5, 4: a start adds 3, a stop takes 1 away. */
			torn += now != seen[vm] && now != (seen[vm] & ~1u) && now <= (seen[vm] | 1);
			seen[vm] = now;
		}
}

/* Waits until one bit of a state is as wanted; sets it again at times, as others do as well. */
static bool make(u32 vm, const char *what, u32 want)
{
	char state[40] = "nk.vm.N.state.";
	u64 end = counter() + 60 * counter_hz();

	numbered(state, vm);
	memcpy(state + 14, what, strlen(what) + 1);
	while ((get(state) & 1) != want) {
		prop_set(state, &want, sizeof(want));
		delay_us(1000);
		if (counter() > end)
			return false;
	}
	return true;
}

static bool beats_on(u32 vm)
{
	char text[] = "fuzz.beat.N";
	u64 end = counter() + 60 * counter_hz();
	u32 before;

	numbered(text, vm);
	before = get(text);
	while (get(text) == before) {
		delay_us(1000);
		if (counter() > end)
			return false;
	}
	return true;
}

/* How often a pause of the VM took as long as it takes to wait for a CPU that does not answer. */
static void pauses(u64 times)
{
	u64 longest = 0;
	u32 late = 0;

	ok(beats_on(6), "vm6 beats");
	for (u64 i = 0; i < times; i++) {
		u64 begin = counter();

		make(6, "paused", 1);
		begin = (counter() - begin) * 1000 / counter_hz();
		longest = MAX(longest, begin);
		late += begin > 900;
		make(6, "paused", 0);
		delay_us(random_u64() % 2000);
	}
	note("%u of %lu late, the longest took %lu ms", late, times, longest);
	ok(late <= times / 50, "a VM whose vCPUs need each other pauses at once");
	make(6, "running", 0);
}

void referee(void)
{
	u64 rounds = arg_u64("rounds", 100), times = arg_u64("pauses", 0);
	u32 one = 1;

	if (times)
		pauses(times);
	for (u64 i = 0; i < rounds; i++) {
		steer();
		watch(20000);
	}
	is(torn, 0, "the count of starts goes with the state");
	prop_set("fuzz.quiet", &one, sizeof(one));
	delay_us(1000000);
	for (u32 vm = 2; vm < 8; vm++) {
		if (!(others >> vm & 1))
			continue;
		ok(make(vm, "running", 1) && make(vm, "paused", 0), "vm%u runs", vm);
		ok(beats_on(vm), "vm%u beats", vm);
		ok(make(vm, "paused", 1) && make(vm, "paused", 0) && beats_on(vm),
		   "vm%u pauses and goes on", vm);
		ok(make(vm, "running", 0), "vm%u stops", vm);
	}
	tap_done();
}
