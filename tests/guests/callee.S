/* SPDX-License-Identifier: Apache-2.0 */
/* To be included: the registers that a call preserves (AAPCS64 6.1.1), to a frame of that many bytes (96 at least) and back. */
	.macro push_callee bytes
	stp	x29, x30, [sp, #-\bytes]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	.endm

	.macro pop_callee bytes
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #\bytes
	.endm
