/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memcpy, memmove and memset with general registers only.
 *
 * Every access is naturally aligned, so SCTLR_EL2.A may be set and the MMU may be off: the
 * head is moved in steps of 1, 2 and 4 bytes until dst is 8-byte aligned, and the tail in
 * steps of 32, 16, 8, 4, 2 and 1, each of which keeps the alignment of the steps after it.
 */

	.macro	func name
	.globl	\name
	.type	\name, %function
	.balign	16
\name:
	hint	#34			/* bti c */
	.endm

	.macro	endfunc name
	.size	\name, . - \name
	.endm

	.text

/*
 * x0 dst, x1 src, x2 bytes. Going up, each step loads before it stores, so an overlap with
 * dst below src is fine too, which memmove relies on.
 */
func memcpy
	mov	x3, x0
	eor	x4, x0, x1
	cmp	x2, #16
	b.lo	.Lbytes
	tst	x4, #7
	b.ne	.Lshifted

	tbz	x3, #0, 1f
	ldrb	w4, [x1], #1
	strb	w4, [x3], #1
	sub	x2, x2, #1
1:	tbz	x3, #1, 2f
	ldrh	w4, [x1], #2
	strh	w4, [x3], #2
	sub	x2, x2, #2
2:	tbz	x3, #2, 3f
	ldr	w4, [x1], #4
	str	w4, [x3], #4
	sub	x2, x2, #4

3:	subs	x2, x2, #64
	b.lo	5f
4:	ldp	x4, x5, [x1], #64
	ldp	x6, x7, [x1, #-48]
	ldp	x8, x9, [x1, #-32]
	ldp	x10, x11, [x1, #-16]
	stp	x4, x5, [x3], #64
	stp	x6, x7, [x3, #-48]
	stp	x8, x9, [x3, #-32]
	stp	x10, x11, [x3, #-16]
	subs	x2, x2, #64
	b.hs	4b

	/* The low 6 bits of x2 are still the bytes that remain. */
5:	tbz	x2, #5, 6f
	ldp	x4, x5, [x1], #32
	ldp	x6, x7, [x1, #-16]
	stp	x4, x5, [x3], #32
	stp	x6, x7, [x3, #-16]
6:	tbz	x2, #4, 7f
	ldp	x4, x5, [x1], #16
	stp	x4, x5, [x3], #16
7:	tbz	x2, #3, 8f
	ldr	x4, [x1], #8
	str	x4, [x3], #8
8:	tbz	x2, #2, 9f
	ldr	w4, [x1], #4
	str	w4, [x3], #4
9:	tbz	x2, #1, 10f
	ldrh	w4, [x1], #2
	strh	w4, [x3], #2
10:	tbz	x2, #0, 11f
	ldrb	w4, [x1]
	strb	w4, [x3]
11:	ret

	/*
	 * dst and src differ modulo 8, 16 bytes or more: align dst, then join each 8 bytes from
	 * two aligned loads. A load never goes past the aligned word that holds a byte of src.
	 */
.Lshifted:
	tst	x3, #7
	b.eq	1f
	ldrb	w4, [x1], #1
	strb	w4, [x3], #1
	sub	x2, x2, #1
	b	.Lshifted
1:	and	x12, x1, #7
	sub	x1, x1, x12		/* aligned */
	lsl	x10, x12, #3		/* shift down, 8..56 */
	neg	x11, x10		/* shift up, modulo 64 */
	subs	x2, x2, #16
	b.lo	3f
	ldr	x5, [x1], #8
2:	ldp	x6, x7, [x1], #16
	lsr	x8, x5, x10
	lsl	x4, x6, x11
	orr	x8, x8, x4
	lsr	x9, x6, x10
	lsl	x4, x7, x11
	orr	x9, x9, x4
	mov	x5, x7
	stp	x8, x9, [x3], #16
	subs	x2, x2, #16
	b.hs	2b
	sub	x1, x1, #8
3:	add	x1, x1, x12
	add	x2, x2, #16

.Lbytes:
	cbz	x2, 2f
1:	ldrb	w4, [x1], #1
	strb	w4, [x3], #1
	subs	x2, x2, #1
	b.ne	1b
2:	ret
endfunc memcpy

/* x0 dst, x1 src, x2 bytes. Goes down from the end where going up would overwrite src. */
func memmove
	sub	x3, x0, x1
	cmp	x3, x2
	b.hs	memcpy			/* dst below src (wraps), or no overlap */
	add	x4, x0, x2
	add	x1, x1, x2
	orr	x3, x3, x2
	tst	x3, #7
	b.ne	2f			/* an odd length or distance: bytes */
	tst	x4, #7
	b.ne	2f
	cbz	x2, 4f
1:	ldr	x5, [x1, #-8]!
	str	x5, [x4, #-8]!
	subs	x2, x2, #8
	b.ne	1b
	ret
2:	cbz	x2, 4f
3:	ldrb	w5, [x1, #-1]!
	strb	w5, [x4, #-1]!
	subs	x2, x2, #1
	b.ne	3b
4:	ret
endfunc memmove

/* x0 dst, w1 byte, x2 bytes */
func memset
	mov	x3, x0
	and	x1, x1, #0xff
	orr	x1, x1, x1, lsl #8
	orr	x1, x1, x1, lsl #16
	orr	x1, x1, x1, lsl #32
	cmp	x2, #16
	b.lo	7f

	tbz	x3, #0, 1f
	strb	w1, [x3], #1
	sub	x2, x2, #1
1:	tbz	x3, #1, 2f
	strh	w1, [x3], #2
	sub	x2, x2, #2
2:	tbz	x3, #2, 3f
	str	w1, [x3], #4
	sub	x2, x2, #4
3:	subs	x2, x2, #64
	b.lo	5f
4:	stp	x1, x1, [x3], #64
	stp	x1, x1, [x3, #-48]
	stp	x1, x1, [x3, #-32]
	stp	x1, x1, [x3, #-16]
	subs	x2, x2, #64
	b.hs	4b
5:	tbz	x2, #5, 6f
	stp	x1, x1, [x3], #32
	stp	x1, x1, [x3, #-16]
6:	and	x2, x2, #31
	tbz	x2, #4, 7f
	stp	x1, x1, [x3], #16
	sub	x2, x2, #16

7:	cbz	x2, 9f
8:	strb	w1, [x3], #1
	subs	x2, x2, #1
	b.ne	8b
9:	ret
endfunc memset

	.section .note.GNU-stack, "", %progbits
