/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of hcfuzz.c share. */
#ifndef HCFUZZ_HCFUZZ_H
#define HCFUZZ_HCFUZZ_H

#include "lib/types.h"

extern u32 others; /* mask of the VMs that may be steered */

u32 below(u32 n);
void steer(void);
/* A number, as soon as nobody writes it. */
u32 get(const char *of);
/* Puts the VM's id where text has an N. */
const char *numbered(char *text, u32 vm);
void referee(void);

#endif
