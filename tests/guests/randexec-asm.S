/* SPDX-License-Identifier: Apache-2.0 */
/*
 * void rx_run(void *code): runs what is there with the registers of rx_regs, until any exception
 * at all. Whatever happens to registers, stack and modes, the vectors bring rx_run back.
 */
#define RX_SAVE 0 /* struct rx_state: saved[13], then esr, elr, vector */
#define RX_ESR 104
#define RX_ELR 112
#define RX_VECTOR 120

	.text
	.globl	rx_run
rx_run:
	adrp	x1, rx_state
	add	x1, x1, :lo12:rx_state
	stp	x19, x20, [x1]
	stp	x21, x22, [x1, #16]
	stp	x23, x24, [x1, #32]
	stp	x25, x26, [x1, #48]
	stp	x27, x28, [x1, #64]
	stp	x29, x30, [x1, #80]
	mov	x2, sp
	str	x2, [x1, #96]
	adrp	x2, rx_vectors
	add	x2, x2, :lo12:rx_vectors
	msr	vbar_el1, x2
	msr	elr_el1, x0
	mov	x2, #0x345	/* EL1h, interrupts open, the rest masked */
	msr	spsr_el1, x2
	isb
	adrp	x0, rx_regs
	add	x0, x0, :lo12:rx_regs
	ldr	x1, [x0, #248]
	mov	sp, x1
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	eret

	.balign	0x800
rx_vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	0x80
	msr	spsel, #1
	mov	x2, #\n
	b	rx_back
	.endr

	.balign	0x80
rx_back:
	msr	daifset, #0xf
	adrp	x1, rx_state
	add	x1, x1, :lo12:rx_state
	mrs	x3, esr_el1
	mrs	x4, elr_el1
	stp	x3, x4, [x1, #RX_ESR]
	str	x2, [x1, #RX_VECTOR]
	ldr	x2, [x1, #96]
	mov	sp, x2
	ldp	x19, x20, [x1]
	ldp	x21, x22, [x1, #16]
	ldp	x23, x24, [x1, #32]
	ldp	x25, x26, [x1, #48]
	ldp	x27, x28, [x1, #64]
	ldp	x29, x30, [x1, #80]
	adrp	x2, vectors
	add	x2, x2, :lo12:vectors
	msr	vbar_el1, x2
	adrp	x2, cpus
	add	x2, x2, :lo12:cpus
	msr	tpidr_el1, x2
	isb
	ret
