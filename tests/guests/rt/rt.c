// SPDX-License-Identifier: Apache-2.0
#include "rt/rt.h"
#include "rt/dt.h"
#include "rt/psci.h"

extern char _start[], __bss_end[];

u64 boot_dirt;
static const char *bootargs = "";

u64 image_base(void)
{
	return (u64)_start;
}

u64 image_end(void)
{
	return (u64)__bss_end;
}

bool ram_piece(u32 index, u64 *base, u64 *size)
{
	return dt_reg(fdt_path_offset(dt, "/memory"), index, base, size);
}

u64 ram_base(void)
{
	u64 base, size;

	return ram_piece(0, &base, &size) ? base : 0;
}

u64 ram_size(void)
{
	u64 base, size;

	return ram_piece(0, &base, &size) ? size : 0;
}

/* The value of a "name" or "name=value" word; NULL: absent. */
static const char *arg(const char *name)
{
	const char *s = bootargs;
	size_t l = strlen(name);

	while (*s) {
		if (!strncmp(s, name, l) && (!s[l] || s[l] == ' ' || s[l] == '='))
			return s[l] == '=' ? s + l + 1 : "";
		while (*s && *s != ' ')
			s++;
		while (*s == ' ')
			s++;
	}
	return NULL;
}

u64 arg_u64(const char *name, u64 missing)
{
	const char *s = arg(name);

	return s ? parse_u64(s, NULL) : missing;
}

bool arg_flag(const char *name)
{
	return arg(name);
}

/* QEMU answers the query with NOT_SUPPORTED, or has no such instruction. */
bool under_nk(void)
{
	u64 r;

	fault_begin();
	r = psci_call(SMCCC_VENDOR_HYP_UID, 0, 0, 0);
	return !fault_end() && (u32)r != (u32)PSCI_RET_NOT_SUPPORTED;
}

void delay_us(u64 us)
{
	u64 end = counter() + us * counter_hz() / 1000000;

	while (counter() < end)
		cpu_relax();
}

static void find_bootargs(void)
{
	const char *found = dt_prop(fdt_path_offset(dt, "/chosen"), "bootargs", NULL);

	if (found)
		bootargs = found;
}

void rt_main(const void *tree, u64 dirt)
{
	boot_dirt = dirt;
	dt = tree;
	console_init();
	psci_init();
	cpus_find();
	find_bootargs();
	guest_main();
	psci_system_off();
}
