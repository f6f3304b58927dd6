// SPDX-License-Identifier: GPL-2.0-only
/* Properties. Names and values bounce, so that callers may have them on the stack or anywhere. */
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include "core.h"

/* No value is larger; who asks with more room still gets all of it. */
#define VALUE_MAX SZ_2M

/* The name is at the start of the buffer, the value behind it. */
static int get_named(struct bounce *b, const char *name, size_t size)
{
	size_t len;

	if (!name)
		return NK_PROP_ERROR;
	len = strnlen(name, NK_PROP_NAME_LIMIT);
	if (len == NK_PROP_NAME_LIMIT) {
		pr_notice_ratelimited("nk-core: %.*s...: too long for a property's name, which has "
				      "%d characters at most\n",
				      NK_PROP_NAME_LIMIT - 1, name, NK_PROP_NAME_LIMIT - 1);
		return NK_PROP_UNKNOWN;
	}
	bounce_get(b, NK_PROP_NAME_LIMIT + size);
	if (!b->buf)
		return NK_PROP_ERROR;
	memcpy(b->buf, name, len + 1);
	return 0;
}

int nk_core_prop_get(char *name, void *value, unsigned int maxsize)
{
	unsigned int room = min_t(unsigned int, maxsize, VALUE_MAX);
	struct bounce b;
	int size;

	if (!value && maxsize)
		return NK_PROP_ERROR;
	size = get_named(&b, name, room);
	if (size)
		return size;
	size = nk_hcall3(NK_HC_PROP_GET, bounce_ipa(&b), bounce_ipa(&b) + NK_PROP_NAME_LIMIT, room);
	if (size > 0)
		memcpy(value, b.buf + NK_PROP_NAME_LIMIT, min_t(unsigned int, size, room));
	bounce_put(&b);
	return size;
}

int nk_core_prop_set(char *name, void *value, unsigned int size)
{
	unsigned int given = min_t(unsigned int, size, VALUE_MAX);
	struct bounce b;
	int done;

	if (!value && size)
		return NK_PROP_ERROR;
	done = get_named(&b, name, given);
	if (done)
		return done;
	memcpy(b.buf + NK_PROP_NAME_LIMIT, value, given);
	done = nk_hcall3(NK_HC_PROP_SET, bounce_ipa(&b), bounce_ipa(&b) + NK_PROP_NAME_LIMIT,
			 given);
	bounce_put(&b);
	return done;
}

int nk_core_prop_enum(unsigned int pid, char *name, unsigned int nlen_max, NkPropAttr *attr)
{
	unsigned int room = min_t(unsigned int, nlen_max, NK_PROP_NAME_LIMIT);
	NkPropAttr *attr_copy;
	struct bounce b;
	int size;

	if (!attr || (!name && nlen_max))
		return NK_PROP_ERROR;
	bounce_get(&b, NK_PROP_NAME_LIMIT + sizeof(*attr));
	attr_copy = b.buf + NK_PROP_NAME_LIMIT;
	size = nk_hcall(NK_HC_PROP_ENUM, pid, bounce_ipa(&b), room,
			bounce_ipa(&b) + NK_PROP_NAME_LIMIT);
	if (size >= 0) {
		*attr = *attr_copy;
		memcpy(name, b.buf, min_t(unsigned int, room, NK_PROP_ATTR_NLEN(*attr_copy)));
	}
	bounce_put(&b);
	return size;
}

int nk_core_hv_version_get(unsigned int *major, unsigned int *minor)
{
	unsigned int patch;
	char text[32];
	int size;

	if (!major || !minor)
		return -1;
	size = nk_core_prop_get("nk.version.api", text, sizeof(text) - 1);
	if (size <= 0)
		return -1;
	text[size] = '\0';
	return sscanf(text, "%u.%u.%u", major, minor, &patch) == 3 ? 0 : -1;
}
