// SPDX-License-Identifier: GPL-2.0-only
/* /proc/nk/xirqmap: which interrupt of the vGIC each interrupt of the VM is, range by range. */
#include <linux/arm-smccc.h>
#include <nk/hypercall.h>
#include <nk/xirq.h>
#include "vinfo.h"

#define INVALID (-1)

static int ptov(int xirq)
{
	struct arm_smccc_res res;

	arm_smccc_hvc(NK_HC_FID(NK_HC_XIRQ_PTOV), xirq, 0, 0, 0, 0, 0, 0, &res);
	return res.a0;
}

static void show_range(struct seq_file *seq, int first, int last, int intid)
{
	int nr = last - first + 1;

	if (intid == INVALID)
		seq_printf(seq, "%d - %d =>    invalid (%d)\n", first, last, nr);
	else
		seq_printf(seq, "%d - %d => %4d - %d (%d)\n", first, last, intid, intid + nr - 1,
			   nr);
}

int vinfo_show_xirqmap(struct seq_file *seq, void *v)
{
	int first = 0;
	int first_intid = ptov(0);
	int xirq;
	int intid;

	for (xirq = 1; xirq < NK_XIRQ_LIMIT; xirq++) {
		intid = ptov(xirq);
		if (intid == (first_intid == INVALID ? INVALID : first_intid + xirq - first))
			continue;
		show_range(seq, first, xirq - 1, first_intid);
		first = xirq;
		first_intid = intid;
	}
	show_range(seq, first, xirq - 1, first_intid);
	return 0;
}
