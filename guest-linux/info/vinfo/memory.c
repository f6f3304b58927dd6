// SPDX-License-Identifier: GPL-2.0-only
/* Memory in /proc/nk: what nk uses, and where images are that others may replace. */
#include <vlx/prop.h>
#include "vinfo.h"

static int show_pool(struct seq_file *seq, const char *title, const char *pool)
{
	char name[NK_PROP_NAME_LIMIT];
	u64 free;
	u64 used;
	int err;

	snprintf(name, sizeof(name), "nk.memory.%s.free", pool);
	err = vlx_prop_explain(vlx_prop_get_u64(name, &free), name, "allow-get");
	if (err)
		return err;
	snprintf(name, sizeof(name), "nk.memory.%s.used", pool);
	err = vlx_prop_explain(vlx_prop_get_u64(name, &used), name, "allow-get");
	if (err)
		return err;
	seq_printf(seq, "%s    %llu    %llu    %llu\n", title, free + used, free, used);
	return 0;
}

int vinfo_show_memstat(struct seq_file *seq, void *v)
{
	int err;

	seq_puts(seq, "      SIZE      FREE      USED\n");
	err = show_pool(seq, "HEAP", "heap");
	return err ? err : show_pool(seq, "PMEM", "pmem");
}

static void show_region(struct seq_file *seq, unsigned int vm, const char *image)
{
	char name[NK_PROP_NAME_LIMIT];
	__le64 region[2]; /* address, size */

	snprintf(name, sizeof(name), "nk.vm.%u.%s.region", vm, image);
	if (vlx_prop_get(name, region, sizeof(region)) != sizeof(region))
		return;
	seq_printf(seq, "0x%08llX 0x%08llX vm.%u.%s\n", le64_to_cpu(region[0]),
		   le64_to_cpu(region[1]), vm, image);
}

int vinfo_show_regions(struct seq_file *seq, void *v)
{
	unsigned int vm;

	seq_puts(seq, "PADDR      SIZE      ID\n");
	for (vm = NK_OS_NKERNEL + 1; vm <= nkops.nk_last_id_get(); vm++) {
		show_region(seq, vm, "kernel");
		show_region(seq, vm, "initrd");
	}
	return 0;
}
