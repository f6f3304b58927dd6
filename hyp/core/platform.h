/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual platform: what a guest finds where on its bus. */
#ifndef CORE_PLATFORM_H
#define CORE_PLATFORM_H

#include "config/gtree.h"
#include "core/vm.h"

/* Gives vm its interrupt controller, its console and its given devices. Returns 0, or -1, *err. */
int platform_create(struct vm *vm, struct cfg_error *err);

/* Fills all of *p but the initrd. */
void platform_tree_params(const struct vm *vm, struct gtree_params *p);

#endif
