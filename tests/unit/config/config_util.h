/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of config/ share: blobs made at build time, parsed models. */
#ifndef CONFIG_UTIL_H
#define CONFIG_UTIL_H

#include "config/model.h"

#define BLOBS "unit/dtb/" /* below the build directory, where unit.mk puts what dtc makes */

/* A whole file in memory of exactly its size, so that ASan sees each byte read behind it. */
void *load_file(const char *path, size_t *size);

/* The blob build/unit/dtb/NAME.dtb. Free it. */
void *load_blob(const char *name, size_t *size);

/* A copy that is 8-byte aligned and exactly size bytes big. */
void *copy_blob(const void *blob, size_t size);

/* QEMU's virt machine with GICv2 or GICv3, 4 CPUs and 2 GiB; stays in memory. */
const struct cfg_board *virt_board(int gic);

/* The first line of tests/bad's source file that starts with "// KEY: ", or NULL. Free it. */
char *case_text(const char *path, const char *key);

/* Fails the test unless both models hold only what is inside their blobs and bounds. */
void check_board_bounds(const struct cfg_board *b);
void check_system_bounds(const struct cfg_system *s, const struct cfg_board *b);

#endif
