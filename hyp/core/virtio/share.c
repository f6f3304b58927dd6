// SPDX-License-Identifier: Apache-2.0
/*
 * What a back-end's VM sees of the memory of the VM with the driver: all of its RAM, or pools of devices, or what drivers grant
 * (grants.c), at addresses where nobody has anything else, each piece, pool and device from a multiple of 1 GiB on. Tables of
 * level 2 have it from the start, those of grants lead to tables of pages. The entries of level 1 lead there while the VM runs and all its back-ends in that VM (of a pool: that of its device) have
 * heard of that life, and to a page that is nobody's at all other times. So it is seen no more before the RAM is wiped, and
 * an old request can spoil nothing of a new life.
 *
 * Lock: shares_lock, of `alive` and `shown`, and of the entries. It is held while the TLBs of one VM are emptied.
 */
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "core/system.h"
#include "core/virtio/priv.h"
#include "lib/pages.h"

#define NOBODYS_PAGES 3

/* What one VM has for others to see. */
struct seen {
	bool alive;
	struct stage2_window window[CFG_RAM_PIECES]; /* nr 0: the VM shares nothing */
};

/* One back-end's VM that sees it, or a device's pool. */
struct share {
	const struct vm *front;
	struct vm *back;
	struct virtio_dev
		*dev; /* whose pool, or grants, it is; NULL: all RAM, for all that have none */
	bool shown;
};

static struct seen seen[NK_VM_IDS];
static struct share shares[CFG_VIRTIO_MAX];
static u32 nr_shares;
static u64 *nobodys[NK_VM_IDS]; /* of each VM that sees others' */
static spinlock_t shares_lock = SPINLOCK(LOCK_VIRTIO_SHARES);

/* Whether the device's back-end has its memory by that share, or would. */
static bool is_by(const struct virtio_dev *d, const struct share *s)
{
	return s->front == d->front && s->back == d->back &&
	       s->dev == (virtio_is_confined(d) ? d : NULL);
}

static struct share *share_of(const struct virtio_dev *d)
{
	for (struct share *s = shares; s < shares + nr_shares; s++)
		if (is_by(d, s))
			return s;
	return NULL;
}

static u32 nr_windows(const struct share *s)
{
	return s->dev ? 1 : s->front->cfg->nr_ram;
}

static const struct stage2_window *window_of(const struct share *s, u32 which)
{
	return s->dev ? &s->dev->window : &seen[s->front->arch.id].window[which];
}

/* What a window shows, where the driver has it. */
static struct range shown_by(const struct share *s, u32 which)
{
	const struct vm *front = s->front;

	if (s->dev)
		return virtio_pool(s->dev);
	return (struct range){front->ram[which].ipa, front->cfg->ram[which].size};
}

u32 virtio_shares(const struct virtio_dev *d)
{
	return d->cfg->share ? nr_windows(share_of(d)) : 0;
}

int virtio_share(const struct virtio_dev *d, u32 which, struct nk_virtio_share *share)
{
	const struct share *s = share_of(d);
	struct range driver;

	if (which >= virtio_shares(d))
		return -1;
	driver = shown_by(s, which);
	*share = (struct nk_virtio_share){
		.driver = driver.base,
		.here = window_of(s, which)->ipa,
		.size = driver.size,
	};
	return 0;
}

/* An address and tables of level 2, with nothing in them. */
static int make_window(struct stage2_window *w, u64 size)
{
	w->nr = (u32)(ALIGN_UP(size, GIB(1)) / GIB(1));
	w->ipa = system_window(w->nr * GIB(1), GIB(1));
	w->tables = pages_alloc(w->nr);
	return w->tables ? 0 : -1;
}

static int make_shown(struct stage2_window *w, paddr_t pa, u64 size)
{
	if (make_window(w, size))
		return -1;
	stage2_window_fill(w, 0, pa, size, S2_GRANT);
	return 0;
}

/* What one device's back-end has. */
static int make_own(struct virtio_dev *d)
{
	const struct cfg_virtio *cfg = d->cfg;

	if (!cfg->grants)
		return make_shown(&d->window, d->front->ram[cfg->pool_piece].pa + cfg->pool.base,
				  cfg->pool.size);
	if (make_window(&d->window, virtio_pool(d).size))
		return -1;
	return virtio_grants_create(d, nobodys[d->back->arch.id]);
}

/* Of the device, or of all pieces of the VM's RAM, once. */
static int make_windows(const struct share *s)
{
	const struct vm *front = s->front;
	struct stage2_window *w = seen[front->arch.id].window;

	if (s->dev)
		return make_own(s->dev);
	for (u32 i = 0; !w[i].nr && i < front->cfg->nr_ram; i++)
		if (make_shown(&w[i], front->ram[i].pa, front->cfg->ram[i].size))
			return -1;
	return 0;
}

static int make_nobodys(u64 **none)
{
	void *pages = *none ? NULL : pages_alloc(NOBODYS_PAGES);

	if (pages)
		*none = stage2_nobodys(pages, S2_GRANT);
	return *none ? 0 : -1;
}

static int add_windows(const struct share *s)
{
	for (u32 i = 0; i < nr_windows(s); i++)
		if (stage2_window_create(&s->back->arch, window_of(s, i),
					 nobodys[s->back->arch.id]))
			return -1;
	return 0;
}

int virtio_share_create(struct virtio_dev *d, struct cfg_error *err)
{
	struct share *s = &shares[nr_shares];

	if (!d->cfg->share || share_of(d))
		return 0;
	*s = (struct share){d->front, d->back, virtio_is_confined(d) ? d : NULL, false};
	if (make_nobodys(&nobodys[d->back->arch.id]) || make_windows(s) || add_windows(s))
		return cfg_fail_at(err, &d->cfg->node, "share",
				   "no memory for tables, or no addresses for the RAM of vm%u",
				   d->front->arch.id);
	nr_shares++;
	return 0;
}

static void show(struct share *s, bool shown) __must_hold(&shares_lock)
{
	if (s->shown == shown)
		return;
	for (u32 i = 0; i < nr_windows(s); i++)
		stage2_window_show(&s->back->arch, window_of(s, i),
				   shown ? NULL : nobodys[s->back->arch.id]);
	s->shown = shown;
}

void virtio_share_alive(const struct vm *front, bool alive)
{
	spin_lock(&shares_lock);
	seen[front->arch.id].alive = alive;
	spin_unlock(&shares_lock);
}

void virtio_share_hide(const struct vm *vm)
{
	for (struct share *s = shares; s < shares + nr_shares; s++) {
		if (s->front != vm && s->back != vm)
			continue;
		spin_lock(&shares_lock);
		show(s, false);
		spin_unlock(&shares_lock);
	}
}

/* Whether there are back-ends that have their memory so, and all have heard of its last start. */
static bool all_heard(const struct share *s)
{
	bool any = false;

	for (const struct virtio_dev *d = virtio_devs; d < virtio_devs + nr_virtio_devs; d++) {
		if (!is_by(d, s) || !READ_ONCE(d->there))
			continue;
		if (virtio_is_open(d, READ_ONCE(d->life_asked)))
			return false;
		any = true;
	}
	return any;
}

void virtio_share_show(const struct virtio_dev *d)
{
	struct share *s = share_of(d);

	if (!s || READ_ONCE(s->shown))
		return;
	spin_lock(&shares_lock);
	if (seen[s->front->arch.id].alive && all_heard(s))
		show(s, true);
	spin_unlock(&shares_lock);
}

bool virtio_mapping_moves(const struct arch_vm *vm, ipa_t ipa)
{
	for (const struct share *s = shares; s < shares + nr_shares; s++)
		for (u32 i = 0; &s->back->arch == vm && i < nr_windows(s); i++)
			if (ipa - window_of(s, i)->ipa < shown_by(s, i).size)
				return true;
	return false;
}
