// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handshakes of vlinks. A handler hears the cross interrupt of its own end, which peers post that
 * know of such, and NK_XIRQ_SYSCONF, which all others post.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "core.h"

struct end {
	struct list_head all;
	NkPhAddr link;
	NkXIrqHandler fn;
	void *cookie;
	NkXIrqId own, legacy;
	unsigned long busy; /* bit 0: fn runs; both interrupts may come at a time */
	bool live; /* own and legacy are known, so fn may detach itself */
	bool early; /* came before that */
	bool dead;
	struct rcu_head rcu;
};

static LIST_HEAD(ends);
static DEFINE_SPINLOCK(ends_lock);

/* Whether it is too early to call fn; go_live() then sends the handshake again. */
static bool too_early(struct end *e)
{
	if (likely(READ_ONCE(e->live)))
		return false;
	WRITE_ONCE(e->early, true);
	smp_mb(); /* early, then live: go_live() has it the other way round */
	return !READ_ONCE(e->live);
}

/* From here on the handler may run, and even detach itself: the end lasts for a grace period. */
static void go_live(struct end *e)
{
	rcu_read_lock();
	WRITE_ONCE(e->live, true);
	smp_mb(); /* live, then early: see too_early() */
	if (READ_ONCE(e->early))
		nk_sysconf_selfpost(e->link);
	rcu_read_unlock();
}

/* The running handler may detach itself, and waits then for the other interrupt to be out of here. */
static void handshake(void *cookie, NkXIrq xirq)
{
	struct end *e = cookie;

	if (too_early(e))
		return;
	while (test_and_set_bit_lock(0, &e->busy)) {
		if (READ_ONCE(e->dead))
			return;
		cpu_relax();
	}
	if (!READ_ONCE(e->dead))
		e->fn(e->cookie, xirq);
	clear_bit_unlock(0, &e->busy);
}

static struct end *find(NkPhAddr link)
{
	struct end *e;

	list_for_each_entry(e, &ends, all)
		if (e->link == link)
			return e;
	return NULL;
}

static int add(struct end *e)
{
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&ends_lock, flags);
	if (find(e->link))
		err = -EBUSY;
	else
		list_add(&e->all, &ends);
	spin_unlock_irqrestore(&ends_lock, flags);
	return err;
}

static struct end *take(NkPhAddr link)
{
	unsigned long flags;
	struct end *e;

	spin_lock_irqsave(&ends_lock, flags);
	e = find(link);
	if (e)
		list_del(&e->all);
	spin_unlock_irqrestore(&ends_lock, flags);
	return e;
}

int nk_sysconf_attach(NkPhAddr plink, NkXIrqHandler hdl, void *cookie)
{
	struct end *e;
	NkXIrq xirq;
	int err;

	if (!hdl)
		return -EINVAL;
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	e->link = plink;
	e->fn = hdl;
	e->cookie = cookie;
	err = add(e);
	if (err) {
		kfree(e);
		return err;
	}
	xirq = nk_hcall2(NK_HC_SYSCONF_CTL, plink, NK_SYSCONF_ATTACH);
	if (xirq) {
		e->own = nk_core_xirq_attach_named(xirq, handshake, e, "nk-sysconf");
		e->legacy = nk_core_xirq_attach_named(NK_XIRQ_SYSCONF, handshake, e, "nk-sysconf");
	}
	if (e->own && e->legacy) {
		go_live(e);
		return 0;
	}
	nk_sysconf_detach(plink);
	return xirq ? -ENOMEM : -ENODEV;
}
EXPORT_SYMBOL(nk_sysconf_attach);

void nk_sysconf_detach(NkPhAddr plink)
{
	struct end *e = take(plink);

	if (!e)
		return;
	nk_hcall2(NK_HC_SYSCONF_CTL, plink, NK_SYSCONF_DETACH);
	WRITE_ONCE(e->dead, true);
	nk_core_xirq_detach(e->own);
	nk_core_xirq_detach(e->legacy);
	kfree_rcu(e, rcu);
}
EXPORT_SYMBOL(nk_sysconf_detach);

void nk_sysconf_post(NkPhAddr plink)
{
	nk_hcall2(NK_HC_SYSCONF_POST, plink, NK_SYSCONF_PEER);
}
EXPORT_SYMBOL(nk_sysconf_post);

void nk_sysconf_selfpost(NkPhAddr plink)
{
	nk_hcall2(NK_HC_SYSCONF_POST, plink, NK_SYSCONF_SELF);
}
EXPORT_SYMBOL(nk_sysconf_selfpost);
