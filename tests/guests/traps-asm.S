/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bool fp_survives(u64 seed, u64 device): fills q0..q31, FPCR and FPSR, exits to the hypervisor
 * in each way there is (device read, call, wait), and compares.
 */
	.arch armv8-a
	.macro	fill r
	dup	v\r\().2d, x0
	add	x0, x0, x9
	.endm

	.macro	check r
	umov	x10, v\r\().d[0]
	umov	x11, v\r\().d[1]
	cmp	x10, x0
	ccmp	x11, x0, #0, eq
	cinc	x12, x12, ne
	add	x0, x0, x9
	.endm

	.text
	.globl	fp_survives
fp_survives:
	stp	x29, x30, [sp, #-48]!
	stp	x19, x20, [sp, #16]
	str	x21, [sp, #32]
	mov	x19, x0
	mov	x20, x1
	ldr	x9, =0x0102030405060711
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	fill	\r
	.endr
	mov	x1, #(1 << 22)
	msr	fpcr, x1
	ldr	x1, =(1 << 27 | 0x1f)
	msr	fpsr, x1
	ldr	w1, [x20]
	ldr	w0, =0x84000000
	hvc	#0
	ldr	w1, [x20]
	wfi
	ldr	x9, =0x0102030405060711
	mov	x0, x19
	mov	x12, xzr
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	check	\r
	.endr
	mrs	x1, fpcr
	cmp	x1, #(1 << 22)
	cinc	x12, x12, ne
	mrs	x1, fpsr
	ldr	x2, =(1 << 27 | 0x1f)
	cmp	x1, x2
	cinc	x12, x12, ne
	msr	fpcr, xzr
	msr	fpsr, xzr
	cmp	x12, #0
	cset	x0, eq
	ldr	x21, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #48
	ret
	.ltorg

/*
 * u64 pan_when_trapped(u64 pan): reads PMCR_EL0, which nk makes undefined, with PSTATE.PAN set to
 * pan, and returns what the handler has; ~0 when nothing happened.
 */
	.globl	pan_when_trapped
pan_when_trapped:
	mrs	x2, vbar_el1
	adr	x1, pan_vectors
	msr	vbar_el1, x1
	msr	S3_0_C4_C2_3, x0
	isb
	mov	x0, #-1
	mrs	x3, pmcr_el0
	msr	S3_0_C4_C2_3, xzr
	msr	vbar_el1, x2
	isb
	ret

	.balign	2048
pan_vectors:
	.skip	0x200
	mrs	x0, S3_0_C4_C2_3
	mrs	x1, elr_el1
	add	x1, x1, #4
	msr	elr_el1, x1
	eret
