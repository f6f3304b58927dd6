/* SPDX-License-Identifier: Apache-2.0 */
/* FP/SIMD and debug registers: cleared for a vCPU's reset, and to and from memory. */
	.text
	/* FP/SIMD registers as a guest may first see them: zero, nothing of the last owner. */
	.globl	fpsimd_reset
fpsimd_reset:
	bti	c
	msr	fpcr, xzr
	msr	fpsr, xzr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	movi	v\n\().2d, #0
	.endr
	ret

	/* x0: room for q0 to q31, FPCR, FPSR. */
	.globl	fpsimd_save
fpsimd_save:
	bti	c
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	str	q\n, [x0, #\n * 16]
	.endr
	mrs	x1, fpcr
	mrs	x2, fpsr
	str	x1, [x0, #512]
	str	x2, [x0, #520]
	ret

	.globl	fpsimd_load
fpsimd_load:
	bti	c
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ldr	q\n, [x0, #\n * 16]
	.endr
	ldr	x1, [x0, #512]
	ldr	x2, [x0, #520]
	msr	fpcr, x1
	msr	fpsr, x2
	ret

	/*
	 * Breakpoints and watchpoints, of which the last guest's must not live on in the next: w0 and
	 * w1 = how many there are, less 1 (ID_AA64DFR0_EL1). Goes into the middle of each list.
	 */
	.section .text.debug_reset, "ax"	/* not in the room before the vectors */
	.globl	debug_reset
debug_reset:
	bti	c
	adr	x2, .Llast_b
	sub	x2, x2, w0, uxtw #3		/* two instructions each */
	ret	x2
	.irp	n, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1
	msr	dbgbcr\n\()_el1, xzr
	msr	dbgbvr\n\()_el1, xzr
	.endr
.Llast_b:
	msr	dbgbcr0_el1, xzr
	msr	dbgbvr0_el1, xzr
	adr	x2, .Llast_w
	sub	x2, x2, w1, uxtw #3		/* two instructions each */
	ret	x2
	.irp	n, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1
	msr	dbgwcr\n\()_el1, xzr
	msr	dbgwvr\n\()_el1, xzr
	.endr
.Llast_w:
	msr	dbgwcr0_el1, xzr
	msr	dbgwvr0_el1, xzr
	ret

	/*
	 * To and from memory: x0, control and value of each breakpoint, the last one that there can be first, and
	 * of each watchpoint from x0 + 256 on; w1 and w2 as w0 and w1 of debug_reset.
	 */
	.macro	save_pair what, n
	mrs	x4, dbg\what\()cr\n\()_el1
	mrs	x5, dbg\what\()vr\n\()_el1
	stp	x4, x5, [x0, #(15 - \n) * 16]
	.endm

	.macro	load_pair what, n
	ldp	x4, x5, [x0, #(15 - \n) * 16]
	msr	dbg\what\()vr\n\()_el1, x5
	msr	dbg\what\()cr\n\()_el1, x4
	.endm

	/* Breakpoints at x0, then watchpoints behind them. A list has three instructions for each, the last one first. */
	.macro	debug_all op
	.globl	debug_\op
debug_\op:
	bti	c
	mov	x16, x30
	adr	x3, .L\op\()_b
	bl	into_list
	add	x0, x0, #256
	mov	w1, w2
	adr	x3, .L\op\()_w
	bl	into_list
	ret	x16
	.irp	what, b, w
	.irp	n, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1
	\op\()_pair \what, \n
	.endr
.L\op\()_\what\():
	\op\()_pair \what, 0
	ret
	.endr
	.endm

	/* x3: where that of number 0 is, w1: the highest number there is. Returns behind the list. */
into_list:
	mov	w4, #12
	umsubl	x3, w1, w4, x3
	ret	x3

	debug_all save
	debug_all load
