/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The victim's vectors and its work, with the marks of tests/bench/walls.c: 106 an interrupt is taken,
 * 107 it is done with.
 */
	.text
	.balign	2048
	.globl	victim_vectors
victim_vectors:
	.rept	5
	b	.
	.balign	128
	.endr
	hint	#106
	stp	x29, x30, [sp, #-160]!
	stp	x0, x1, [sp, #16]
	stp	x2, x3, [sp, #32]
	stp	x4, x5, [sp, #48]
	stp	x6, x7, [sp, #64]
	stp	x8, x9, [sp, #80]
	stp	x10, x11, [sp, #96]
	stp	x12, x13, [sp, #112]
	stp	x14, x15, [sp, #128]
	stp	x16, x17, [sp, #144]
	bl	victim_interrupt
	ldp	x0, x1, [sp, #16]
	ldp	x2, x3, [sp, #32]
	ldp	x4, x5, [sp, #48]
	ldp	x6, x7, [sp, #64]
	b	1f
	.balign	128
	.rept	10
	b	.
	.balign	128
	.endr
1:	ldp	x8, x9, [sp, #80]
	ldp	x10, x11, [sp, #96]
	ldp	x12, x13, [sp, #112]
	ldp	x14, x15, [sp, #128]
	ldp	x16, x17, [sp, #144]
	ldp	x29, x30, [sp], #160
	hint	#107
	eret

/* void victim_work(const u32 *done, u32 wanted): works until *done is wanted. */
	.globl	victim_work
victim_work:
	ldr	w2, [x0]
	cmp	w2, w1
	b.lo	victim_work
	ret
