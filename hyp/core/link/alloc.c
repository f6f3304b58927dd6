// SPDX-License-Identifier: Apache-2.0
/*
 * What endpoints allocate on a link: labelled, never given back, each link within bounds of its
 * own, so that no link can take what another one was promised.
 */
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "core/link/priv.h"
#include "core/system.h"
#include "lib/log.h"

static u64 pmem_used; /* under vlinks_lock */

static const char *const kinds[VLINK_KINDS] = {"pdev", "pmem", "pxirq"};
static const char *const remedies[VLINK_KINDS] = {
	"`pdev-size` of an end",
	"`pmem-quota` of an end, or &hyp's `pmem-size`",
	"`xirq-quota` of that VM's end",
};

u64 vlinks_pmem_size(void)
{
	return sys_config.nr_links ? sys_config.pmem_size : 0;
}

u64 vlinks_pmem_used(void)
{
	return READ_ONCE(pmem_used);
}

static struct vlink_label *find_label(struct vlink_labels *labels, u32 id)
{
	for (u32 i = 0; i < labels->nr; i++)
		if (labels->label[i].id == id)
			return &labels->label[i];
	return NULL;
}

/* From offset low up, or high down: large chunks can be mapped in blocks of 2 MiB. 0: no room. */
static u64 take_pmem(struct vlink *l, u64 size) __must_hold(&vlinks_lock)
{
	u64 start = ALIGN_UP(l->pmem_low, BLOCK_SIZE);

	size = ALIGN_UP(size, PAGE_SIZE);
	if (size < BLOCK_SIZE) {
		if (size > l->pmem_high - l->pmem_low)
			return 0;
		l->pmem_high -= size;
		start = l->pmem_high;
	} else {
		if (start > l->pmem_high || size > l->pmem_high - start)
			return 0;
		l->pmem_low = start + size;
	}
	pmem_used += size;
	return l->pmem.base + start;
}

/* Shows the chunk to both ends. */
static bool map_pmem(const struct vlink *l, u64 base, u64 size) __must_hold(&vlinks_lock)
{
	u32 ids[2];

	for (u32 n = vlink_guests(l, ids); n--;) {
		struct vm *vm = vm_by_id(ids[n]);

		if (!vm || stage2_map_late(&vm->arch, base, base, size, S2_SHARED))
			return false;
	}
	return true;
}

static u64 new_pmem(struct vlink *l, u64 size) __must_hold(&vlinks_lock)
{
	u64 base = take_pmem(l, size);

	return base && map_pmem(l, base, ALIGN_UP(size, PAGE_SIZE)) ? base : 0;
}

static u64 new_pdev(struct vlink *l, u64 size) __must_hold(&vlinks_lock)
{
	u64 start = ALIGN_UP((u64)l->pdev_used, VLINK_PDEV_ALIGN);

	if (start > l->shared.size || size > l->shared.size - start)
		return 0;
	l->pdev_used = (u32)(start + size);
	return l->shared.base + start;
}

static NkXIrq new_pxirq(struct vlink *l, struct vm *vm, u32 nb) __must_hold(&vlinks_lock)
{
	u32 *left = &l->xirq_quota[vlink_end_of(l, vm->arch.id)];
	NkXIrq first = nb <= *left ? xirq_alloc(vm, nb, vlink_vms(l)) : 0;

	if (first)
		*left -= nb;
	return first;
}

/* Allocates size of that kind. vm: whose cross interrupts, or NULL. */
static u64 new_chunk(struct vlink *l, enum vlink_kind kind, struct vm *vm, u64 size)
	__must_hold(&vlinks_lock)
{
	if (l->labels[kind].nr == VLINK_LABELS_MAX)
		return 0;
	if (vm)
		return new_pxirq(l, vm, (u32)size);
	return kind == VLINK_PDEV ? new_pdev(l, size) : new_pmem(l, size);
}

/* Whether there can be so much at all. */
static bool size_fits(u64 size)
{
	return size && !(size >> 32);
}

/* The value of label id, made when there is none, or 0; *old: the size it has. */
static u64 get_locked(struct vlink *l, enum vlink_kind kind, u32 id, struct vm *vm, u64 size,
		      u32 *old) __must_hold(&vlinks_lock)
{
	struct vlink_labels *labels = &l->labels[kind];
	struct vlink_label *label = find_label(labels, id);
	u32 owner = vm ? vm->arch.id : 0;
	u64 value;

	if (label) {
		*old = label->size;
		return label->size == size && label->vm == owner ? label->value : 0;
	}
	value = size_fits(size) ? new_chunk(l, kind, vm, size) : 0;
	if (value)
		labels->label[labels->nr++] = (struct vlink_label){
			.id = id,
			.size = (u32)size,
			.value = (u32)value,
			.vm = owner,
		};
	return value;
}

static u64 get_or_alloc(struct vlink *l, enum vlink_kind kind, u32 who, u32 id, struct vm *vm,
			u64 size)
{
	const char *why = "more than is left: raise ";
	u32 old = 0;
	u64 value;
	bool full;

	spin_lock(&vlinks_lock);
	value = get_locked(l, kind, id, vm, size, &old);
	full = l->labels[kind].nr == VLINK_LABELS_MAX;
	spin_unlock(&vlinks_lock);
	if (value || (!old && !size_fits(size)))
		return value;
	if (old)
		why = "not as it was allocated";
	else if (full)
		why = "too many ids";
	vm_warn(who, "vlink %s:%d: %s %u: 0x%llx: %s%s", l->name, l->cfg->number, kinds[kind], id,
		(unsigned long long)size, why, old || full ? "" : remedies[kind]);
	return 0;
}

u64 vlink_alloc_pdev(struct vlink *l, u32 who, u32 id, u64 size)
{
	return get_or_alloc(l, VLINK_PDEV, who, id, NULL, size);
}

u64 vlink_alloc_pmem(struct vlink *l, u32 who, u32 id, u64 size)
{
	return get_or_alloc(l, VLINK_PMEM, who, id, NULL, size);
}

NkXIrq vlink_alloc_pxirq(struct vlink *l, u32 who, u32 id, struct vm *vm, u32 nb)
{
	return (NkXIrq)get_or_alloc(l, VLINK_PXIRQ, who, id, vm, nb);
}
