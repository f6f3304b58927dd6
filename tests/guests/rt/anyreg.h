/* SPDX-License-Identifier: Apache-2.0 */
/* System registers by their numbers. */
#ifndef RT_ANYREG_H
#define RT_ANYREG_H

#include "rt/exc.h"

/* op0 to op2 as MRS and MSR hold them. */
#define SYSREG(op0, op1, crn, crm, op2)                                                            \
	((u32)(op0) << 19 | (u32)(op1) << 16 | (u32)(crn) << 12 | (u32)(crm) << 8 | (u32)(op2) << 5)

/* MRS and MSR; each returns true when that was undefined, or any other exception. */
bool anyreg_read(u32 reg, u64 *value);
bool anyreg_write(u32 reg, u64 value);

#endif
