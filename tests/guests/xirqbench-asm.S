/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing but what is measured: vectors whose first instruction at an interrupt is a mark, and a
 * post with a mark in front. The marks are those of tests/bench/exits.c.
 */
	.text
	.balign	2048
	.globl	bench_vectors
bench_vectors:
	.rept	5
	b	.
	.balign	128
	.endr
	hint	#103
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
	bl	on_interrupt
	ldp	x0, x1, [sp, #16]
	ldp	x2, x3, [sp, #32]
	ldp	x4, x5, [sp, #48]
	ldp	x6, x7, [sp, #64]
	ldp	x8, x9, [sp, #80]
	ldp	x10, x11, [sp, #96]
	ldp	x12, x13, [sp, #112]
	ldp	x14, x15, [sp, #128]
	ldp	x16, x17, [sp, #144]
	ldp	x29, x30, [sp], #160
	eret
	.balign	128
	.rept	10
	b	.
	.balign	128
	.endr

/* u64 bench_post(u64 fid, u64 xirq, u64 vm) */
	.globl	bench_post
bench_post:
	hint	#102
	hvc	#0
	ret
