// SPDX-License-Identifier: Apache-2.0
/* The hypercalls of properties. Manual: NK_PROP_GET(3D), NK_PROP_SET(3D), NK_PROP_ENUM(3D). */
#include "core/calls/hypercall.h"
#include "core/prop/priv.h"
#include "core/vm/guest_mem.h"

/* Finds the property a guest names. Returns 0, or NK_PROP_*. */
static int find_named(const struct vm *vm, ipa_t name, struct prop **p)
{
	struct prop_key key;
	int len = guest_read_string(vm, (char *)key.words, name, sizeof(key.words));

	if (unlikely(len < 0)) /* too long, or not there to be read */
		return guest_readable(vm, name, NK_PROP_NAME_LIMIT) ? NK_PROP_UNKNOWN
								    : NK_PROP_ERROR;
	key.len = (u32)len;
	*p = prop_find(&key);
	return *p ? 0 : NK_PROP_UNKNOWN;
}

static bool crosses_page(ipa_t ipa, u32 size)
{
	return size && (ipa ^ (ipa + size - 1)) >> PAGE_SHIFT;
}

static int get_prop(const struct vm *vm, struct prop *p, ipa_t to, u32 size)
{
	u32 id = vm->arch.id;
	int ret;

	if (unlikely(!(p->allow_get >> id & 1)))
		return NK_PROP_PERMISSION;
	size = MIN(size, p->max);
	if (p->get) {
		u64 number = p->get(p);

		return guest_write(vm, to, &number, size) ? NK_PROP_ERROR : (int)size;
	}
	/* Copying to one page works or fails as a whole, so that nothing is looked at twice. */
	if (unlikely((crosses_page(to, size) || !READ_ONCE(p->len)) &&
		     !guest_writable(vm, to, size)))
		return NK_PROP_ERROR;
	if (unlikely(!prop_read_begin(p, id)))
		return NK_PROP_BUSY;
	size = MIN(size, p->len);
	ret = guest_write(vm, to, p->data, size);
	prop_read_end(p);
	return ret ? NK_PROP_ERROR : (int)size;
}

/* One that nk has to look at, or that is nobody's to write. */
static int set_checked(const struct vm *vm, struct prop *p, ipa_t from, u32 size)
{
	u8 data[PROP_SET_MAX];
	int ret;

	if (guest_read(vm, data, from, size))
		return NK_PROP_ERROR;
	ret = p->set ? p->set(p, vm->arch.id, data, size) : NK_PROP_ERROR;
	return ret ? ret : (int)size;
}

static int set_prop(struct vm *vm, struct prop *p, ipa_t from, u32 size)
{
	u32 id = vm->arch.id;
	int ret;

	if (!(p->allow_set >> id & 1))
		return NK_PROP_PERMISSION;
	size = MIN(size, p->max);
	if (p->get || p->set)
		return set_checked(vm, p, from, size);
	if (!guest_readable(vm, from, size))
		return NK_PROP_ERROR;
	if (!prop_write_begin(p, id))
		return NK_PROP_BUSY;
	ret = guest_read(vm, p->data, from, size);
	if (!ret)
		p->len = size;
	prop_write_end(p, !ret, vm);
	return ret ? NK_PROP_ERROR : (int)size;
}

static int enumerate_prop(const struct vm *vm, u32 pid, ipa_t name, u32 size, ipa_t attr_ipa)
{
	const struct prop *p = prop_by_id(pid);
	u32 id = vm->arch.id;
	NkPropAttr attr;

	if (!p)
		return NK_PROP_UNKNOWN;
	size = MIN(size, p->name_size);
	attr = p->name_size | (p->allow_get >> id & 1 ? NK_PROP_ATTR_GET : 0) |
	       (p->allow_set >> id & 1 ? NK_PROP_ATTR_SET : 0) |
	       (p->allow_notify >> id & 1 ? NK_PROP_ATTR_NOTIFY : 0);
	if (!guest_writable(vm, name, size) || !guest_writable(vm, attr_ipa, sizeof(attr)) ||
	    guest_write(vm, attr_ipa, &attr, sizeof(attr)))
		return NK_PROP_ERROR;
	if (size &&
	    (guest_write(vm, name, p->name, size - 1) || guest_write(vm, name + size - 1, "", 1)))
		return NK_PROP_ERROR;
	return (int)p->max;
}

u64 hc_prop_get(struct vm *vm, struct arch_vcpu *v, ipa_t name, ipa_t value, u32 size)
{
	struct prop *p;
	int ret = find_named(vm, name, &p);

	return (u64)(s64)(ret ? ret : get_prop(vm, p, value, size));
}

u64 hc_prop_set(struct vm *vm, struct arch_vcpu *v, ipa_t name, ipa_t value, u32 size)
{
	struct prop *p;
	int ret = find_named(vm, name, &p);

	return (u64)(s64)(ret ? ret : set_prop(vm, p, value, size));
}

u64 hc_prop_enum(struct vm *vm, struct arch_vcpu *v, u32 id, ipa_t name, u32 size, ipa_t attr_ipa)
{
	return (u64)(s64)enumerate_prop(vm, id, name, size, attr_ipa);
}
