/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rooms of core/ ask of each other, where the other one is not linked: what tests set of it,
 * and what it notes. Files in fake/core have the names of those they stand for.
 */
#ifndef FAKE_CORE_H
#define FAKE_CORE_H

#include <setjmp.h>

#include "core/system.h"
#include "core/vm/vm.h"
#include "lib/limits.h"
#include "lib/types.h"

/* ---- log.c ---- */
struct fake_log {
	char text[8192]; /* lines that nk printed, as long as there is room */
	char last[256]; /* of them */
	u32 lines;
};
extern struct fake_log fake_log; /* printk() */
extern struct fake_log fake_warned; /* vm_warn() */

/* ---- vlog.c ---- */
extern struct fake_log fake_vlog; /* nk's own lines; not their text */

/* ---- vm.c ---- */
struct fake_vms {
	struct vm *by_id[NK_VM_IDS];
	u32 running; /* a bit for each */
	const char *called[NK_VM_IDS]; /* what was asked of each last */
	const char *no_resume; /* why none can go on */
};
extern struct fake_vms fake_vms;

/* ---- end.c ---- */
extern jmp_buf *fake_reset_to; /* where end_reset() goes on; NULL: it is not to come */

/* ---- console.c ---- */
extern void (*fake_focus_moved)(void); /* what wants to hear of the keyboard */

/* ---- sched.c ---- */
struct fake_sched {
	u32 barred, members; /* VMs */
	u64 due;
};
extern struct fake_sched fake_sched[NK_CPUS_MAX];

#endif
