// SPDX-License-Identifier: Apache-2.0
/* A history of a thousand characters that never changes. */
#include "core/console/history.h"

#include <string.h>

void history_put(u32 source, const u8 *text, u32 len)
{
}

u32 history_read(u64 *ordinal, u8 *buf, u32 size)
{
	if (*ordinal > 1000)
		return 0;
	memset(buf, 'h', size);
	*ordinal += size;
	return size;
}

u64 history_boot_ordinal(void)
{
	return 17;
}
