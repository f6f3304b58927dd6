// SPDX-License-Identifier: Apache-2.0
#include "arch/gic.h"

u32 gic_version(void)
{
	return 3;
}
