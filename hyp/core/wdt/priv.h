/* SPDX-License-Identifier: Apache-2.0 */
/* Watchdogs, shared by core/wdt: wdt.c counts, props.c has what guests see and do. */
#ifndef CORE_WDT_PRIV_H
#define CORE_WDT_PRIV_H

#include "config/model.h"
#include "nk/vwdt.h"

struct prop;
struct vm;

struct wdt {
	struct vm *vm;
	const struct cfg_wdt *cfg;
	struct prop *part[CFG_WDT_PARTS];
	NkVwdtConfig first; /* the tree's: each life of the VM begins with it */
	/* Guarded by vm->lock; value and armed are read without it. */
	NkVwdtConfig config;
	u64 since; /* the VM's time when the counter was loaded */
	u64 armed; /* the physical counter when its CPU looks at it: it is due then or later; ~0: never */
	u32 value; /* of `state` */
	bool restarts; /* the VM's next life is because it expired */
};

/* Takes over the three properties of a watchdog. 0, or -1 where one is missing. Context: boot. */
int wdt_props_init(struct wdt *w);

/*
 * Gives it another config, for the property and for the watchdog. Returns 0, or NK_PROP_BUSY: VM id, 0 for nk, is told
 * when that is over. Context: any, no lock held.
 */
int wdt_configure(struct wdt *w, const NkVwdtConfig *config, u32 id);

/* Loads the counter anew: a pat, or (config not NULL) other values for it. Returns whether `state` has changed. */
bool wdt_reload(struct wdt *w, const NkVwdtConfig *config);

/* Microseconds until it expires; ~0: it does not count. */
u32 wdt_left(const struct wdt *w);

#endif
