// SPDX-License-Identifier: Apache-2.0
/* What is recorded, who says so, and the lives of VMs as events. */
#include "core/monitor/monitor.h"
#include "arch/cpu.h"
#include "arch/upcall.h"
#include "arch/vgic.h"
#include "core/link/xirq.h"
#include "core/monitor/priv.h"
#include "core/prop/prop.h"
#include "core/system.h"
#include "core/vm/vm.h"

#define NS_PER_SECOND 1000000000UL
#define USER_RATE 10000 /* events of a VM a second, */
#define USER_BURST 64 /* and of them, a second's part at once */
#define SHIFT_MAX 40

static struct nk_monitoring info;
static u32 value = NK_MONITOR_NONE;
static bool frozen; /* the rings are being printed */
static u64 user_until[NK_VM_IDS]; /* physical counter: what the VM's events are paid for until */

/* The first bucket's bound: the power of two of ticks that is not below it. */
static u32 bucket_shift(u64 ns)
{
	u64 ticks = (ns * arch_ticks_hz() + NS_PER_SECOND - 1) / NS_PER_SECOND;
	u32 shift = 0;

	while (shift < SHIFT_MAX && (1UL << shift) < ticks)
		shift++;
	return shift;
}

/* Of 64 - z significant bits: those of the first bucket have bucket_shift at most, and so on. */
static void make_buckets(u32 shift, u32 nr)
{
	for (u32 zeroes = 0; zeroes < ARRAY_SIZE(watch_buckets); zeroes++) {
		u32 bits = 64 - zeroes;

		watch_buckets[zeroes] = (u8)MIN(bits > shift ? bits - shift : 0, nr - 1);
	}
}

int monitor_init(struct cfg_error *err)
{
	const struct cfg_monitor *m = &sys_config.monitor;

	if (!m->on)
		return 0;
	info.bucket_shift = bucket_shift(m->first_bucket_ns);
	make_buckets(info.bucket_shift, m->nr_buckets);
	info.nr_cpus = board.nr_cpus;
	info.hz = arch_ticks_hz();
	info.matrices = m->matrices;
	info.nr_buckets = m->matrices ? m->nr_buckets : 0;
	info.nr_logs = sys_config.nr_vlogs;
	return rings_create(err);
}

int monitor_ready(struct cfg_error *err)
{
	u64 stride;

	info.rings = rings_address(&stride);
	info.stride = stride;
	if (rings_map(err) || stats_create(err))
		return -1;
	if (sys_config.monitor.enable) {
		value = sys_config.monitor.enable;
		watch_mode = value;
	}
	return 0;
}

const struct nk_monitoring *monitor_info_all(void)
{
	return &info;
}

bool monitor_info(u32 id, struct nk_monitoring *to)
{
	*to = info;
	if (!prop_may_get(id, "nk.monitoring"))
		to->rings = 0;
	return sys_config.monitor.on;
}

u32 monitor_value(void)
{
	return READ_ONCE(value);
}

/* Whoever has all CPUs look up pays for that as for an interrupt to each vCPU. */
static void pay(struct vm *by)
{
	for (u32 i = 0; i < sys_config.nr_vms; i++) {
		struct vm *vm = vm_by_id(sys_config.vm[i].id);
		u64 until = vm == by ? 0 : vgic_charge(&vm->arch, &by->arch);

		if (until)
			xirq_hold(by, vm, until);
	}
}

/* Each vCPU looks before it is in its guest again, and each CPU before it sleeps again. */
static void ask_all(void)
{
	for (u32 i = 0; i < sys_config.nr_vms; i++) {
		const struct arch_vm *vm = &vm_by_id(sys_config.vm[i].id)->arch;

		for (u32 j = 0; j < vm->nr_vcpus; j++)
			arch_vcpu_request(vm->vcpu[j], VCPU_REQ_WATCH);
	}
	for (u32 i = 0; i < board.nr_cpus; i++)
		arch_cpu_kick(i);
}

/* Has all CPUs do as value and frozen say. Returns whether that is anything else than before. */
static bool set_mode(void)
{
	u32 to = READ_ONCE(value), mode = to == NK_MONITOR_NONE ? 0 : to;

	if (READ_ONCE(frozen))
		mode &= ~(u32)NK_MONITOR_EVENTS;
	if (__atomic_exchange_n(&watch_mode, mode, __ATOMIC_ACQ_REL) == mode)
		return false;
	ask_all();
	return true;
}

int monitor_set(struct vm *by, u32 to)
{
	u32 mode = to == NK_MONITOR_NONE ? 0 : to;

	if (mode && !sys_config.monitor.on)
		return -1;
	if ((mode & NK_MONITOR_EVENTS) && !info.rings)
		return -1;
	WRITE_ONCE(value, to);
	if (set_mode() && by)
		pay(by);
	return 0;
}

void monitor_freeze(bool on)
{
	WRITE_ONCE(frozen, on);
	set_mode();
}

const char *monitor_trace(bool on)
{
	u32 old = monitor_value(), mode = old == NK_MONITOR_NONE ? 0 : old;

	mode = on ? mode | NK_MONITOR_EVENTS : mode & ~(u32)NK_MONITOR_EVENTS;
	return monitor_set(NULL, mode) ? "the system tree has no `monitoring` with `log-size`"
				       : NULL;
}

bool monitor_user(struct arch_vcpu *v, u32 n, u64 first, u64 second, u32 third)
{
	u64 gap = arch_ticks_hz() / USER_RATE, burst = arch_ticks_hz() / USER_BURST;
	u64 now = arch_ticks(), *until = &user_until[v->vm->id];
	u64 old = __atomic_load_n(until, __ATOMIC_RELAXED), new;

	do {
		new = MAX(old, now) + gap;
		if (new - now > burst)
			return false;
	} while (!__atomic_compare_exchange_n(until, &old, new, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	if (watch_events())
		ring_record(NK_EVT_ID_RANGE_USER_BASE + n, RING_TAG(v->vm->id, v->id), first,
			    second, third);
	return true;
}

static void vm_event(const struct vm *vm, u32 type)
{
	if (watch_events())
		ring_record(type, RING_TAG(vm->arch.id, 0), 0, 0, 0);
}

/* Of a VM as a whole: in the row of its first vCPU, which has not begun, or has ended. */
static void vm_op(const struct vm *vm, u32 op)
{
	if (watch_counts())
		vm->arch.vcpu[0]->watch.ops[op]++;
}

int monitor_vm_loading(struct vm *vm)
{
	vm_event(vm, NK_EVT_ID_VM_LOADING);
	vm_op(vm, NK_VCPU_OP_VM_LOADING);
	return 0;
}

int monitor_vm_loaded(struct vm *vm)
{
	vm_event(vm, NK_EVT_ID_VM_LOADED);
	return 0;
}

void monitor_vm_start(struct vm *vm) __must_hold(&vm->lock)
{
	vm_event(vm, NK_EVT_ID_VM_START);
	vm_op(vm, NK_VCPU_OP_VM_START);
}

void monitor_vm_stop(struct vm *vm)
{
	vm_event(vm, NK_EVT_ID_VM_STOP);
	vm_op(vm, NK_VCPU_OP_VM_STOP);
}

void monitor_vm_event(struct vm *vm, enum vm_event event)
{
	if (event != VM_EVENT_CRASHED || !crash_value(vm))
		return;
	vm_event(vm, NK_EVT_ID_VM_FATAL);
	vm_op(vm, NK_VCPU_OP_VM_FATAL);
}

/* By whoever is here, of somebody else. */
static void target_event(u32 type, u32 vm, u32 vcpu)
{
	core_event(type, vm | (u64)vcpu << 32, 0, 0);
}

void monitor_vm_requested(const struct vm *vm, bool pause)
{
	u32 id = vm->arch.id;

	if (!watch_events())
		return;
	target_event(pause ? NK_EVT_ID_VM_SUSPEND_REQUEST : NK_EVT_ID_VM_RESUME_REQUEST, id, ~0U);
	for (u32 i = 0; i < vm->arch.nr_vcpus; i++)
		target_event(pause ? NK_EVT_ID_VCPU_SUSPEND_REQUEST : NK_EVT_ID_VCPU_RESUME_REQUEST,
			     id, i);
}

void monitor_sleep(const struct vm *vm, bool sleeps)
{
	vm_event(vm, sleeps ? NK_EVT_ID_VM_S2R_ENTER : NK_EVT_ID_S2R_LEAVE);
	vm_event(vm, sleeps ? NK_EVT_ID_S2R_ENTER : NK_EVT_ID_VM_S2R_LEAVE);
}
