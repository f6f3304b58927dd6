// SPDX-License-Identifier: Apache-2.0
/*
 * Properties: looking them up, the lock of each, and telling others.
 *
 * The lock is one word: whether somebody writes, how many read, and which VMs were turned away
 * meanwhile. Nobody waits for a VM: readers and writers only copy, at EL2, memory that was looked
 * at before. A writer waits for the readers that were there first, at most one for each CPU.
 */
#include "core/prop/prop.h"
#include "arch/cpu.h"
#include "core/link/vlink.h"
#include "core/link/xirq.h"
#include "core/prop/priv.h"
#include "core/prop/table.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "lib/string.h"

#define LOCK_TURNED_AWAY 0xffffffffUL /* bit N: VM N */
#define LOCK_READER BIT(32)
#define LOCK_READERS (0xffffUL << 32)
#define LOCK_WRITER BIT(63)

struct prop_table prop_table;

u32 prop_hash(const u64 *words, u32 nr)
{
	u64 h = 0;

	while (nr--)
		h = (h ^ *words++) * 0x9e3779b97f4a7c15;
	return (u32)(h >> 32) & prop_table.hash_mask;
}

static bool same_name(const u64 *a, const u64 *b, u32 words)
{
	while (words--)
		if (*a++ != *b++)
			return false;
	return true;
}

struct prop *prop_find(struct prop_key *key)
{
	u32 words = PROP_WORDS(key->len);
	u32 h, i;

	if (key->len % 8 || !key->len)
		key->words[words - 1] &= BIT(8 * (key->len % 8)) - 1;
	h = prop_hash(key->words, words);
	while ((i = prop_table.hash[h])) {
		struct prop *p = &prop_table.props[i - 1];

		if (p->name_size == key->len + 1 && same_name(p->name, key->words, words))
			return p;
		h = (h + 1) & prop_table.hash_mask;
	}
	return NULL;
}

struct prop *prop_by_id(u32 pid)
{
	return pid < prop_table.nr ? &prop_table.props[pid] : NULL;
}

u32 prop_id(const struct prop *p)
{
	return (u32)(p - prop_table.props);
}

struct prop *prop_of_vm(u32 id, enum prop_builtin n)
{
	u32 first = prop_table.first_of_vm[id];

	return first ? &prop_table.props[first + n - PROP_VM_FIRST] : NULL;
}

/* Adds what, unless there is any bit of unless: then VM id is noted as turned away. */
static bool enter_prop(struct prop *p, u64 what, u64 unless, u32 id)
{
	u64 old = __atomic_load_n(&p->lock, __ATOMIC_RELAXED);
	u64 new;

	do {
		new = (old & unless) ? old | BIT(id) : old + what;
	} while (!__atomic_compare_exchange_n(&p->lock, &old, new, true, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return !(old & unless);
}

bool prop_read_begin(struct prop *p, u32 id)
{
	return enter_prop(p, LOCK_READER, LOCK_WRITER, id);
}

void prop_read_end(struct prop *p)
{
	__atomic_fetch_sub(&p->lock, LOCK_READER, __ATOMIC_RELEASE);
}

bool prop_write_begin(struct prop *p, u32 id)
{
	if (!enter_prop(p, LOCK_WRITER, LOCK_WRITER, id))
		return false;
	while (__atomic_load_n(&p->lock, __ATOMIC_ACQUIRE) & LOCK_READERS)
		cpu_relax();
	return true;
}

u32 prop_event(const struct prop *p, struct vm *by)
{
	u32 vms = p->allow_notify & vm_running_mask();

	for (u32 left = vms; left; left &= left - 1)
		vlink_hypevent((u32)__builtin_ctz(left), "vproperty", prop_id(p), by);
	return vms;
}

void prop_notify(const struct prop *p, struct vm *by)
{
	xirq_sysconf(prop_event(p, by), by);
}

void prop_write_end(struct prop *p, bool changed, struct vm *by)
{
	u64 old = __atomic_exchange_n(&p->lock, 0, __ATOMIC_RELEASE);

	/* While the writer bit was set none entered; VMs only left their bits. */
	if (changed)
		prop_notify(p, by);
	xirq_sysconf((u32)(old & LOCK_TURNED_AWAY) & ~1u, by);
}

void prop_store(struct prop *p, const void *data, u32 len)
{
	bool changed;

	while (!prop_write_begin(p, 0))
		cpu_relax();
	changed = len || p->len;
	memcpy(p->data, data, len);
	p->len = len;
	prop_write_end(p, changed, NULL);
}

struct prop *prop_named(const char *name)
{
	struct prop_key key;

	key.len = (u32)strnlen(name, NK_PROP_NAME_LIMIT - 1);
	memcpy(key.words, name, key.len);
	return prop_find(&key);
}

bool prop_may_get(u32 id, const char *name)
{
	const struct prop *p = prop_named(name);

	return p && p->allow_get >> id & 1;
}

bool prop_may_set(u32 id, const char *name)
{
	const struct prop *p = prop_named(name);

	return p && p->allow_set >> id & 1;
}

u32 props_states_seen_by(u32 id)
{
	u32 mask = (u32)BIT(id);

	for (u32 i = 0; i < sys_config.nr_vms; i++) {
		u32 vm = sys_config.vm[i].id;

		mask |= (prop_of_vm(vm, PROP_VM_RUNNING)->allow_get >> id & 1) << vm;
	}
	return mask;
}

void props_vm_event(struct vm *vm, enum vm_event event)
{
	static const u8 shown_by[] = {
		[VM_EVENT_RUNNING] = PROP_VM_RUNNING,
		[VM_EVENT_PAUSED] = PROP_VM_PAUSED,
		[VM_EVENT_VCPUS] = PROP_VM_VCPUS_ONLINE,
		[VM_EVENT_CRASHED] = PROP_VM_CRASHED,
	};
	struct prop *p = prop_of_vm(vm->arch.id, shown_by[event]);

	if (!p)
		return;
	prop_notify(p, vm);
	/* Dead, or not any more. */
	if (event == VM_EVENT_RUNNING && crash_value(vm))
		prop_notify(prop_of_vm(vm->arch.id, PROP_VM_CRASHED), vm);
	if (event == VM_EVENT_RUNNING && !(vm_running_value(vm) & 1))
		prop_store(prop_of_vm(vm->arch.id, PROP_VM_BOOTCOMPLETE), "", 0);
}
