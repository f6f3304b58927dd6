// SPDX-License-Identifier: Apache-2.0
/* The children of hyp_property: properties of the user's own, permissions of nk's. */
#include "config/system/prop_names.h"
#include "config/system/props.h"
#include "config/system/system.h"
#include "lib/string.h"

#define NUMBER_MAX 8 /* bytes of a value that text can be a number for */
#define VMS "VM ids 1 to 31, as \"2,3\", \"*\" for all or nothing for none"

enum { PROP_SIZE, PROP_SET, PROP_GET, PROP_NOTIFY, PROP_VALUE, PROP_CELLS, PROP_RULES };

static const struct dt_rule rules[PROP_RULES] = {
	[PROP_SIZE] = {"size", "one cell, 1 to 4096 bytes", 1, 4096, DT_CELL, false},
	[PROP_SET] = {"allow-set", VMS, 0, 0, DT_LIST, false},
	[PROP_GET] = {"allow-get", VMS, 0, 0, DT_LIST, false},
	[PROP_NOTIFY] = {"allow-notify", VMS, 0, 0, DT_LIST, false},
	[PROP_VALUE] = {"value", "at most size's bytes, and no cell-value", 0, 0, DT_ANY, false},
	[PROP_CELLS] = {"cell-value", "cells, at most size's bytes", 0, 0, DT_CELLS, false},
};
DT_RULES_FIT(PROP_RULES);

static int read_allow(const struct dt_view *w, u32 which, u32 *mask)
{
	if (!sys_list(&w->v[which], 1, NK_VM_ID_MAX, mask))
		return dt_wrong(w, which, NULL);
	if (*mask == ~1u) /* all there are, and all there will be */
		*mask = ~0u;
	return 0;
}

/* The digit's value, or 255. */
static u32 digit(char c)
{
	if (c >= '0' && c <= '9')
		return (u32)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (u32)(c - 'a') + 10 : 255;
}

/* A whole text such as "12" or "0x1f", if it fits into size bytes. */
static bool parse_number(const char *s, u32 size, u64 *number)
{
	u64 max = size < 8 ? BIT(8 * size) - 1 : ~0ull;
	u32 base = s[0] == '0' && (s[1] | 0x20) == 'x' ? 16 : 10;

	*number = 0;
	s += base == 16 ? 2 : 0;
	if (!*s)
		return false;
	for (; *s; s++) {
		u32 d = digit(*s);

		if (d >= base || d > max || *number > (max - d) / base)
			return false;
		*number = *number * base + d;
	}
	return true;
}

/* Where the value comes from: bytes as they stand, or a number. */
static u32 read_value(const struct dt_prop *value, u32 size, const void **from, u64 *number)
{
	const char *text = dt_string(value);

	*from = value->data;
	if (text && size <= NUMBER_MAX && parse_number(text, size, number)) {
		*from = number;
		return size;
	}
	/* A text's NUL need not fit. */
	return value->len - (text && value->len == size + 1);
}

u32 cfg_prop_value(const struct cfg_prop *prop, u8 *buf)
{
	const void *fdt = prop->node.fdt;
	struct dt_prop value = dt_get(fdt, prop->node.at, rules[PROP_VALUE].name);
	struct dt_prop cells = dt_get(fdt, prop->node.at, rules[PROP_CELLS].name);
	const void *from;
	u64 number;
	u32 len, i;

	if (cells.data) {
		for (i = 0; i < cells.len / 4; i++) {
			u32 cell = dt_cell(&cells, i);

			memcpy(buf + 4 * i, &cell, sizeof(cell));
		}
		return cells.len;
	}
	if (!value.data)
		return 0;
	len = read_value(&value, prop->size, &from, &number);
	memcpy(buf, from, len);
	return len;
}

static int check_value(const struct cfg_prop *prop, const struct dt_view *w)
{
	const void *from;
	u64 number;

	if (w->v[PROP_VALUE].data &&
	    (w->v[PROP_CELLS].data ||
	     read_value(&w->v[PROP_VALUE], prop->size, &from, &number) > prop->size))
		return dt_wrong(w, PROP_VALUE, NULL);
	if (w->v[PROP_CELLS].len > prop->size)
		return dt_wrong(w, PROP_CELLS, NULL);
	return 0;
}

/* One of nk's own: only its permissions are the user's. */
static int check_builtin(const struct cfg_prop *prop, const struct dt_view *w)
{
	u32 size = prop_names[prop->builtin].size;
	u32 which;

	if (prop->allow_set && prop_names[prop->builtin].set == PROP_ALLOW_NEVER)
		return dt_wrong(w, PROP_SET, "no value: nobody can write this one");
	if (w->v[PROP_SIZE].data && !size)
		return dt_wrong(w, PROP_SIZE, "nothing: nk knows the size of its own property");
	if (w->v[PROP_SIZE].data && prop->size != size)
		return dt_wrong(w, PROP_SIZE, "%u, the size of nk's own property, or nothing",
				size);
	for (which = PROP_VALUE; which <= PROP_CELLS; which++)
		if (w->v[which].data)
			return dt_wrong(w, which, "nothing: the value of this one is nk's");
	return 0;
}

static int check_name(struct sys_parse *p, int node, const char *name)
{
	u32 i;

	if (strlen(name) > CFG_PROP_NAME_MAX)
		return dt_fail_at(p->err, p->fdt, node, "name",
				  "%u characters, the node's name, are too many: 1 to %d",
				  (u32)strlen(name), CFG_PROP_NAME_MAX);
	if (p->s->nr_props == CFG_PROPS_MAX)
		return dt_fail_at(p->err, p->fdt, node, "size", "too many: %d properties at most",
				  CFG_PROPS_MAX);
	for (i = 0; i < p->s->nr_props; i++)
		if (!strcmp(p->s->props[i].name, name))
			return dt_fail_at(p->err, p->fdt, node, "size",
					  "there twice: one node for each property");
	return 0;
}

static int read_prop(struct sys_parse *p, int node, u32 arg)
{
	const char *name = dt_name(p->fdt, node);
	struct cfg_prop *prop = &p->s->props[p->s->nr_props];
	struct dt_view w;

	(void)arg;
	if (check_name(p, node, name) || dt_read(&w, p->fdt, node, rules, PROP_RULES, p->err))
		return -1;
	*prop = (struct cfg_prop){
		.name = name,
		.node = {p->fdt, node},
		.size = dt_count(&w.v[PROP_SIZE]),
		.has_set = w.v[PROP_SET].data,
		.has_get = w.v[PROP_GET].data,
		.has_notify = w.v[PROP_NOTIFY].data,
	};
	prop->builtin = prop_builtin(name, &prop->vm);
	if (prop->builtin < 0 && !w.v[PROP_SIZE].data)
		return dt_wrong(&w, PROP_SIZE, NULL);
	if (read_allow(&w, PROP_SET, &prop->allow_set) ||
	    read_allow(&w, PROP_GET, &prop->allow_get) ||
	    read_allow(&w, PROP_NOTIFY, &prop->allow_notify) ||
	    (prop->builtin < 0 ? check_value(prop, &w) : check_builtin(prop, &w)))
		return -1;
	p->s->nr_props++;
	return 0;
}

int sys_props(struct sys_parse *p, int node)
{
	return sys_each_child(p, node, 0, read_prop);
}

int sys_check_props(struct sys_parse *p)
{
	const struct cfg_prop *prop;

	for (prop = p->s->props; prop < p->s->props + p->s->nr_props; prop++) {
		const struct cfg_vm *vm;

		if (prop->builtin < 0 || !prop->vm)
			continue;
		vm = sys_vm(p->s, prop->vm);
		if (!vm)
			return dt_fail_at(p->err, p->fdt, prop->node.at, "allow-get",
					  "there is no vm%u to have this property", prop->vm);
		if (prop->builtin >= PROP_VM_KERNEL && !vm->regions)
			return dt_fail_at(p->err, p->fdt, prop->node.at, "allow-get",
					  "vm%u has this property with `regions` in its node",
					  prop->vm);
	}
	return 0;
}
