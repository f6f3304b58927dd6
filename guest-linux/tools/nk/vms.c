// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* The VMs there are, and what they do. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "nk.h"

int vm_mask(uint32_t *mask, long *self)
{
	long last, state;
	const char *file = "id", *path;
	int error = proc_number(file, self);
	int id;

	if (!error)
		error = proc_number(file = "last", &last);
	if (!error)
		error = proc_number(file = "state", &state);
	if (error)
		return file_failed("VMs", path_of(PROC, "%s", file), error);
	*mask = (uint32_t)state;
	for (id = ID_FIRST; id <= last && id < ID_LIMIT; id++) {
		path = path_of(SYS, "prop/nk.vm.%d.state.running", id);
		if (path && !access(path, F_OK))
			*mask |= 1U << id;
	}
	*mask &= ~((1U << ID_FIRST) - 1);
	return NK_OK;
}

int vm_existing(const char *command, const char *text, int *id, long *self)
{
	uint32_t mask;
	int status = vm_given(command, text, id);

	if (!status)
		status = vm_mask(&mask, self);
	if (!status && !(mask >> *id & 1))
		status = failed("there is no VM %d; `nk list` shows those there are", *id);
	return status;
}

int vm_or_none(int argc, char **argv, int *id, long *self)
{
	*id = 0;
	if (no_options(argv[0], &argc, argv))
		return NK_USAGE;
	if (argc > 2)
		return misused(argv[0], "'%s' is too much", argv[2]);
	return argc == 1 ? NK_OK : vm_existing(argv[0], argv[1], id, self);
}

/* Half of a VM's state. Returns 0 or -errno. */
static int state_number(uint64_t *value, int id, const char *which)
{
	char name[NAME_LIMIT];
	int error;

	snprintf(name, sizeof(name), "nk.vm.%d.state.%s", id, which);
	error = prop_number(value, "%s", name);
	if (is_denied(error))
		note_left_out(name);
	return error;
}

static bool has_crashed(int id)
{
	uint64_t crashed;

	return !prop_number(&crashed, "nk.vm.%d.state.crashed", id) && crashed & 1;
}

int vm_state(int id, struct vm_state *state)
{
	uint64_t running, paused;
	long mask;
	int error;

	memset(state, 0, sizeof(*state));
	error = state_number(&running, id, state->missing = "running");
	if (!error)
		error = state_number(&paused, id, state->missing = "paused");
	if (!error) {
		state->running = running & 1;
		state->paused = state->running && paused & 1;
		state->known = state->counted = true;
		state->starts = running >> 1;
		state->resumes = paused >> 1;
		state->crashed = !state->running && has_crashed(id);
		return 0;
	}
	error = proc_number("state", &mask);
	if (!error)
		state->known = state->running = mask >> id & 1;
	return error;
}

const char *vm_state_name(const struct vm_state *state)
{
	if (!state->known)
		return "unknown";
	if (!state->running)
		return state->crashed ? "crashed" : "stopped";
	return state->paused ? "paused" : "running";
}

void vm_json(int id, const struct vm_state *state, bool self)
{
	json_number("id", id);
	json_string("name", vm_name(id));
	json_bool("self", self);
	json_string("state", vm_state_name(state));
	if (state->counted) {
		json_number("starts", state->starts);
		json_number("resumes", state->resumes);
	}
}

/* On which CPUs it may run. Returns 0 or -errno. */
static int vm_cpus(int id, uint64_t *cpus)
{
	char name[NAME_LIMIT];
	int error;

	snprintf(name, sizeof(name), "nk.vm.%d.cpus", id);
	error = prop_number(cpus, "%s", name);
	if (is_denied(error))
		note_left_out(name);
	return error;
}

void vm_object(int id, const struct vm_state *state, bool self)
{
	uint64_t cpus;

	json_open(NULL, '{');
	vm_json(id, state, self);
	if (!vm_cpus(id, &cpus))
		json_mask("cpus", cpus);
	json_left_out();
	json_close();
}

static void list_line(int id, const struct vm_state *state, bool self)
{
	uint64_t cpus;

	printf("%2d%c  ", id, self ? '*' : ' ');
	printf("%-16s %-8s ", vm_name(id), vm_state_name(state)); /* a name is printable */
	if (state->counted)
		printf("%6llu %7llu  ", (unsigned long long)state->starts,
		       (unsigned long long)state->resumes);
	else
		printf("%6s %7s  ", "?", "?");
	if (vm_cpus(id, &cpus))
		putchar('?');
	else
		put_mask(cpus);
	putchar('\n');
}

int cmd_list(int argc, char **argv)
{
	struct vm_state state;
	uint32_t mask;
	long self;
	int id;

	if (no_options(argv[0], &argc, argv))
		return NK_USAGE;
	if (argc > 1)
		return misused(argv[0], "'%s' is too much", argv[1]);
	if (vm_mask(&mask, &self))
		return NK_FAILED;
	if (as_json)
		json_open(NULL, '[');
	else
		printf("ID   NAME             STATE    STARTS RESUMES  CPUS\n");
	for (id = ID_FIRST; id < ID_LIMIT; id++) {
		if (!(mask >> id & 1) || vm_state(id, &state))
			continue;
		if (as_json)
			vm_object(id, &state, id == self);
		else
			list_line(id, &state, id == self);
	}
	if (as_json)
		json_close();
	say_left_out();
	return NK_OK;
}
