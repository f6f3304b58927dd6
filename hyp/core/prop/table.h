/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all properties: table.c makes it, prop.c looks into it. */
#ifndef CORE_PROP_TABLE_H
#define CORE_PROP_TABLE_H

#include "core/prop/priv.h"
#include "lib/limits.h"

/* Words that hold a name; the NUL of one that fills them is not there. */
#define PROP_WORDS(len) (((len) + 7) / 8 + ((len) == 0))

struct prop_table {
	struct prop *props; /* by id */
	u32 nr;
	u32 hash_mask;
	u16 *hash; /* id plus 1, 0: the end of a chain; half of them at least are */
	u16 first_of_vm[NK_VM_IDS]; /* id of PROP_VM_FIRST, 0: no such VM */
};

extern struct prop_table prop_table;

/* Where the chain of a name begins. */
u32 prop_hash(const u64 *words, u32 nr);

#endif
