/* SPDX-License-Identifier: Apache-2.0 */
/* The state a CPU starts in, before anything of ours changes it; x0 = struct start_state. */
	.text
	.globl	raw_entry
raw_entry:
	mov	x1, x0
	mrs	x2, sctlr_el1
	mrs	x3, currentel
	stp	x2, x3, [x1], #16
	mrs	x2, daif
	mrs	x3, spsel
	stp	x2, x3, [x1], #16
	mrs	x2, cntv_ctl_el0
	mrs	x3, cntp_ctl_el0
	stp	x2, x3, [x1], #16
	mrs	x2, mpidr_el1
	stp	x2, x0, [x1], #16
	dsb	sy
	mov	w2, #1
	str	w2, [x1], #8
	dsb	sy
	/* Until told to go */
1:	yield
	ldr	w2, [x1]
	cbz	w2, 1b
	movz	w0, #0x8400, lsl #16
	movk	w0, #2
	hvc	#0
2:	wfi
	b	2b
