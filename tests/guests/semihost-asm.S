/* SPDX-License-Identifier: Apache-2.0 */
/*
 * u64 hlt_at_el0(u64 *op, const void *arg): HLT #0xf000 at EL0 with that operation and argument.
 * Whatever comes of it ends in an exception: ESR_EL1, or ~0 if HLT went through; *op = x0 then.
 */
	.text
	.globl	hlt_at_el0
hlt_at_el0:
	stp	x29, x30, [sp, #-32]!
	mrs	x9, vbar_el1
	stp	x0, x9, [sp, #16]
	adr	x9, el0_vectors
	msr	vbar_el1, x9
	adr	x9, 1f
	msr	elr_el1, x9
	mov	x9, #0x3c0			/* EL0t, all masked */
	msr	spsr_el1, x9
	isb
	ldr	x0, [x0]
	eret
1:	hlt	#0xf000
	svc	#0

	.balign	2048
el0_vectors:
	.skip	0x400				/* from a lower level, AArch64, synchronous */
	mrs	x10, esr_el1
	lsr	x11, x10, #26
	cmp	x11, #0x15			/* the SVC behind it */
	csinv	x10, x10, xzr, ne
	ldp	x11, x9, [sp, #16]
	msr	vbar_el1, x9
	isb
	str	x0, [x11]
	mov	x0, x10
	ldp	x29, x30, [sp], #32
	ret
