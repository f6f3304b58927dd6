// SPDX-License-Identifier: Apache-2.0
#include <libfdt.h>

#include "check/any_board.h"

#define RAM_SIZE BIT(48) /* more than any board has */

#define GIC_SIZE 16 /* of `gic` */
#define UART_SIZE 12 /* of `uart`, if it is not "none" */

/* Lists of paths and addresses of a board; with anything else there, the property is wrong on every board. */
static void drop_parts(void *fdt)
{
	int vms = fdt_path_offset(fdt, "/vm");
	int vm, len;

	if (vms < 0)
		return;
	for (vm = fdt_first_subnode(fdt, vms); vm >= 0; vm = fdt_next_subnode(fdt, vm)) {
		if (fdt_getprop(fdt, vm, "gic", &len) && len == GIC_SIZE)
			fdt_nop_property(fdt, vm, "gic");
		if (fdt_getprop(fdt, vm, "uart", &len) && len == UART_SIZE)
			fdt_nop_property(fdt, vm, "uart");
		if (fdt_stringlist_count(fdt, vm, "devices") > 0) {
			fdt_nop_property(fdt, vm, "devices");
			fdt_nop_property(fdt, vm, "ipa");
		}
	}
}

int any_board_parse(struct cfg_system *s, void *fdt, size_t size, struct cfg_error *err)
{
	char tree[64] __aligned(8);
	struct cfg_board b = {
		.fdt = tree,
		.nr_ram = 1,
		.nr_cpus = NK_CPUS_MAX,
		.ram = {{0, RAM_SIZE}},
		.console.node = -1,
	};

	fdt_create_empty_tree(tree, sizeof(tree));
	if (!fdt_check_full(fdt, size))
		drop_parts(fdt);
	return cfg_system_parse(s, fdt, size, &b, err);
}
