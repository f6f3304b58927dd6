/* SPDX-License-Identifier: Apache-2.0 */
/* The images of a VM, as a row of the table of units. */
#ifndef CORE_VM_LOAD_H
#define CORE_VM_LOAD_H

#include "core/unit.h"

/*
 * Puts the checked images into wiped memory, makes the guest's tree, cleans it all to the point of
 * coherency. Returns 0, or -1 with vm->error filled. A hook of the table of units: see there.
 */
int images_load(struct vm *vm);

#endif
