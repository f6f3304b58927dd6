/* SPDX-License-Identifier: Apache-2.0 */
/* From one thread of EL2 to another. */
	.text
	/*
	 * x0: where the stack pointer is kept, x1: the other thread's. Only what a call preserves (AAPCS64
	 * 6.1.1) is kept: all else is the caller's. Addresses go back by RET, which needs no landing pad.
	 */
	.globl	thread_switch
thread_switch:
	bti	c
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x2, sp
	str	x2, [x0]
	mov	sp, x1
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

	/* Where a new thread begins: x19(x20), as arch_thread_make() left them. */
	.globl	thread_begin
thread_begin:
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x20
	mov	x16, x19			/* what BR may go to a `bti c` with */
	br	x16
