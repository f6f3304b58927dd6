// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* What nk top shows. */
#include "monitor.h"

#define DEAREST 3 /* exits that are named */
#define ALL 100.0 /* % */

struct shares {
	double el1, el2, idle;
};

/* All but EL1 and EL2 is idle; their clocks are not quite the same. */
static struct shares shares_of(const struct work *work, uint64_t hz)
{
	double el1 = (double)work->ticks[NK_VCPU_TIME_EL1];
	double el2 = (double)work->ticks[NK_VCPU_TIME_EL2];
	double all = work->seconds * (double)hz;

	if (all < el1 + el2)
		all = el1 + el2;
	if (all <= 0)
		return (struct shares){0, 0, ALL};
	el1 *= ALL / all;
	el2 *= ALL / all;
	return (struct shares){el1, el2, ALL - el1 - el2};
}

static double part(uint64_t ticks, uint64_t sum)
{
	return sum ? ALL * (double)ticks / (double)sum : 0;
}

/* What so many vCPUs from the first one on did. Returns NK_OK, or NK_FAILED after saying why not. */
static int work_of(const struct picture *picture, size_t first, size_t count, struct work *work)
{
	const struct watched *vcpu = &picture->vcpus[first];
	int status = NK_OK;

	*work = (struct work){0};
	for (; count-- && !status; vcpu++)
		status = work_add(work, &vcpu->before, &vcpu->now);
	work_sort(work);
	if (status)
		work_free(work);
	return status;
}

static size_t vcpus_behind(const struct picture *picture, size_t first)
{
	size_t next = first;

	while (next < picture->nr_vcpus && picture->vcpus[next].vm == picture->vcpus[first].vm)
		next++;
	return next - first;
}

static void cpus_text(const struct picture *picture, FILE *out)
{
	struct cpu_time passed;
	uint64_t sum;
	size_t i;
	int vm;

	fprintf(out, "CPU  IDLE%%    NK%%  VM%%\n");
	for (i = 0; i < picture->now.count && i < picture->before.count; i++) {
		sum = cpu_time_since(&picture->now.cpus[i], &picture->before.cpus[i], &passed);
		fprintf(out, "%3u %6.1f %6.1f ", passed.cpu, part(passed.idle, sum),
			part(passed.vm[NK_OS_NKERNEL], sum));
		for (vm = ID_FIRST; vm < ID_LIMIT; vm++)
			if (passed.vm[vm])
				fprintf(out, " %s %.1f", vm_name(vm), part(passed.vm[vm], sum));
		fputc('\n', out);
	}
	fputc('\n', out);
}

static void work_text(const struct work *work, uint64_t hz, FILE *out)
{
	struct shares shares = shares_of(work, hz);
	enum kind kind;

	fprintf(out, "%6.1f %6.1f %6.1f", shares.el1, shares.el2, shares.idle);
	for (kind = 0; kind < KINDS; kind++) {
		if (work->known[kind])
			fprintf(out, "%8.0f", work_rate(work, work_count(work, kind)));
		else
			fprintf(out, "%8s", "?");
	}
	fprintf(out, "%8.0f\n", work_rate(work, work->virqs));
}

static void dearest_text(const struct work *work, uint64_t hz, FILE *out)
{
	size_t i;

	for (i = 0; i < work->nr_exits && i < DEAREST; i++)
		fprintf(out, "      %10.0f/s %9.1f us  %s\n",
			work_rate(work, work->exits[i].column.stat.count),
			exit_mean_us(&work->exits[i], hz), work->exits[i].column.label);
}

/* A VM's lines, its vCPUs' where there are several. */
static int vm_text(const struct picture *picture, size_t first, size_t count, FILE *out)
{
	int vm = picture->vcpus[first].vm;
	uint64_t hz = picture->now.hz;
	struct work work;
	size_t i;

	if (work_of(picture, first, count, &work))
		return NK_FAILED;
	fprintf(out, "%2d %-16s ", vm, vm_name(vm)); /* a name is printable */
	work_text(&work, hz, out);
	dearest_text(&work, hz, out);
	work_free(&work);
	for (i = first; count > 1 && i < first + count; i++) {
		if (work_of(picture, i, 1, &work))
			return NK_FAILED;
		fprintf(out, "   vCPU %-11u ", picture->vcpus[i].vcpu);
		work_text(&work, hz, out);
		work_free(&work);
	}
	return NK_OK;
}

int picture_text(const struct picture *picture, FILE *out)
{
	size_t first, count;
	int status = NK_OK;

	if (picture->switched)
		fprintf(out, "Counters were off: they are on for this, and off again behind it.\n");
	if (picture->all)
		cpus_text(picture, out);
	fprintf(out, "VM                    EL1%%   EL2%%  IDLE%% HCALL/s  TRAP/s   DEV/s   IRQ/s "
		     " VIRQ/s\n");
	for (first = 0; first < picture->nr_vcpus && !status; first += count) {
		count = vcpus_behind(picture, first);
		status = vm_text(picture, first, count, out);
	}
	return status;
}

static void cpu_json(const struct cpu_time *passed, uint64_t sum)
{
	int vm;

	json_open(NULL, '{');
	json_number("cpu", passed->cpu);
	json_real("idle", part(passed->idle, sum));
	json_real("nk", part(passed->vm[NK_OS_NKERNEL], sum));
	json_open("vms", '[');
	for (vm = ID_FIRST; vm < ID_LIMIT; vm++) {
		if (!passed->vm[vm])
			continue;
		json_open(NULL, '{');
		json_number("id", vm);
		json_real("share", part(passed->vm[vm], sum));
		json_close();
	}
	json_close();
	json_close();
}

static void cpus_json(const struct picture *picture)
{
	struct cpu_time passed;
	uint64_t sum;
	size_t i;

	json_open("cpus", '[');
	for (i = 0; i < picture->now.count && i < picture->before.count; i++) {
		sum = cpu_time_since(&picture->now.cpus[i], &picture->before.cpus[i], &passed);
		cpu_json(&passed, sum);
	}
	json_close();
}

static void dearest_json(const struct work *work, uint64_t hz)
{
	const struct exit *exit = work->exits;
	size_t i;

	json_open("costliest", '[');
	for (i = 0; i < work->nr_exits && i < DEAREST; i++, exit++) {
		json_open(NULL, '{');
		json_string("kind", kind_names[exit->kind]);
		json_string("name", exit->column.label);
		json_real("rate", work_rate(work, exit->column.stat.count));
		json_real("mean_us", exit_mean_us(exit, hz));
		json_close();
	}
	json_close();
}

/* Members of an object; frees work. */
static void work_json(struct work *work, uint64_t hz)
{
	struct shares shares = shares_of(work, hz);
	enum kind kind;

	json_real("el1", shares.el1);
	json_real("el2", shares.el2);
	json_real("idle", shares.idle);
	for (kind = 0; kind < KINDS; kind++) {
		if (work->known[kind])
			json_real(kind_names[kind], work_rate(work, work_count(work, kind)));
		else
			json_null(kind_names[kind]);
	}
	json_real("virqs", work_rate(work, work->virqs));
	dearest_json(work, hz);
	work_free(work);
}

static int vm_json_work(const struct picture *picture, size_t first, size_t count)
{
	int vm = picture->vcpus[first].vm;
	struct work work;
	size_t i;

	if (work_of(picture, first, count, &work))
		return NK_FAILED;
	json_open(NULL, '{');
	json_number("id", vm);
	json_string("name", vm_name(vm));
	work_json(&work, picture->now.hz);
	json_open("vcpus", '[');
	for (i = first; i < first + count; i++) {
		if (work_of(picture, i, 1, &work))
			return NK_FAILED;
		json_open(NULL, '{');
		json_number("vcpu", picture->vcpus[i].vcpu);
		work_json(&work, picture->now.hz);
		json_close();
	}
	json_close();
	json_close();
	return NK_OK;
}

int picture_json(const struct picture *picture)
{
	const struct watched *vcpu = picture->vcpus;
	size_t first, count;

	json_open(NULL, '{');
	json_real("seconds", vcpu->now.at - vcpu->before.at);
	json_bool("switched_on", picture->switched);
	if (picture->all)
		cpus_json(picture);
	json_open("vms", '[');
	for (first = 0; first < picture->nr_vcpus; first += count) {
		count = vcpus_behind(picture, first);
		if (vm_json_work(picture, first, count))
			return NK_FAILED;
	}
	json_close();
	json_left_out();
	json_close();
	return NK_OK;
}
