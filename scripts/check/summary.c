// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "check/summary.h"

static unsigned long long mib(u64 bytes)
{
	return bytes >> 20;
}

static void show_count(u32 n, const char *what)
{
	if (n)
		printf("; %u %s%s", n, what, n == 1 ? "" : "s");
}

static void show_board(const struct cfg_board *b)
{
	u64 ram = 0;
	u32 i;

	for (i = 0; i < b->nr_ram; i++)
		ram += b->ram[i].size;
	printf("board %s: GICv%u, %u CPU%s, %llu MiB\n", b->name, b->gic.version, b->nr_cpus,
	       b->nr_cpus == 1 ? "" : "s", mib(ram));
}

static u32 links_of(const struct cfg_system *s, u32 vm)
{
	u32 i, n = 0;

	for (i = 0; i < s->nr_links; i++)
		n += s->vdevs[s->links[i].end[CFG_SERVER]].vm == vm ||
		     s->vdevs[s->links[i].end[CFG_CLIENT]].vm == vm;
	return n;
}

static void show_vm(const struct cfg_system *s, const struct cfg_vm *vm)
{
	u32 i;

	printf("vm%u %s: CPU%s ", vm->id, vm->name, vm->nr_vcpus == 1 ? "" : "s");
	for (i = 0; i < vm->nr_vcpus; i++)
		printf("%s%u", i ? "," : "", vm->vcpu_cpu[i]);
	for (i = 0; i < vm->nr_ram; i++) {
		printf("%s%llu MiB", i ? " + " : "; ", mib(vm->ram[i].size));
		if (vm->ram[i].has_base)
			printf(" at 0x%llx", (unsigned long long)vm->ram[i].base);
	}
	show_count(links_of(s, vm->id), "vlink");
	show_count(vm->nr_devices, "device");
	if (vm->boot_order)
		printf("; boot-order %u", vm->boot_order);
	printf("\n");
}

void summary(const struct cfg_system *s, const struct cfg_board *b)
{
	u32 i;

	show_board(b);
	for (i = 0; i < s->nr_vms; i++)
		show_vm(s, &s->vm[i]);
}
