// SPDX-License-Identifier: Apache-2.0
/* One instruction at a time is written and run. */
#include "rt/anyreg.h"

#define OP_MRS 0xd5200000u
#define OP_MSR 0xd5000000u
#define OP_RET 0xd65f03c0u

static u32 __aligned(64) code[16];

static void write_code(u32 word)
{
	code[0] = word;
	code[1] = OP_RET;
	asm volatile("dc cvau, %0\n\tdsb sy\n\tic ivau, %0\n\tdsb sy\n\tisb" ::"r"(code)
		     : "memory");
}

bool anyreg_read(u32 reg, u64 *value)
{
	u64 (*fn)(void) = (u64(*)(void))code;

	write_code(OP_MRS | reg);
	fault_begin();
	*value = fn();
	return fault_end();
}

bool anyreg_write(u32 reg, u64 value)
{
	void (*fn)(u64) = (void (*)(u64))code;

	write_code(OP_MSR | reg);
	fault_begin();
	fn(value);
	return fault_end();
}
