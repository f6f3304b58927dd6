// SPDX-License-Identifier: Apache-2.0
/* vlinks: their making at boot, and what happens to them when a VM stops. */
#include "arch/cache.h"
#include "arch/mmu.h"
#include "core/link/priv.h"
#include "core/system.h"
#include "core/vm/ram.h"
#include "lib/string.h"
#include "nk/svec.h"

#define EVENT_TRIES 1000 /* the guest may write the word as well, and as often as it likes */

struct vlink *vlinks;
spinlock_t vlinks_lock = SPINLOCK(LOCK_VLINKS);

static const struct cfg_vdev *end_vdev(const struct vlink *l, u32 end)
{
	return &sys_config.vdevs[l->cfg->end[end]];
}

u32 vlinks_of_vm(u32 id)
{
	u32 n = 0;

	for (u32 i = 0; i < sys_config.nr_links; i++)
		n += vlink_is_end(&vlinks[i], id);
	return n;
}

struct vlink *vlink_find(const struct vm *vm, ipa_t ipa)
{
	for (struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++)
		if (l->ipa == ipa && vlink_is_end(l, vm->arch.id))
			return l;
	return NULL;
}

/*
 * Both ends write to the descriptor: what never changes is put right again at times. Who reads it
 * meanwhile sees nothing else, if it was right.
 */
static void write_desc(struct vlink *l)
{
	char name[NK_DEV_VLINK_NAME_LIMIT] = "";
	NkDevVlink *d = l->desc;

	memcpy(name, l->name, strlen(l->name));
	memcpy(d->name, name, sizeof(name));
	WRITE_ONCE(d->link, l->cfg->number);
	WRITE_ONCE(d->s_id, l->vm[VLINK_SERVER]);
	WRITE_ONCE(d->s_info, l->info_at[VLINK_SERVER]);
	WRITE_ONCE(d->c_id, l->vm[VLINK_CLIENT]);
	WRITE_ONCE(d->c_info, l->info_at[VLINK_CLIENT]);
}

static bool is_hypevent(const struct vlink *l)
{
	return l->vm[VLINK_SERVER] == NK_OS_NKERNEL;
}

/* The bitmap is the first thing that is allocated there. */
static NkHypevent *hypevent_of(const struct vlink *l)
{
	return phys_to_virt(l->labels[VLINK_PDEV].label[0].value);
}

/* No event pends at the start of a VM's life. */
static void hypevent_reset(struct vlink *l)
{
	memset(hypevent_of(l), 0, sizeof(NkHypevent));
	WRITE_ONCE(l->desc->s_state, NK_DEV_VLINK_ON);
}

static void create_link(struct vlink *l, const struct cfg_link *cfg)
{
	l->cfg = cfg;
	l->vm[VLINK_SERVER] = end_vdev(l, VLINK_SERVER)->vm;
	l->vm[VLINK_CLIENT] = end_vdev(l, VLINK_CLIENT)->vm;
	l->name = end_vdev(l, VLINK_SERVER)->compatible;
}

int vlinks_create(struct cfg_error *err)
{
	u64 pages, size = ALIGN_UP(sys_config.nr_links * sizeof(*vlinks), PAGE_SIZE);

	if (!size)
		return 0;
	if (!ram_alloc_top(size, ~0UL, &pages))
		return cfg_fail_at(err, &sys_config.vdevs[0].node, "compatible",
				   "no memory for %u vlinks: fewer of them", sys_config.nr_links);
	vlinks = memset(phys_to_virt(pages), 0, size);
	for (u32 i = 0; i < sys_config.nr_links; i++)
		create_link(&vlinks[i], &sys_config.links[i]);
	if (vlink_mem_create(err))
		return -1;
	for (u32 i = 0; i < sys_config.nr_links; i++) {
		struct vlink *l = &vlinks[i];

		write_desc(l);
		if (is_hypevent(l)) {
			vlink_alloc_pdev(l, 0, NK_HYPEVENT_PDEV_ID, sizeof(NkHypevent));
			hypevent_reset(l);
		}
		cache_flush(phys_to_virt(l->shared.base), VLINK_DESC_SIZE);
		cache_flush(phys_to_virt(l->infos.base), l->infos.size);
	}
	return 0;
}

/* A handshake interrupt for each endpoint of the VM. No other code takes any at boot. */
static bool give_handshakes(struct vm *vm)
{
	for (u32 i = 0; i < sys_config.nr_links; i++) {
		struct vlink *l = &vlinks[i];
		NkXIrq xirq;

		if (!vlink_is_end(l, vm->arch.id))
			continue;
		__acquire(&vlinks_lock);
		xirq = xirq_alloc(vm, 1, vlink_vms(l));
		__release(&vlinks_lock);
		if (!xirq)
			return false;
		for (u32 end = 0; end < 2; end++) {
			if (l->vm[end] == vm->arch.id)
				l->sysconf[end] = xirq;
			else
				xirq_add_peer(vm, l->vm[end]);
		}
	}
	return true;
}

/*
 * Goes through the VM's endpoints. What they were promised is added to *sum; all others get share
 * each. Returns how many these are. A VM's endpoints of one link have their quotas together.
 */
static u32 give_quotas(const struct vm *vm, u32 *sum, u32 share)
{
	u32 sharers = 0;

	for (u32 i = 0; i < 2 * sys_config.nr_links; i++) {
		struct vlink *l = &vlinks[i / 2];
		const struct cfg_vdev *d = end_vdev(l, i % 2);
		u32 *left = &l->xirq_quota[vlink_end_of(l, vm->arch.id)];
		u32 quota = is_hypevent(l) ? 1 : d->xirq_quota;

		if (d->vm != vm->arch.id)
			continue;
		if (!is_hypevent(l) && !d->has_xirq_quota) {
			sharers++;
			*left += share;
		} else if (!share) {
			*sum += quota;
			*left += quota;
		}
	}
	return sharers;
}

/* Label 0 of each hypevent link is nk's to post. */
static void give_hypevents(struct vm *vm)
{
	for (struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++)
		if (is_hypevent(l) && l->vm[VLINK_CLIENT] == vm->arch.id)
			vlink_alloc_pxirq(l, vm->arch.id, NK_HYPEVENT_XIRQ_ID, vm, 1);
}

static int give_xirqs(struct vm *vm, struct cfg_error *err)
{
	u32 left, sharers, sum = 0;

	if (!give_handshakes(vm))
		goto none;
	left = vm->xirqs.nr - vm->xirqs.used;
	sharers = give_quotas(vm, &sum, 0);
	if (sum + sharers > left)
		goto none;
	if (sharers)
		give_quotas(vm, &sum, (left - sum) / sharers);
	give_hypevents(vm);
	return 0;
none:
	return cfg_fail_at(err, &vm->cfg->node, "vdevs",
			   "%u cross interrupts are not enough: fewer vlinks, or less `xirq-quota`",
			   vm->xirqs.nr);
}

int vlinks_vm_create(struct vm *vm, struct cfg_error *err)
{
	if (!vlinks_of_vm(vm->arch.id))
		return 0;
	return vlink_mem_vm_create(vm, err) || give_xirqs(vm, err) ? -1 : 0;
}

/*
 * The VM's endpoint goes OFF. Returns the VM to tell by NK_XIRQ_SYSCONF, as a mask; attached peers
 * get their handshake interrupt.
 */
static u32 end_off(struct vlink *l, u32 end)
{
	u32 peer = l->vm[!end];
	struct vm *vm = vm_by_id(peer);

	if (end == VLINK_SERVER)
		__atomic_store_n(&l->desc->s_state, NK_DEV_VLINK_OFF, __ATOMIC_RELEASE);
	else
		__atomic_store_n(&l->desc->c_state, NK_DEV_VLINK_OFF, __ATOMIC_RELEASE);
	WRITE_ONCE(l->attached[end], false);
	if (vlink_is_loop(l) || !vm)
		return 0;
	if (!READ_ONCE(l->attached[!end]))
		return (u32)BIT(peer);
	xirq_post(vm, l->sysconf[!end], vm_by_id(l->vm[end]));
	return 0;
}

void vlinks_vm_stop(struct vm *vm)
{
	u32 peers = 0;

	for (struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++) {
		if (!vlink_is_end(l, vm->arch.id))
			continue;
		write_desc(l);
		for (u32 end = 0; end < 2; end++)
			if (l->vm[end] == vm->arch.id)
				peers |= end_off(l, end);
		if (is_hypevent(l))
			hypevent_reset(l);
	}
	xirq_sysconf(peers, vm);
}

/* Guests write there too: one that keeps nk from winning only loses an event of its own. */
static void set_event(NkHypevent *h, u32 event)
{
	nku64_f *word = &h->pending[event / 64];
	nku64_f old = READ_ONCE(*word);

	for (u32 i = 0; i < EVENT_TRIES; i++)
		if (__atomic_compare_exchange_n(word, &old, old | BIT(event % 64), true,
						__ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return;
}

static struct vlink *find_hypevent(u32 id, const char *name)
{
	for (struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++)
		if (is_hypevent(l) && l->vm[VLINK_CLIENT] == id && l->info_at[VLINK_SERVER] &&
		    !strcmp(phys_to_virt(l->info_at[VLINK_SERVER]), name))
			return l;
	return NULL;
}

void vlink_hypevent(u32 id, const char *name, u32 event, struct vm *by)
{
	struct vlink *l = find_hypevent(id, name);

	if (!l || event >= NK_HYPEVENT_EVENTS)
		return;
	set_event(hypevent_of(l), event);
	xirq_post(vm_by_id(id), l->labels[VLINK_PXIRQ].label[0].value, by);
}
