// SPDX-License-Identifier: GPL-2.0-only
/*
 * A matrix is never anywhere as a whole: each of its rows (a vCPU, a CPU) is asked for its next column that is not 0, the
 * lowest of which is the next line.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <nk/nkern.h>
#include "table.h"

#define NO_ID (~0u)
#define TICKS_OF 10000000ULL /* tenths of a microsecond in a second */
#define SHORT 100 /* of them: up to that a decimal is told */

static bool is_times(const struct table *t)
{
	return !t->matrix->row;
}

/* The row's first column from id on. */
static void fetch(struct table *t, unsigned int row, u32 id)
{
	struct nk_stat *next = &t->next[row];
	unsigned int vcpu = is_times(t) ? t->vcpu : row;

	if (nk_monitor_stats(t->matrix->stat, t->vm, vcpu, id, next, 1) < 1)
		next->id = NO_ID;
}

static bool is_row(const struct table *t, unsigned int row)
{
	struct nk_stat stat;

	return nk_monitor_stats(t->matrix->stat, t->vm, row, 0, &stat, 1) >= 0;
}

static void count_rows(struct table *t)
{
	t->nr_rows = is_times(t);
	while (!is_times(t) && t->nr_rows < TABLE_ROWS_MAX && is_row(t, t->nr_rows))
		t->nr_rows++;
}

static void find_line(struct table *t)
{
	unsigned int row;

	t->id = NO_ID;
	for (row = 0; row < t->nr_rows; row++) {
		if (t->next[row].id < t->id)
			t->id = t->next[row].id;
	}
	t->at = t->id == NO_ID ? TABLE_TOTAL : TABLE_LINE;
}

static void add(struct nk_stat *to, const struct nk_stat *stat)
{
	unsigned int i;

	to->count += stat->count;
	to->sum += stat->sum;
	for (i = 0; i < NK_STAT_BUCKETS; i++)
		to->bucket[i] += stat->bucket[i];
}

void table_begin(struct table *t)
{
	int n = 0;

	if (t->matrix->label == label_vdev)
		n = nk_monitor_vdevs(t->vm, t->vdev, TABLE_VDEVS_MAX);
	t->nr_vdevs = n < 0 ? 0 : n < TABLE_VDEVS_MAX ? n : TABLE_VDEVS_MAX;
	memset(t->total, 0, sizeof(t->total));
	count_rows(t);
	t->at = TABLE_HEAD;
}

static void add_line(struct table *t)
{
	unsigned int row;

	for (row = 0; row < t->nr_rows; row++) {
		if (t->next[row].id != t->id)
			continue;
		add(&t->total[row], &t->next[row]);
		fetch(t, row, t->id + 1);
	}
}

void table_next(struct table *t)
{
	unsigned int row;

	if (t->at == TABLE_TOTAL) {
		t->at = TABLE_END;
		return;
	}
	if (t->at == TABLE_LINE)
		add_line(t);
	for (row = 0; t->at == TABLE_HEAD && row < t->nr_rows; row++)
		fetch(t, row, 0);
	find_line(t);
}

/* A time, without what is of no weight beside the rest: "2.4us", "14us". */
static void show_time(struct seq_file *seq, const char *before, u64 ticks, u32 hz)
{
	u64 tenths = ticks / hz * TICKS_OF + ticks % hz * TICKS_OF / hz;
	char text[32];

	if (tenths < SHORT)
		snprintf(text, sizeof(text), "%s%u.%uus", before, (u32)tenths / 10,
			 (u32)tenths % 10);
	else
		snprintf(text, sizeof(text), "%s%lluus", before, tenths / 10);
	seq_printf(seq, " %12s", text);
}

/* The last bucket has all that the one before it has not. */
static void show_buckets(struct seq_file *seq, const struct table *t)
{
	const struct nk_monitoring *info = t->info;
	unsigned int last = info->nr_buckets - 1;
	unsigned int i;

	for (i = 0; i < last; i++)
		show_time(seq, "<", 1ULL << (info->bucket_shift + i), info->hz);
	show_time(seq, ">=", last ? 1ULL << (info->bucket_shift + last - 1) : 0, info->hz);
	if (t->matrix->sums)
		seq_printf(seq, " %12s", "AVERAGE");
	seq_putc(seq, '\n');
}

static void show_rows(struct seq_file *seq, const struct table *t)
{
	char name[16];
	unsigned int row;

	for (row = 0; row < t->nr_rows; row++) {
		snprintf(name, sizeof(name), "%s%u", t->matrix->row, row);
		seq_printf(seq, " %12s", name);
	}
	if (t->matrix->sums)
		seq_printf(seq, " %12s", "TOTAL");
	seq_putc(seq, '\n');
}

static void show_times(struct seq_file *seq, const struct table *t, const struct nk_stat *stat)
{
	unsigned int i;

	for (i = 0; i < t->info->nr_buckets; i++)
		seq_printf(seq, " %12llu", stat->bucket[i]);
	if (t->matrix->sums)
		show_time(seq, "", stat->count ? stat->sum / stat->count : 0, t->info->hz);
	seq_putc(seq, '\n');
}

/* Of rows that have no such column, it is 0; id NO_ID: of all. */
static void show_counts(struct seq_file *seq, const struct table *t, const struct nk_stat *stat)
{
	u64 sum = 0;
	u64 count;
	unsigned int row;

	for (row = 0; row < t->nr_rows; row++) {
		count = stat == t->total || stat[row].id == t->id ? stat[row].count : 0;
		seq_printf(seq, " %12llu", count);
		sum += count;
	}
	if (t->matrix->sums)
		seq_printf(seq, " %12llu", sum);
	seq_putc(seq, '\n');
}

static void show_line(struct seq_file *seq, const struct table *t, const char *label,
		      const struct nk_stat *stat)
{
	seq_printf(seq, "%-*s", TABLE_LABEL - 1, label);
	if (is_times(t))
		show_times(seq, t, stat);
	else
		show_counts(seq, t, stat);
}

void table_show(struct seq_file *seq, const struct table *t)
{
	char label[TABLE_LABEL];

	if (t->at == TABLE_HEAD) {
		seq_printf(seq, "%-*s", TABLE_LABEL - 1, "");
		if (is_times(t))
			show_buckets(seq, t);
		else
			show_rows(seq, t);
	} else if (t->at == TABLE_LINE) {
		t->matrix->label(t, t->id, label);
		show_line(seq, t, label, t->next);
	} else {
		show_line(seq, t, "TOTAL", t->total);
	}
}

bool table_column(const struct table *t, u32 id, VlxStat *column)
{
	memset(column, 0, sizeof(*column));
	if (nk_monitor_stats(t->matrix->stat, t->vm, t->vcpu, id, &column->stat, 1) < 1)
		return false;
	t->matrix->label(t, column->stat.id, column->label);
	return true;
}
