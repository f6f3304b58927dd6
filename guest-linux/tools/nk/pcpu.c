// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* /proc/nk/pcpustats: what the physical CPUs did, in ticks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "monitor.h"

static const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : text + strlen(text);
}

/* The columns behind Idle: VM1, VM2 and on. */
static int count_vms(const char *head)
{
	char name[sizeof("VM") + DIGITS(int)];
	const char *end = next_line(head);
	int vm = 0;

	do {
		snprintf(name, sizeof(name), "VM%d", ++vm);
		head = strstr(head, name);
	} while (head && head < end && vm < ID_LIMIT);
	return vm - 1;
}

/* One CPU's line. Returns whether it is one. */
static bool read_cpu(const char *line, int nr_vms, struct cpu_time *cpu)
{
	const char *end = next_line(line);
	char *rest;
	int vm;

	*cpu = (struct cpu_time){.cpu = (unsigned int)strtoul(line, &rest, 10)};
	if (rest == line)
		return false;
	cpu->idle = strtoull(rest, &rest, 10);
	for (vm = 1; vm <= nr_vms; vm++)
		cpu->vm[vm] = strtoull(rest, &rest, 10);
	return rest < end;
}

static int parse(struct cpu_times *times, const char *text)
{
	unsigned long long hz;
	struct cpu_time cpu, *more;

	if (sscanf(text, "Counting frequency: %llu Hz\n", &hz) != 1 || !hz)
		return -EPROTO;
	times->hz = hz;
	text = next_line(next_line(text));
	times->nr_vms = count_vms(text);
	while (read_cpu(text = next_line(text), times->nr_vms, &cpu)) {
		more = realloc(times->cpus, (times->count + 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		times->cpus = more;
		more[times->count++] = cpu;
	}
	return 0;
}

int cpu_times_read(struct cpu_times *times)
{
	struct blob blob;
	int error = read_path(path_of(PROC, "pcpustats"), &blob);

	*times = (struct cpu_times){0};
	if (error)
		return error;
	error = parse(times, (char *)blob.data);
	free(blob.data);
	if (error)
		cpu_times_free(times);
	return error;
}

void cpu_times_free(struct cpu_times *times)
{
	free(times->cpus);
	*times = (struct cpu_times){0};
}

uint64_t cpu_time_since(const struct cpu_time *now, const struct cpu_time *before,
			struct cpu_time *passed)
{
	uint64_t sum;
	int vm;

	*passed = (struct cpu_time){.cpu = now->cpu, .idle = counted(now->idle, before->idle)};
	sum = passed->idle;
	for (vm = 1; vm < ID_LIMIT; vm++) {
		passed->vm[vm] = counted(now->vm[vm], before->vm[vm]);
		sum += passed->vm[vm];
	}
	return sum;
}
