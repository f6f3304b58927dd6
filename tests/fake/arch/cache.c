// SPDX-License-Identifier: Apache-2.0
#include "arch/cache.h"
#include "fake/fake.h"

#include <string.h>

void (*fake_wipes)(const void *p, u64 size);

void cache_wipe(void *p, u64 size)
{
	if (fake_wipes)
		fake_wipes(p, size);
	memset(p, 0, size);
}

void cache_flush(const void *p, u64 size)
{
}

void cache_sync_instructions(void)
{
}
