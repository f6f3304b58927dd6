/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 with the SHA-2 instructions of the Cryptographic Extension. */

	.arch	armv8-a+crypto
	.text

/* bool sha256_ce_present(void): ID_AA64ISAR0_EL1.SHA2, bits 15:12, is not 0 */
	.globl	sha256_ce_present
	.type	sha256_ce_present, %function
sha256_ce_present:
	hint	#34			/* bti c */
	mrs	x0, id_aa64isar0_el1
	tst	x0, #0xf000
	cset	w0, ne
	ret
	.size	sha256_ce_present, . - sha256_ce_present

/*
 * q0 = abcd, q1 = efgh; v2, v3 their values before the block; v4..v7 the message, a window of 16
 * words; v8 and v9 are scratch; v16..v31 the 64 constants, which never leave their registers.
 */

	/* Four rounds with the words in \m0, which become the words 16 later. */
	.macro	rounds_schedule k, m0, m1, m2, m3
	add	v9.4s, v\m0\().4s, v\k\().4s
	sha256su0 v\m0\().4s, v\m1\().4s
	mov	v8.16b, v0.16b
	sha256h	q0, q1, v9.4s
	sha256h2 q1, q8, v9.4s
	sha256su1 v\m0\().4s, v\m2\().4s, v\m3\().4s
	.endm

	/* Four of the last sixteen rounds. */
	.macro	rounds k, m0
	add	v9.4s, v\m0\().4s, v\k\().4s
	mov	v8.16b, v0.16b
	sha256h	q0, q1, v9.4s
	sha256h2 q1, q8, v9.4s
	.endm

/*
 * void sha256_ce_blocks(u32 state[8], const void *data, u64 blocks)
 * blocks is not 0. Data is loaded as bytes, so that its alignment does not matter.
 */
	.globl	sha256_ce_blocks
	.type	sha256_ce_blocks, %function
	.balign	16
sha256_ce_blocks:
	hint	#34			/* bti c */
	stp	d8, d9, [sp, #-16]!
	adrp	x3, sha256_k
	add	x3, x3, :lo12:sha256_k
	ld1	{v16.4s-v19.4s}, [x3], #64
	ld1	{v20.4s-v23.4s}, [x3], #64
	ld1	{v24.4s-v27.4s}, [x3], #64
	ld1	{v28.4s-v31.4s}, [x3]
	ld1	{v0.4s-v1.4s}, [x0]

1:	ld1	{v4.16b-v7.16b}, [x1], #64
	mov	v2.16b, v0.16b
	mov	v3.16b, v1.16b
	rev32	v4.16b, v4.16b
	rev32	v5.16b, v5.16b
	rev32	v6.16b, v6.16b
	rev32	v7.16b, v7.16b
	rounds_schedule 16, 4, 5, 6, 7
	rounds_schedule 17, 5, 6, 7, 4
	rounds_schedule 18, 6, 7, 4, 5
	rounds_schedule 19, 7, 4, 5, 6
	rounds_schedule 20, 4, 5, 6, 7
	rounds_schedule 21, 5, 6, 7, 4
	rounds_schedule 22, 6, 7, 4, 5
	rounds_schedule 23, 7, 4, 5, 6
	rounds_schedule 24, 4, 5, 6, 7
	rounds_schedule 25, 5, 6, 7, 4
	rounds_schedule 26, 6, 7, 4, 5
	rounds_schedule 27, 7, 4, 5, 6
	rounds	28, 4
	rounds	29, 5
	rounds	30, 6
	rounds	31, 7
	add	v0.4s, v0.4s, v2.4s
	add	v1.4s, v1.4s, v3.4s
	subs	x2, x2, #1
	b.ne	1b

	st1	{v0.4s-v1.4s}, [x0]
	ldp	d8, d9, [sp], #16
	ret
	.size	sha256_ce_blocks, . - sha256_ce_blocks

	.section .note.GNU-stack, "", %progbits
