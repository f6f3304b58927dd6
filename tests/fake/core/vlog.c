// SPDX-License-Identifier: Apache-2.0
#include "core/vlog/vlog.h"
#include "fake/core.h"

#include <stdio.h>

struct fake_log fake_vlog;

void vlog_nk(char *line, u32 len)
{
	snprintf(fake_vlog.last, sizeof(fake_vlog.last), "%.*s", (int)len, line);
	line[len] = '\n';
	__atomic_fetch_add(&fake_vlog.lines, 1, __ATOMIC_RELAXED);
}
