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
	msr	vbar_el1, x13
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

/*
 * void step_over(u64 *log, u64 device): single-steps over an ID register read, a device read, a
 * call and a NOP, and logs where each step ends, as the distance from the first instruction. Debug
 * exceptions are masked until the ERET that starts it, and not masked after.
 */
	.globl	step_over
step_over:
	mrs	x13, vbar_el1
	adr	x3, step_vectors
	msr	vbar_el1, x3
	mov	x4, #(1 << 13 | 1)		/* KDE, SS */
	msr	mdscr_el1, x4
	adr	x5, 1f
	msr	elr_el1, x5
	ldr	x6, =(1 << 21 | 7 << 6 | 5)	/* SS, A, I and F masked, EL1h */
	msr	spsr_el1, x6
	mov	x7, #0
	ldr	w8, =0x84000000
	mov	x10, x0
	mov	x11, x1
	mov	x0, x8
	isb
	eret
1:	mrs	x9, id_aa64pfr0_el1
	ldr	w9, [x11]
	hvc	#0
	nop
	nop
	msr	vbar_el1, x13
	isb
	ret

	/* x10: where to log, x5: first instruction, x7: steps so far. */
step_handler:
	mrs	x12, esr_el1
	lsr	x12, x12, #26
	cmp	x12, #0x33
	b.ne	2f
	mrs	x12, elr_el1
	sub	x12, x12, x5
	str	x12, [x10], #8
	add	x7, x7, #1
	cmp	x7, #4
	b.eq	2f
	mrs	x12, spsr_el1
	orr	x12, x12, #(1 << 21)
	msr	spsr_el1, x12
	eret
2:	msr	mdscr_el1, xzr
	isb
	eret

	.balign	2048
step_vectors:
	.rept	4
	.balign	128
	b	.
	.endr
	.rept	4
	.balign	128
	b	step_handler
	.endr
	.balign	128

/* Each is the target of a branch, so that BTYPE is not zero, and has its work done by a hypervisor. */
	.macro	branch_to name, insn:vararg
	.globl	\name
\name:
	adr	x2, 1f
	br	x2
1:	\insn
	svc	#0
	.endm

	branch_to branch_load, ldr w1, [x0]
	branch_to branch_store, str wzr, [x0]
	branch_to branch_id, mrs x1, id_aa64pfr0_el1
	branch_to branch_trapped, mrs x1, cntp_ctl_el0
