// SPDX-License-Identifier: Apache-2.0
/* A VM dies, and what comes then; see crash.h. */
#include "core/crash/crash.h"
#include "arch/cpu.h"
#include "arch/run.h"
#include "arch/upcall.h"
#include "core/crash/priv.h"
#include "core/prop/prop.h"
#include "core/vm/vm.h"
#include "lib/log.h"
#include "lib/pages.h"
#include "lib/printf.h"
#include "lib/string.h"

#define US_PER_S 1000000
#define LOG_PLACES 8 /* of a backtrace that the log has */
#define TRACE_LINE 64 /* of what the log has of a backtrace, with what the console adds */

static const char *const reasons[] = {
	[CRASH_FATAL] = "ended by nk",
	[CRASH_PANIC] = "its guest panicked",
	[CRASH_WATCHDOG] = "its watchdog expired",
};

const char *crash_reason_text(const struct vm *vm)
{
	return reasons[READ_ONCE(vm->crash.reason)];
}

u32 crash_value(const struct vm *vm)
{
	bool dead = READ_ONCE(vm->crash.reason) && !(vm_running_value(vm) & 1);

	return READ_ONCE(vm->crash.count) << 1 | dead;
}

bool crash_waits(const struct vm *vm)
{
	u64 until = READ_ONCE(vm->crash.dump_until);

	return until && arch_ticks() < until;
}

void crash_waits_no_more(struct vm *vm) __must_hold(&vm->lock)
{
	WRITE_ONCE(vm->crash.dump_until, 0);
	arch_vcpu_release(vm->arch.vcpu[0], 0);
}

void crash_vcpu_left(struct vm *vm, u32 vcpu) __must_hold(&vm->lock)
{
	vm->crash.left_on |= 1U << vcpu;
}

/* A watchdog that expires is of the kind that restarts: without that there would be no point in it. */
static bool restarts(const struct vm *vm)
{
	return vm->cfg->crash.action == CFG_CRASH_RESTART || vm->crash.reason == CRASH_WATCHDOG;
}

/* Whether its next life is to follow by itself. */
static bool restarts_locked(struct vm *vm) __must_hold(&vm->lock)
{
	const struct cfg_crash *cfg = &vm->cfg->crash;
	struct crash *c = &vm->crash;

	c->refused = false;
	if (!restarts(vm))
		return false;
	c->refused = !crash_may_restart(&c->restarts, cfg->max_restarts,
					(u64)cfg->restarts_time * US_PER_S, c->time);
	return !c->refused;
}

void vm_crashed(struct vm *vm, enum crash_reason reason, u32 vcpu, const char *why)
{
	struct crash *c = &vm->crash;
	bool restart = false, first;

	spin_lock(&vm->lock);
	first = !c->reason;
	if (first) {
		WRITE_ONCE(c->reason, reason);
		WRITE_ONCE(c->count, c->count + 1);
		c->vcpu = vcpu;
		c->time = arch_time_us();
		fmt_snprintf(c->why, sizeof(c->why), "%s", why);
		restart = restarts_locked(vm);
		vm->failed = true;
	}
	spin_unlock(&vm->lock);
	if (first)
		vm_end(vm, restart);
}

void core_vm_crashed(struct arch_vcpu *v, const char *why)
{
	vm_crashed(to_vm(v->vm), CRASH_FATAL, v->id, why);
}

int crash_vm_create(struct vm *vm, struct cfg_error *err)
{
	vm->crash.text = pages_alloc_bytes(CRASH_TEXT_MAX);
	if (vm->crash.text)
		return 0;
	return cfg_fail_at(err, &vm->cfg->node, "memory", "nk's own memory ran out: fewer VMs");
}

/* What is in its memory may be had until it is time. */
int crash_vm_load(struct vm *vm)
{
	struct crash *c = &vm->crash;
	bool stopped;

	while (crash_waits(vm) && !READ_ONCE(vm->cancel))
		run_sleep(vm->arch.vcpu[0], READ_ONCE(c->dump_until));
	spin_lock(&vm->lock);
	/* Stopped meanwhile: it has died, and its memory stays. */
	stopped = c->dump_until && vm->cancel;
	c->dump_until = 0;
	if (!stopped) {
		c->whole = false;
		c->generation++;
		c->note_size = 0;
	}
	spin_unlock(&vm->lock);
	return stopped ? -1 : 0;
}

void crash_vm_start(struct vm *vm) __must_hold(&vm->lock)
{
	struct crash *c = &vm->crash;

	WRITE_ONCE(c->reason, CRASH_NONE);
	c->left_on = 0;
	c->whole = true;
}

/* nk's log has where it was; all else is in the report, which others read only if they may. */
static void log_backtrace(struct vm *vm)
{
	struct crash_place places[BACKTRACE_MAX];
	char line[TRACE_LINE];
	struct nk_dump_vcpu r;
	u32 n;

	arch_vcpu_regs(vm->arch.vcpu[vm->crash.vcpu], &r);
	n = MIN(crash_backtrace(vm, &r, places), (u32)LOG_PLACES);
	if (!vm_report(vm->arch.id, n * TRACE_LINE))
		return;
	crash_symbols(vm, places, n);
	for (u32 i = 0; i < n; i++) {
		crash_place_text(line, sizeof(line), i, &places[i]);
		printk("%s", line);
		arch_cpu_poll();
	}
}

u32 crash_restart_waits(struct vm *vm) __must_hold(&vm->lock)
{
	u32 seconds = vm->cfg->crash.dump_time;

	if (!vm->crash.reason || vm->start || !seconds)
		return 0;
	vm->crash.dump_until = arch_ticks() + (u64)seconds * arch_ticks_hz();
	return seconds;
}

void crash_vm_stop(struct vm *vm)
{
	const struct cfg_crash *cfg = &vm->cfg->crash;
	struct crash *c = &vm->crash;

	if (!c->reason)
		return;
	vm_warn(vm->arch.id, "crashed, %u times now: %s", c->count, reasons[c->reason]);
	log_backtrace(vm);
	props_vm_crash(vm, c->text, crash_report(vm));
	units_event(vm, VM_EVENT_CRASHED);
	if (cfg->action == CFG_CRASH_PANIC)
		panic("vm%u %s has crashed, and its on-crash is \"panic\"", vm->arch.id,
		      vm->cfg->name);
	if (c->refused)
		vm_warn(vm->arch.id, "crashed more than %u times in %u s: stays stopped",
			cfg->max_restarts, cfg->restarts_time);
}
