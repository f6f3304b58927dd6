/* SPDX-License-Identifier: Apache-2.0 */
/* Wiping and cleaning of guests' memory; see arch/cache.h. */
	.text

	/* x3 = bytes of the smallest data cache line. Clobbers x4. */
	.macro line_size
	mrs	x4, ctr_el0
	ubfx	x4, x4, #16, #4
	mov	x3, #4
	lsl	x3, x3, x4
	.endm

	.globl	cache_wipe
cache_wipe:
	bti	c
	add	x1, x0, x1
	line_size
	mrs	x4, dczid_el0
	tbnz	x4, #4, .Lno_zva
	and	x4, x4, #0xf
	mov	x5, #4
	lsl	x5, x5, x4
	cmp	x5, x3
	b.ne	.Ltwo_passes
1:	dc	zva, x0
	dc	civac, x0
	add	x0, x0, x3
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret
.Ltwo_passes:
	mov	x6, x0
1:	dc	zva, x6
	add	x6, x6, x5
	cmp	x6, x1
	b.lo	1b
	b	.Lflush
.Lno_zva:
	mov	x6, x0
1:	stp	xzr, xzr, [x6], #16
	cmp	x6, x1
	b.lo	1b
	b	.Lflush

	.globl	cache_flush
cache_flush:
	bti	c
	add	x1, x0, x1
	line_size
	sub	x4, x3, #1
	bic	x0, x0, x4
.Lflush:
	dc	civac, x0
	add	x0, x0, x3
	cmp	x0, x1
	b.lo	.Lflush
	dsb	sy
	ret

	.globl	cache_clean
cache_clean:
	bti	c
	add	x1, x0, x1
	line_size
	sub	x4, x3, #1
	bic	x0, x0, x4
1:	dc	cvac, x0
	add	x0, x0, x3
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret

	.globl	cache_sync_instructions
cache_sync_instructions:
	bti	c
	dsb	ish
	ic	ialluis
	dsb	ish
	isb
	ret
