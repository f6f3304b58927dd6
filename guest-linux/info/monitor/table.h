/* SPDX-License-Identifier: GPL-2.0-only */
/* Matrices of counters as text: what nk has as columns are lines here. */
#ifndef MONITOR_TABLE_H
#define MONITOR_TABLE_H

#include <linux/seq_file.h>
#include <vlx/evtstats.h>
#include "monitor.h"

#define TABLE_ROWS_MAX 16 /* vCPUs of a VM, CPUs: more are not shown */
#define TABLE_VDEVS_MAX 64 /* frames that have a name */
#define TABLE_LABEL VLX_STAT_LABEL /* bytes of a line's name, with its end */

struct table;
typedef void table_label_fn(const struct table *t, u32 id, char *label);

/* A kind of matrix. */
struct matrix {
	const char *name; /* of its file */
	u8 stat; /* NK_STAT_* */
	const char *
		row; /* what the rows are, "CPU" or "VCPU"; NULL: one vCPU's times, with buckets as rows */
	bool sums; /* with a column TOTAL, or AVERAGE */
	table_label_fn *label;
};

/* A reader of a matrix. */
struct table {
	const struct matrix *matrix;
	const struct nk_monitoring *info;
	unsigned int vm;
	unsigned int vcpu; /* of times, and of a column */
	unsigned int nr_vdevs;
	struct nk_stat_vdev vdev[TABLE_VDEVS_MAX]; /* of matrices with their names */
	enum { TABLE_HEAD, TABLE_LINE, TABLE_TOTAL, TABLE_END } at;
	u32 id; /* of the line */
	unsigned int nr_rows; /* that next and total have */
	struct nk_stat next[TABLE_ROWS_MAX]; /* each row's column from id on */
	struct nk_stat total[TABLE_ROWS_MAX]; /* of all lines so far */
};

/* All kinds. */
extern const struct matrix matrices[];
extern const unsigned int nr_matrices;

/* Begins: what is counted from now on may be in it. */
void table_begin(struct table *t);

/* Goes on to the next line. */
void table_next(struct table *t);

/* Prints the line. */
void table_show(struct seq_file *seq, const struct table *t);

/* The first column from id on of the vCPU's row. Returns whether there is one. */
bool table_column(const struct table *t, u32 id, VlxStat *column);

/* labels.c */
table_label_fn label_irq;
table_label_fn label_virq;
table_label_fn label_trap;
table_label_fn label_hcall;
table_label_fn label_vdev;
table_label_fn label_cpu_op;
table_label_fn label_vcpu_op;
table_label_fn label_vcpu_time;

#endif
