// SPDX-License-Identifier: Apache-2.0
/* Which nk this is. Board support is part of the same binary. */
#include "core/prop/builtin.h"
#include "core/system.h"
#include "lib/string.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define HYPERVISOR "nk-" HYP_VERSION
#define API TEXT(NK_API_MAJOR) "." TEXT(NK_API_MINOR) "." TEXT(NK_API_PATCH)

void prop_version_init(struct prop *p, enum prop_builtin n)
{
	static const char *const texts[] = {
		[PROP_BUILD_ID] = HYP_VERSION,
		[PROP_VERSION_API] = API,
		[PROP_VERSION_HYPERVISOR] = (HYPERVISOR),
		[PROP_VERSION_COMPILER] = HYP_COMPILER,
		[PROP_VERSION_BUILD_DATE] = HYP_BUILD_DATE,
		[PROP_VERSION_BSP] = NULL,
		[PROP_VERSION_BSP_COMPILER] = HYP_COMPILER,
		[PROP_VERSION_BSP_BUILD_DATE] = HYP_BUILD_DATE,
	};
	const char *text = texts[n] ? texts[n] : board.name;

	prop_constant(p, text, (u32)strlen(text) + 1);
}
