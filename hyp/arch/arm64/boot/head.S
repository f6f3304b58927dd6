/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: the arm64 Linux Image header and boot protocol (x0 = device tree, EL2, MMU off, any
 * 2 MiB-aligned address), and the way of every CPU to its stack at nk's own virtual addresses.
 */
#include "arch/layout.h"
#include "arch/pgtable.h"
#include "arch/sysreg.h"
#include "asm-offsets.h"

	.section .head.text, "ax"
	.globl _head
_head:
	b	_start
	.long	0
	.quad	0				/* text_offset */
	.quad	__image_size			/* image_size: with the bss */
	.quad	0xa				/* little endian, 4 KiB pages, anywhere */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.text
_start:
	msr	daifset, #0xf
	mov	x20, x0				/* board device tree, PA */
	mrs	x1, CurrentEL
	lsr	x1, x1, #2
	cmp	x1, #2
	b.ne	.Lrefuse
	mrs	x22, cntpct_el0			/* nk's start: at EL1 it could trap */
	adrp	x21, _head			/* image, PA */
	bl	.Lcontrols
	cbnz	x1, .Lrefuse
	bl	count_start

	/*
	 * The loader cleaned the file's bytes to the point of coherency, not what lies behind them:
	 * no stale line may later hide what is written here with the caches off (Arm ARM B2.7).
	 */
	bl	.Linval_bss
	adrp	x0, __bss_start
	adrp	x1, __bss_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b

	adrp	x0, boot_stack_end
	mov	sp, x0
	mov	x29, xzr
	mov	x0, x21
	bl	mmu_boot_tables
	bl	.Linval_bss
	bl	.Lpac_patch

	ldr	x30, =.Lboot_high
	b	mmu_enable
.Lboot_high:
	ldr	x0, =boot_stack_end
	mov	sp, x0
	bl	arch_boot_percpu
	bl	guard_init
	mov	x0, x20
	mov	x1, x22
	bl	arch_boot
.Lpark:
	wfe
	b	.Lpark

	/*
	 * nk cannot run here: x1 = the exception level, as it is, x20 = the board's tree. What says so is C
	 * at the image's physical address, at any level. libfdt finds its canary by the GOT, whose addresses
	 * are made those of where the image is: nobody else will need them.
	 */
.Lrefuse:
	adrp	x2, _head
	ldr	x3, =_head
	sub	x2, x2, x3
	adrp	x0, __got_start
	add	x0, x0, :lo12:__got_start
	adrp	x4, __got_end
	add	x4, x4, :lo12:__got_end
1:	cmp	x0, x4
	b.hs	2f
	ldr	x3, [x0]
	add	x3, x3, x2
	str	x3, [x0], #8
	b	1b
2:	adrp	x0, boot_stack_end
	mov	sp, x0
	mov	x29, xzr
	mov	x0, x20
	bl	boot_refuse
	b	.Lpark

	/*
	 * Where the CPU has pointer authentication, makes calls at the places in pac_sites (two words
	 * each: place and target, from the table on). Text can be written as long as the MMU is off;
	 * a clean line that the loader left must not hide it, and mmu_enable drops the instruction
	 * caches (Arm ARM B2.7.4). A CPU without it is let in only where the first one has it not
	 * either (cpu_id.c). Clobbers x0-x6.
	 */
.Lpac_patch:
	mrs	x0, id_aa64isar1_el1
	ubfx	x0, x0, #4, #8			/* APA, API */
	mrs	x1, S3_0_C0_C6_2		/* ID_AA64ISAR2_EL1 */
	ubfx	x1, x1, #12, #4			/* APA3 */
	orr	x0, x0, x1
	cbz	x0, 2f
	adrp	x0, pac_sites
	add	x0, x0, :lo12:pac_sites
	adrp	x1, pac_sites_end
	add	x1, x1, :lo12:pac_sites_end
	mov	x2, x0
	mov	w6, #0x94000000			/* BL */
1:	ldpsw	x3, x4, [x2], #8
	sub	x4, x4, x3
	asr	x4, x4, #2
	and	w4, w4, #0x3ffffff
	orr	w4, w4, w6
	add	x3, x3, x0
	str	w4, [x3]
	dmb	sy
	dc	ivac, x3
	cmp	x2, x1
	b.lo	1b
	dsb	sy
2:	ret

	/*
	 * What nk is built for, whatever was left behind: none of it has a reset value when EL3 is
	 * there. E2H and TGE change the format of the others; TFP would trap the hashing. Returns x1 = 0,
	 * or 2 on a CPU whose E2H stays 1 (Arm ARM D17.2.48: where FEAT_E2H0 is not there).
	 */
.Lcontrols:
	mov	x1, #HCR_RW
	msr	hcr_el2, x1
	isb
	.globl	e2h_written
e2h_written:
	mrs	x1, hcr_el2
	tbnz	x1, #HCR_E2H_SHIFT, 1f
	mov	x1, #(CPTR_RES1 | CPTR_TZ)
	msr	cptr_el2, x1
	ldr	x1, =SCTLR_EL2_RES1
	msr	sctlr_el2, x1
	isb
	mov	x1, xzr
	ret
1:	mov	x1, #2
	ret

	/*
	 * Counts executed instructions at EL2 in the last event counter, where there is a PMU.
	 * Clobbers x1-x3. run.c keeps that counter for EL2.
	 */
	.globl	count_start
count_start:
	mrs	x1, id_aa64dfr0_el1
	ubfx	x1, x1, #8, #4
	cbz	x1, 1f
	cmp	x1, #0xf
	b.eq	1f
	mrs	x1, pmcr_el0
	ubfx	x1, x1, #11, #5
	cbz	x1, 1f
	sub	x1, x1, #1
	orr	x2, x1, #MDCR_HPME
	msr	mdcr_el2, x2			/* HPMN: counters from this one on are EL2's */
	msr	pmselr_el0, x1
	isb
	mov	x2, #0x08			/* INST_RETIRED */
	movk	x2, #0x0800, lsl #16		/* NSH: EL2 too */
	msr	pmxevtyper_el0, x2
	msr	pmxevcntr_el0, xzr
	mov	x2, #1
	lsl	x2, x2, x1
	msr	pmcntenset_el0, x2
	isb
1:	ret

	/* Invalidates [__bss_start, __bss_end) to the point of coherency. Clobbers x0-x3. */
.Linval_bss:
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4			/* DminLine: log2 of words */
	mov	x3, #4
	lsl	x3, x3, x2
	adrp	x0, __bss_start
	adrp	x1, __bss_end
	dsb	sy
1:	dc	ivac, x0
	add	x0, x0, x3
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret

	.section .idmap.text, "ax"
	/*
	 * Turns the MMU on with the identity map, goes to the virtual address in x30, and leaves the
	 * identity map by loading nk's own root there. Clobbers x0-x4. Arm ARM D8.2, B2.3.10.
	 */
	.globl	mmu_enable
mmu_enable:
	adrp	x0, mmu_idmap_root
	msr	ttbr0_el2, x0
	ldr	x1, =MMU_MAIR
	msr	mair_el2, x1
	ldr	x1, =MMU_TCR
	mrs	x2, id_aa64mmfr0_el1
	and	x2, x2, #7			/* PARange: its values above 48 bits are capped */
	cmp	x2, #5
	mov	x3, #5
	csel	x2, x2, x3, lo
	bfi	x1, x2, #16, #3			/* TCR_EL2.PS */
	msr	tcr_el2, x1
	isb
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	ldr	x1, =SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA | SCTLR_WXN
	mrs	x2, id_aa64pfr1_el1
	ands	x2, x2, #0xf			/* BT: branch target identification */
	ldr	x3, =SCTLR_BT
	csel	x3, x3, xzr, ne
	orr	x1, x1, x3
	adrp	x4, mmu_root
	msr	sctlr_el2, x1
	isb
	ldr	x2, =.Lhigh
	br	x2
	.ltorg

	.text
.Lhigh:
	bti	j
	msr	ttbr0_el2, x4
	isb
	tlbi	alle2
	dsb	nsh
	isb
	ldr	x0, =vectors
	msr	vbar_el2, x0
	isb
	ret

	/* Where PSCI CPU_ON brings a secondary CPU: x0 = its index, MMU off. */
	.globl	secondary_entry
secondary_entry:
	msr	daifset, #0xf
	mov	x20, x0
	bl	.Lcontrols
	cbnz	x1, .Lpark			/* counted as a CPU that did not start */
	bl	count_start
	ldr	x30, =.Lsecondary_high
	b	mmu_enable
.Lsecondary_high:
	mov	x0, x20
	ldr	x1, =VA_STACKS
	mov	x2, #STACK_STRIDE
	madd	x1, x0, x2, x1
	add	x1, x1, #(STACK_PAGES * 4096)
	mov	sp, x1
	mov	x29, xzr
	bl	arch_boot_secondary
	b	.Lpark

	/* Signs with key A from here on: x0, x1 = key. A leaf without a signed return of its own. */
	.globl	pac_enable
pac_enable:
	bti	c
	msr	S3_0_C2_C1_0, x0
	msr	S3_0_C2_C1_1, x1
	mrs	x2, sctlr_el2
	orr	x2, x2, #SCTLR_EnIA
	msr	sctlr_el2, x2
	isb
	ret

	/* Leaves whatever the CPU did: empty stack at x0, then x1(x2). Never returns. */
	.globl	stack_switch_call
stack_switch_call:
	bti	c
	mov	sp, x0
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x2
	mov	x16, x1			/* what BR may go to a `bti c` with */
	br	x16

	.bss
	.balign 4096
	.globl	boot_guard
boot_guard:
	.skip	4096				/* not mapped */
	.skip	16384
	.globl	boot_stack_end
boot_stack_end:
