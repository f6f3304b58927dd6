// SPDX-License-Identifier: Apache-2.0
/* nk's own lines, and those about a VM, of which a VM cannot cause too much. */
#include "lib/log.h"

#include <stdarg.h>

#include "arch/cpu.h"
#include "arch/spinlock.h"
#include "core/console/priv.h"
#include "lib/bucket.h"
#include "lib/printf.h"

#define LINE 320 /* a configuration error and what stands before it */
#define LINE_EXTRA 10 /* what the console puts around a line */
#define US_PER_S 1000000

/* A bucket of bytes for each VM. The lock is held for no output. */
static spinlock_t warn_lock = SPINLOCK(LOCK_WARN);
static struct {
	struct bucket bucket; /* a report may overdraw it */
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

/*
 * Takes so many bytes if there are any, and the queue of nk's lines has room beside what is kept for
 * nk's own. *held_back: what went unprinted before, if this may be printed.
 */
static bool take_bytes(u32 vm_id, u32 bytes, u32 *held_back)
{
	bool allowed;

	spin_lock(&warn_lock);
	allowed = bucket_left(&warns[vm_id].bucket, arch_time_us(), LOG_VM_RATE, LOG_VM_BURST) &&
		  console_log_room(bytes);
	*held_back = warns[vm_id].held_back;
	if (allowed)
		bucket_take(&warns[vm_id].bucket, bytes + (*held_back ? LOG_VM_NOTE : 0));
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
		bucket_take(&warns[vm_id].bucket, LOG_VM_NOTE);
	}
	spin_unlock(&warn_lock);
	if (held_back)
		say_held_back(vm_id, held_back);
}
