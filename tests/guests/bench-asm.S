/* SPDX-License-Identifier: Apache-2.0 */
/*
 * u64 bench_loop(u64 n, void (*op)(u64 a, u64 b), u64 a, u64 b): ticks of n calls. Its own cost
 * is fixed here, not by a compiler: ten instructions around one MRS, as in the figures of the
 * other hypervisors.
 */
	.text
	.balign	64
	.globl	bench_loop
bench_loop:
	stp	x29, x30, [sp, #-64]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	str	x23, [sp, #48]
	mov	x19, x0
	mov	x20, x1
	mov	x21, x2
	mov	x22, x3
	isb
	mrs	x23, cntvct_el0
1:	mov	x0, x21
	mov	x1, x22
	blr	x20
	nop
	nop
	nop
	subs	x19, x19, #1
	b.ne	1b
	isb
	mrs	x0, cntvct_el0
	sub	x0, x0, x23
	ldr	x23, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #64
	ret

	.macro	op name, insn:vararg
	.globl	\name
\name:
	\insn
	ret
	.endm

	op	op_nothing, nop
	op	op_hvc, hvc #0
	op	op_smc, smc #0
	op	op_read32, ldr w0, [x0]
	op	op_write32, str w1, [x0]
	op	op_id_aa64pfr0, mrs x0, id_aa64pfr0_el1
	op	op_id_aa64dfr0, mrs x0, id_aa64dfr0_el1
	op	op_id_aa64isar0, mrs x0, id_aa64isar0_el1
	op	op_mpidr, mrs x0, mpidr_el1
	op	op_actlr, mrs x0, actlr_el1
	op	op_wfi, wfi
	op	op_cntpct, mrs x0, cntpct_el0

/* a: function id, b: where its arguments are */
	.globl	op_call
op_call:
	ldp	x2, x3, [x1, #8]
	ldr	x1, [x1]
	hvc	#0
	ret

/*
 * u64 ticks_after(u64 j): the counter after j = 0..15 further instructions. The mean over all j
 * of a time in whole ticks of 16 is the exact time in instructions.
 */
	.globl	ticks_after
ticks_after:
	adr	x1, 1f
	sub	x1, x1, x0, lsl #2
	br	x1
	.rept	16
	nop
	.endr
1:	mrs	x0, cntvct_el0
	ret
