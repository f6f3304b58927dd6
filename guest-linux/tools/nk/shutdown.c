// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk shutdown: asks a VM's system to end, and ends the VM if it does not. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <vlx/shutdown.h>
#include "nk.h"

#define PATIENCE 60 /* s that the system has */
#define STOP_PATIENCE 10 /* s until a VM has stopped */
#define LOOK_PAUSE 50000000 /* ns */

struct target {
	int id;
	unsigned char self; /* who asks */
	uint64_t life; /* nk.vm.N.state.running when it was asked */
	char running[NAME_LIMIT]; /* names of properties */
	char shutdown[NAME_LIMIT];
};

/* Whether it still runs, in the life it had. Returns 1, 0 or -errno. */
static int lives(const struct target *vm)
{
	uint64_t life;
	int error = prop_number(&life, "%s", vm->running);

	return error ? error : life == vm->life && life & 1;
}

static int no_property(const struct target *vm)
{
	if (access(path_of(SYS, "prop"), F_OK))
		return prop_failed(vm->shutdown, -ENOENT, "allow-get");
	return failed(
		"shutdown: VM %d cannot be asked: the system tree would have in &hyp_property: "
		"%s { size = <1>; allow-set = \"%u,%d\"; allow-get = \"%u,%d\"; allow-notify = "
		"\"%d\"; };",
		vm->id, vm->shutdown, vm->self, vm->id, vm->self, vm->id, vm->id);
}

/* Asks, if it was not asked before or has forgotten it: who boots just now begins to listen later. */
static int ask(const struct target *vm, bool first)
{
	struct blob state;
	int error = prop_read(vm->shutdown, &state);
	bool listens;

	if (error == -ENOENT)
		return no_property(vm);
	if (error)
		return prop_failed(vm->shutdown, error, "allow-get");
	listens = state.size == 1 && *state.data == VLX_SHUTDOWN_LISTENS;
	if (!state.size && first)
		error = failed("shutdown: nobody listens in VM %d: module vlx-shutdown is not "
			       "loaded there",
			       vm->id);
	else if (listens)
		error = write_path(prop_path(vm->shutdown), &vm->self, 1);
	free(state.data);
	return error < 0 ? prop_failed(vm->shutdown, error, "allow-set") : error;
}

/* Waits until it has ended. Returns NK_OK, with *lived if the time was over before, or NK_FAILED. */
static int wait_end(const struct target *vm, double seconds, bool asking, bool *lived)
{
	struct timespec pause = {.tv_nsec = LOOK_PAUSE};
	double end = now() + seconds;
	int running;

	while ((running = lives(vm)) > 0 && now() < end) {
		if (asking && ask(vm, false))
			return NK_FAILED;
		nanosleep(&pause, NULL);
	}
	*lived = running > 0;
	return running < 0 ? prop_failed(vm->running, running, "allow-get") : NK_OK;
}

static int stop(const struct target *vm, double seconds)
{
	char text[DIGITS(int)];
	bool lived;
	int error;

	snprintf(text, sizeof(text), "%d", vm->id);
	error = write_path(path_of(PROC, "vmstop"), text, strlen(text));
	if (is_denied(error)) {
		failed("shutdown: VM %d has not ended after %g s", vm->id, seconds);
		return not_allowed("its stop", vm->running, "allow-set");
	}
	if (error)
		return file_failed("shutdown", path_of(PROC, "vmstop"), error);
	if (wait_end(vm, STOP_PATIENCE, false, &lived))
		return NK_FAILED;
	return lived ? failed("shutdown: VM %d does not stop", vm->id) : NK_OK;
}

/* What became of it. forced: it was stopped. */
static void report(const struct target *vm, double seconds, bool forced)
{
	struct vm_state state;

	if (forced)
		failed("shutdown: VM %d had not ended after %g s, and was stopped", vm->id,
		       seconds);
	if (!as_json)
		return;
	vm_state(vm->id, &state);
	json_open(NULL, '{');
	vm_json(vm->id, &state, false);
	json_bool("forced", forced);
	json_left_out();
	json_close();
}

static int shut_down(struct target *vm, double seconds)
{
	uint64_t paused;
	bool lived;
	int error;

	snprintf(vm->running, sizeof(vm->running), "nk.vm.%d.state.running", vm->id);
	snprintf(vm->shutdown, sizeof(vm->shutdown), VLX_SHUTDOWN_PROP, (unsigned int)vm->id);
	error = prop_number(&vm->life, "%s", vm->running);
	if (error)
		return prop_failed(vm->running, error, "allow-get");
	if (vm->life & 1) {
		if (!prop_number(&paused, "nk.vm.%d.state.paused", vm->id) && paused & 1)
			return failed("shutdown: VM %d is paused and hears nothing: `nk resume %d` "
				      "first, "
				      "or `nk stop %d`",
				      vm->id, vm->id, vm->id);
		if (ask(vm, true))
			return NK_FAILED;
	}
	if (wait_end(vm, seconds, true, &lived))
		return NK_FAILED;
	if (lived && stop(vm, seconds))
		return NK_FAILED;
	report(vm, seconds, lived);
	return NK_OK;
}

int cmd_shutdown(int argc, char **argv)
{
	const char *wait = NULL;
	const struct option options[] = {{"--wait", .value = &wait}, {0}};
	double seconds = PATIENCE;
	struct target vm;
	int status;
	long self;

	if (take_options(argv[0], options, &argc, argv, false))
		return NK_USAGE;
	if (wait && !parse_seconds(wait, &seconds))
		return misused(argv[0], "--wait %s: seconds are wanted", wait);
	if (argc != 2)
		return misused(argv[0], "which VM? One");
	status = vm_existing(argv[0], argv[1], &vm.id, &self);
	if (status)
		return status;
	if (vm.id == self)
		return failed("VM %d is this one; `poweroff` shuts it down", vm.id);
	vm.self = (unsigned char)self;
	return shut_down(&vm, seconds);
}
