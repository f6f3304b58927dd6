/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of nk's own properties. */
#ifndef CORE_PROP_BUILTIN_H
#define CORE_PROP_BUILTIN_H

#include "core/prop/priv.h"

/* A small number as a guest writes it, in binary or as a digit; another character is itself; -1. */
int prop_parse_small(const u8 *data, u32 len);

/* nk.version.*, nk.build-id. */
void prop_version_init(struct prop *p, enum prop_builtin n);

/* nk.cpus.give, nk.cpus.handover. The second: 0, or -1 without memory. */
u64 give_get(const struct prop *p);
int give_set(struct prop *p, u32 id, const u8 *data, u32 len);
int handover_table_init(struct prop *p);

/* nk.features.*: masks, and names behind each other. features_text: 0, or -1 without memory. */
u64 features_all(const struct prop *p);
u64 features_on(const struct prop *p);
u64 features_off(const struct prop *p);
int features_text(struct prop *p, enum prop_builtin n);

#endif
