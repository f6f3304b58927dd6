/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The death of a VM: why it died, the report that outlives its restart, what is done then (`on-crash`), and its memory,
 * which a VM that may can have until the next life wipes it.
 *
 * Locking: vm->lock guards struct crash but for the report, which is the unit's alone while no vCPU is on.
 */
#ifndef CORE_CRASH_CRASH_H
#define CORE_CRASH_CRASH_H

#include "core/unit.h"
#include "nk/dump.h"

struct arch_vcpu;

#define CRASH_TEXT_MAX 4096 /* of a report: a property's page */
#define CRASH_RESTARTS_MAX 32 /* of `max-restarts` */

enum crash_reason {
	CRASH_NONE,
	CRASH_FATAL = NK_CRASH_FATAL,
	CRASH_PANIC = NK_CRASH_PANIC,
	CRASH_WATCHDOG = NK_CRASH_WATCHDOG,
};

/* When it was restarted after a crash: the last CRASH_RESTARTS_MAX times, in microseconds. */
struct crash_restarts {
	u64 at[CRASH_RESTARTS_MAX];
	u32 nr; /* all there ever were */
};

struct crash {
	enum crash_reason reason; /* of this life's end, until the next one begins */
	u32 vcpu; /* the one that crashed */
	u32 left_on; /* mask of vCPUs that were on when it stopped */
	u32 count;
	u64 time; /* in microseconds, since the machine started */
	u64 generation; /* of what is in its memory */
	bool whole; /* nothing of the next life is in its memory yet */
	bool refused; /* it was restarted too often */
	u64 dump_until; /* physical counter: its restart waits; 0: not (any more) */
	u64 note_base, note_size; /* where the guest describes itself */
	struct crash_restarts restarts;
	char why[NK_CRASH_TEXT_MAX];
	char *text; /* CRASH_TEXT_MAX bytes */
};

/*
 * The VM has died: ends it, and has it do then what its `on-crash` says. Only the first reason of a life
 * counts. vcpu: the one that did it, or 0. why: one line or several, for people. Context: any, no lock held; its own
 * vCPU stops at the tail of this exit.
 */
void vm_crashed(struct vm *vm, enum crash_reason reason, u32 vcpu, const char *why);

/* The reason in words, or NULL: it has not crashed since it was started last. Context: any. */
const char *crash_reason_text(const struct vm *vm);

/* What nk.vm.N.state.crashed shows. Bit 0: it is dead; others: how often it crashed. Context: any. */
u32 crash_value(const struct vm *vm);

/* Whether its restart waits for a dump. Context: any. */
bool crash_waits(const struct vm *vm);

/* Somebody wants it to start or to stop now, or has its memory. Context: any. */
void crash_waits_no_more(struct vm *vm) __must_hold(&vm->lock);

/*
 * The VM has stopped, and nothing can overrule its restart any more: how many seconds that waits from now on for
 * somebody to take the memory. 0: it does not, as it is not behind a crash, or somebody wants the VM now. Context: any.
 */
u32 crash_restart_waits(struct vm *vm) __must_hold(&vm->lock);

/* v, which was on, is off since the VM stops. Context: any. */
void crash_vcpu_left(struct vm *vm, u32 vcpu) __must_hold(&vm->lock);

/* Whether one more restart is one of `max` in `window` microseconds; then it is noted. max 0: there is no limit. */
bool crash_may_restart(struct crash_restarts *r, u32 max, u64 window, u64 now);

/* Hooks of the table of units. */
int crash_vm_create(struct vm *vm, struct cfg_error *err);
int crash_vm_load(struct vm *vm);
void crash_vm_start(struct vm *vm) __must_hold(&vm->lock);
void crash_vm_stop(struct vm *vm);

/*
 * What dumps need. Each is refused with -1 where generation (but of the first) is not that of the memory that is there now.
 * page: NK_DUMP_PAGE bytes at the caller's own address. Context: any, no lock held.
 */
int dump_info(struct vm *vm, struct nk_dump_info *info);
int dump_ram(struct vm *vm, u64 generation, u32 piece, struct nk_dump_ram *r);
int dump_vcpu(struct vm *vm, u64 generation, u32 vcpu, struct nk_dump_vcpu *r);
int dump_read(struct vm *vm, u64 generation, u64 address, const struct vm *to, u64 page);
int dump_end(struct vm *vm, u64 generation);

#endif
