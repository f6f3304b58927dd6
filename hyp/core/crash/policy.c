// SPDX-License-Identifier: Apache-2.0
/* How often a VM that crashes may be restarted. */
#include "core/crash/crash.h"

bool crash_may_restart(struct crash_restarts *r, u32 max, u64 window, u64 now)
{
	max = MIN(max, (u32)CRASH_RESTARTS_MAX);
	/* The restart that is `max` back is too near. */
	if (max && r->nr >= max && now - r->at[(r->nr - max) % CRASH_RESTARTS_MAX] < window)
		return false;
	r->at[r->nr++ % CRASH_RESTARTS_MAX] = now;
	return true;
}
