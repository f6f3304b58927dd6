/* SPDX-License-Identifier: Apache-2.0 */
/* What the vGIC's contracts are tested with: GICv2 and GICv3, with 1, 4 and 16 list registers. */
#ifndef TEST_VGIC_CASES_H
#define TEST_VGIC_CASES_H

#include "vgic_rig.h"

#define A 40
#define B 41
#define C 64 /* another bank */
#define INTID(iar) (0x3ff & (iar))

struct config {
	u32 version;
	u32 lrs;
};

/* Arms an edge on CPU 0. */
void arm(u32 intid, u32 prio);

/* The machine of one case, with A, B and C armed: what cmocka calls before each test. */
int vgic_setup(void **state);

/* The CPU takes that one and ends it, or SPURIOUS. */
void takes(u32 cpu, u32 intid);

/* Runs the tests on each; returns main()'s status. */
int vgic_cases(struct CMUnitTest *tests, size_t n);

#endif
