/* SPDX-License-Identifier: Apache-2.0 */
/* What a property of the system tree starts with. */
#ifndef CONFIG_SYSTEM_PROPS_H
#define CONFIG_SYSTEM_PROPS_H

#include "config/model.h"
#include "nk/vwdt.h"

/*
 * Writes the first value of one of the user's properties, prop->size bytes at most, into buf.
 * Returns its length, 0: none. Context: boot.
 */
u32 cfg_prop_value(const struct cfg_prop *prop, u8 *buf);

/* What is wrong with a watchdog's config, as said of the tree, or NULL. Context: any. */
const char *cfg_wdt_wrong(const NkVwdtConfig *c);

#endif
