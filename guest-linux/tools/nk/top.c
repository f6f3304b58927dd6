// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk top: what the VMs and CPUs do, again and again, or once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "monitor.h"
#include "screen.h"

struct top {
	struct picture picture;
	double delay; /* s of a picture */
	bool once;
};

static int add_vcpu(struct picture *picture, int vm, unsigned int vcpu)
{
	struct watched *more =
		realloc(picture->vcpus, (picture->nr_vcpus + 1) * sizeof(*picture->vcpus));

	if (!more)
		return failed("memory is short");
	picture->vcpus = more;
	more[picture->nr_vcpus++] = (struct watched){.vm = vm, .vcpu = vcpu};
	return NK_OK;
}

/* All vCPUs that this VM may see counters of. */
static int find_vcpus(struct picture *picture)
{
	unsigned int vcpu;
	uint32_t mask;
	long self;
	int vm;

	if (vm_mask(&mask, &self))
		return NK_FAILED;
	for (vm = ID_FIRST; vm < ID_LIMIT; vm++)
		for (vcpu = 0; mask >> vm & 1 && is_counted(vm, vcpu); vcpu++)
			if (add_vcpu(picture, vm, vcpu))
				return NK_FAILED;
	return picture->nr_vcpus ? NK_OK : no_stats("top");
}

/* Looks at all; what was now is before then. */
static int look(struct picture *picture)
{
	struct watched *vcpu;
	size_t i;
	int error;

	cpu_times_free(&picture->before);
	picture->before = picture->now;
	error = cpu_times_read(&picture->now);
	if (error)
		return file_failed("top", path_of(PROC, "pcpustats"), error);
	for (i = 0; i < picture->nr_vcpus; i++) {
		vcpu = &picture->vcpus[i];
		look_free(&vcpu->before);
		vcpu->before = vcpu->now;
		error = look_take(&vcpu->now, vcpu->vm, vcpu->vcpu);
		if (error)
			return file_failed("top", path_of(PROC, "monitoring/vl,evt-stats-0"),
					   error);
	}
	return NK_OK;
}

static int show_once(struct top *top)
{
	int status;

	if (look(&top->picture))
		return NK_FAILED;
	pause_until(now() + top->delay, false);
	status = look(&top->picture);
	if (status)
		return status;
	if (as_json)
		return picture_json(&top->picture);
	status = picture_text(&top->picture, stdout);
	say_left_out();
	return status;
}

/* Until somebody has enough of it. */
static int show_on(struct top *top)
{
	struct screen screen;
	int status = look(&top->picture);

	if (status)
		return status;
	screen_open(&screen);
	while (!status && !pause_until(now() + top->delay, true)) {
		status = look(&top->picture);
		if (!status)
			status = screen_show(&top->picture);
	}
	screen_close(&screen);
	say_left_out();
	return status;
}

static void forget(struct picture *picture)
{
	size_t i;

	for (i = 0; i < picture->nr_vcpus; i++) {
		look_free(&picture->vcpus[i].before);
		look_free(&picture->vcpus[i].now);
	}
	free(picture->vcpus);
	cpu_times_free(&picture->before);
	cpu_times_free(&picture->now);
}

static int run(struct top *top)
{
	struct nk_monitoring info;
	int status = find_vcpus(&top->picture);

	if (status)
		return status;
	top->picture.all = !monitoring_info(&info);
	if (!top->picture.all)
		note_left_out("nk.monitoring");
	hold_signals();
	status = counters_on(&top->picture.switched);
	if (status)
		return status;
	status = top->once ? show_once(top) : show_on(top);
	counters_off(top->picture.switched);
	return status;
}

int cmd_top(int argc, char **argv)
{
	struct top top = {.delay = 1};
	const char *delay = NULL;
	const struct option options[] = {
		{"--delay", "-d", .value = &delay}, {"--once", .flag = &top.once}, {0}};
	int status;

	if (take_options(argv[0], options, &argc, argv, false))
		return NK_USAGE;
	if (delay && (!parse_seconds(delay, &top.delay) || top.delay <= 0))
		return misused(argv[0], "-d %s: seconds above 0", delay);
	if (argc > 1)
		return misused(argv[0], "'%s' is too much", argv[1]);
	if (as_json || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		top.once = true;
	status = run(&top);
	forget(&top.picture);
	return status;
}
