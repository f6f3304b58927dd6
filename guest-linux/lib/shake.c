// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlink-lib: the interrupt of a link's handshakes. nk has one a VM and link, so where this VM has both ends they
 * share it, and hear what the other one says of itself from here. They may be of two drivers.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include "lib.h"

struct vlink_shake {
	struct list_head all;
	NkPhAddr plink;
	Vlink *ends[2]; /* the client's, the server's */
};

static LIST_HEAD(shakes);
static DEFINE_MUTEX(shakes_lock); /* the list; taken first */
static DEFINE_SPINLOCK(ends_lock); /* all ends, which interrupts look at */

static void set_end(struct vlink_shake *shake, unsigned int server, Vlink *vlink)
{
	unsigned long flags;

	spin_lock_irqsave(&ends_lock, flags);
	shake->ends[server] = vlink;
	spin_unlock_irqrestore(&ends_lock, flags);
}

static void wake_but(const struct vlink_shake *shake, const Vlink *self)
{
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&ends_lock, flags);
	for (n = 0; n < ARRAY_SIZE(shake->ends); n++) {
		if (shake->ends[n] && shake->ends[n] != self)
			vlink_wakeup(shake->ends[n]);
	}
	spin_unlock_irqrestore(&ends_lock, flags);
}

static void on_handshake(void *cookie, NkXIrq xirq)
{
	wake_but(cookie, NULL);
}

static struct vlink_shake *find(NkPhAddr plink)
{
	struct vlink_shake *shake;

	list_for_each_entry(shake, &shakes, all) {
		if (shake->plink == plink)
			return shake;
	}
	return NULL;
}

static struct vlink_shake *create(Vlink *vlink)
{
	struct vlink_shake *shake = kzalloc(sizeof(*shake), GFP_KERNEL);
	int err;

	if (!shake)
		return ERR_PTR(-ENOMEM);
	shake->plink = vlink->plink;
	shake->ends[vlink->server] = vlink;
	err = nk_sysconf_attach(vlink->plink, on_handshake, shake);
	if (err) {
		kfree(shake);
		return ERR_PTR(err);
	}
	list_add(&shake->all, &shakes);
	return shake;
}

static struct vlink_shake *join(struct vlink_shake *shake, Vlink *vlink)
{
	if (shake->ends[vlink->server])
		return ERR_PTR(-EBUSY);
	set_end(shake, vlink->server, vlink);
	return shake;
}

int vlink_shake_attach(Vlink *vlink)
{
	struct vlink_shake *shake;

	if (vlink->id_peer == NK_OS_NKERNEL)
		return 0;
	mutex_lock(&shakes_lock);
	shake = find(vlink->plink);
	shake = shake ? join(shake, vlink) : create(vlink);
	mutex_unlock(&shakes_lock);
	if (IS_ERR(shake))
		return PTR_ERR(shake);
	vlink->shake = shake;
	return 0;
}

void vlink_shake_detach(Vlink *vlink)
{
	struct vlink_shake *shake = vlink->shake;

	if (!shake)
		return;
	vlink->shake = NULL;
	mutex_lock(&shakes_lock);
	set_end(shake, vlink->server, NULL);
	if (!shake->ends[!vlink->server]) {
		nk_sysconf_detach(shake->plink);
		list_del(&shake->all);
		kfree(shake);
	}
	mutex_unlock(&shakes_lock);
}

void vlink_shake_tell_other(const Vlink *vlink)
{
	if (vlink->shake)
		wake_but(vlink->shake, vlink);
}
