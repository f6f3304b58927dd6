// SPDX-License-Identifier: Apache-2.0
#include "rt/dt.h"
#include "rt/psci.h"
#include "rt/rt.h"

const void *dt;

bool dt_reg(int node, u32 index, u64 *base, u64 *size)
{
	int len;
	const fdt64_t *reg = dt_prop(node, "reg", &len);

	if (!reg || (u32)len < (index + 1) * 16)
		return false;
	*base = fdt64_ld(&reg[index * 2]);
	*size = fdt64_ld(&reg[index * 2 + 1]);
	return true;
}

/* Debian builds its libfdt.a with stack protection. */
u64 __stack_chk_guard = 0x0a0d00ff1badcafe;

void __noreturn __stack_chk_fail(void)
{
	printf("Bail out! the stack was written over\n");
	psci_system_off();
}
