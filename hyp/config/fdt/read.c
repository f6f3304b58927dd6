// SPDX-License-Identifier: Apache-2.0
/* Nodes read by tables; names and types that a table does not have are errors. */
#include "config/fdt/read.h"
#include "lib/string.h"

/* A name nobody knows. */
static int fail_name(struct cfg_error *err, const void *fdt, int node, const char *name,
		     struct cfg_names known)
{
	if (!known.n)
		return dt_fail_at(err, fdt, node, name, "unknown: nothing belongs here");
	err->unknown = name;
	err->known = known;
	return dt_fail_at(err, fdt, node, name, "unknown: a name known here");
}

static bool in_range(const struct dt_rule *r, u32 value)
{
	return value >= r->min && value <= r->max;
}

static bool value_fits(const struct dt_rule *r, const struct dt_prop *p)
{
	const char *text = dt_string(p);

	switch (r->type) {
	case DT_FLAG:
		return !p->len;
	case DT_STRING:
		return text && (!r->max || in_range(r, p->len - 1));
	case DT_STRINGS:
		return dt_is_strings(p);
	case DT_LIST:
		return !p->len || text;
	case DT_ON_OFF:
		return text && (!strcmp(text, "on") || !strcmp(text, "off"));
	case DT_COUNT_ALL:
	case DT_COUNT_AUTO:
		if (text && !strcmp(text, r->type == DT_COUNT_ALL ? "*" : "auto"))
			return true;
		/* fall through */
	case DT_CELL:
		return p->len == 4 && in_range(r, dt_cell(p, 0));
	case DT_CELLS:
		return p->len && p->len % 4 == 0;
	case DT_NUMBER:
		return (p->len == 4 || p->len == 8) && !(dt_number(p) & (r->min - 1)) &&
		       (!r->required || dt_number(p)) && (!r->max || dt_number(p) <= r->max);
	default:
		return true;
	}
}

int dt_wrong(const struct dt_view *w, u32 which, const char *fmt, ...)
{
	const struct dt_rule *r = &w->rules[which];
	va_list args;

	va_start(args, fmt);
	dt_vfail(w->err, w->fdt, w->node, r->name, &w->v[which], fmt ? fmt : r->right, args);
	va_end(args);
	return -1;
}

/* What dtc adds by itself. */
static bool is_phandle(const char *name)
{
	return !strcmp(name, "phandle") || !strcmp(name, "linux,phandle");
}

static int read_prop(struct dt_view *w, const struct dt_cursor *c, u32 n)
{
	struct cfg_names known = {n ? &w->rules[0].name : NULL, n, sizeof(w->rules[0])};
	u32 i;

	for (i = 0; i < n && strcmp(w->rules[i].name, c->name); i++)
		;
	if (i == n)
		return is_phandle(c->name) ? 0 : fail_name(w->err, w->fdt, w->node, c->name, known);
	if (w->v[i].data)
		return dt_wrong(w, i, "given once");
	w->v[i] = c->p;
	return value_fits(&w->rules[i], &c->p) ? 0 : dt_wrong(w, i, NULL);
}

int dt_read(struct dt_view *w, const void *fdt, int node, const struct dt_rule *rules, u32 n,
	    struct cfg_error *err)
{
	struct dt_cursor c;
	u32 i;

	*w = (struct dt_view){.fdt = fdt, .node = node, .err = err, .rules = rules};
	if (node < 0)
		return 0;
	dt_props_of(&c, fdt, node);
	while (dt_next_prop(&c))
		if (read_prop(w, &c, n))
			return -1;
	for (i = 0; i < n; i++)
		if (rules[i].required && !w->v[i].data)
			return dt_wrong(w, i, NULL);
	return 0;
}

int dt_read_children(const void *fdt, int node, const char *const *names, u32 n, int *out,
		     struct cfg_error *err)
{
	int child;
	u32 i;

	for (i = 0; i < n; i++)
		out[i] = -1;
	for (child = fdt_first_subnode(fdt, node); child >= 0;
	     child = fdt_next_subnode(fdt, child)) {
		const char *name = dt_name(fdt, child);

		for (i = 0; i < n && strcmp(name, names[i]); i++)
			;
		if (i == n)
			return fail_name(err, fdt, node, name,
					 (struct cfg_names){names, n, sizeof(names[0])});
		if (out[i] >= 0)
			return dt_fail_at(err, fdt, node, name, "there twice: one such node");
		out[i] = child;
	}
	return 0;
}

bool dt_is_on(const struct dt_prop *p, bool absent)
{
	return p->data ? !strcmp(p->data, "on") : absent;
}

u32 dt_count(const struct dt_prop *p)
{
	return p->len == 4 ? dt_cell(p, 0) : 0;
}
