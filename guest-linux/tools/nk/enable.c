// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* What nk counts and records: switching that, and why it cannot be had. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "monitor.h"

#define ENABLE "nk.monitoring.enable"
#define INFO "nk.monitoring"

int enabled(uint64_t *mode)
{
	int error = prop_number(mode, ENABLE);

	if (error)
		return prop_failed(ENABLE, error, "allow-get");
	if (*mode == NK_MONITOR_NONE)
		*mode = 0;
	return NK_OK;
}

int enable_bits(const char *what, uint64_t set, uint64_t clear, const char *needs, uint64_t *mode)
{
	uint64_t old;
	uint32_t value;
	int error;

	if (enabled(&old))
		return NK_FAILED;
	*mode = (old | set) & ~clear;
	if (*mode == old)
		return NK_OK;
	value = (uint32_t)*mode; /* in this machine's byte order, which is nk's */
	error = write_path(prop_path(ENABLE), &value, sizeof(value));
	if (is_denied(error))
		return not_allowed(what, ENABLE, "allow-set");
	if (error == -EINVAL)
		return failed("%s: nk does not do that: the system tree would have %s", what,
			      needs);
	return error ? prop_failed(ENABLE, error, "allow-set") : NK_OK;
}

int counters_on(bool *switched)
{
	uint64_t old, mode;

	*switched = false;
	if (enabled(&old))
		return NK_FAILED;
	if (enable_bits("counters are off, and to be switched on", NK_MONITOR_COUNTERS, 0,
			TREE_STATS, &mode))
		return NK_FAILED;
	*switched = !(old & NK_MONITOR_COUNTERS);
	return NK_OK;
}

void counters_off(bool switched)
{
	uint64_t mode;

	if (switched)
		enable_bits("counters are to be switched off", 0, NK_MONITOR_COUNTERS, TREE_STATS,
			    &mode);
}

int monitoring_info(struct nk_monitoring *info)
{
	struct blob blob;
	int error = prop_read(INFO, &blob);

	if (error)
		return error;
	if (blob.size == sizeof(*info))
		memcpy(info, blob.data, sizeof(*info));
	else
		error = -EPROTO;
	free(blob.data);
	return error;
}

int no_stats(const char *command)
{
	struct nk_monitoring info;
	int error = monitoring_info(&info);
	const char *path = path_of(PROC, "monitoring/vl,evt-stats-0/raw");

	if (path && !access(path, F_OK))
		return not_allowed(command, INFO, "allow-get");
	if (!error && !info.matrices)
		return failed("%s: nk counts nothing: the system tree would have %s", command,
			      TREE_STATS);
	if (!error)
		return file_failed(command, path, -ENOENT);
	return failed("%s: there are no counters: module vlx-event-stats is not loaded (modprobe "
		      "vlx-event-stats), or the system tree does not have %s",
		      command, TREE_STATS);
}

int no_rings(const char *command)
{
	struct nk_monitoring info;
	int error = monitoring_info(&info);

	if (is_denied(error))
		return not_allowed(command, INFO, "allow-get");
	if (!error && !info.rings)
		return failed("%s: nk records nothing: the system tree would have %s", command,
			      TREE_RINGS);
	return file_failed(command, path_of(PROC, "monitoring/vl,evt-log-0-raw"), -ENOENT);
}
