// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk stat: which exits a VM had in a time, and what they took. */
#include <errno.h>
#include <stdlib.h>
#include "monitor.h"

#define VCPUS_MAX 256 /* more than any VM has */

static uint64_t all_ticks(const struct work *work)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < work->nr_exits; i++)
		sum += work->exits[i].column.stat.sum;
	return sum;
}

static double share(const struct exit *exit, uint64_t all)
{
	return all ? 100.0 * (double)exit->column.stat.sum / (double)all : 0;
}

static void show_json(int vm, const struct work *work, uint64_t hz, bool switched)
{
	const struct exit *exit = work->exits;
	uint64_t all = all_ticks(work);
	size_t i;

	json_open(NULL, '{');
	json_number("id", vm);
	json_string("name", vm_name(vm));
	json_real("seconds", work->seconds / work->vcpus);
	json_bool("switched_on", switched);
	json_open("exits", '[');
	for (i = 0; i < work->nr_exits; i++, exit++) {
		json_open(NULL, '{');
		json_string("kind", kind_names[exit->kind]);
		json_string("name", exit->column.label);
		json_number("count", exit->column.stat.count);
		json_real("mean_us", exit_mean_us(exit, hz));
		json_real("share", share(exit, all));
		json_close();
	}
	json_close();
	json_close();
}

static void show_text(const struct work *work, uint64_t hz, bool switched)
{
	const struct exit *exit = work->exits;
	uint64_t all = all_ticks(work);
	size_t i;

	if (switched)
		puts("Counters were off: they were on for this, and are off again.");
	printf("EXIT                                 COUNT    MEAN us  SHARE%%\n");
	for (i = 0; i < work->nr_exits; i++, exit++)
		printf("%-31s %10llu %10.1f %7.1f\n", exit->column.label,
		       (unsigned long long)exit->column.stat.count, exit_mean_us(exit, hz),
		       share(exit, all));
}

/* Looks at all vCPUs of the VM. Returns how many there are, or -errno. */
static int look_all(struct look *looks, int vm)
{
	int vcpu, error = 0;

	for (vcpu = 0; vcpu < VCPUS_MAX; vcpu++) {
		error = look_take(&looks[vcpu], vm, vcpu);
		if (error)
			break;
	}
	return error && (error != -ENOENT || !vcpu) ? error : vcpu;
}

static int not_looked(int error)
{
	return file_failed("stat", path_of(PROC, "monitoring/vl,evt-stats-0"), error);
}

/* What all vCPUs do in the time. */
static int measure(int vm, double seconds, struct work *work)
{
	static struct look before[VCPUS_MAX], after[VCPUS_MAX];
	int count = look_all(before, vm), again, i, status = NK_OK;

	if (count < 0)
		return not_looked(count);
	pause_until(now() + seconds, false);
	again = look_all(after, vm);
	if (again < 0)
		status = not_looked(again);
	for (i = 0; i < count; i++) {
		if (!status && i < again)
			status = work_add(work, &before[i], &after[i]);
		look_free(&before[i]);
		look_free(&after[i]);
	}
	return status;
}

static int show(int vm, double seconds)
{
	struct cpu_times times;
	struct work work = {0};
	bool switched;
	int status, error;

	if (!is_counted(vm, 0))
		return no_stats("stat");
	error = cpu_times_read(&times);
	if (error)
		return file_failed("stat", path_of(PROC, "pcpustats"), error);
	hold_signals();
	status = counters_on(&switched);
	if (!status) {
		status = measure(vm, seconds, &work);
		counters_off(switched);
	}
	work_sort(&work);
	if (!status && as_json)
		show_json(vm, &work, times.hz, switched);
	else if (!status)
		show_text(&work, times.hz, switched);
	work_free(&work);
	cpu_times_free(&times);
	return status;
}

int cmd_stat(int argc, char **argv)
{
	double seconds;
	int vm, status;
	long self;

	if (no_options(argv[0], &argc, argv))
		return NK_USAGE;
	if (argc != 3)
		return misused(argv[0], argc < 3 ? "which VM, and for how many seconds?"
						 : "that is too much");
	if (!parse_seconds(argv[2], &seconds) || seconds <= 0)
		return misused(argv[0], "%s: seconds above 0", argv[2]);
	status = vm_existing(argv[0], argv[1], &vm, &self);
	return status ? status : show(vm, seconds);
}
