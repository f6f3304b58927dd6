/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of a test guest: EL1h, MMU off, x0 = device tree, at any page address.
 * Source: the arm64 Linux boot protocol for x0; ELF for the AArch64 for R_AARCH64_RELATIVE.
 */
#include "callee.S"

#define R_AARCH64_RELATIVE 1027
#define CPU_SP_TOP 0 /* struct cpu */

	.section .text.start, "ax"
	.globl _start
_start:
	msr	daifset, #0xf
	mov	x19, x0

	/* Whether the bss was clean before we clear it: nk promises zeroed memory. */
	adrp	x1, __bss_start
	add	x1, x1, :lo12:__bss_start
	adrp	x2, __bss_end
	add	x2, x2, :lo12:__bss_end
	mov	x20, xzr
1:	ldp	x3, x4, [x1]
	orr	x20, x20, x3
	orr	x20, x20, x4
	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	1b

	adrp	x1, __rela_start
	add	x1, x1, :lo12:__rela_start
	adrp	x2, __rela_end
	add	x2, x2, :lo12:__rela_end
	adrp	x3, _start
2:	cmp	x1, x2
	b.hs	3f
	ldp	x4, x5, [x1], #16
	ldr	x6, [x1], #8
	cmp	w5, #R_AARCH64_RELATIVE
	b.ne	2b
	add	x6, x6, x3
	str	x6, [x3, x4]
	b	2b
3:
	adrp	x1, cpus
	add	x1, x1, :lo12:cpus
	adrp	x2, stacks + STACK_SIZE
	add	x2, x2, :lo12:(stacks + STACK_SIZE)
	str	x2, [x1, #CPU_SP_TOP]
	mov	sp, x2
	msr	tpidr_el1, x1
	adrp	x2, vectors
	add	x2, x2, :lo12:vectors
	msr	vbar_el1, x2
	isb
	mov	x0, x19
	mov	x1, x20
	mov	x29, xzr
	bl	rt_main
4:	wfi
	b	4b

	.text
	/* Entry of a CPU started by PSCI: x0 = its struct cpu. */
	.globl secondary_start
secondary_start:
	msr	daifset, #0xf
	msr	tpidr_el1, x0
	ldr	x1, [x0, #CPU_SP_TOP]
	mov	sp, x1
	adrp	x2, vectors
	add	x2, x2, :lo12:vectors
	msr	vbar_el1, x2
	isb
	mov	x29, xzr
	bl	rt_secondary
1:	wfi
	b	1b

	/* bool exec_at(u64 addr, struct exec_ctx *): a call, or true when it faults (exc.c). */
	.globl exec_at
exec_at:
	push_callee 112
	mov	x2, sp
	adr	x3, 1f
	stp	x2, x3, [x1]
	str	x1, [sp, #96]
	blr	x0
	mov	x0, xzr
	b	2f
1:	mov	x0, #1
2:	ldr	x1, [sp, #96]
	stp	xzr, xzr, [x1]
	pop_callee 112
	ret

	.bss
	.balign	4096
	.globl stacks
stacks:
	.skip	STACK_SIZE * CPUS_MAX
