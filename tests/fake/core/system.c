// SPDX-License-Identifier: Apache-2.0
/* A system whose VMs' RAM is where the tree says, all of it moved there. */
#include "core/system.h"

struct cfg_board board;
struct cfg_system sys_config;
struct bundle bundle;

const struct range *system_relocated(u32 *n)
{
	static struct range r[NK_VM_IDS];

	for (u32 i = 0; i < sys_config.nr_vms; i++)
		r[i] = (struct range){sys_config.vm[i].ram_base, sys_config.vm[i].ram_size};
	*n = sys_config.nr_vms;
	return r;
}
