/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of xirq-bench share. */
#ifndef XIRQ_BENCH_H
#define XIRQ_BENCH_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <asm/barrier.h>
#include <asm/sysreg.h>
#include <vlx/vlink-lib.h>

struct seq_file;

/* The link's pdev chunk: what the server's handler says about the last round. */
struct bench_shared {
	nku64_f handler; /* when it began, in ticks of the machine */
};

/* An endpoint. */
struct bench_end {
	Vlink *vlink;
	struct bench_shared *shared;
	NkXIrq to_peer;
	s64 offset; /* what is added to this VM's counter to get the machine's */
	/* Client: of the round that is under way, in ticks of this VM. */
	u64 posted, handled;
	struct completion echo;
};

/* Order keeps the counter from being read early. */
static inline u64 bench_ticks(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

/* link.c */
extern VlinkDrv bench_drv;

/* report.c: runs that many rounds over a client's end, and prints what they took. */
int bench_report(struct seq_file *m, struct bench_end *e, unsigned int rounds);

#endif
