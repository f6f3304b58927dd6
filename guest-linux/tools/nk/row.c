// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* Rows of nk's matrices of counters, as vlx-event-stats has them. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "monitor.h"

static const char *row_path(const char *matrix, int vm, unsigned int vcpu)
{
	return path_of(PROC, "monitoring/vl,evt-stats-0/raw/%s-%d-%u", matrix, vm, vcpu);
}

bool is_counted(int vm, unsigned int vcpu)
{
	const char *path = row_path("vcpu-time", vm, vcpu);

	return path && !access(path, F_OK);
}

int row_read(struct row *row, const char *matrix, int vm, unsigned int vcpu)
{
	struct blob blob;
	size_t i;
	int error = read_path(row_path(matrix, vm, vcpu), &blob);

	*row = (struct row){0};
	if (error)
		return error;
	row->columns = (VlxStat *)blob.data;
	row->count = blob.size / sizeof(*row->columns);
	for (i = 0; i < row->count; i++)
		row->columns[i].label[VLX_STAT_LABEL - 1] = '\0';
	return 0;
}

void row_free(struct row *row)
{
	free(row->columns);
	*row = (struct row){0};
}

static const VlxStat *column_of(const struct row *row, uint32_t id)
{
	size_t i;

	for (i = 0; i < row->count; i++)
		if (row->columns[i].stat.id == id)
			return &row->columns[i];
	return NULL;
}

VlxStat row_since(const struct row *row, const struct row *before, uint32_t id)
{
	const VlxStat *now = column_of(row, id), *old = column_of(before, id);
	VlxStat column = {0};

	if (now)
		column = *now;
	if (old) {
		column.stat.count = counted(column.stat.count, old->stat.count);
		column.stat.sum = counted(column.stat.sum, old->stat.sum);
	}
	return column;
}
