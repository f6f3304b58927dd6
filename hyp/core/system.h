/* SPDX-License-Identifier: Apache-2.0 */
/* What was read at boot, and stays as it is from then on. */
#ifndef CORE_SYSTEM_H
#define CORE_SYSTEM_H

#include "config/bundle.h"
#include "config/model.h"

extern struct cfg_board board; /* the machine, by the tree of the firmware */
extern struct bundle bundle; /* what the loader put beside nk */
extern struct cfg_system sys_config; /* who shares the machine, by the bundle's tree */

/*
 * Maps the bundle, read-only: what was checked stays what it is; reads it and the system's tree in it.
 * Returns 0, or -1 with *err filled. Context: boot, with the board read and the page pool there.
 */
int system_read(struct cfg_error *err);

/*
 * Where RAM of VMs with `base` is, as they see it: what is mapped at its own address must be
 * elsewhere. Fills at most NK_VM_IDS of r, returns how many. Context: boot.
 */
u32 system_relocated(struct range *r);

#endif
