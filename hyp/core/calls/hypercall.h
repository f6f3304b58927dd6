/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of hypercalls: number, name, function, what is checked of the arguments. Statistics
 * print the names.
 */
#ifndef CORE_CALLS_HYPERCALL_H
#define CORE_CALLS_HYPERCALL_H

#include "arch/vcpu.h"
#include "lib/types.h"
#include "nk/hypercall.h"

struct vm;

#define HC_ARGS_MAX 4

/*
 * a: the caller's x1 to x4; those the table says are 32 bits wide are. Returns x0.
 * Context: the caller's CPU, no lock held.
 */
typedef u64 (*hypercall_fn)(struct vm *vm, struct arch_vcpu *v, const u64 *a);

struct hypercall {
	hypercall_fn fn;
	const char *name;
	u8 nr;
	u8 narrow; /* bit N: a[N] must fit 32 bits */
	s8 error; /* what is returned when it does not */
};

/* The first entry stands for all numbers that are not there. */
extern const struct hypercall hypercalls[];
extern const u32 nr_hypercalls;

/* The functions, each by its file. */
u64 hc_con_write(struct vm *vm, struct arch_vcpu *v, const u64 *a); /* con_call.c */
u64 hc_con_poll(struct vm *vm, struct arch_vcpu *v, const u64 *a);
u64 hc_con_hist_read(struct vm *vm, struct arch_vcpu *v, const u64 *a);
u64 hc_con_hist_boot(struct vm *vm, struct arch_vcpu *v, const u64 *a);
u64 hc_vlink_lookup(struct vm *vm, struct arch_vcpu *v, const u64 *a); /* vlink_call.c */
u64 hc_pdev_alloc(struct vm *vm, struct arch_vcpu *v, const u64 *a);
u64 hc_pmem_alloc(struct vm *vm, struct arch_vcpu *v, const u64 *a);
u64 hc_pxirq_alloc(struct vm *vm, struct arch_vcpu *v, const u64 *a);
u64 hc_sysconf_ctl(struct vm *vm, struct arch_vcpu *v, const u64 *a);
u64 hc_sysconf_post(struct vm *vm, struct arch_vcpu *v, const u64 *a);
u64 hc_xirq_ptov(struct vm *vm, struct arch_vcpu *v, const u64 *a); /* xirq.c */
u64 hc_xirq_post(struct vm *vm, struct arch_vcpu *v, const u64 *a);
u64 hc_prop_get(struct vm *vm, struct arch_vcpu *v, const u64 *a); /* prop_call.c */
u64 hc_prop_set(struct vm *vm, struct arch_vcpu *v, const u64 *a);
u64 hc_prop_enum(struct vm *vm, struct arch_vcpu *v, const u64 *a);
u64 hc_balloon_ctrl(struct vm *vm, struct arch_vcpu *v, const u64 *a); /* balloon.c */
u64 hc_mem_extent(struct vm *vm, struct arch_vcpu *v, const u64 *a); /* mem_call.c */

#endif
