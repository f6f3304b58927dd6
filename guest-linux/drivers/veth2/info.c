// SPDX-License-Identifier: GPL-2.0-only
/*
 * veth2: info strings, "[ADDRESS][,NAME][,wakeup=MS][,luoio][,NAPI]". The manual's examples leave out
 * fields with their comma ("net0,,,16") and without ("net0,wakeup=250"), so a field is known by what it
 * looks like.
 */
#include <linux/etherdevice.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "veth2.h"

#define WAKEUP "wakeup="
#define WEIGHT_MAX 0x80000000u

static bool parse_address(const char *field, struct veth2_info *info)
{
	return is_zero_ether_addr(info->address) && mac_pton(field, info->address) &&
	       is_valid_ether_addr(info->address);
}

static bool parse_weight(const char *field, struct veth2_info *info)
{
	return !kstrtou32(field, 10, &info->weight) && info->weight <= WEIGHT_MAX;
}

static bool parse_name(const char *field, struct veth2_info *info)
{
	return !info->name[0] && dev_valid_name(field) &&
	       strscpy(info->name, field, sizeof(info->name)) > 0;
}

static bool parse_field(const char *field, struct veth2_info *info)
{
	if (!*field)
		return true;
	if (!strcmp(field, "luoio"))
		return info->luoio = true;
	if (str_has_prefix(field, WAKEUP))
		return !kstrtou32(field + strlen(WAKEUP), 10, &info->wakeup);
	if (strchr(field, ':'))
		return parse_address(field, info);
	if (strspn(field, "0123456789") == strlen(field))
		return parse_weight(field, info);
	return parse_name(field, info);
}

int veth2_parse_info(const char *text, struct veth2_info *info, const char **wrong)
{
	char field[32];
	size_t len;

	memset(info, 0, sizeof(*info));
	while (text) {
		len = strcspn(text, ",");
		*wrong = text;
		if (len >= sizeof(field))
			return -EINVAL;
		memcpy(field, text, len);
		field[len] = '\0';
		if (!parse_field(field, info))
			return -EINVAL;
		text = text[len] ? text + len + 1 : NULL;
	}
	return 0;
}
