// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* What vCPUs do: looks at what nk has counted, and what was between two of them. */
#include <errno.h>
#include <stdlib.h>
#include "monitor.h"

#define US 1000000.0

const char *const kind_names[KINDS] = {"hypercalls", "traps", "accesses", "interrupts"};

static const char *const matrices[KINDS] = {"hcall-exec", "trap-exec", "vdev-acc-exec",
					    "hwirq-exec"};

/* The time at which its time was read: in the middle of that. */
static int take_time(struct look *look, int vm, unsigned int vcpu)
{
	double begin = now();
	int error = row_read(&look->time, "vcpu-time", vm, vcpu);

	look->at = (begin + now()) / 2;
	return error;
}

int look_take(struct look *look, int vm, unsigned int vcpu)
{
	enum kind kind;
	int error;

	*look = (struct look){0};
	error = take_time(look, vm, vcpu);
	if (!error)
		error = row_read(&look->virqs, "virq", vm, vcpu);
	for (kind = 0; kind < KINDS && !error; kind++) {
		error = row_read(&look->exits[kind], matrices[kind], vm, vcpu);
		look->known[kind] = !error;
		if (error == -ENOENT)
			error = 0; /* the tree leaves it out */
	}
	if (error)
		look_free(look);
	return error;
}

void look_free(struct look *look)
{
	enum kind kind;

	row_free(&look->time);
	row_free(&look->virqs);
	for (kind = 0; kind < KINDS; kind++)
		row_free(&look->exits[kind]);
}

static struct exit *find_exit(const struct work *work, enum kind kind, uint32_t id)
{
	size_t i;

	for (i = 0; i < work->nr_exits; i++)
		if (work->exits[i].kind == kind && work->exits[i].column.stat.id == id)
			return &work->exits[i];
	return NULL;
}

/* Makes it one of those that there are, or adds to it. */
static int add_exit(struct work *work, enum kind kind, const VlxStat *column)
{
	struct exit *exit = find_exit(work, kind, column->stat.id);

	if (exit) {
		exit->column.stat.count += column->stat.count;
		exit->column.stat.sum += column->stat.sum;
		return NK_OK;
	}
	exit = realloc(work->exits, (work->nr_exits + 1) * sizeof(*exit));
	if (!exit)
		return failed("memory is short");
	work->exits = exit;
	exit[work->nr_exits++] = (struct exit){kind, *column};
	return NK_OK;
}

static int add_exits(struct work *work, enum kind kind, const struct row *row,
		     const struct row *before)
{
	VlxStat column;
	size_t i;

	for (i = 0; i < row->count; i++) {
		column = row_since(row, before, row->columns[i].stat.id);
		if (column.stat.count && add_exit(work, kind, &column))
			return NK_FAILED;
	}
	return NK_OK;
}

static void add_time(struct work *work, const struct look *before, const struct look *now)
{
	uint32_t id;
	size_t i;

	work->vcpus++;
	work->seconds += now->at - before->at;
	for (id = 0; id < NK_VCPU_TIME_NR; id++)
		work->ticks[id] += row_since(&now->time, &before->time, id).stat.count;
	for (i = 0; i < now->virqs.count; i++) {
		id = now->virqs.columns[i].stat.id;
		work->virqs += row_since(&now->virqs, &before->virqs, id).stat.count;
	}
}

int work_add(struct work *work, const struct look *before, const struct look *now)
{
	enum kind kind;

	add_time(work, before, now);
	for (kind = 0; kind < KINDS; kind++) {
		work->known[kind] = now->known[kind];
		if (add_exits(work, kind, &now->exits[kind], &before->exits[kind]))
			return NK_FAILED;
	}
	return NK_OK;
}

void work_free(struct work *work)
{
	free(work->exits);
	*work = (struct work){0};
}

/* By the time that all of them took. */
static int dearer(const void *a, const void *b)
{
	uint64_t one = ((const struct exit *)a)->column.stat.sum;
	uint64_t other = ((const struct exit *)b)->column.stat.sum;

	return one < other ? 1 : one > other ? -1 : 0;
}

void work_sort(struct work *work)
{
	if (work->nr_exits)
		qsort(work->exits, work->nr_exits, sizeof(*work->exits), dearer);
}

uint64_t work_count(const struct work *work, enum kind kind)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < work->nr_exits; i++)
		if (work->exits[i].kind == kind)
			count += work->exits[i].column.stat.count;
	return count;
}

double work_rate(const struct work *work, uint64_t count)
{
	return work->seconds > 0 ? (double)count * work->vcpus / work->seconds : 0;
}

double exit_mean_us(const struct exit *exit, uint64_t hz)
{
	const struct nk_stat *stat = &exit->column.stat;

	return (double)stat->sum * US / (double)hz / (double)stat->count;
}
