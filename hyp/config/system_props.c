// SPDX-License-Identifier: Apache-2.0
/* User-defined properties. */
#include "config/system.h"
#include "lib/string.h"

#define PROP_NAME_MAX 63
#define VMS "VM ids 1 to 31, as \"2,3\", \"*\" for all or nothing for none"

enum { PROP_SIZE, PROP_SET, PROP_GET, PROP_NOTIFY, PROP_VALUE, PROP_CELLS, PROP_NR };

static const struct dt_rule rules[PROP_NR] = {
	[PROP_SIZE] = {"size", "one cell, 1 to 4096 bytes", 1, 4096, DT_CELL, true},
	[PROP_SET] = {"allow-set", VMS, 0, 0, DT_LIST, false},
	[PROP_GET] = {"allow-get", VMS, 0, 0, DT_LIST, false},
	[PROP_NOTIFY] = {"allow-notify", VMS, 0, 0, DT_LIST, false},
	[PROP_VALUE] = {"value", "at most size's bytes, and no cell-value", 0, 0, DT_ANY, false},
	[PROP_CELLS] = {"cell-value", "cells, at most size's bytes", 0, 0, DT_CELLS, false},
};

static int read_allow(const struct dt_view *w, u32 which, u32 *mask)
{
	if (!sys_list(&w->v[which], 1, NK_VM_ID_MAX, mask))
		return dt_wrong(w, which, NULL);
	if (*mask == ~1u) /* all there are, and all there will be */
		*mask = ~0u;
	return 0;
}

static int read_prop(struct sys_parse *p, int node, u32 arg)
{
	const char *name = dt_name(p->fdt, node);
	struct cfg_prop *prop = &p->s->props[p->s->nr_props];
	const struct cfg_prop *other;
	struct dt_view w;
	u32 len;

	(void)arg;
	if (p->s->nr_props == CFG_PROPS_MAX || strlen(name) > PROP_NAME_MAX)
		return cfg_fail_at(p->err, p->fdt, node, "size",
				   "too many: %d properties, with names of %d characters",
				   CFG_PROPS_MAX, PROP_NAME_MAX);
	for (other = p->s->props; other < prop; other++)
		if (!strcmp(other->name, name))
			return cfg_fail_at(p->err, p->fdt, node, "size",
					   "there twice: one node for each property");
	if (dt_read(&w, p->fdt, node, rules, PROP_NR, p->err))
		return -1;
	prop->name = name;
	prop->node = node;
	prop->size = dt_cell(&w.v[PROP_SIZE], 0);
	if (read_allow(&w, PROP_SET, &prop->allow_set) ||
	    read_allow(&w, PROP_GET, &prop->allow_get) ||
	    read_allow(&w, PROP_NOTIFY, &prop->allow_notify))
		return -1;
	/* A text's NUL need not fit. */
	len = w.v[PROP_VALUE].len - (dt_string(&w.v[PROP_VALUE]) != NULL);
	if (len > prop->size || (w.v[PROP_VALUE].data && w.v[PROP_CELLS].data))
		return dt_wrong(&w, PROP_VALUE, NULL);
	if (w.v[PROP_CELLS].len > prop->size)
		return dt_wrong(&w, PROP_CELLS, NULL);
	p->s->nr_props++;
	return 0;
}

int sys_props(struct sys_parse *p, int node)
{
	return sys_each_child(p, node, 0, read_prop);
}
