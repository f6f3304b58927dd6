/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exception vectors of EL2 (Arm ARM D1.3.1), and the ways in and out of a guest.
 *
 * The general registers go to a struct frame on the CPU's stack. All else of the guest (EL1 system
 * registers, FP/SIMD, ELR_EL2, SPSR_EL2, list registers) stays in the CPU: nk takes no exception
 * itself and uses none of it, so a short exit costs only these registers.
 *
 * Pointer authentication: guest and nk share the key registers, so key A is swapped on the way in
 * and out. Where the CPU has it, head.S makes calls of key_enter and key_leave out of the two
 * instructions marked by pac_site, before the MMU is on; elsewhere the swap costs nothing.
 */
#include "arch/sysreg.h"
#include "asm-offsets.h"

#define APIAKEYLO_EL1 S3_0_C2_C1_0
#define APIAKEYHI_EL1 S3_0_C2_C1_1

	.macro save_volatile
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	str	x18, [sp, #144]
	stp	x29, x30, [sp, #232]
	.endm

	.macro save_callee
	stp	x19, x20, [sp, #152]
	stp	x21, x22, [sp, #168]
	stp	x23, x24, [sp, #184]
	stp	x25, x26, [sp, #200]
	stp	x27, x28, [sp, #216]
	.endm

	.macro load_volatile
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldr	x18, [sp, #144]
	ldp	x29, x30, [sp, #232]
	.endm

	.macro load_callee
	ldp	x19, x20, [sp, #152]
	ldp	x21, x22, [sp, #168]
	ldp	x23, x24, [sp, #184]
	ldp	x25, x26, [sp, #200]
	ldp	x27, x28, [sp, #216]
	.endm

	/* The next instruction may become a call of \target. */
	.macro pac_site target
	.pushsection .rodata.pac_sites, "a"
	.word	776f - pac_sites, \target - pac_sites
	.popsection
776:
	.endm

	.macro enter
	pac_site key_enter
	mov	x29, xzr
	.endm

	/* Back to the guest with what the frame holds; the callee-saved registers are the guest's. */
	.macro leave
	pac_site key_leave
	ldp	x0, x1, [sp]
	load_volatile
	add	sp, sp, #FRAME_SIZE
	eret
	.endm

	/*
	 * Reads of ID registers (HCR_EL2.TID3) and of ACTLR_EL1 (TACR): x0 is the value, from sysreg_id_values[], indexed
	 * CRm:op2, ACTLR_EL1 at the place of MIDR_EL1, which never traps; w1 is Rt, and the guest goes on behind it. To
	 * \other with nothing done, x1 as it was, with what is none. x1: the syndrome. Clobbers x2 and x3.
	 */
	.macro id_read other
	mov	w2, #0xfc01
	movk	w2, #0x31, lsl #16
	and	w2, w1, w2
	mov	w3, #0x0001
	movk	w3, #0x30, lsl #16
	cmp	w2, w3
	b.eq	21f
	mov	w2, #0xfc1f
	movk	w2, #0x3f, lsl #16
	and	w2, w1, w2
	mov	w3, #0x0401
	movk	w3, #0x32, lsl #16
	cmp	w2, w3
	b.ne	\other
	mov	w3, #0
	b	22f
21:	ubfx	w3, w1, #17, #3
	ubfx	w2, w1, #1, #4
	orr	w3, w3, w2, lsl #3
22:	adrp	x0, sysreg_id_values
	add	x0, x0, :lo12:sysreg_id_values
	ldr	x0, [x0, w3, uxtw #3]
	ubfx	w1, w1, #5, #5
	mrs	x2, elr_el2
	add	x2, x2, #4
	msr	elr_el2, x2
	mrs	x2, spsr_el2
	bic	x2, x2, #PSR_SS			/* executed, to a guest that steps, */
	bic	x2, x2, #PSR_BTYPE		/* and no branch any more */
	msr	spsr_el2, x2
	.endm

	/*
	 * What somebody wants of the vCPU before it goes on. Clobbers what a call does. handler: run_requests where
	 * the frame has all registers, guest_requests where x19 to x28 still are in the CPU.
	 */
	.macro requests handler
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #PERCPU_VCPU]
	ldr	x1, [x0, #VCPU_REQUESTS]
	cbz	x1, 9f
	bl	\handler
9:
	.endm

	/*
	 * The slots of the lower exception levels, 32 instructions each; a label where it is shared.
	 * Bit 4 of the class is set for HVC and system registers, and clear for aborts.
	 */
	.macro guest_sync slow
	.balign 128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	mrs	x1, esr_el2
	tbnz	x1, #ESR_EC_SHIFT + 4, sync_instruction
\slow:
	save_volatile
	save_callee
	enter
	mov	x0, sp
	bl	trap_sync
	b	guest_leave
	.endm

	.macro guest_irq
	.balign 128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	save_volatile
	enter
	bl	irq_handle
	requests guest_requests
	leave
	.endm

	/*
	 * The same for a CPU whose exits are watched (watch.c): what is measured begins with the call and ends with
	 * watch_leave().
	 */
	.macro watched to
	.balign 128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	b	\to
	.endm

	.macro watched_call handler
	save_volatile
	enter
	mov	x0, sp
	bl	\handler
	str	x0, [sp]
	requests guest_requests
	bl	watch_leave
	leave
	.endm

	/* Nobody reads the frame's callee-saved registers here, as with an interrupt. */
	.macro guest_call handler
	save_volatile
	enter
	mov	x0, sp
	bl	\handler
	str	x0, [sp]
	requests guest_requests
	leave
	.endm

	.macro guest_serror
	.balign 128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	save_volatile
	save_callee
	enter
	mov	x0, sp
	bl	trap_serror
	b	guest_leave
	.endm

	/* Nothing is ever legal here: nk masks interrupts and its accesses do not fault. */
	.macro own, kind
	.balign 128
	msr	sp_el0, x0
	mov	x0, sp
	msr	tpidrro_el0, x0
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #PERCPU_PANIC_STACK]
	mov	sp, x0
	mov	x0, #\kind
	b	own_exception
	.endm

	.section .rodata.pac_sites, "a"
	.balign 4
	.globl	pac_sites
pac_sites:

	.section .vectors.text, "ax"
	.balign 2048
	.globl	vectors
vectors:
	own	0

	/* Called in place of "mov x29, xzr": nk's key in, the guest's kept. Clobbers x2-x4. */
key_enter:
	mrs	x2, APIAKEYLO_EL1
	mrs	x3, APIAKEYHI_EL1
	mrs	x4, tpidr_el2
	stp	x2, x3, [x4, #PERCPU_GUEST_KEY]
	ldp	x2, x3, [x4, #PERCPU_NK_KEY]
	msr	APIAKEYLO_EL1, x2
	msr	APIAKEYHI_EL1, x3
	isb
	mov	x29, xzr
	ret

	/* Called in place of "ldp x0, x1, [sp]": the guest's key back. Clobbers x2-x4. */
key_leave:
	mrs	x4, tpidr_el2
	ldp	x2, x3, [x4, #PERCPU_GUEST_KEY]
	msr	APIAKEYLO_EL1, x2
	msr	APIAKEYHI_EL1, x3
	ldp	x0, x1, [sp]
	ret

	own	1

	/* Enters the guest with the frame at x0, at the top of this CPU's stack: x0 is the new SP. */
	.globl	guest_enter
guest_enter:
	bti	c
	mov	sp, x0
	b	guest_return

	own	2
	own	3
	own	0
	own	1
	own	2
	own	3
	guest_sync sync_slow
	guest_irq
	guest_irq
	guest_serror
	guest_sync sync_slow_32
	guest_irq
	guest_irq
	guest_serror

	/* Near enough for a TBNZ. */
sync_instruction:
	ubfx	x2, x1, #ESR_EC_SHIFT, #6
	cmp	x2, #ESR_EC_SYS64
	b.eq	sysreg_fast
	cmp	x2, #ESR_EC_HVC64
	b.ne	1f
	guest_call trap_hvc
1:	cmp	x2, #ESR_EC_SMC64
	b.ne	sync_slow
	guest_call trap_smc

	.balign 2048
	.globl	vectors_watched
vectors_watched:
	own	0
	own	1
	own	2
	own	3
	own	0
	own	1
	own	2
	own	3
	watched watched_exit
	watched watched_interrupt
	watched watched_interrupt
	watched watched_error
	watched watched_exit
	watched watched_interrupt
	watched watched_interrupt
	watched watched_error

watched_exit:
	mrs	x1, esr_el2
	ubfx	x2, x1, #ESR_EC_SHIFT, #6
	cmp	x2, #ESR_EC_HVC64
	b.ne	1f
	watched_call watch_hvc
1:	cmp	x2, #ESR_EC_DABT_LOW
	b.eq	watched_abort
	cmp	x2, #ESR_EC_SYS64
	b.eq	watched_sysreg
	cmp	x2, #ESR_EC_SMC64
	b.ne	watched_sync
	watched_call watch_smc

watched_sync:
	save_volatile
	save_callee
	enter
	mov	x0, sp
	bl	watch_sync
	b	watched_leave

watched_abort:
	save_volatile
	save_callee
	enter
	mov	x0, sp
	bl	watch_abort
	requests run_requests
	bl	watch_leave_abort
	b	guest_return

	/* An ID register's read as sysreg_fast does it, counted as watch_leave() does where no events are recorded. */
watched_sysreg:
	mrs	x0, tpidr_el2
	ldr	w2, [x0, #PERCPU_WATCH_MODE]
	tbnz	w2, #NK_MONITOR_EVENTS_BIT, watched_sync
	stp	x4, x5, [sp, #32]
	mrs	x4, cntpct_el0
	id_read	1f
	mrs	x5, cntpct_el0
	sub	x4, x5, x4
	mrs	x2, tpidr_el2
	ldr	x3, [x2, #PERCPU_WATCH_NK]
	add	x3, x3, x4
	str	x3, [x2, #PERCPU_WATCH_NK]
	ldr	x2, [x2, #PERCPU_VCPU]
	ldr	x2, [x2, #VCPU_WATCH_SYSREGS]
	ldr	x3, [x2, #WATCH_CELL_SUM]
	add	x3, x3, x4
	str	x3, [x2, #WATCH_CELL_SUM]
	clz	x4, x4
	adr	x3, watch_buckets
	ldrb	w4, [x3, x4]
	add	x2, x2, x4, lsl #3
	ldr	x3, [x2, #WATCH_CELL_BUCKET]
	add	x3, x3, #1
	str	x3, [x2, #WATCH_CELL_BUCKET]
	ldp	x4, x5, [sp, #32]
	b	sysreg_done
1:	ldp	x4, x5, [sp, #32]
	b	watched_sync

watched_interrupt:
	save_volatile
	enter
	bl	watch_guest_irq
	requests guest_requests
	bl	watch_leave_irq
	leave

watched_error:
	save_volatile
	save_callee
	enter
	mov	x0, sp
	bl	watch_serror
watched_leave:
	requests run_requests
	bl	watch_leave
	b	guest_return

	.text
sysreg_fast:
	id_read	sync_slow
sysreg_done:
	cmp	w1, #3
	b.hi	3f
	str	x0, [sp, w1, uxtw #3]
fast_return:
	ldp	x0, x1, [sp]
	ldp	x2, x3, [sp, #16]
	add	sp, sp, #FRAME_SIZE
	eret
3:	adr	x2, set_register
	add	x2, x2, w1, uxtw #4
	br	x2

	/* Rt = x0, one entry of four instructions for each Rt from 4 on; Rt 31 is XZR. */
	.balign 16
	.equ	set_register, . - 4 * 16
	.irp	n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, zr
	bti	j
	mov	x\n, x0
	b	fast_return
	nop
	.endr

	/*
	 * Requests x1 to the vCPU x0. Who may wait or end there leaves all its registers in the frame, where a
	 * report or a dump finds them: x19 to x28 still are the guest's, and the frame has not got them.
	 */
guest_requests:
	tst	x1, #~VCPU_REQ_VGIC_BIT
	b.eq	run_vgic_request
	save_callee
	b	run_requests

guest_leave:
	requests run_requests
guest_return:
	load_callee
	leave

own_exception:
	sub	sp, sp, #FRAME_SIZE
	stp	x2, x3, [sp, #16]
	save_volatile
	save_callee
	mrs	x2, sp_el0
	stp	x2, x1, [sp]
	mrs	x2, tpidrro_el0
	str	x2, [sp, #248]
	mov	x1, x0
	mov	x0, sp
	bl	trap_own
	b	.

	.section .rodata.pac_sites, "a"
	.globl	pac_sites_end
pac_sites_end:
