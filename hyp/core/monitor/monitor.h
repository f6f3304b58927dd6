/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nk keeps about what it does, as nk/monitor.h says: events in a ring of each CPU, counters and times of exits for
 * each vCPU, times of CPUs. All memory for it is taken at boot. docs/tracing.md.
 */
#ifndef CORE_MONITOR_MONITOR_H
#define CORE_MONITOR_MONITOR_H

#include "core/unit.h"
#include "nk/monitor.h"

#define MONITOR_READ_MAX 16 /* columns, or frames, of one hypercall */

/* Hooks of the table of units: its first row, and its last one. */
int monitor_init(struct cfg_error *err);
int monitor_ready(struct cfg_error *err);
int monitor_vm_loading(struct vm *vm);
int monitor_vm_loaded(struct vm *vm);
void monitor_vm_start(struct vm *vm) __must_hold(&vm->lock);
void monitor_vm_stop(struct vm *vm);
void monitor_vm_event(struct vm *vm, enum vm_event event);

/* A VM is to pause, or to go on: events of it and of its vCPUs. Context: any. */
void monitor_vm_requested(const struct vm *vm, bool pause);

/* The whole system goes to sleep as vm asks, or wakes. Context: any. */
void monitor_sleep(const struct vm *vm, bool sleeps);

/* What nk.monitoring shows; for VM id, without what it may not get. Returns false where the tree has no `monitoring`. */
bool monitor_info(u32 id, struct nk_monitoring *info);
const struct nk_monitoring *monitor_info_all(void);

/*
 * What nk.monitoring.enable is. monitor_set() returns 0, or -1 if the tree has nothing to record that in; by: whose doing
 * it is, who pays for what the other VMs' CPUs do. Context: any, no lock held.
 */
u32 monitor_value(void);
int monitor_set(struct vm *by, u32 value);

/* nk.event-log.filter: NK_EVT_FILTER_BYTES. What is no event stays 0. Context: set: any. */
const u8 *monitor_filter(void);
void monitor_filter_set(const u8 *bytes);

/*
 * `trace dump`: prints all rings, bit by bit. Returns NULL, or why not. Context: the console's interrupt; the alarm goes on
 * with it, and returns when it is to be called again, ~0: not.
 */
const char *monitor_dump(void);
u64 monitor_cpu_alarm(void);

/* `trace start` and `trace stop`: events are recorded, or are not. The same. */
const char *monitor_trace(bool on);

/* Records a user's event n for the vCPU here. Returns false if its VM has had its share for now. */
bool monitor_user(struct arch_vcpu *v, u32 n, u64 first, u64 second, u32 third);

/*
 * Columns of a matrix from the id `first` on, as NK_HC_MONITOR_STATS tells them: fills to[] with `max` at most, which is
 * MONITOR_READ_MAX or less. vm is NULL for what is of a physical CPU, whose number vcpu is then. Returns how many there
 * are, or -1 where there is no such thing. Context: in the middle of an exit, no lock held: it polls.
 */
int monitor_stats(u32 matrix, const struct vm *vm, u32 vcpu, u32 first, struct nk_stat *to,
		  u32 max);

/* Frames that nk emulates for vm: the same. */
int monitor_vdevs(const struct vm *vm, struct nk_stat_vdev *to, u32 max);

/* What a physical CPU did while counters were on. Returns 0, or -1 if there is no such CPU. Context: any. */
int monitor_cpu(u32 cpu, struct nk_cpu_times *to);

#endif
