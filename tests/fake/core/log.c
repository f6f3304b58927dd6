// SPDX-License-Identifier: Apache-2.0
#include "lib/log.h"
#include "fake/core.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arch/spinlock.h"

struct fake_log fake_log, fake_warned;
static spinlock_t lock;

static void __printf_like(2, 0) put(struct fake_log *log, const char *fmt, va_list args)
{
	size_t at;

	spin_lock(&lock);
	vsnprintf(log->last, sizeof(log->last), fmt, args);
	at = strlen(log->text);
	snprintf(log->text + at, sizeof(log->text) - at, "%s\n", log->last);
	log->lines++;
	spin_unlock(&lock);
}

void printk(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put(&fake_log, fmt, args);
	va_end(args);
}

void vm_warn(u32 vm_id, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put(&fake_warned, fmt, args);
	va_end(args);
}
