/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How modules that test report, in TAP to the kernel's log. The file with a module's init defines TAP_MAIN
 * before it includes this.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <linux/errno.h>
#include <linux/kernel.h>

/* One line of the report: "ok N - text" or "not ok N - text". */
__printf(2, 3) void ok(bool good, const char *text, ...);

/* How many were not ok so far. */
unsigned int tap_failed(void);

/* The plan, behind all others; begins anew. Returns 0, or -EIO where one failed. */
int tap_end(void);

#ifdef TAP_MAIN
static unsigned int tap_count, tap_bad;

void ok(bool good, const char *text, ...)
{
	struct va_format vaf;
	va_list args;

	va_start(args, text);
	vaf.fmt = text;
	vaf.va = &args;
	pr_info("%s %u - %pV\n", good ? "ok" : "not ok", ++tap_count, &vaf);
	va_end(args);
	tap_bad += !good;
}

unsigned int tap_failed(void)
{
	return tap_bad;
}

int tap_end(void)
{
	int err = tap_bad ? -EIO : 0;

	pr_info("1..%u\n", tap_count);
	tap_count = 0;
	tap_bad = 0;
	return err;
}
#endif

#endif
