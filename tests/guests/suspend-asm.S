/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s64 suspend_to(u64 fn, struct woken *w): SYSTEM_SUSPEND, with where to go on; what it gives when it is refused, and 1
 * from where it goes on, with the state found there in *w. The MMU is off before and after.
 */
#include "callee.S"

	.text
	.globl	suspend_to
suspend_to:
	push_callee 96
	mov	x3, sp
	mrs	x4, tpidr_el1
	stp	x3, x4, [x1]
	mrs	x3, vbar_el1
	str	x3, [x1, #16]
	mov	x2, x1
	adr	x1, woken
	hvc	#0
	b	1f

woken:
	ldp	x3, x4, [x0]
	mov	sp, x3
	mrs	x3, tpidr_el1
	msr	tpidr_el1, x4
	ldr	x4, [x0, #16]
	mrs	x5, vbar_el1
	msr	vbar_el1, x4
	isb
	stp	x3, x5, [x0, #24]
	mrs	x3, sctlr_el1
	mrs	x4, currentel
	stp	x3, x4, [x0, #40]
	mrs	x3, daif
	mrs	x4, cntv_ctl_el0
	stp	x3, x4, [x0, #56]
	mov	x0, #1
1:	pop_callee 96
	ret

	/* Entry of another CPU: stays on until its word is set. */
	.globl	stay_on
stay_on:
	ldr	w1, [x0]
	cbz	w1, stay_on
	movz	w0, #0x8400, lsl #16
	movk	w0, #2
	hvc	#0
