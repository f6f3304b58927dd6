/* SPDX-License-Identifier: Apache-2.0 */
/* void fp_set(u64): q0..q31, FPSR, each its own value. u64 fp_differs(u64): 0 if they are those. FP must be on. */
	.arch armv8-a
	.text
	.globl	fp_set
fp_set:
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	add	x1, x0, #\r
	dup	v\r\().2d, x1
	.endr
	and	x1, x0, #0x1f
	msr	fpsr, x1
	ret

	.globl	fp_differs
fp_differs:
	and	x1, x0, #0x1f
	mrs	x2, fpsr
	eor	x3, x1, x2
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	add	x1, x0, #\r
	umov	x2, v\r\().d[0]
	eor	x2, x2, x1
	orr	x3, x3, x2
	umov	x2, v\r\().d[1]
	eor	x2, x2, x1
	orr	x3, x3, x2
	.endr
	mov	x0, x3
	ret
