/* SPDX-License-Identifier: Apache-2.0 */
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
