// SPDX-License-Identifier: Apache-2.0
/* nk's own lines, and those about a VM, of which a VM cannot cause too many. */
#include "lib/log.h"

#include <stdarg.h>

#include "arch/cpu.h"
#include "arch/spinlock.h"
#include "core/console_priv.h"
#include "lib/printf.h"

#define LINE 320 /* a configuration error and what stands before it */
#define WARN_BURST 8
#define WARN_PERIOD_US 1000000

/* A token bucket for each VM. The lock is a leaf, held for no output. */
static spinlock_t warn_lock;
static struct {
	u64 since; /* when the last token came back */
	u32 used; /* tokens taken and not back yet */
	u32 held_back; /* lines since the last one printed */
	u64 counted; /* when log_vm_end() last printed that */
} warns[NK_VM_IDS];

static void log_args(char *line, int n, const char *fmt, va_list args)
{
	n += fmt_vsnprintf(line + n, LINE - (size_t)n, fmt, args);
	console_log(line, (size_t)MIN(n, LINE - 1));
}

__canary void printk(const char *fmt, ...)
{
	char line[LINE];
	va_list args;

	va_start(args, fmt);
	log_args(line, 0, fmt, args);
	va_end(args);
}

/* Takes a token. *held_back: how many lines went unprinted before, if this one may be. */
static bool warn_allowed(u32 vm_id, u32 *held_back)
{
	u64 now = arch_time_us();
	bool allowed;
	u64 back;

	spin_lock(&warn_lock);
	back = (now - warns[vm_id].since) / WARN_PERIOD_US;
	if (back >= warns[vm_id].used) {
		warns[vm_id].used = 0;
		warns[vm_id].since = now;
	} else {
		warns[vm_id].used -= (u32)back;
		warns[vm_id].since += back * WARN_PERIOD_US;
	}
	allowed = warns[vm_id].used < WARN_BURST;
	*held_back = warns[vm_id].held_back;
	if (allowed)
		warns[vm_id].used++;
	warns[vm_id].held_back = allowed ? 0 : *held_back + 1;
	spin_unlock(&warn_lock);
	return allowed;
}

static int vm_prefix(char *line, u32 vm_id)
{
	const char *name = console_vm_name(vm_id);

	return fmt_snprintf(line, LINE, "vm%u%s%s: ", vm_id, name ? " " : "", name ? name : "");
}

static __canary void say_held_back(u32 vm_id, u32 count)
{
	char line[LINE];
	int n = vm_prefix(line, vm_id);

	n += fmt_snprintf(line + n, LINE - (size_t)n, "%u more lines were held back", count);
	console_log(line, (size_t)n);
}

__canary void vm_warn(u32 vm_id, const char *fmt, ...)
{
	char line[LINE];
	va_list args;
	u32 held_back;

	if (vm_id >= NK_VM_IDS || !warn_allowed(vm_id, &held_back))
		return;
	if (held_back)
		say_held_back(vm_id, held_back);
	va_start(args, fmt);
	log_args(line, vm_prefix(line, vm_id), fmt, args);
	va_end(args);
}

void log_vm_end(u32 vm_id)
{
	u64 now = arch_time_us();
	u32 held_back = 0;

	spin_lock(&warn_lock);
	/* A VM may reset itself all the time. */
	if (warns[vm_id].held_back && now - warns[vm_id].counted >= WARN_PERIOD_US) {
		held_back = warns[vm_id].held_back;
		warns[vm_id].held_back = 0;
		warns[vm_id].counted = now;
	}
	spin_unlock(&warn_lock);
	if (held_back)
		say_held_back(vm_id, held_back);
}
