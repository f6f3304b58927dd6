// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_vgic_cases.h"

void arm(u32 intid, u32 prio)
{
	set_edge(0, intid, true);
	set_prio(0, intid, prio);
	set_bit(0, ISENABLER, intid);
}

int vgic_setup(void **state)
{
	const struct config *c = *state;

	machine(c->version, CPUS, c->lrs);
	arm(A, 0x80);
	arm(B, 0xa0);
	arm(C, 0xc0);
	return 0;
}

void takes(u32 cpu, u32 intid)
{
	u32 iar = ack(cpu);

	assert_int_equal(INTID(iar), intid);
	if (intid != SPURIOUS)
		eoi(cpu, iar);
}

static struct config configs[] = {{2, 1}, {2, 4}, {2, 16}, {3, 1}, {3, 4}, {3, 16}};

int vgic_cases(struct CMUnitTest *tests, size_t n)
{
	static const char *const names[] = {"GICv2, 1 list register",
					    "GICv2, 4",
					    "GICv2, 16",
					    "GICv3, 1",
					    "GICv3, 4",
					    "GICv3, 16"};
	int failed = 0;

	for (u32 i = 0; i < ARRAY_SIZE(configs); i++) {
		for (u32 k = 0; k < n; k++)
			tests[k].initial_state = &configs[i];
		failed += _cmocka_run_group_tests(names[i], tests, n, NULL, NULL);
	}
	return failed != 0;
}
