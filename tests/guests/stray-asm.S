/* SPDX-License-Identifier: Apache-2.0 */
/* One access each, at its first instruction, of what x0 points to; then SVC. */
	.arch armv8-a
	.macro	shot name, insn:vararg
	.globl	\name
\name:
	\insn
	svc	#0
	.endm

	.text
	.balign	8
	shot	load_8, ldrb w0, [x0]
	shot	load_16, ldrh w0, [x0]
	shot	load_32, ldr w0, [x0]
	shot	load_64, ldr x0, [x0]
	shot	load_signed, ldrsw x0, [x0]
	shot	load_acquire, ldar w0, [x0]
	shot	load_pair, ldp w1, w2, [x0]
	shot	load_post, ldr w1, [x0], #4
	shot	load_exclusive, ldxr w0, [x0]
	shot	store_8, strb wzr, [x0]
	shot	store_16, strh wzr, [x0]
	shot	store_32, str wzr, [x0]
	shot	store_64, str xzr, [x0]
	shot	store_release, stlr wzr, [x0]
	shot	store_pair, stp wzr, wzr, [x0]
	shot	store_pre, str wzr, [x0, #4]!
	shot	nothing, nop
