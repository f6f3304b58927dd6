// SPDX-License-Identifier: Apache-2.0
/* Which locks each CPU holds, and whether it may take one more. The panic's backtrace says where. */
#include "arch/lock_check.h"
#include "arch/cpu.h"

#define HELD_MAX 4

static struct {
	const struct lock_check *lock[HELD_MAX];
	u32 nr;
} held[NK_CPUS_MAX];

static const char *class_name(const struct lock_check *check)
{
	static const char *const names[LOCK_CLASSES] = {
		[LOCK_VM] = "VM",
		[LOCK_SLEEP] = "sleep",
		[LOCK_POWER] = "power",
		[LOCK_VLINKS] = "vlinks",
		[LOCK_HANDOVER] = "handover",
		[LOCK_GRANTS] = "grants",
		[LOCK_VIRTIO_SHARES] = "virtio shares",
		[LOCK_VIRTIO] = "virtio",
		[LOCK_VIRTIO_GRANTS] = "virtio grants",
		[LOCK_BALLOON] = "balloon",
		[LOCK_VUART] = "vUART",
		[LOCK_VGIC] = "vGIC",
		[LOCK_GIC] = "GIC",
		[LOCK_WARN] = "vm_warn",
		[LOCK_LOG] = "log",
		[LOCK_CONSOLE] = "console",
	};

	return names[check->class];
}

static bool may_follow(const struct lock_check *check, const struct lock_check *before)
{
	return before->class < LOCK_LEAF && check->class > before->class;
}

void lock_check_take(const struct lock_check *check)
{
	u32 cpu = this_cpu()->id, nr = held[cpu].nr;

	if (check->class == LOCK_NONE || check->class >= LOCK_CLASSES)
		panic("a lock without a class is taken");
	for (u32 i = 0; i < nr; i++)
		if (!may_follow(check, held[cpu].lock[i]))
			panic("%s lock taken while a %s lock is held%s", class_name(check),
			      class_name(held[cpu].lock[i]),
			      check == held[cpu].lock[i] ? ", the same" : "");
	if (nr == HELD_MAX)
		panic("%s lock taken, and %u are held", class_name(check), nr);
	held[cpu].lock[nr] = check;
	held[cpu].nr = nr + 1;
}

void lock_check_release(const struct lock_check *check)
{
	u32 cpu = this_cpu()->id;

	for (u32 i = held[cpu].nr; i--;) {
		if (held[cpu].lock[i] != check)
			continue;
		held[cpu].lock[i] = held[cpu].lock[--held[cpu].nr];
		return;
	}
	panic("%s lock given back, and not held", class_name(check));
}

void lock_check_none(const char *before)
{
	u32 cpu = this_cpu()->id;

	if (held[cpu].nr)
		panic("%s with a %s lock held", before, class_name(held[cpu].lock[0]));
}
