// SPDX-License-Identifier: Apache-2.0
/* The properties of handover: who has which CPU, and the request to give one away. */
#include "core/handover/handover.h"
#include "arch/cpu.h"
#include "core/link/xirq.h"
#include "core/prop/builtin.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "lib/string.h"

static struct prop *table;
static u64 last; /* what was asked for last, as it was written */

u64 give_get(const struct prop *p)
{
	return READ_ONCE(last);
}

int give_set(struct prop *p, u32 id, const u8 *data, u32 len)
{
	NkHandoverGive give;
	u64 written;

	if (len != sizeof(give))
		return NK_PROP_ERROR;
	memcpy(&give, data, sizeof(give));
	memcpy(&written, data, sizeof(written));
	if (handover_give(give.cpu, give.vm, vm_by_id(id)))
		return NK_PROP_ERROR;
	WRITE_ONCE(last, written);
	prop_notify(p, vm_by_id(id));
	return 0;
}

/* Whoever is last to write has the newest, as each reads behind the begin. */
static void write_table(void)
{
	NkHandover *row = (NkHandover *)table->data;

	while (!prop_write_begin(table, 0))
		cpu_relax();
	for (u32 cpu = 0; cpu < board.nr_cpus; cpu++)
		row[cpu] = handover_state(cpu);
	table->len = table->max;
	prop_write_end(table, false, NULL);
}

int handover_table_init(struct prop *p)
{
	table = p;
	if (prop_variable(p, board.nr_cpus * (u32)sizeof(NkHandover)))
		return -1;
	write_table();
	return 0;
}

void props_cpus_changed(u32 vms, struct vm *by)
{
	static const u8 shown_by[] = {PROP_VM_CPUS, PROP_VM_VCPUS, PROP_VM_VCPUS_TARGET};
	u32 told;

	write_table();
	told = prop_event(table, by);
	for (; vms; vms &= vms - 1)
		for (u32 i = 0; i < ARRAY_SIZE(shown_by); i++)
			told |= prop_event(prop_of_vm((u32)__builtin_ctz(vms), shown_by[i]), by);
	xirq_sysconf(told, by);
}
