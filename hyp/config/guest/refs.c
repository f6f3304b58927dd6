// SPDX-License-Identifier: Apache-2.0
/* Which properties refer to other nodes, and how. */
#include "config/guest/priv.h"
#include "lib/string.h"

/* A name that starts with a hyphen is the end of many. */
static const struct gtree_ref refs[] = {
	{"clocks", "#clock-cells", "clock-names"},
	{"dmas", "#dma-cells", "dma-names"},
	{"gpio", "#gpio-cells", NULL},
	{"gpios", "#gpio-cells", NULL},
	{"interrupt-parent", NULL, NULL},
	{"interrupts-extended", "#interrupt-cells", NULL},
	{"io-channels", "#io-channel-cells", "io-channel-names"},
	{"mboxes", "#mbox-cells", "mbox-names"},
	{"memory-region", NULL, "memory-region-names"},
	{"nvmem-cells", NULL, "nvmem-cell-names"},
	{"phy-handle", NULL, NULL},
	{"phys", "#phy-cells", "phy-names"},
	{"pinctrl-0", NULL, "pinctrl-names"},
	{"power-domains", "#power-domain-cells", "power-domain-names"},
	{"pwms", "#pwm-cells", "pwm-names"},
	{"resets", "#reset-cells", "reset-names"},
	{"-gpio", "#gpio-cells", NULL},
	{"-gpios", "#gpio-cells", NULL},
	{"-supply", NULL, NULL},
};

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name);
	size_t m = strlen(end);

	return n >= m && !strcmp(name + n - m, end);
}

bool gtree_is_names(const struct gtree_ref *ref, const char *name)
{
	return ref->names && !strcmp(name, ref->names);
}

static bool ref_fits(const struct gtree_ref *ref, const char *name)
{
	if (*ref->name == '-')
		return ends_with(name, ref->name);
	/* A property and that of its names start alike. */
	return *ref->name == *name && (!strcmp(name, ref->name) || gtree_is_names(ref, name));
}

const struct gtree_ref *gtree_find_ref(const char *name)
{
	for (const struct gtree_ref *ref = refs; ref < refs + ARRAY_SIZE(refs); ref++)
		if (ref_fits(ref, name))
			return ref;
	return NULL;
}
