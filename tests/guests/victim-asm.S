/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The victim's vectors and its work, with the marks of tests/bench/walls.c: 106 an interrupt is taken,
 * 107 it is done with.
 */
#include "marked.S"

	marked_vectors victim_vectors, victim_interrupt, 106, 107

/* void victim_work(const u32 *done, u32 wanted): works until *done is wanted. */
	.globl	victim_work
victim_work:
	ldr	w2, [x0]
	cmp	w2, w1
	b.lo	victim_work
	ret
