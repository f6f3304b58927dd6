// SPDX-License-Identifier: Apache-2.0
/* User-defined properties. */
#include "config/system.h"
#include "lib/string.h"

#define PROP_NAME_MAX 63
#define PROP_SIZE_MAX KIB(4)

enum { PROP_SIZE, PROP_SET, PROP_GET, PROP_NOTIFY, PROP_VALUE, PROP_CELLS, PROP_NR };

static const struct dt_rule rules[PROP_NR] = {
	[PROP_SIZE] = {"size", DT_CELL},     [PROP_SET] = {"allow-set", DT_LIST},
	[PROP_GET] = {"allow-get", DT_LIST}, [PROP_NOTIFY] = {"allow-notify", DT_LIST},
	[PROP_VALUE] = {"value", DT_ANY},    [PROP_CELLS] = {"cell-value", DT_CELLS},
};

static int read_allow(struct sys_parse *p, int node, u32 which, const struct dt_prop *value,
		      u32 *mask)
{
	const char *text = value->len ? value->data : "";
	const char *wrong = sys_list(text, 1, NK_VM_ID_MAX, mask);

	if (wrong)
		return dt_fail(p->err, p->s->fdt, node, rules[which].name, value,
			       "VM ids 1 to %d, as \"2,3\", \"*\" for all or nothing for none",
			       NK_VM_ID_MAX);
	if (strchr(text, '*'))
		*mask = ~0u;
	return 0;
}

static int check_value(struct sys_parse *p, const struct cfg_prop *prop, const struct dt_prop *v)
{
	bool cells = v[PROP_CELLS].data;
	const struct dt_prop *value = cells ? &v[PROP_CELLS] : &v[PROP_VALUE];
	u32 len = value->len;

	if (cells && v[PROP_VALUE].data)
		return dt_fail(p->err, p->s->fdt, prop->node, "value", &v[PROP_VALUE],
			       "value or cell-value, not both");
	/* A text's NUL need not fit. */
	if (!cells && dt_string(value))
		len--;
	if (len > prop->size)
		return dt_fail(p->err, p->s->fdt, prop->node, cells ? "cell-value" : "value", value,
			       "at most size's %u bytes", prop->size);
	return 0;
}

static int read_prop(struct sys_parse *p, int node)
{
	const void *fdt = p->s->fdt;
	const char *name = dt_name(fdt, node);
	struct cfg_prop *prop = &p->s->props[p->s->nr_props];
	struct dt_prop v[PROP_NR];
	u32 i;

	if (p->s->nr_props == CFG_PROPS_MAX)
		return cfg_fail_at(p->err, fdt, node, "size", "too many: at most %d properties",
				   CFG_PROPS_MAX);
	if (!*name || strlen(name) > PROP_NAME_MAX)
		return cfg_fail_at(p->err, fdt, node, "size", "name of %zu: 1 to %d characters",
				   strlen(name), PROP_NAME_MAX);
	for (i = 0; i < p->s->nr_props; i++)
		if (!strcmp(p->s->props[i].name, name))
			return cfg_fail_at(p->err, fdt, node, "size",
					   "there twice: one node for each property");
	if (dt_read(fdt, node, rules, PROP_NR, v, p->err))
		return -1;
	prop->name = name;
	prop->node = node;
	prop->size = v[PROP_SIZE].data ? dt_cell(&v[PROP_SIZE], 0) : 0;
	if (!prop->size || prop->size > PROP_SIZE_MAX)
		return dt_fail(p->err, fdt, node, "size", &v[PROP_SIZE], "1 to %u bytes",
			       (u32)PROP_SIZE_MAX);
	if (read_allow(p, node, PROP_SET, &v[PROP_SET], &prop->allow_set) ||
	    read_allow(p, node, PROP_GET, &v[PROP_GET], &prop->allow_get) ||
	    read_allow(p, node, PROP_NOTIFY, &v[PROP_NOTIFY], &prop->allow_notify))
		return -1;
	p->s->nr_props++;
	return check_value(p, prop, v);
}

int sys_props(struct sys_parse *p, int node)
{
	int child;

	if (node < 0)
		return 0;
	if (dt_read(p->s->fdt, node, NULL, 0, NULL, p->err))
		return -1;
	for (child = dt_first_child(p->s->fdt, node); child >= 0;
	     child = dt_next_child(p->s->fdt, child))
		if (read_prop(p, child))
			return -1;
	return 0;
}
