/* SPDX-License-Identifier: Apache-2.0 */
/* To be included: vectors that know an IRQ of EL1h alone, with marks for the plugins of tests/bench. */
/*
 * first, last: the HINTs that are its first instruction and the one before its ERET (none: leave it out).
 * handler: a function without arguments. It takes 26 of the slot's 32 instructions.
 */
	.macro	marked_vectors name, handler, first, last
	.text
	.balign	2048
	.globl	\name
\name:
	.rept	5
	b	.
	.balign	128
	.endr
	hint	#\first
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
	bl	\handler
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
	.ifnb	\last
	hint	#\last
	.endif
	eret
	.balign	128
	.rept	10
	b	.
	.balign	128
	.endr
	.endm
