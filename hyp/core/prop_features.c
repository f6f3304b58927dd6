/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nk.features.*: what this nk can do, on this machine, with this configuration. A bit keeps its
 * meaning; what is not there on this machine, or not asked for, is off.
 */
#include "arch/gic.h"
#include "core/options.h"
#include "core/prop_builtin.h"
#include "lib/string.h"

static bool always(void)
{
	return true;
}

static bool never(void)
{
	return false;
}

static bool has_uart(void)
{
	return board.console.type != CFG_UART_NONE;
}

static bool has_gicv2(void)
{
	return gic_version() == 2;
}

static bool has_gicv3(void)
{
	return gic_version() == 3;
}

static bool has_pmem(void)
{
	return sys_config.pmem_size;
}

static bool has_vlinks(void)
{
	return sys_config.nr_vdevs;
}

static bool has_balloon(void)
{
	return sys_config.balloon.host;
}

static bool has_bench(void)
{
	return options.bench;
}

/* Bit N of the masks is entry N. */
static const struct {
	const char *name;
	bool (*on)(void);
} features[] = {
	{"UART", has_uart},	      {"RAM_CONSOLE", always},	   {"VDEV_UART", has_uart},
	{"VDEV_VGIC_V2", has_gicv2},  {"VDEV_VGIC_V3", has_gicv3}, {"VDEV_PSCI", always},
	{"VDEV_ARMVX_TIMER", always}, {"PM_CPU_HOTPLUG", always},  {"VM_PM", always},
	{"VLINK", has_vlinks},	      {"PMEM", has_pmem},	   {"PROPERTY", always},
	{"BALLOON", has_balloon},     {"BOOT_TIMING", has_bench},  {"CPU_USAGE", never},
	{"EVENT_STATS", never},	      {"EVENT_LOG", never},	   {"CPU_HANDOVER", never},
};

#define ALL (BIT(ARRAY_SIZE(features)) - 1)

u64 features_all(const struct prop *p)
{
	return ALL;
}

u64 features_on(const struct prop *p)
{
	u64 mask = 0;

	for (u32 i = 0; i < ARRAY_SIZE(features); i++)
		mask |= (u64)features[i].on() << i;
	return mask;
}

u64 features_off(const struct prop *p)
{
	return ALL & ~features_on(p);
}

static u32 text_of(u64 mask, char *text)
{
	u32 at = 0;

	for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
		u32 len = (u32)strlen(features[i].name);

		if (!(mask >> i & 1))
			continue;
		if (at)
			text[at++] = ' ';
		memcpy(text + at, features[i].name, len);
		at += len;
	}
	text[at] = '\0';
	return at + 1;
}

int features_text(struct prop *p, enum prop_builtin n)
{
	u64 on = features_on(p);
	u64 mask = n == PROP_FEATURES_ALL_STR ? ALL : n == PROP_FEATURES_ON_STR ? on : ALL & ~on;
	u32 max = 0;
	char *text;

	for (u32 i = 0; i < ARRAY_SIZE(features); i++)
		max += (u32)strlen(features[i].name) + 1;
	text = prop_alloc(max);
	if (!text)
		return -1;
	prop_constant(p, text, text_of(mask, text));
	return 0;
}
