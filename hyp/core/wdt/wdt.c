// SPDX-License-Identifier: Apache-2.0
/* What watchdogs do as time goes by, and as their VMs come and go; see wdt.h. */
#include "core/wdt/wdt.h"
#include "arch/cpu.h"
#include "arch/upcall.h"
#include "core/prop/priv.h"
#include "core/sched/table.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "core/wdt/priv.h"
#include "lib/log.h"
#include "lib/printf.h"

#define NEVER (~0UL)
#define WHY_MAX (CFG_PROP_NAME_MAX + 32)

static struct wdt wdts[CFG_WDTS_MAX];

static struct wdt *wdts_end(void)
{
	return wdts + sys_config.nr_wdts;
}

/* One CPU for all its life, wherever vCPU 0 moves to. */
static u32 cpu_of(const struct wdt *w)
{
	return w->vm->cfg->vcpu_cpu[0];
}

/* state: with what is to be added to the number of expiries. */
static void set_state(struct wdt *w, u32 state)
{
	WRITE_ONCE(w->value, (w->value & ~NK_VWDT_STATE_OF(~0U)) + state);
}

/* The VM's time when it expires; NEVER: it does not count. */
static u64 expiry(const struct wdt *w)
{
	switch (NK_VWDT_STATE_OF(w->value)) {
	case NK_VWDT_STATE_BOOTING:
		return w->config.boot ? w->since + sched_ticks(w->config.boot) : NEVER;
	case NK_VWDT_STATE_RUNNING:
	case NK_VWDT_STATE_BARKED:
		return w->since + sched_ticks(w->config.load);
	default:
		return NEVER;
	}
}

static bool is_to_bark(const struct wdt *w)
{
	return NK_VWDT_STATE_OF(w->value) == NK_VWDT_STATE_RUNNING && w->config.bark;
}

/* The VM's time when its state changes next, unless it is patted. */
static u64 due(const struct wdt *w)
{
	return expiry(w) - (is_to_bark(w) ? sched_ticks(w->config.bark) : 0);
}

/* The physical counter then; NEVER while the VM does not run, or its time stands still. */
static u64 alarm_locked(const struct wdt *w) __must_hold(&w->vm->lock)
{
	const struct vm *vm = w->vm;
	u64 at = due(w);

	if (at == NEVER || vm->state != VM_RUNNING || vm->pause.value & 1)
		return NEVER;
	return at + vm->arch.cntvoff;
}

/*
 * Its CPU hears only of what is due before it would look anyway. The first step from any change is NK_VWDT_US_MIN away
 * at least, so that the CPU is not asked more often, whatever a guest does.
 */
static void arm_locked(struct wdt *w) __must_hold(&w->vm->lock)
{
	u64 at = alarm_locked(w);

	if (at >= w->armed)
		return;
	WRITE_ONCE(w->armed, at);
	arch_cpu_ask_alarm(cpu_of(w));
}

bool wdt_reload(struct wdt *w, const NkVwdtConfig *config)
{
	struct vm *vm = w->vm;
	u32 before, state;

	spin_lock(&vm->lock);
	before = state = NK_VWDT_STATE_OF(w->value);
	if (config)
		w->config = *config;
	if (vm->state == VM_RUNNING) {
		w->since = vm_time_locked(vm);
		if (w->config.mode == NK_VWDT_MODE_OFF)
			state = NK_VWDT_STATE_OFF;
		else if (!config || state != NK_VWDT_STATE_BOOTING)
			state = NK_VWDT_STATE_RUNNING;
		set_state(w, state);
		arm_locked(w);
	}
	spin_unlock(&vm->lock);
	return state != before;
}

u32 wdt_left(const struct wdt *w)
{
	struct vm *vm = w->vm;
	u64 at, now, us = NEVER;

	spin_lock(&vm->lock);
	at = expiry(w);
	now = vm_time_locked(vm);
	if (at != NEVER && vm->state == VM_RUNNING)
		us = (at - MIN(at, now)) * 1000000 / arch_ticks_hz();
	spin_unlock(&vm->lock);
	return (u32)us;
}

/* One that barks late may expire at once. Returns whether anything was due. */
static bool step_locked(struct wdt *w) __must_hold(&w->vm->lock)
{
	if (w->vm->state != VM_RUNNING || vm_time_locked(w->vm) < due(w))
		return false;
	if (is_to_bark(w)) {
		set_state(w, NK_VWDT_STATE_BARKED);
		return true;
	}
	set_state(w, NK_VWDT_STATE_EXPIRED + (1U << NK_VWDT_EXPIRIES_SHIFT));
	w->restarts = w->config.mode == NK_VWDT_MODE_VM_REBOOT;
	return true;
}

/* What is done about a VM whose watchdog has expired. Context: no lock held. */
static void bite(struct wdt *w, u32 mode)
{
	char why[WHY_MAX];

	fmt_snprintf(why, sizeof(why), "watchdog %.*s: expired", w->cfg->name_len, w->cfg->name);
	if (mode == NK_VWDT_MODE_VM_REBOOT)
		vm_crashed(w->vm, CRASH_WATCHDOG, 0, why);
	vm_warn(w->vm->arch.id, "%s", why);
}

static void look_at(struct wdt *w)
{
	struct vm *vm = w->vm;
	bool changed = false;
	u32 mode, state;

	spin_lock(&vm->lock);
	while (step_locked(w))
		changed = true;
	WRITE_ONCE(w->armed, alarm_locked(w));
	mode = w->config.mode;
	state = NK_VWDT_STATE_OF(w->value);
	spin_unlock(&vm->lock);
	if (!changed)
		return;
	if (state == NK_VWDT_STATE_EXPIRED)
		bite(w, mode);
	prop_notify(w->part[CFG_WDT_STATE], vm);
}

/* Who arms one meanwhile asks for another call. */
u64 wdt_cpu_alarm(void)
{
	u32 here = this_cpu()->id;
	u64 next = NEVER;

	for (struct wdt *w = wdts; w < wdts_end(); w++)
		if (cpu_of(w) == here)
			look_at(w);
	for (const struct wdt *w = wdts; w < wdts_end(); w++)
		if (cpu_of(w) == here)
			next = MIN(next, READ_ONCE(w->armed));
	return next;
}

int wdt_create(struct cfg_error *err)
{
	for (struct wdt *w = wdts; w < wdts_end(); w++) {
		w->cfg = &sys_config.wdts[w - wdts];
		w->vm = vm_by_id(w->cfg->vm);
		w->armed = NEVER;
		if (wdt_props_init(w))
			return cfg_fail_at(err, &w->cfg->part[0]->node, "name",
					   "not made: the properties of a watchdog");
	}
	return 0;
}

int wdt_vm_load(struct vm *vm)
{
	for (struct wdt *w = wdts; w < wdts_end(); w++)
		while (w->vm == vm && wdt_configure(w, &w->first, 0))
			cpu_relax();
	return 0;
}

static void start_locked(struct wdt *w) __must_hold(&w->vm->lock)
{
	u32 value = w->value & (~0U << NK_VWDT_EXPIRIES_SHIFT);

	value |= w->config.mode ? NK_VWDT_STATE_BOOTING : NK_VWDT_STATE_OFF;
	WRITE_ONCE(w->value, value | (w->restarts ? NK_VWDT_RESTARTED : 0));
	w->restarts = false;
	w->since = vm_time_locked(w->vm);
	arm_locked(w);
}

void wdt_vm_start(struct vm *vm) __must_hold(&vm->lock)
{
	for (struct wdt *w = wdts; w < wdts_end(); w++)
		if (w->vm == vm)
			start_locked(w);
}

void wdt_vm_stop(struct vm *vm)
{
	spin_lock(&vm->lock);
	for (struct wdt *w = wdts; w < wdts_end(); w++)
		if (w->vm == vm)
			set_state(w, NK_VWDT_STATE_OFF);
	spin_unlock(&vm->lock);
}

void wdt_vm_event(struct vm *vm, enum vm_event event)
{
	for (struct wdt *w = wdts; w < wdts_end(); w++) {
		if (w->vm != vm)
			continue;
		if (event == VM_EVENT_RUNNING) {
			prop_notify(w->part[CFG_WDT_STATE], vm);
		} else if (event == VM_EVENT_PAUSED) {
			spin_lock(&vm->lock);
			arm_locked(w);
			spin_unlock(&vm->lock);
		}
	}
}
