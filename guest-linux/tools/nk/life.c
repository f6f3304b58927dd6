// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk start, stop, restart, suspend, resume: a VM's life. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "nk.h"

#define LOOK_PAUSE 50000000 /* ns */

/* reached: the state it leads to, by vm_state_name(). */
static const struct action {
	const char *command;
	const char *file;
	const char *prop; /* whose permission steers it */
	const char *reached;
} actions[] = {
	{"start", "vmstart", "running", "running"},   {"stop", "vmstop", "running", "stopped"},
	{"restart", "restart", "running", "running"}, {"suspend", "vmsuspend", "paused", "paused"},
	{"resume", "vmresume", "paused", "running"},
};

static bool reached(const struct action *action, const struct vm_state *before,
		    const struct vm_state *state)
{
	if (strcmp(vm_state_name(state), action->reached) &&
	    !(state->crashed && !strcmp(action->reached, "stopped")) &&
	    !(!strcmp(action->command, "start") && state->paused))
		return false;
	return strcmp(action->command, "restart") || !state->counted ||
	       state->starts != before->starts;
}

/* It was asked for, but this VM cannot see what comes of it. */
static int unseen(const struct vm_state *state, int id)
{
	char prop[NAME_LIMIT];

	snprintf(prop, sizeof(prop), "nk.vm.%d.state.%s", id, state->missing);
	return not_allowed("--wait", prop, "allow-get");
}

static int wait_for(const struct action *action, int id, const struct vm_state *before,
		    double seconds)
{
	struct timespec pause = {.tv_nsec = LOOK_PAUSE};
	double end = now() + seconds;
	struct vm_state state;
	int error;

	for (;;) {
		error = vm_state(id, &state);
		if (error)
			return file_failed(action->command, path_of(PROC, "state"), error);
		if (!state.counted)
			return unseen(&state, id);
		if (reached(action, before, &state))
			return NK_OK;
		if (now() >= end)
			break;
		nanosleep(&pause, NULL);
	}
	return failed("%s: VM %d is still %s after %g s", action->command, id,
		      vm_state_name(&state), seconds);
}

static int write_failed(const struct action *action, int id, int error)
{
	char prop[NAME_LIMIT];

	snprintf(prop, sizeof(prop), "nk.vm.%d.state.%s", id, action->prop);
	if (is_denied(error))
		return not_allowed(action->command, prop, "allow-set");
	return file_failed(action->command, path_of(PROC, "%s", action->file), error);
}

static int act(const struct action *action, int id, bool self, double seconds)
{
	struct vm_state before;
	char text[DIGITS(int)];
	int error;

	if (self && !strcmp(action->command, "start"))
		return failed("VM %d is this one, and runs; `nk restart %d` restarts it", id, id);
	error = vm_state(id, &before);
	if (error)
		return file_failed(action->command, path_of(PROC, "state"), error);
	snprintf(text, sizeof(text), "%d", id);
	error = write_path(path_of(PROC, "%s", action->file), text, strlen(text));
	if (error)
		return write_failed(action, id, error);
	if (seconds >= 0 && wait_for(action, id, &before, seconds))
		return NK_FAILED;
	if (as_json && !vm_state(id, &before))
		vm_object(id, &before, self);
	return NK_OK;
}

int cmd_life(int argc, char **argv)
{
	const struct action *action = actions;
	const char *wait = NULL;
	const struct option options[] = {{"--wait", .value = &wait}, {0}};
	double seconds = -1;
	int id, status;
	long self;

	while (strcmp(action->command, argv[0]))
		action++;
	if (take_options(action->command, options, &argc, argv, false))
		return NK_USAGE;
	if (wait && !parse_seconds(wait, &seconds))
		return misused(action->command, "--wait %s: seconds are wanted", wait);
	if (argc < 2)
		return misused(action->command, "which VM?");
	if (argc > 2)
		return misused(action->command, "'%s' is too much", argv[2]);
	status = vm_existing(action->command, argv[1], &id, &self);
	return status ? status : act(action, id, id == self, seconds);
}
