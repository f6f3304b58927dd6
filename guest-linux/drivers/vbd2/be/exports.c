// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-be: "vbd2=(OWNER,VMAJOR,VMINOR{:|/}{LMAJOR,LMINOR|PATH},{ro|rw}[,{nw|wa|nz}])", in a link's info, the
 * module's parameter and /proc/nk/vbd2-be.
 */
#include <linux/ctype.h>
#include <linux/kdev_t.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include "be.h"

#define BEGIN "vbd2=("

/* The word up to a comma or the end, if there is room for it. Returns what is behind, or NULL. */
static const char *word(const char *text, char *to, size_t size)
{
	size_t len = strcspn(text, ",)");

	if (len >= size)
		return NULL;
	memcpy(to, text, len);
	to[len] = '\0';
	return text + len;
}

static const char *number(const char *text, u32 *to)
{
	char digits[12];

	text = word(text, digits, sizeof(digits));
	return text && !kstrtou32(digits, 10, to) ? text : NULL;
}

static const char *parse_numbers(const char *text, struct be_export *e)
{
	u32 major, minor;

	text = number(text, &major);
	if (!text || *text != ',')
		return NULL;
	text = number(text + 1, &minor);
	if (!text || major > 0xfff || minor > MINORMASK)
		return NULL;
	e->dev = MKDEV(major, minor);
	return text;
}

/* Behind '/' a path may leave out its own. */
static const char *parse_device(const char *text, struct be_export *e)
{
	bool add = *text == '/' && text[1] != '/';

	if (*text != ':' && *text != '/')
		return NULL;
	if (isdigit(text[1]))
		return parse_numbers(text + 1, e);
	e->path[0] = '/';
	text = word(text + 1, e->path + add, BE_PATH - add);
	return text && e->path[0] == '/' && e->path[1] ? text : NULL;
}

static const char *parse_access(const char *text, struct be_export *e)
{
	char access[4];

	if (*text != ',')
		return NULL;
	text = word(text + 1, access, sizeof(access));
	if (!text || (strcmp(access, "ro") && strcmp(access, "rw")))
		return NULL;
	e->read_only = access[1] == 'o';
	return text;
}

static const char *parse_wait(const char *text, struct be_export *e)
{
	static const char *const names[] = {[BE_NW] = "nw", [BE_WA] = "wa", [BE_NZ] = "nz"};
	char name[4];
	u32 n;

	text = word(text + 1, name, sizeof(name));
	for (n = 0; text && n < ARRAY_SIZE(names); n++) {
		if (!strcmp(name, names[n])) {
			e->wait = n;
			return text;
		}
	}
	return NULL;
}

static const char *parse_export(const char *text, struct be_export *e)
{
	text = number(text, &e->owner);
	if (!text || *text != ',')
		return NULL;
	text = vbd2_parse_devid(text + 1, &e->devid);
	if (text && *text == ')') {
		e->none = true;
		return text + 1;
	}
	text = text ? parse_device(text, e) : NULL;
	text = text ? parse_access(text, e) : NULL;
	if (text && *text == ',')
		text = parse_wait(text, e);
	return text && *text == ')' ? text + 1 : NULL;
}

int be_next_export(const char **text, struct be_export *e)
{
	const char *at = strstr(*text, BEGIN), *end;

	if (!at)
		return 0;
	*e = (struct be_export){.wait = BE_WA};
	end = parse_export(at + strlen(BEGIN), e);
	*text = end ?: at;
	return end ? 1 : -EINVAL;
}

/* Without own the first link of that owner's. */
static struct be_link *link_for(struct be *be, struct be_link *own, u32 owner)
{
	struct be_link *link;

	list_for_each_entry(link, &be->list, entry) {
		if ((!own || link == own) && vmq_peer_osid(link->vmq) == owner)
			return link;
	}
	return NULL;
}

static int add_export(struct be *be, struct be_link *own, const struct be_export *e)
{
	struct be_link *link = link_for(be, own, e->owner);

	if (link)
		return be_set_disk(link, e);
	pr_err("vbd2-be: disk %u,%u: no link to its owner, vm%u\n", VBD2_MAJOR(e->devid),
	       VBD2_MINOR(e->devid), e->owner);
	return -ENODEV;
}

int be_add_exports(struct be *be, struct be_link *own, const char *text)
{
	struct be_export e;
	int found, err = 0, failed;

	while ((found = be_next_export(&text, &e)) > 0) {
		failed = add_export(be, own, &e);
		err = err ?: failed;
	}
	if (found < 0)
		pr_err("vbd2-be: not understood: %.40s\n", text);
	return found < 0 ? found : err;
}
