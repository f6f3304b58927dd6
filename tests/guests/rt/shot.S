/* SPDX-License-Identifier: Apache-2.0 */
/*
 * u64 shoot(struct shot *s, u64 arg): runs s->pc with x0 = arg in the state s->spsr until its first
 * exception to EL1, of which the rest of *s tells; returns what x0 was then. The code may change
 * any register but SP_EL1.
 */
#include "callee.S"

#define SHOT_PC 0
#define SHOT_SPSR 8
#define SHOT_VECTOR 16
#define SHOT_ESR 24
#define SHOT_FAR 32
#define SHOT_ELR 40
#define SHOT_STATE 48
#define SHOT_X1 56

	.text
	.globl	shoot
shoot:
	push_callee 128
	mrs	x2, vbar_el1
	stp	x0, x2, [sp, #96]
	mrs	x2, tpidr_el1
	str	x2, [sp, #112]
	adrp	x2, shot_vectors
	add	x2, x2, :lo12:shot_vectors
	msr	vbar_el1, x2
	ldp	x3, x4, [x0, #SHOT_PC]
	msr	elr_el1, x3
	msr	spsr_el1, x4
	mov	x0, x1
	mov	x1, xzr
	mov	x2, xzr
	isb
	eret

	/* x29: which vector. */
shot_end:
	ldr	x28, [sp, #96]
	str	x29, [x28, #SHOT_VECTOR]
	str	x1, [x28, #SHOT_X1]
	mrs	x1, esr_el1
	mrs	x2, far_el1
	stp	x1, x2, [x28, #SHOT_ESR]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [x28, #SHOT_ELR]
	ldr	x2, [sp, #104]
	msr	vbar_el1, x2
	ldr	x2, [sp, #112]
	msr	tpidr_el1, x2
	isb
	pop_callee 128
	ret

	.balign	0x800
shot_vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	0x80
	mov	x29, #\n
	b	shot_end
	.endr
	.balign	0x80
