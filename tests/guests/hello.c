// SPDX-License-Identifier: Apache-2.0
/* One line, then SYSTEM_OFF; what a VM needs to live at all. */
#include "rt/dt.h"
#include "rt/rt.h"

void guest_main(void)
{
	printf("hello from EL%lu, %u cpu%s, ram 0x%lx + 0x%lx, image at 0x%lx, tree at 0x%lx%s\n",
	       read_sysreg(currentel) >> 2, nr_cpus, nr_cpus == 1 ? "" : "s", ram_base(),
	       ram_size(), image_base(), (u64)dt, under_nk() ? ", under nk" : "");
}
