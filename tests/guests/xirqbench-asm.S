/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing but what is measured: vectors whose first instruction at an interrupt is a mark, and a
 * post with a mark in front. The marks are those of tests/bench/exits.c.
 */
#include "marked.S"

	marked_vectors bench_vectors, on_interrupt, 103

/* u64 bench_post(u64 fid, u64 xirq, u64 vm) */
	.globl	bench_post
bench_post:
	hint	#102
	hvc	#0
	ret
