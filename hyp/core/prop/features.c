// SPDX-License-Identifier: Apache-2.0
/*
 * nk.features.*: what this nk can do, on this machine, with this configuration. A bit keeps its
 * meaning; what is not there on this machine, or not asked for, is off.
 */
#include "arch/gic.h"
#include "core/boot/options.h"
#include "core/prop/builtin.h"
#include "core/system.h"

/* clang-format off */
#define FEATURES(X) \
	X(UART) X(RAM_CONSOLE) X(VDEV_UART) X(VDEV_VGIC_V2) X(VDEV_VGIC_V3) X(VDEV_PSCI) \
	X(VDEV_ARMVX_TIMER) X(PM_CPU_HOTPLUG) X(VM_PM) X(VLINK) X(PMEM) X(PROPERTY) X(BALLOON) \
	X(BOOT_TIMING) X(CPU_USAGE) X(EVENT_STATS) X(EVENT_LOG) X(CPU_HANDOVER)
/* clang-format on */

#define FEATURE_BIT(name) FEATURE_##name,
#define FEATURE_NAME(name) #name " "

enum { FEATURES(FEATURE_BIT) FEATURE_NR };

static const char names[] = FEATURES(FEATURE_NAME); /* a blank behind each */

#define ALL (BIT(FEATURE_NR) - 1)
#define ALWAYS                                                                                     \
	(BIT(FEATURE_RAM_CONSOLE) | BIT(FEATURE_VDEV_PSCI) | BIT(FEATURE_VDEV_ARMVX_TIMER) |       \
	 BIT(FEATURE_PM_CPU_HOTPLUG) | BIT(FEATURE_VM_PM) | BIT(FEATURE_PROPERTY))

u64 features_all(const struct prop *p)
{
	return ALL;
}

u64 features_on(const struct prop *p)
{
	u64 mask = ALWAYS;

	mask |= BIT(gic_version() == 3 ? FEATURE_VDEV_VGIC_V3 : FEATURE_VDEV_VGIC_V2);
	if (board.console.type != CFG_UART_NONE)
		mask |= BIT(FEATURE_UART) | BIT(FEATURE_VDEV_UART);
	if (sys_config.nr_vdevs)
		mask |= BIT(FEATURE_VLINK);
	if (sys_config.pmem_size)
		mask |= BIT(FEATURE_PMEM);
	if (sys_config.balloon.host)
		mask |= BIT(FEATURE_BALLOON);
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		if (sys_config.vm[i].handover_affinity)
			mask |= BIT(FEATURE_CPU_HANDOVER);
	if (options.bench)
		mask |= BIT(FEATURE_BOOT_TIMING);
	return mask;
}

u64 features_off(const struct prop *p)
{
	return ALL & ~features_on(p);
}

int features_text(struct prop *p, enum prop_builtin n)
{
	char *text = prop_alloc(sizeof(names));
	u64 mask = n == PROP_FEATURES_ALL_STR  ? ALL
		   : n == PROP_FEATURES_ON_STR ? features_on(p)
					       : features_off(p);
	u32 len = 0;

	if (!text)
		return -1;
	for (const char *s = names; *s; s++) {
		if (mask & 1)
			text[len++] = *s;
		mask >>= *s == ' ';
	}
	text[len - 1] = '\0'; /* for the last blank: none of the three is empty */
	prop_constant(p, text, len);
	return 0;
}
