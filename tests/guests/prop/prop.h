/* SPDX-License-Identifier: Apache-2.0 */
/* Properties for the parts of prop.c. */
#ifndef PROP_PROP_H
#define PROP_PROP_H

#include "nk/prop.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

static inline s64 prop_get(const char *name, void *value, u64 size)
{
	return (s64)nk_call(NK_HC_PROP_GET, (u64)name, (u64)value, size, 0);
}

static inline s64 prop_set(const char *name, const void *value, u64 size)
{
	return (s64)nk_call(NK_HC_PROP_SET, (u64)name, (u64)value, size, 0);
}

static inline s64 prop_enum(u64 pid, char *name, u64 size, NkPropAttr *attr)
{
	return (s64)nk_call(NK_HC_PROP_ENUM, pid, (u64)name, size, (u64)attr);
}

/* A number of 4 bytes, or ~0. */
static inline u32 prop_u32(const char *name)
{
	u32 value = 0;

	return prop_get(name, &value, sizeof(value)) == sizeof(value) ? value : ~0u;
}

/* "nk.vm.ID" and what follows, in a buffer of its own. */
const char *vm_prop(u32 id, const char *what);

u32 my_id(void);

/* The tests with another VM: `pair` of the bootargs. */
void pair(void);

/* The same with one it knows nothing of: `strangers`. */
void strangers(void);

#endif
