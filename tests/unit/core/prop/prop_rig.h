/* SPDX-License-Identifier: Apache-2.0 */
/* Properties on the host: VM 2 and VM 3 of a tree, with a little memory each. */
#ifndef UNIT_PROP_RIG_H
#define UNIT_PROP_RIG_H

#include "core/calls/hypercall.h"
#include "core/prop/priv.h"
#include "core/vm/vm.h"
#include "fake/core.h"

/* Guest memory: pages RIG_FIRST.. are RAM, but one that is read-only; what is around them is not. */
#define RIG_PAGES 8
#define RIG_BASE 0x10000ul
#define RIG_RO_PAGE 6
#define RIG_RO (RIG_BASE + RIG_RO_PAGE * PAGE_SIZE)
#define RIG_END (RIG_BASE + RIG_PAGES * PAGE_SIZE)
#define RIG_NAME RIG_BASE /* where names are put */
#define RIG_VALUE (RIG_BASE + PAGE_SIZE) /* four pages for values */

struct rig_vm {
	struct vm vm;
	u8 ram[RIG_PAGES * PAGE_SIZE];
	u32 sysconfs; /* NK_XIRQ_SYSCONF posted; atomic */
	u32 events; /* events of its vproperty device; atomic */
	u32 last_event;
};

extern struct rig_vm rig[2]; /* VM 2, VM 3 */

/* Reads tests/unit/dts/TREE_NAME.dts and makes the table; once a program. */
void rig_init(const char *tree_name);

/* The calls, with the name put into the VM's memory. */
s64 rig_get(struct rig_vm *r, const char *name, ipa_t value, u32 size);
s64 rig_set(struct rig_vm *r, const char *name, ipa_t value, u32 size);
s64 rig_enum(struct rig_vm *r, u32 pid, ipa_t name, u32 size, ipa_t attr);

/* Sets from the host's memory. */
s64 rig_put(struct rig_vm *r, const char *name, const void *value, u32 size);

void *rig_ptr(struct rig_vm *r, ipa_t ipa);
struct prop *rig_prop(const char *name);

#endif
