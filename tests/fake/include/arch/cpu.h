/* SPDX-License-Identifier: Apache-2.0 */
/* The real header; of its inline functions, those that are instructions stand in fake/arch/cpu.c. */
#include_next <arch/cpu.h>

#ifndef FAKE_CPU_H
#define FAKE_CPU_H

#define this_cpu fake_this_cpu
#define this_cpu_now fake_this_cpu
#define cpu_relax fake_cpu_relax
#define vcpu_ask arch_vcpu_request

struct percpu *this_cpu(void);
void cpu_relax(void);

#endif
