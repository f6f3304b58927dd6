/* SPDX-License-Identifier: Apache-2.0 */
/* FP/SIMD and debug registers cleared, for a vCPU's reset. */
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
