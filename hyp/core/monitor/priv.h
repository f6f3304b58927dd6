/* SPDX-License-Identifier: Apache-2.0 */
/* Monitoring, shared by core/monitor. */
#ifndef CORE_MONITOR_PRIV_H
#define CORE_MONITOR_PRIV_H

#include "core/monitor/monitor.h"

/* Whom an event is about: the VM, and its vCPU. */
#define RING_TAG(vm, vcpu) ((u32)(vm) << 8 | (u32)(vcpu) << 16)

/* RAM for the rings, by the tree. Returns 0, or -1 and *err. Context: boot. */
int rings_create(struct cfg_error *err);

/* VMs that may get nk.monitoring see the rings. As above. */
int rings_map(struct cfg_error *err);

/* Guest-physical address of the rings, 0: there are none; and the distance from one to the next. */
u64 rings_address(u64 *stride);

/* Nothing is recorded, or what nk.monitoring.enable says. Context: the console's interrupt. */
void monitor_freeze(bool on);

/* Records an event of this CPU, if the filter lets it through. Context: any. */
void ring_record(u32 type, u32 tag, u64 first, u64 second, u32 third);

/* What a vCPU has been at EL1, in ticks. Context: any; while it leaves its CPU it may be less for a moment. */
u64 monitor_vcpu_ran(const struct arch_vcpu *v);

/* RAM for counters of all VMs and CPUs. As rings_create(); all VMs are made. */
int stats_create(struct cfg_error *err);

#endif
