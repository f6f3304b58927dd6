/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Watchdogs of VMs: the three properties of each. Manual: VWATCHDOG(4D), which has the names and the numbers of the
 * modes; the layout of `state` is nk's own.
 */
#ifndef NK_VWDT_H
#define NK_VWDT_H

#include <nk/types.h>

/* With the VM's id and the watchdog's name. */
#define NK_VWDT_CONFIG "nk.vm.%u.wdt.%s.config"
#define NK_VWDT_COUNTER "nk.vm.%u.wdt.%s.counter"
#define NK_VWDT_STATE "nk.vm.%u.wdt.%s.state"

#define NK_VWDT_MODE_OFF 0
#define NK_VWDT_MODE_VM_REBOOT 1 /* whose watchdog expires is restarted */
#define NK_VWDT_MODE_VM_NOTIFY 2 /* `state` says so, and no more */

/* The value of `config`, in microseconds. What is written to it loads the counter anew. */
typedef struct NkVwdtConfig {
	nku32_f load; /* from one pat to its expiry: NK_VWDT_US_MIN at least */
	nku32_f boot; /* from the VM's start to the first pat: NK_VWDT_US_MIN at least; 0: any time */
	nku32_f bark; /* so long before `load` is over it barks: load less NK_VWDT_US_MIN at most; 0: never */
	nku32_f mode;
} NkVwdtConfig;

#define NK_VWDT_US_MIN 10000

/* `counter`: any value written to it is a pat. Who may read it finds the microseconds left; ~0: it does not count. */
#define NK_VWDT_COUNT_SIZE 4

/* `state`: one of these, whether this life of the VM began because it expired, and how often it has, modulo 65536. */
#define NK_VWDT_STATE_SIZE 4
#define NK_VWDT_STATE_OFF 0 /* by its mode, or since the VM does not run */
#define NK_VWDT_STATE_BOOTING 1 /* not patted yet */
#define NK_VWDT_STATE_RUNNING 2
#define NK_VWDT_STATE_BARKED 3
#define NK_VWDT_STATE_EXPIRED 4
#define NK_VWDT_STATE_OF(value) ((value)&0xff)
#define NK_VWDT_RESTARTED 0x100
#define NK_VWDT_EXPIRIES_SHIFT 16

#endif
