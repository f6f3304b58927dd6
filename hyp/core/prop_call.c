/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hypercall.h"
u64 hc_prop_get(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return (u64)-1; }
u64 hc_prop_set(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return (u64)-1; }
u64 hc_prop_enum(struct vm *vm, struct arch_vcpu *v, const u64 *a) { return (u64)-1; }
