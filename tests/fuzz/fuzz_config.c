// SPDX-License-Identifier: Apache-2.0
/*
 * Fuzzes the configuration: either tree, while the other one is good. The first byte of the
 * input says which and how:
 *   bit 0: the board's tree, otherwise the system's
 *   bit 1: the rest describes a well-formed tree (below), otherwise it is the blob itself
 *   bit 2: the blob's totalsize is set to what is there
 *   bit 3: GICv2 for the board that a system is for
 *
 * A described tree is a list of steps. Each is one byte: 0x00..0x3f: a property of the current
 * node, then its name's number, its length, its value; 0x40..0xbf: a child, then its name's
 * number; otherwise: back to the parent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "check/advice.h"
#include "unit/config/config_util.h"

#define TREE_MAX 32768

struct input {
	const u8 *data;
	size_t size;
};

/* clang-format off */
static const char *const names[] = {
	/* nodes of a system */
	"vm", "hyp", "property", "vm1", "vm2", "vm3", "vm31", "vcpus", "vdevs", "vplatform", "memory",
	"vcpu@0", "vcpu@1", "x@0", "y", "nk.test",
	/* properties of a system */
	"compatible", "name", "kernel", "initrd", "dtb", "bootargs", "kernel-offset", "dtb-offset", "devices", "ipa", "pa",
	"autostart", "boot-order", "size", "base", "#count", "affinity", "handover-affinity", "migration", "priority",
	"cpu", "info", "server", "client", "peer-phandle", "#clone", "link", "critical", "phandle",
	"allow-set", "allow-get", "allow-notify", "value", "cell-value", "pmem-size",
	"balloon", "host", "takers",
	/* nodes of a board */
	"chosen", "cpus", "cpu@0", "cpu@1", "memory@40000000", "psci", "timer", "intc", "uart",
	"reserved-memory", "soc", "aliases", "serial0",
	/* properties of a board */
	"reg", "ranges", "#address-cells", "#size-cells", "interrupt-parent", "interrupts",
	"interrupts-extended", "status", "device_type", "method", "#interrupt-cells",
	"#redistributor-regions", "stdout-path", "linux,initrd-start", "linux,initrd-end",
	"interrupt-names", "redistributor-stride",
	/* of schedules */
	"time-slice", "budget", "period", "schedule", "table@0", "table@1", "cpus", "frame",
	"window@0", "window@1", "start", "length", "vms", "unused", "handover-timeout", "gic", "uart",
};
/* clang-format on */

static u8 next(struct input *in)
{
	if (!in->size)
		return 0xff;
	in->size--;
	return *in->data++;
}

/* The tree that the input describes, in exactly as much memory as it needs. */
static void *described(struct input *in, size_t *size)
{
	static u8 buf[TREE_MAX] __aligned(8);
	int depth = 1, ret;
	size_t len;

	ret = fdt_create(buf, sizeof(buf));
	ret |= fdt_finish_reservemap(buf);
	ret |= fdt_begin_node(buf, "");
	while (in->size && depth && !ret) {
		u8 step = next(in);

		if (step < 0x40) {
			const char *name = names[next(in) % ARRAY_SIZE(names)];

			len = next(in);
			len = MIN(len, in->size);
			/* After a child it cannot be: that is for the blobs to try. */
			ret = fdt_property(buf, name, in->data, (int)len);
			in->data += len;
			in->size -= len;
		} else if (step < 0xc0) {
			ret = fdt_begin_node(buf, names[next(in) % ARRAY_SIZE(names)]);
			depth++;
		} else {
			ret = fdt_end_node(buf);
			depth--;
		}
	}
	while (depth-- > 0 && !ret)
		ret = fdt_end_node(buf);
	if (ret || fdt_finish(buf))
		return NULL;
	*size = fdt_totalsize(buf);
	return copy_blob(buf, *size);
}

static void *blob_of(struct input *in, u8 mode, size_t *size)
{
	void *blob;

	if (mode & 2)
		return described(in, size);
	blob = copy_blob(in->data, in->size);
	*size = in->size;
	if ((mode & 4) && in->size >= sizeof(struct fdt_header))
		fdt_set_totalsize(blob, (u32)in->size);
	return blob;
}

static void try_board(const void *blob, size_t size)
{
	static struct cfg_board b;
	struct cfg_error err;

	if (!cfg_board_parse(&b, blob, size, &err))
		check_board_bounds(&b);
	else if (!err.text[0])
		abort();
}

static void try_system(const void *blob, size_t size, const struct cfg_board *b)
{
	static struct cfg_system s;
	struct cfg_error err;

	if (!cfg_system_parse(&s, blob, size, b, &err))
		check_system_bounds(&s, b);
	else if (!err.text[0] || (err.unknown && !advice(&err)))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, size};
	size_t blob_size;
	void *blob;
	u8 mode;

	if (!size)
		return 0;
	mode = next(&in);
	blob = blob_of(&in, mode, &blob_size);
	if (!blob)
		return 0;
	if (mode & 1)
		try_board(blob, blob_size);
	else
		try_system(blob, blob_size, virt_board(mode & 8 ? 2 : 3));
	free(blob);
	return 0;
}
