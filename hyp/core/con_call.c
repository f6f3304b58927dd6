/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hypercall.h"
u64 hc_con_write(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return (u64)-1; }
u64 hc_con_poll(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return (u64)-1; }
u64 hc_con_hist_read(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return (u64)-1; }
u64 hc_con_hist_boot(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return (u64)-1; }
