// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk cpu: which VM has which CPU, of those that are handed over, and giving one to another VM. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <nk/handover.h>
#include "nk.h"

#define TABLE "nk.cpus.handover"
#define GIVE "nk.cpus.give"
#define LOOK_PAUSE 20000000 /* ns */

static const char *const states[] = {
	[NK_HANDOVER_NONE] = "none",	       [NK_HANDOVER_WAITING] = "waiting",
	[NK_HANDOVER_DONE] = "done",	       [NK_HANDOVER_LATE] = "late",
	[NK_HANDOVER_WITHDRAWN] = "withdrawn",
};

static const char *state_name(const NkHandover *row)
{
	return row->state < sizeof(states) / sizeof(*states) ? states[row->state] : "unknown";
}

/* The whole table, which the caller frees, and its lines. Returns 0 or -errno. */
static int read_rows(NkHandover **rows, size_t *count)
{
	struct blob blob;
	int error = prop_read(TABLE, &blob);

	if (error)
		return error;
	*rows = (NkHandover *)blob.data;
	*count = blob.size / sizeof(**rows);
	return 0;
}

static void row_json(size_t cpu, const NkHandover *row)
{
	json_open(NULL, '{');
	json_number("cpu", cpu);
	if (row->owner) {
		json_number("owner", row->owner);
		json_string("name", vm_name(row->owner));
	} else {
		json_null("owner");
	}
	json_string("state", state_name(row));
	if (row->state != NK_HANDOVER_NONE) {
		json_number("from", row->from);
		json_number("to", row->to);
		json_number("requests", row->number);
	}
	json_close();
}

static void row_line(size_t cpu, const NkHandover *row)
{
	printf("%3zu  ", cpu);
	if (row->owner)
		printf("%2u %-16s ", row->owner, vm_name(row->owner));
	else
		printf("%2s %-16s ", "-", "");
	fputs(state_name(row), stdout);
	if (row->state != NK_HANDOVER_NONE)
		printf(": VM %u to VM %u", row->from, row->to);
	putchar('\n');
}

static int cpu_list(int argc, char **argv)
{
	NkHandover *rows;
	size_t count, i;
	int error;

	if (no_options("cpu", &argc, argv))
		return NK_USAGE;
	if (argc > 1)
		return misused("cpu", "'%s' is too much", argv[1]);
	error = read_rows(&rows, &count);
	if (error)
		return prop_failed(TABLE, error, "allow-get");
	if (as_json)
		json_open(NULL, '[');
	else
		printf("CPU  OF                  LAST REQUEST\n");
	for (i = 0; i < count; i++) {
		if (as_json)
			row_json(i, &rows[i]);
		else
			row_line(i, &rows[i]);
	}
	if (as_json)
		json_close();
	free(rows);
	return NK_OK;
}

/* One line of the table. Returns NK_OK, or says why not. */
static int read_row(size_t cpu, NkHandover *row)
{
	NkHandover *rows;
	size_t count;
	int error = read_rows(&rows, &count);

	if (error)
		return prop_failed(TABLE, error, "allow-get");
	if (cpu < count)
		*row = rows[cpu];
	free(rows);
	return cpu < count ? NK_OK : failed("cpu: there is no CPU %zu", cpu);
}

static int outcome(size_t cpu, int id, const NkHandover *row)
{
	if (row->owner == id)
		return NK_OK;
	if (row->state == NK_HANDOVER_LATE)
		return failed("cpu: VM %u has not let go of CPU %zu in its time, and keeps it",
			      row->from, cpu);
	return failed("cpu: CPU %zu stays VM %u's, as somebody asked for meanwhile", cpu,
		      row->owner);
}

static int wait_for(size_t cpu, int id, double seconds)
{
	struct timespec pause = {.tv_nsec = LOOK_PAUSE};
	double end = now() + seconds;
	NkHandover row;

	for (;;) {
		if (read_row(cpu, &row))
			return NK_FAILED;
		if (row.state != NK_HANDOVER_WAITING || row.to != id)
			break;
		if (now() >= end)
			return failed("cpu: VM %u still has CPU %zu after %g s", row.owner, cpu,
				      seconds);
		nanosleep(&pause, NULL);
	}
	if (as_json)
		row_json(cpu, &row);
	return outcome(cpu, id, &row);
}

/* Why nk does not take it: as far as this VM can see. */
static int refused(size_t cpu, int id)
{
	NkHandover *rows, row = {0};
	size_t count;

	if (!read_rows(&rows, &count)) {
		if (cpu < count)
			row = rows[cpu];
		free(rows);
		if (cpu >= count)
			return failed("cpu: there is no CPU %zu", cpu);
	}
	if (row.state == NK_HANDOVER_WAITING)
		return failed("cpu: CPU %zu is on its way from VM %u to VM %u", cpu, row.from,
			      row.to);
	return failed("cpu: CPU %zu is not in handover-affinity of VM %d in the system tree", cpu,
		      id);
}

static int cpu_give(int argc, char **argv)
{
	const char *wait = NULL;
	const struct option options[] = {{"--wait", .value = &wait}, {0}};
	NkHandoverGive give;
	double seconds = -1;
	uint64_t cpu;
	int id, status, error;
	long self;

	if (take_options("cpu", options, &argc, argv, false))
		return NK_USAGE;
	if (wait && !parse_seconds(wait, &seconds))
		return misused("cpu", "--wait '%s' is no number of seconds", wait);
	if (argc != 3)
		return misused("cpu",
			       argc < 3 ? "which CPU, and to which VM?" : "that is too much");
	if (!parse_number(argv[1], UINT32_MAX, &cpu))
		return misused("cpu", "'%s' is no number of a CPU", argv[1]);
	status = vm_existing("cpu", argv[2], &id, &self);
	if (status)
		return status;
	give.cpu = (uint32_t)cpu; /* in this machine's byte order, which is nk's */
	give.vm = (uint32_t)id;
	error = write_path(prop_path(GIVE), &give, sizeof(give));
	if (error == -EINVAL)
		return refused(cpu, id);
	if (error)
		return prop_failed(GIVE, error, "allow-set");
	return seconds < 0 ? NK_OK : wait_for(cpu, id, seconds);
}

int cmd_cpu(int argc, char **argv)
{
	if (argc < 2)
		return misused("cpu", "list or give?");
	if (!strcmp(argv[1], "list"))
		return cpu_list(argc - 1, argv + 1);
	if (!strcmp(argv[1], "give"))
		return cpu_give(argc - 1, argv + 1);
	return misused("cpu", "'%s' is neither list nor give", argv[1]);
}
