// SPDX-License-Identifier: Apache-2.0
/* nk's own lines, and those about a VM, of which a VM cannot cause too much. */
#include "lib/log.h"

#include <stdarg.h>

#include "arch/cpu.h"
#include "arch/spinlock.h"
#include "core/console/priv.h"
#include "lib/printf.h"

#define LINE 320 /* a configuration error and what stands before it */
#define LINE_EXTRA 10 /* what the console puts around a line */
#define US_PER_S 1000000

/* A bucket of bytes for each VM. The lock is held for no output. */
static spinlock_t warn_lock = SPINLOCK(LOCK_WARN);
static struct {
	u64 since; /* when the last bytes came back */
	u64 used; /* bytes taken and not back yet; a report may overdraw the bucket */
	u32 held_back; /* lines and reports since the last one printed */
	u64 counted; /* when log_vm_end() last printed that */
} warns[NK_VM_IDS];

void printk(const char *fmt, ...)
{
	char line[LINE];
	va_list args;
	int n;

	va_start(args, fmt);
	n = fmt_vsnprintf(line, LINE, fmt, args);
	va_end(args);
	console_log(line, (size_t)MIN(n, LINE - 1));
}

/* Gives back what time has brought. */
static void refill_bucket(u32 vm_id, u64 now) __must_hold(&warn_lock)
{
	u64 passed = MIN(now - warns[vm_id].since, (u64)LOG_VM_BURST * US_PER_S);
	u64 back = passed * LOG_VM_RATE / US_PER_S;

	if (back >= warns[vm_id].used) {
		warns[vm_id].used = 0;
		warns[vm_id].since = now;
	} else {
		warns[vm_id].used -= back;
		warns[vm_id].since += back * US_PER_S / LOG_VM_RATE;
	}
}

/*
 * Takes so many bytes if there are any, and the queue of nk's lines has room beside what is kept for
 * nk's own. *held_back: what went unprinted before, if this may be printed.
 */
static bool take_bytes(u32 vm_id, u32 bytes, u32 *held_back)
{
	bool allowed;

	spin_lock(&warn_lock);
	refill_bucket(vm_id, arch_time_us());
	allowed = warns[vm_id].used < LOG_VM_BURST && console_log_room(bytes);
	*held_back = warns[vm_id].held_back;
	if (allowed)
		warns[vm_id].used += bytes + (*held_back ? LOG_VM_NOTE : 0);
	warns[vm_id].held_back = allowed ? 0 : *held_back + 1;
	spin_unlock(&warn_lock);
	return allowed;
}

static int vm_prefix(char *line, u32 vm_id)
{
	const char *name = console_vm_name(vm_id);

	return fmt_snprintf(line, LINE, "vm%u%s%s: ", vm_id, name ? " " : "", name ? name : "");
}

static void say_held_back(u32 vm_id, u32 count)
{
	char line[LINE];
	int n = vm_prefix(line, vm_id);

	n += fmt_snprintf(line + n, LINE - (size_t)n, "%u more lines were held back", count);
	console_log(line, (size_t)n);
}

bool vm_report(u32 vm_id, u32 bytes)
{
	u32 held_back;

	if (vm_id >= NK_VM_IDS || !take_bytes(vm_id, bytes, &held_back))
		return false;
	if (held_back)
		say_held_back(vm_id, held_back);
	return true;
}

void vm_warn(u32 vm_id, const char *fmt, ...)
{
	char line[LINE];
	va_list args;
	int n;

	n = vm_prefix(line, vm_id);
	va_start(args, fmt);
	n += fmt_vsnprintf(line + n, LINE - (size_t)n, fmt, args);
	va_end(args);
	n = MIN(n, LINE - 1);
	if (vm_report(vm_id, (u32)n + LINE_EXTRA))
		console_log(line, (size_t)n);
}

void log_vm_end(u32 vm_id)
{
	u64 now = arch_time_us();
	u32 held_back = 0;

	spin_lock(&warn_lock);
	/* A VM may reset itself all the time. */
	if (warns[vm_id].held_back && now - warns[vm_id].counted >= US_PER_S) {
		held_back = warns[vm_id].held_back;
		warns[vm_id].held_back = 0;
		warns[vm_id].counted = now;
		warns[vm_id].used += LOG_VM_NOTE;
	}
	spin_unlock(&warn_lock);
	if (held_back)
		say_held_back(vm_id, held_back);
}
