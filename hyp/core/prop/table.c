// SPDX-License-Identifier: Apache-2.0
/* Making the table of properties, at boot: nk's own, those of each VM, then the user's. */
#include "core/prop/table.h"
#include "config/system/props.h"
#include "core/prop/priv.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "lib/pages.h"
#include "lib/printf.h"
#include "lib/string.h"

static u8 *arena, *arena_end;

void *prop_alloc(u64 size)
{
	u8 *p = arena;

	size = ALIGN_UP(size, 8);
	if (size > PAGE_SIZE / 2)
		return pages_alloc_bytes(size);
	if ((u64)(arena_end - arena) < size) {
		p = pages_alloc(1);
		if (!p)
			return NULL;
		arena_end = p + PAGE_SIZE;
	}
	arena = p + size;
	return p;
}

void prop_constant(struct prop *p, const void *data, u32 len)
{
	p->data = (u8 *)data; /* nobody may set it, so nobody writes there */
	p->len = p->max = len;
}

int prop_variable(struct prop *p, u32 max)
{
	p->data = prop_alloc(max);
	p->max = max;
	return p->data ? 0 : -1;
}

static u32 allow_mask(enum prop_allow allow, u32 vm)
{
	switch (allow) {
	case PROP_ALLOW_ALL:
		return ~0u;
	case PROP_ALLOW_SELF:
		return (u32)BIT(vm);
	default:
		return 0;
	}
}

/* The next property, with its name; NULL: no memory. */
static struct prop *add_prop(const char *name)
{
	u32 len = (u32)strlen(name), words = PROP_WORDS(len), h;
	struct prop *p = &prop_table.props[prop_table.nr];
	u64 *copy = prop_alloc(8 * words);

	if (!copy)
		return NULL;
	memcpy(copy, name, len);
	p->name = copy;
	p->name_size = (u16)(len + 1);
	for (h = prop_hash(copy, words); prop_table.hash[h];)
		h = (h + 1) & prop_table.hash_mask;
	prop_table.nr++;
	prop_table.hash[h] = (u16)prop_table.nr;
	return p;
}

static int add_builtin(enum prop_builtin n, const struct vm *vm)
{
	const struct prop_name *info = &prop_names[n];
	u32 id = vm ? vm->arch.id : 0;
	char name[NK_PROP_NAME_LIMIT];
	struct prop *p;

	fmt_snprintf(name, sizeof(name), "nk.vm.%u%s", id, info->name);
	p = add_prop(vm ? name : info->name);
	if (!p)
		return -1;
	p->vm = (u16)id;
	p->max = info->size;
	p->allow_set = allow_mask(info->set, id);
	p->allow_get = allow_mask(info->get, id);
	p->allow_notify = allow_mask(info->notify, id);
	return vm ? prop_vm_init(p, n, vm) : prop_builtin_init(p, n);
}

static int add_vm(const struct vm *vm)
{
	int end = vm->cfg->regions ? PROP_NR : PROP_VM_KERNEL;

	prop_table.first_of_vm[vm->arch.id] = (u16)prop_table.nr;
	for (int n = PROP_VM_FIRST; n < end; n++)
		if (add_builtin((enum prop_builtin)n, vm))
			return -1;
	return 0;
}

static int add_user(const struct cfg_prop *cfg)
{
	struct prop *p = add_prop(cfg->name);

	if (!p || prop_variable(p, cfg->size))
		return -1;
	p->allow_set = cfg->allow_set;
	p->allow_get = cfg->allow_get;
	p->allow_notify = cfg->allow_notify;
	p->len = cfg_prop_value(cfg, p->data);
	return 0;
}

static void override_prop(const struct cfg_prop *cfg)
{
	struct prop *p = cfg->vm ? prop_of_vm(cfg->vm, (enum prop_builtin)cfg->builtin)
				 : prop_by_id((u32)cfg->builtin);

	if (cfg->has_set)
		p->allow_set = cfg->allow_set;
	if (cfg->has_get)
		p->allow_get = cfg->allow_get;
	if (cfg->has_notify)
		p->allow_notify = cfg->allow_notify;
	/* A VM may always steer itself, as it may by PSCI. */
	if (cfg->builtin == PROP_VM_RUNNING || cfg->builtin == PROP_VM_PAUSED)
		p->allow_set |= (u32)BIT(cfg->vm);
}

static int add_all(void)
{
	for (int n = 0; n < PROP_VM_FIRST; n++)
		if (add_builtin((enum prop_builtin)n, NULL))
			return -1;
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		if (add_vm(vm_by_id(sys_config.vm[i].id)))
			return -1;
	for (u32 i = 0; i < sys_config.nr_props; i++) {
		const struct cfg_prop *cfg = &sys_config.props[i];

		if (cfg->builtin >= 0)
			override_prop(cfg);
		else if (add_user(cfg))
			return -1;
	}
	return 0;
}

int props_init(struct cfg_error *err)
{
	u32 max =
		PROP_VM_FIRST + sys_config.nr_vms * (PROP_NR - PROP_VM_FIRST) + sys_config.nr_props;
	u32 slots = 1;

	while (slots < 2 * max)
		slots *= 2;
	prop_table.hash_mask = slots - 1;
	prop_table.hash = prop_alloc(slots * sizeof(*prop_table.hash));
	prop_table.props = prop_alloc(max * sizeof(*prop_table.props));
	if (!prop_table.hash || !prop_table.props || add_all())
		return cfg_fail(err, "/hyp/property: nk's own memory ran out: fewer or smaller "
				     "properties");
	return 0;
}
