// SPDX-License-Identifier: Apache-2.0
/* Watchdogs: user-defined properties called nk.vm.N.wdt.NAME.PART, three of which are one. */
#include "config/system/prop_names.h"
#include "config/system/props.h"
#include "config/system/system.h"
#include "lib/printf.h"
#include "lib/string.h"

#define PARTS ".config, .counter and .state"

static const struct {
	const char *name;
	u32 size;
} parts[CFG_WDT_PARTS] = {
	[CFG_WDT_CONFIG] = {".config", sizeof(NkVwdtConfig)},
	[CFG_WDT_COUNTER] = {".counter", NK_VWDT_COUNT_SIZE},
	[CFG_WDT_STATE] = {".state", NK_VWDT_STATE_SIZE},
};

/* What follows "nk.vm.N.wdt.", or NULL; *id: the VM's, or 0 where N is none. */
static const char *in_watchdog(const char *name, u32 *id)
{
	static const char prefix[] = "nk.vm.", word[] = ".wdt.";
	const char *end = name + sizeof(prefix) - 1;

	if (strncmp(name, prefix, sizeof(prefix) - 1))
		return NULL;
	while (*end >= '0' && *end <= '9')
		end++;
	*id = prop_vm_of(&name);
	return strncmp(end, word, sizeof(word) - 1) ? NULL : end + sizeof(word) - 1;
}

/* Which part's name ends so, and what is before it; CFG_WDT_PARTS: none. */
static u32 part_of(const char *name, u32 *before)
{
	u32 len = (u32)strlen(name);

	for (u32 i = 0; i < CFG_WDT_PARTS; i++) {
		u32 tail = (u32)strlen(parts[i].name);

		*before = len - MIN(tail, len);
		if (!strcmp(name + *before, parts[i].name))
			return i;
	}
	return CFG_WDT_PARTS;
}

static const struct cfg_prop *find_prop(const struct cfg_system *s, const char *name)
{
	for (u32 i = 0; i < s->nr_props; i++)
		if (!strcmp(s->props[i].name, name))
			return &s->props[i];
	return NULL;
}

static int fail_prop(struct sys_parse *p, const struct cfg_prop *prop, const char *which,
		     const char *right)
{
	struct dt_prop value = dt_get(p->fdt, prop->node.at, which);

	return dt_fail(p->err, p->fdt, prop->node.at, which, &value, "%s", right);
}

const char *cfg_wdt_wrong(const NkVwdtConfig *c)
{
	if (c->load < NK_VWDT_US_MIN)
		return "LOAD, the first cell, is 10000 (microseconds) at least";
	if (c->boot && c->boot < NK_VWDT_US_MIN)
		return "BOOT, the second cell, is 0 or 10000 (microseconds) at least";
	if (c->bark > c->load - NK_VWDT_US_MIN)
		return "BARK, the third cell, is 10000 (microseconds) less than LOAD at most";
	if (c->mode > NK_VWDT_MODE_VM_NOTIFY)
		return "MODE, the fourth cell, is 0 (off), 1 (reboot) or 2 (notify)";
	return NULL;
}

static int check_parts(struct sys_parse *p, const struct cfg_wdt *wdt)
{
	static const char *const sizes[] = {"<16>", "<4>", "<4>"};
	const struct cfg_prop *config = wdt->part[CFG_WDT_CONFIG];
	NkVwdtConfig first;
	const char *wrong;

	for (u32 i = 0; i < CFG_WDT_PARTS; i++)
		if (wdt->part[i]->size != parts[i].size)
			return fail_prop(p, wdt->part[i], "size", sizes[i]);
	if (wdt->part[CFG_WDT_STATE]->allow_set)
		return fail_prop(p, wdt->part[CFG_WDT_STATE], "allow-set",
				 "no value: only nk writes the state of a watchdog");
	if (cfg_prop_value(config, (u8 *)&first) != sizeof(first))
		return fail_prop(p, config, "cell-value", "four cells: LOAD, BOOT, BARK, MODE");
	wrong = cfg_wdt_wrong(&first);
	return wrong ? fail_prop(p, config, "cell-value", wrong) : 0;
}

/* Finds the parts whose names have all before the last dot in common with prop's. */
static int find_parts(struct sys_parse *p, const struct cfg_prop *prop, u32 before,
		      struct cfg_wdt *wdt)
{
	char name[CFG_PROP_NAME_MAX + sizeof(".counter")];

	for (u32 i = 0; i < CFG_WDT_PARTS; i++) {
		fmt_snprintf(name, sizeof(name), "%.*s%s", (int)before, prop->name, parts[i].name);
		wdt->part[i] = find_prop(p->s, name);
		if (!wdt->part[i])
			return dt_fail_at(p->err, p->fdt, prop->node.at, "name",
					  "a watchdog has " PARTS ": there is no %s",
					  parts[i].name);
	}
	return 0;
}

/* prop is one of a watchdog's, whose name begins there; it is read at its config. */
static int read_wdt(struct sys_parse *p, const struct cfg_prop *prop, const char *begin, u32 id)
{
	struct cfg_wdt wdt = {.vm = id, .name = begin};
	u32 before, part = part_of(prop->name, &before);

	wdt.name_len = (int)(prop->name + before - begin);
	if (part == CFG_WDT_PARTS || wdt.name_len <= 0)
		return dt_fail_at(p->err, p->fdt, prop->node.at, "name",
				  "a watchdog is nk.vm.%u.wdt.NAME" PARTS, id);
	if (find_parts(p, prop, before, &wdt))
		return -1;
	if (part != CFG_WDT_CONFIG)
		return 0;
	if (p->s->nr_wdts == CFG_WDTS_MAX)
		return dt_fail_at(p->err, p->fdt, prop->node.at, "name",
				  "too many: %d watchdogs at most", CFG_WDTS_MAX);
	p->s->wdts[p->s->nr_wdts++] = wdt;
	return check_parts(p, &wdt);
}

int sys_check_wdts(struct sys_parse *p)
{
	const struct cfg_prop *prop;
	u32 id;

	for (prop = p->s->props; prop < p->s->props + p->s->nr_props; prop++) {
		const char *name = in_watchdog(prop->name, &id);

		if (!name)
			continue;
		if (!sys_vm(p->s, id))
			return dt_fail_at(p->err, p->fdt, prop->node.at, "name",
					  "there is no such VM to have a watchdog");
		if (read_wdt(p, prop, name, id))
			return -1;
	}
	return 0;
}
