/* SPDX-License-Identifier: GPL-2.0-only */
/* vthermal: what differs between Linux 6.1 and 6.12. */
#ifndef VTHERMAL_COMPAT_H
#define VTHERMAL_COMPAT_H

#include <linux/thermal.h>

#ifdef THERMAL_TRIP_FLAG_RW /* 6.8 and later, whose zones are opaque */

static inline void *vthermal_private(struct thermal_zone_device *tz)
{
	return thermal_zone_device_priv(tz);
}

static inline const char *vthermal_zone_name(struct thermal_zone_device *tz)
{
	return thermal_zone_device_type(tz);
}

#else

static inline void *vthermal_private(struct thermal_zone_device *tz)
{
	return tz->devdata;
}

static inline const char *vthermal_zone_name(struct thermal_zone_device *tz)
{
	return tz->type;
}

#endif

#endif
