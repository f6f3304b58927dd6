/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hypercall.h"
u64 hc_vlink_lookup(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return 0; }
u64 hc_pdev_alloc(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return 0; }
u64 hc_pmem_alloc(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return 0; }
u64 hc_pxirq_alloc(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return 0; }
u64 hc_sysconf_ctl(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return 0; }
u64 hc_sysconf_post(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return 0; }
