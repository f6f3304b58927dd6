/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHECK_SUMMARY_H
#define CHECK_SUMMARY_H

#include "config/model.h"

/* Prints a line about the board, and one about each VM. */
void summary(const struct cfg_system *s, const struct cfg_board *b);

#endif
