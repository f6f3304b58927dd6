// SPDX-License-Identifier: Apache-2.0
/* A system whose VMs' RAM is where the tree says, all of it moved there. */
#include "core/system.h"

struct cfg_board board;
struct cfg_system sys_config;
struct bundle bundle;

const struct range *system_relocated(const struct cfg_vm *vm, u32 *n)
{
	static struct range r[NK_VM_IDS * CFG_RAM_PIECES];

	*n = 0;
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		for (u32 j = 0; j < CFG_RAM_PIECES; j++)
			r[(*n)++] = (struct range){sys_config.vm[i].ram[j].base,
						   sys_config.vm[i].ram[j].size};
	return r;
}
