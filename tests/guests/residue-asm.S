/* SPDX-License-Identifier: Apache-2.0 */
/* void fp_fill(u64): into both halves of q0..q31. u64 fp_or(void): OR of all of them. FP must be on. */
	.arch armv8-a
	.text
	.globl	fp_fill
fp_fill:
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	dup	v\r\().2d, x0
	.endr
	ret

	.globl	fp_or
fp_or:
	mov	x0, xzr
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	umov	x1, v\r\().d[0]
	umov	x2, v\r\().d[1]
	orr	x0, x0, x1
	orr	x0, x0, x2
	.endr
	ret
