// SPDX-License-Identifier: Apache-2.0
/*
 * board_trees < LIST: reads device trees as nk does at boot, and prints a line for each: "FILE<TAB>WHAT<TAB>CONSOLE". WHAT
 * is nk's error, or "accepted"; CONSOLE what the console's node says that it is, with a "!" in front if nk can drive it,
 * or "-". Run by tests/system/test_board_trees.py.
 *
 * What boards' firmware writes into their trees is not in these files: RAM; and the node of PSCI, where CPUs are started by it or
 * do not say how (U-Boot adds both for NXP's Layerscape).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "config/model.h"

#define ROOM 65536 /* for what is added */
#define CELLS_MAX 4

static struct cfg_board board;

static void __attribute__((noreturn)) give_up(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	exit(1);
}

static void *load(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	size_t n;
	char *fdt;

	if (!f || fseek(f, 0, SEEK_END))
		give_up(path, "cannot be read");
	n = (size_t)ftell(f);
	rewind(f);
	*size = n + ROOM;
	fdt = malloc(*size);
	if (!fdt || fread(fdt, 1, n, f) != n || fdt_open_into(fdt, fdt, (int)*size))
		give_up(path, "is no device tree");
	fclose(f);
	return fdt;
}

static bool is_memory(const void *fdt, int node)
{
	int len;
	const char *type = fdt_getprop(fdt, node, "device_type", &len);

	return type && len == 7 && !memcmp(type, "memory", 7);
}

/* Whether a memory node has a size that is not 0. */
static bool says_size(const void *fdt, int node, int address, int size)
{
	int len;
	const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &len);
	int stride = address + size;

	for (int at = 0; reg && at + stride <= len / 4; at += stride)
		for (int i = 0; i < size; i++)
			if (reg[at + address + i])
				return true;
	return false;
}

/* 512 MiB, where a board with so many address cells has no devices. */
static void add_memory(void *fdt)
{
	int address = fdt_address_cells(fdt, 0), size = fdt_size_cells(fdt, 0), node, n = 0;
	fdt32_t reg[CELLS_MAX];

	fdt_for_each_subnode (node, fdt, 0)
		if (is_memory(fdt, node) && says_size(fdt, node, address, size))
			return;
	node = fdt_add_subnode(fdt, 0, "memory@ram");
	fdt_setprop_string(fdt, node, "device_type", "memory");
	if (address == 2)
		reg[n++] = cpu_to_fdt32(0x10);
	reg[n++] = cpu_to_fdt32(address == 2 ? 0 : 0xc0000000);
	if (size == 2)
		reg[n++] = 0;
	reg[n++] = cpu_to_fdt32(0x20000000);
	fdt_setprop(fdt, node, "reg", reg, 4 * n);
}

/* Whether the CPUs may be started by PSCI: nothing is said, or that. */
static bool says_psci(const void *fdt, int cpus)
{
	int node;

	fdt_for_each_subnode (node, fdt, cpus) {
		const char *method = fdt_getprop(fdt, node, "enable-method", NULL);

		if (method && strcmp(method, "psci") != 0)
			return false;
	}
	return true;
}

static void add_psci(void *fdt)
{
	int cpus = fdt_path_offset(fdt, "/cpus"), node;

	if (cpus < 0 || !says_psci(fdt, cpus) || fdt_path_offset(fdt, "/psci") >= 0 ||
	    fdt_node_offset_by_compatible(fdt, -1, "arm,psci-0.2") >= 0)
		return;
	node = fdt_add_subnode(fdt, 0, "psci");
	fdt_setprop_string(fdt, node, "compatible", "arm,psci-0.2");
	fdt_setprop_string(fdt, node, "method", "smc");
}

static void print_line(const char *path, const char *what)
{
	const char *console = NULL;

	if (board.console.node >= 0)
		console = fdt_getprop(board.fdt, board.console.node, "compatible", NULL);
	printf("%s\t%s\t%s%s\n", path, what, board.console.type != CFG_UART_NONE ? "!" : "",
	       console ?: "-");
}

int main(void)
{
	char path[4096];

	while (fgets(path, sizeof(path), stdin)) {
		struct cfg_error err;
		size_t size;
		void *fdt;

		path[strcspn(path, "\n")] = 0;
		fdt = load(path, &size);
		add_memory(fdt);
		add_psci(fdt);
		print_line(path, cfg_board_parse(&board, fdt, size, &err) ? err.text : "accepted");
		free(fdt);
	}
	return 0;
}
