// SPDX-License-Identifier: Apache-2.0
/* The table of hypercalls, copies from and to guests at every page's edge, cross interrupts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/stage2.h"
#include "arch/upcall.h"
#include "core/calls/hypercall.h"
#include "core/vm/guest_mem.h"
#include "fake/core.h"
#include "fake/fake.h"

#define BASE 0x40000000UL
#define PAGES 4 /* of which the third is not there, and the fourth may only be read */
#define GONE (~(u64)0)

static u8 ram[PAGES * PAGE_SIZE];
static struct vm vms[2];
static struct arch_vcpu vcpu = {.vm = &vms[0].arch, .cpu = 3};
static const struct cfg_vm cfg = {.xirq_rate = 1000};
static u64 seen[HC_ARGS_MAX]; /* arguments of the last call that came through */
static const char *came;

u32 props_states_seen_by(u32 id)
{
	return (u32)BIT(id);
}

#define VALUES0()
#define VALUES1(t0, n0) , n0
#define VALUES2(t0, n0, ...) , n0 VALUES1(__VA_ARGS__)
#define VALUES3(t0, n0, ...) , n0 VALUES2(__VA_ARGS__)
#define VALUES4(t0, n0, ...) , n0 VALUES3(__VA_ARGS__)

/* Stands for each function that is not linked. */
#define FAKE(n, nr, name, error, ...)                                                              \
	__attribute__((weak)) u64 hc_##name(HC_PARAMS##n(__VA_ARGS__))                             \
	{                                                                                          \
		const u64 a[] = {0 VALUES##n(__VA_ARGS__)};                                        \
                                                                                                   \
		memcpy(seen, a + 1, n * sizeof(*a));                                               \
		came = #name;                                                                      \
		return 7;                                                                          \
	}
HYPERCALLS(FAKE)

#define SIZES0()
#define SIZES1(t0, n0) sizeof(t0)
#define SIZES2(t0, n0, ...) sizeof(t0), SIZES1(__VA_ARGS__)
#define SIZES3(t0, n0, ...) sizeof(t0), SIZES2(__VA_ARGS__)
#define SIZES4(t0, n0, ...) sizeof(t0), SIZES3(__VA_ARGS__)
#define SIZES(n, nr, name, error, ...) [NK_HC_##nr] = {SIZES##n(__VA_ARGS__)},

static const u8 sizes[NK_HC_LIMIT][HC_ARGS_MAX] = {HYPERCALLS(SIZES)};

static u64 call(u32 nr, u64 a0, u64 a1, u64 a2, u64 a3)
{
	const u64 a[HC_ARGS_MAX] = {a0, a1, a2, a3};

	came = NULL;
	return core_hypercall(&vcpu, nr, a);
}

static int setup(void **state)
{
	(void)state;
	for (u32 i = 0; i < 2; i++) {
		memset(&vms[i], 0, sizeof(vms[i]));
		vms[i].arch.id = 2 + i;
		vms[i].cfg = &cfg;
		fake_vms.by_id[2 + i] = &vms[i];
		fake_stage2[i] =
			(struct fake_stage2){&vms[i].arch, BASE, ram, PAGES, BIT(2), BIT(3)};
		xirq_vm_init(&vms[i], 288, NK_XIRQ_NR);
	}
	fake_vms.running = BIT(2) | BIT(3);
	fake_counter = 12345;
	for (u32 i = 0; i < sizeof(ram); i++)
		ram[i] = (u8)(i * 7 + i / 256 + 1) | 1;
	board.timer_virt.intid = 27;
	board.timer_phys.intid = 30;
	memset(&fake_pulses, 0, sizeof(fake_pulses));
	return 0;
}

/* What a call returns that refuses its arguments, whatever the table says. */
static u64 refusal(u32 nr)
{
	switch (nr) {
	case NK_HC_VLINK_LOOKUP:
	case NK_HC_PDEV_ALLOC:
	case NK_HC_PMEM_ALLOC:
	case NK_HC_PXIRQ_ALLOC:
	case NK_HC_SYSCONF_CTL:
	case NK_HC_BALLOON_CTRL:
	case NK_HC_MEM_EXTENT:
	case NK_HC_GRANT:
	case NK_HC_REVOKE:
	case NK_HC_GRANT_NEXT:
	case NK_HC_VIRTIO_WINDOW:
	case NK_HC_VIRTIO_REVOKE:
		return 0;
	default:
		return GONE;
	}
}

static void table(void **state)
{
	bool there[NK_HC_LIMIT] = {false};

	(void)state;
	for (u32 i = 1; i < nr_hypercalls; i++) {
		assert_in_range(hypercalls[i].nr, 1, NK_HC_LIMIT - 1);
		assert_false(there[hypercalls[i].nr]);
		assert_non_null(hypercalls[i].name);
		there[hypercalls[i].nr] = true;
	}
	for (u32 nr = 0; nr < NK_HC_LIMIT; nr++)
		if (!there[nr])
			assert_int_equal(call(nr, 1, 2, 3, 4), GONE);
	assert_true(there[NK_HC_PROP_GET] && there[NK_HC_GET_CPUID] && there[NK_HC_XIRQ_POST]);
	assert_int_equal(call(NK_HC_MY_VM_ID, 0, 0, 0, 0), 2);
	assert_int_equal(call(NK_HC_GET_CPUID, 0, 0, 0, 0), 3);
	assert_int_equal(call(NK_HC_RUNNING_IDS, 0, 0, 0, 0), 4);
	assert_int_equal(call(NK_HC_TIMER_GETFREQ, 0, 0, 0, 0), FAKE_HZ);
	assert_int_equal(call(NK_HC_TIMER_GETCOUNT, 0, 0, 0, 0), 12345);
	assert_int_equal(call(NK_HC_PXIRQ_ALLOC, BIT(40), 2, 3, ~0U), 7);
	assert_string_equal(came, "pxirq_alloc");
	assert_true(seen[0] == BIT(40) && seen[1] == 2 && seen[2] == 3 && seen[3] == ~0U);
}

/* Each argument of 32 bits, with a bit above them: the call's own error, and it does not come through. */
static void narrow(void **state)
{
	u32 refused = 0;

	(void)state;
	for (u32 i = 1; i < nr_hypercalls; i++) {
		const struct hypercall *h = &hypercalls[i];

		for (u32 n = 0; n < HC_ARGS_MAX; n++) {
			u64 a[HC_ARGS_MAX] = {0};

			if (sizes[h->nr][n] != sizeof(u32))
				continue;
			a[n] = BIT(32 + i % 32);
			came = NULL;
			assert_int_equal(core_hypercall(&vcpu, h->nr, a), refusal(h->nr));
			assert_null(came);
			refused++;
		}
	}
	assert_true(refused >= 19); /* those that there were when this was written */
}

/* Every start and size around the pages' edges, against what the map says of each byte. */
static void copies(void **state)
{
	static u8 buf[2 * PAGE_SIZE], before[sizeof(ram)];

	(void)state;
	memcpy(before, ram, sizeof(ram));
	for (s32 page = 0; page <= PAGES; page++)
		for (s32 off = -3; off <= 3; off++)
			for (u64 size = 0; size < 8; size++) {
				ipa_t ipa = BASE + (u64)((s64)page * (s64)PAGE_SIZE + off);
				bool r = true, w = true;

				for (u64 i = 0; i < size; i++) {
					r &= !!stage2_guest_ptr(&vms[0].arch, ipa + i, false);
					w &= !!stage2_guest_ptr(&vms[0].arch, ipa + i, true);
				}
				assert_int_equal(guest_readable(&vms[0], ipa, size), r);
				assert_int_equal(guest_writable(&vms[0], ipa, size), w);
				assert_int_equal(guest_read(&vms[0], buf, ipa, size), r ? 0 : -1);
				if (r && size)
					assert_memory_equal(buf, ram + (ipa - BASE), size);
				memset(buf, 0, size);
				assert_int_equal(guest_write(&vms[0], ipa, buf, size), w ? 0 : -1);
				if (w && size)
					assert_memory_equal(ram + (ipa - BASE), buf, size);
				memcpy(ram, before, sizeof(ram));
			}
	assert_int_equal(guest_read(&vms[0], buf, BASE + 5, PAGE_SIZE), 0);
	assert_memory_equal(buf, ram + 5, PAGE_SIZE);
	assert_int_equal(guest_read(&vms[0], buf, ~0UL - 2, 8), -1);
	assert_int_equal(guest_write(&vms[0], ~0UL - 2, buf, 8), -1);
	assert_false(guest_readable(&vms[0], BASE, ~0UL));
	assert_false(guest_readable(&vms[0], ~0UL, 2));
}

static void strings(void **state)
{
	char buf[64];

	(void)state;
	strcpy((char *)ram + PAGE_SIZE - 3, "abcdef");
	assert_int_equal(guest_read_string(&vms[0], buf, BASE + PAGE_SIZE - 3, 7), 6);
	assert_string_equal(buf, "abcdef");
	assert_int_equal(guest_read_string(&vms[0], buf, BASE + PAGE_SIZE - 3, 6), -1);
	assert_int_equal(guest_read_string(&vms[0], buf, BASE + PAGE_SIZE - 3, 0), -1);
	memset(ram + 2 * PAGE_SIZE - 3, 'x', 3); /* on into the hole */
	assert_int_equal(guest_read_string(&vms[0], buf, BASE + 2 * PAGE_SIZE - 3, 64), -1);
	ram[2 * PAGE_SIZE - 1] = 0; /* up to its edge */
	assert_int_equal(guest_read_string(&vms[0], buf, BASE + 2 * PAGE_SIZE - 3, 64), 2);
	assert_int_equal(guest_read_string(&vms[0], buf, 0, 64), -1);
	assert_int_equal(guest_read_string(&vms[0], buf, ~0UL, 64), -1);
}

static void posts(void **state)
{
	NkXIrq x;

	(void)state;
	assert_int_equal(call(NK_HC_XIRQ_POST, NK_XIRQ_SYSCONF, 2, 0, 0), 0);
	assert_true(fake_pulses.n == 1 && fake_pulses.vm == 2 && fake_pulses.intid == 288);
	assert_int_equal(call(NK_HC_XIRQ_POST, NK_XIRQ_SYSCONF, 3, 0, 0), GONE);
	xirq_add_peer(&vms[1], 2);
	assert_int_equal(call(NK_HC_XIRQ_POST, NK_XIRQ_SYSCONF, 3, 0, 0), 0);
	x = xirq_alloc(&vms[1], 3, BIT(2) | BIT(3));
	assert_int_equal(x, NK_XIRQ_FIRST + 1);
	assert_int_equal(call(NK_HC_XIRQ_POST, x + 2, 3, 0, 0), 0);
	assert_true(fake_pulses.n == 3 && fake_pulses.vm == 3 && fake_pulses.intid == 291);
	assert_int_equal(call(NK_HC_XIRQ_POST, x + 3, 3, 0, 0), GONE);
	assert_int_equal(call(NK_HC_XIRQ_POST, x, 2, 0, 0), GONE);
	x = xirq_alloc(&vms[1], NK_XIRQ_NR - 4, BIT(3) | BIT(4));
	assert_int_equal(x, NK_XIRQ_FIRST + 4);
	assert_int_equal(xirq_alloc(&vms[1], 1, BIT(2)), 0);
	assert_int_equal(xirq_alloc(&vms[0], 0, BIT(2)), 0);
	assert_int_equal(xirq_alloc(&vms[0], ~0U, BIT(2)), 0);
	assert_int_equal(xirq_used(&vms[1]), NK_XIRQ_NR);
	assert_int_equal(call(NK_HC_XIRQ_POST, x, 3, 0, 0), GONE);
	for (u32 id = 0; id < 64; id++)
		if (id != 2 && id != 3)
			assert_int_equal(call(NK_HC_XIRQ_POST, NK_XIRQ_SYSCONF, id, 0, 0), GONE);
	assert_int_equal(call(NK_HC_XIRQ_POST, 288, 2, 0, 0), GONE);
	assert_int_equal(call(NK_HC_XIRQ_POST, NK_XIRQ_LIMIT, 2, 0, 0), GONE);
	assert_int_equal(fake_pulses.n, 3);
	xirq_sysconf(~0U, NULL);
	assert_int_equal(fake_pulses.n, 5);
	xirq_post(&vms[0], 0, NULL);
	xirq_post(&vms[0], NK_XIRQ_LIMIT, NULL);
	assert_int_equal(fake_pulses.n, 5);
}

/* A VM that interrupts others too often waits; which of its vCPUs does depends on where it was. */
static void holds(void **state)
{
	struct arch_vcpu *v = &vcpu;
	static struct arch_vcpu other = {.vm = &vms[0].arch, .id = 1};

	(void)state;
	vms[0].arch.nr_vcpus = 2;
	vms[0].arch.vcpu[0] = v;
	vms[0].arch.vcpu[1] = &other;
	fake_pulses.until = 777;
	percpus[0].vcpu = v;
	assert_int_equal(call(NK_HC_XIRQ_POST, NK_XIRQ_SYSCONF, 2, 0, 0), 0);
	assert_true(fake_pulses.by == &vms[0].arch);
	assert_true(fake_held.vcpus == 1 && fake_held.until == 777 && fake_log.lines == 1);
	fake_held.vcpus = 0;
	xirq_post(&vms[1], NK_XIRQ_SYSCONF, &vms[0]);
	assert_true(fake_held.vcpus == 1 && fake_log.lines == 1);
	assert_int_equal(xirq_held(&vms[0]), 2);
	percpus[0].vcpu = NULL;
	xirq_sysconf(BIT(3), &vms[0]);
	assert_int_equal(fake_held.vcpus, 3);
	fake_pulses.until = 0;
	fake_held.vcpus = 0;
	xirq_post(&vms[1], NK_XIRQ_SYSCONF, NULL);
	assert_true(!fake_pulses.by && !fake_held.vcpus);
}

static void map(void **state)
{
	const u32 used = 9;

	(void)state;
	assert_int_equal(xirq_alloc(&vms[0], used - 1, BIT(2)), NK_XIRQ_FIRST + 1);
	for (u32 x = 0; x < 2000; x++) {
		u64 want = x;

		if (x < 16 || x == 27 || x == 30 || (x >= 544 && x < 1024) ||
		    x >= NK_XIRQ_FIRST + used)
			want = GONE;
		else if (x >= NK_XIRQ_FIRST)
			want = 288 + x - NK_XIRQ_FIRST;
		assert_int_equal(call(NK_HC_XIRQ_PTOV, x, 0, 0, 0), want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(table, setup),  cmocka_unit_test_setup(narrow, setup),
		cmocka_unit_test_setup(copies, setup), cmocka_unit_test_setup(strings, setup),
		cmocka_unit_test_setup(posts, setup),  cmocka_unit_test_setup(holds, setup),
		cmocka_unit_test_setup(map, setup),
	};

	return cmocka_run_group_tests_name("hypercall", tests, NULL, NULL);
}
