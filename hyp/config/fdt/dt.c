// SPDX-License-Identifier: Apache-2.0
/* Values of properties, and the check of a whole tree, on top of libfdt. */
#include "config/fdt/dt.h"
#include "lib/string.h"

static bool too_deep(const void *fdt)
{
	int depth = 0;

	for (int node = DT_ROOT; node >= 0; node = fdt_next_node(fdt, node, &depth))
		if (depth >= DT_DEPTH_MAX)
			return true;
	return false;
}

int dt_check(const void *fdt, size_t size, const char *what, struct cfg_error *err)
{
	int ret = fdt ? fdt_check_full(fdt, size) : -FDT_ERR_BADMAGIC;

	if (!ret && !fdt_get_name(fdt, DT_ROOT, NULL))
		ret = -FDT_ERR_BADSTRUCTURE; /* there is no root */
	if (ret)
		return cfg_fail(err, "%s: %s: a device tree blob, whole and 8-byte aligned", what,
				ret == -FDT_ERR_ALIGNMENT ? "misaligned" : fdt_strerror(ret));
	if (too_deep(fdt))
		return cfg_fail(err, "%s: nodes nested %d deep at most", what, DT_DEPTH_MAX);
	return 0;
}

const char *dt_name(const void *fdt, int node)
{
	return fdt_get_name(fdt, node, NULL) ?: "";
}

bool dt_name_is(const void *fdt, int node, const char *name)
{
	const char *s = dt_name(fdt, node);
	size_t n = strlen(name);

	return !strncmp(s, name, n) && (!s[n] || s[n] == '@');
}

void dt_props_of(struct dt_cursor *c, const void *fdt, int node)
{
	c->fdt = fdt;
	c->off = fdt_first_property_offset(fdt, node);
}

bool dt_next_prop(struct dt_cursor *c)
{
	int len;

	if (c->off < 0)
		return false;
	c->p.data = fdt_getprop_by_offset(c->fdt, c->off, &c->name, &len);
	c->p.len = (u32)len;
	c->off = fdt_next_property_offset(c->fdt, c->off);
	return c->p.data;
}

struct dt_prop dt_get(const void *fdt, int node, const char *name)
{
	int len;
	const void *data = fdt_getprop(fdt, node, name, &len);

	return (struct dt_prop){data, data ? (u32)len : 0};
}

u32 dt_cell(const struct dt_prop *p, u32 index)
{
	return fdt32_ld((const fdt32_t *)p->data + index);
}

u64 dt_cells(const struct dt_prop *p, u32 index, u32 n)
{
	u64 value = 0;

	while (n--)
		value = value << 32 | dt_cell(p, index++);
	return value;
}

u64 dt_number(const struct dt_prop *p)
{
	return dt_cells(p, 0, p->len / 4);
}

bool dt_is_strings(const struct dt_prop *p)
{
	return p->data && p->len && !((const char *)p->data)[p->len - 1];
}

const char *dt_string(const struct dt_prop *p)
{
	if (!dt_is_strings(p) || strlen(p->data) + 1 != p->len)
		return NULL;
	return p->data;
}

bool dt_strings_have(const struct dt_prop *p, const char *s)
{
	const char *list = p->data;
	u32 i = 0;

	if (!dt_is_strings(p))
		return false;
	while (i < p->len) {
		if (!strcmp(list + i, s))
			return true;
		i += (u32)strlen(list + i) + 1;
	}
	return false;
}
