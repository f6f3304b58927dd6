// SPDX-License-Identifier: GPL-2.0-only
/* VTHERMAL(4D): tells front-ends the temperature of this VM's thermal zones. */
#include <linux/module.h>
#include <linux/string.h>
#include <linux/thermal.h>
#include <vlx/vcall.h>
#include "vthermal.h"

static int measure(const char *zone, int *temp)
{
	struct thermal_zone_device *tz = thermal_zone_get_zone_by_name(zone);

	return IS_ERR(tz) ? PTR_ERR(tz) : thermal_zone_get_temp(tz, temp);
}

static vrpc_size_t call(void *cookie, vrpc_size_t size)
{
	struct vcall_end *end = cookie;
	struct vthermal_answer answer = {.result = -EINVAL};
	struct vthermal_request request;
	int temp = 0;

	if (size == sizeof(request)) {
		memcpy(&request, vrpc_data(end->vrpc), sizeof(request));
		if (memchr(request.zone, 0, sizeof(request.zone)))
			answer.result = measure(request.zone, &temp);
	}
	answer.temp = temp;
	memcpy(vrpc_data(end->vrpc), &answer, sizeof(answer));
	return sizeof(answer);
}

static struct vcall_family family = {
	.name = VTHERMAL_NAME,
	.server = true,
	.room = sizeof(struct vthermal_request),
	.call = call,
};

module_vcall(family);

MODULE_DESCRIPTION("Thermal zones of this VM for the front-ends of others");
MODULE_LICENSE("GPL");
