/* SPDX-License-Identifier: Apache-2.0 */
/* An emulated frame against a model of it, for the parts of holes.c. */
#ifndef HOLES_HOLES_H
#define HOLES_HOLES_H

#include "rt/rt.h"

struct frame {
	const char *name;
	u64 base;
	u32 size;
	u32 cpu; /* whose redistributor */
	/* Whether there is a register with a state that comparisons look at. */
	bool (*is_state)(const struct frame *f, u32 off);
	/* Whether a write of that size there may change anything. */
	bool (*takes)(const struct frame *f, u32 off, u32 bytes);
	/* What a read gives; *care: the bits that are certain. */
	u64 (*read)(const struct frame *f, u32 off, u32 bytes, u64 *care);
	/*
	 * What a write does to the model. False: not to be written so. May take bits out of *value
	 * whose effect is not the model's.
	 */
	bool (*write)(const struct frame *f, u32 off, u32 bytes, u64 *value);
};

/* GICD, and GICC's second page or the redistributors. Returns how many. */
#define GIC_FRAMES_MAX (1 + CPUS_MAX)
u32 gic_frames(struct frame *frames);
/* The model as the GIC is now. */
void gic_learn(const struct frame *frames, u32 n);

void uart_frame(struct frame *f);
/* The model as it is when all is sent; false: that takes too long. */
bool uart_learn(void);

#endif
