/* SPDX-License-Identifier: Apache-2.0 */
/* A system whose board is not known. */
#ifndef CHECK_ANY_BOARD_H
#define CHECK_ANY_BOARD_H

#include "config/model.h"

/*
 * Whether there can be a board that the system fits: cfg_system_parse() for boards with all memory
 * and each number of CPUs. What `devices` names is taken out of the tree, as nobody knows it.
 * Returns 0, or -1 with *err filled.
 */
int any_board_parse(struct cfg_system *s, void *fdt, size_t size, struct cfg_error *err);

#endif
