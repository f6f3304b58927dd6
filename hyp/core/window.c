// SPDX-License-Identifier: Apache-2.0
/* Addresses that are nobody's, for what a VM sees of others: grants, and what it serves devices with. */
#include "core/system.h"

static void raise_to(u64 *top, const struct range *r, u32 n)
{
	for (; n--; r++)
		*top = MAX(*top, range_end(r));
}

static void raise_to_devices(u64 *top, const struct cfg_vm *vm)
{
	for (u32 i = 0; i < vm->nr_devices; i++)
		raise_to(top, vm->devices[i].regs, vm->devices[i].nr_regs);
}

static u64 top_of_all(void)
{
	u32 n;
	const struct range *relocated = system_relocated(NULL, &n);
	u64 top = GIB(4);

	raise_to(&top, board.ram, board.nr_ram);
	raise_to(&top, relocated, n);
	raise_to(&top, &board.gic.dist, 1);
	raise_to(&top, &board.gic.cpu, 1);
	raise_to(&top, &board.gic.vcpu, 1);
	raise_to(&top, board.gic.redist, board.gic.nr_redist);
	raise_to(&top, &board.console.reg, 1);
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		raise_to_devices(&top, &sys_config.vm[i]);
	return top;
}

ipa_t system_window(u64 size, u64 align)
{
	static u64 top;
	ipa_t at;

	if (!top)
		top = top_of_all();
	at = ALIGN_UP(top, align);
	top = at + size;
	return at;
}
