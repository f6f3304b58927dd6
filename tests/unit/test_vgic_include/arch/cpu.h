/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs of the vGIC's tests: one thread, and the test says which CPU it is on. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include "arch/vcpu.h"
#include "lib/types.h"

struct percpu {
	struct arch_vcpu *vcpu;
	u32 id;
};

struct percpu *this_cpu(void);
bool arch_vcpu_request(struct arch_vcpu *v, u64 req);
#define vcpu_ask arch_vcpu_request
u64 arch_counter(void);
u64 arch_time_us(void);
void cpu_relax(void); /* the other CPUs get on */

#endif
