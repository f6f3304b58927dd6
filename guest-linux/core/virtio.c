// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls of those who serve VirtIO devices, and of those who grant pages to them (nk/virtio.h). */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/string.h>
#include <nk/virtio.h>
#include "core.h"

static int errno_of(unsigned long ret)
{
	return ret ? -ENODEV : 0;
}

/* What nk has written to the bounce, if it has. */
static int take(struct bounce *b, unsigned long ret, void *to, size_t size)
{
	if (!ret)
		memcpy(to, b->buf, size);
	bounce_put(b);
	return errno_of(ret);
}

int nk_virtio_info(unsigned int device, struct nk_virtio_info *info)
{
	struct bounce b;

	bounce_get(&b, sizeof(*info));
	return take(&b, nk_hcall2(NK_HC_VIRTIO_INFO, device, bounce_ipa(&b)), info, sizeof(*info));
}
EXPORT_SYMBOL_GPL(nk_virtio_info);

int nk_virtio_share(unsigned int device, unsigned int which, struct nk_virtio_share *share)
{
	struct bounce b;

	bounce_get(&b, sizeof(*share));
	return take(&b, nk_hcall3(NK_HC_VIRTIO_SHARE, device, which, bounce_ipa(&b)), share,
		    sizeof(*share));
}
EXPORT_SYMBOL_GPL(nk_virtio_share);

int nk_virtio_offer(unsigned int device, const struct nk_virtio_offer *offer)
{
	struct bounce b;
	unsigned long ret;

	if (!offer)
		return errno_of(nk_hcall2(NK_HC_VIRTIO_OFFER, device, 0));
	bounce_get(&b, sizeof(*offer));
	memcpy(b.buf, offer, sizeof(*offer));
	ret = nk_hcall2(NK_HC_VIRTIO_OFFER, device, bounce_ipa(&b));
	bounce_put(&b);
	return errno_of(ret);
}
EXPORT_SYMBOL_GPL(nk_virtio_offer);

int nk_virtio_state(unsigned int device, struct nk_virtio_state *state)
{
	struct bounce b;

	bounce_get(&b, sizeof(*state));
	return take(&b, nk_hcall2(NK_HC_VIRTIO_STATE, device, bounce_ipa(&b)), state,
		    sizeof(*state));
}
EXPORT_SYMBOL_GPL(nk_virtio_state);

int nk_virtio_queue(unsigned int device, unsigned int queue, struct nk_virtio_queue *to)
{
	struct bounce b;

	bounce_get(&b, sizeof(*to));
	return take(&b, nk_hcall3(NK_HC_VIRTIO_QUEUE, device, queue, bounce_ipa(&b)), to,
		    sizeof(*to));
}
EXPORT_SYMBOL_GPL(nk_virtio_queue);

int nk_virtio_done(unsigned int device, nku32_f asked)
{
	return errno_of(nk_hcall2(NK_HC_VIRTIO_DONE, device, asked));
}
EXPORT_SYMBOL_GPL(nk_virtio_done);

int nk_virtio_status(unsigned int device, nku32_f status)
{
	return errno_of(nk_hcall2(NK_HC_VIRTIO_STATUS, device, status));
}
EXPORT_SYMBOL_GPL(nk_virtio_status);

int nk_virtio_config(unsigned int device, unsigned int offset, const void *bytes, unsigned int size)
{
	struct bounce b;
	unsigned long ret;

	if (size > NK_VIRTIO_CONFIG)
		return -EINVAL;
	bounce_get(&b, size);
	memcpy(b.buf, bytes, size);
	ret = nk_hcall(NK_HC_VIRTIO_CONFIG, device, offset, bounce_ipa(&b), size);
	bounce_put(&b);
	return errno_of(ret);
}
EXPORT_SYMBOL_GPL(nk_virtio_config);

int nk_virtio_interrupt(unsigned int device, unsigned int bits)
{
	return errno_of(nk_hcall2(NK_HC_VIRTIO_INTERRUPT, device, bits));
}
EXPORT_SYMBOL_GPL(nk_virtio_interrupt);

unsigned int nk_virtio_window(phys_addr_t regs)
{
	return nk_hcall1(NK_HC_VIRTIO_WINDOW, regs);
}
EXPORT_SYMBOL_GPL(nk_virtio_window);

int nk_virtio_grant(phys_addr_t regs, unsigned int slot, phys_addr_t page, unsigned int n)
{
	return nk_hcall(NK_HC_VIRTIO_GRANT, regs, slot, page, n) ? -EINVAL : 0;
}
EXPORT_SYMBOL_GPL(nk_virtio_grant);

unsigned int nk_virtio_revoke(phys_addr_t regs, unsigned int slot, unsigned int n)
{
	return nk_hcall3(NK_HC_VIRTIO_REVOKE, regs, slot, n);
}
EXPORT_SYMBOL_GPL(nk_virtio_revoke);
