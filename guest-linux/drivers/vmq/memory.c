// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vmq: where what is in the memory of a direction: heads, indices, messages, data, in this order, and the
 * first ones, as the configuration's level says, in the pdev area.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/sizes.h>
#include "vmq.h"

enum { HEAD, INDEX, SHORT, LONG, PARTS };

struct part {
	u64 size;
	char *va;
	NkPhAddr pa;
};

static const u8 in_pdev[] = {
	[VMQ_PDEV_NONE] = HEAD,
	[VMQ_PDEV_HEAD_INDEX] = SHORT,
	[VMQ_PDEV_SHORT] = LONG,
	[VMQ_PDEV_LONG] = PARTS,
};

static u64 line(u64 size)
{
	return ALIGN(size, VLX_RING_LINE);
}

bool vmq_config_ok(const vmq_xx_config_t *c)
{
	if (!is_power_of_2(c->msg_count) || c->msg_count > VMQ_COUNT_MAX)
		return false;
	if (!c->msg_max || c->msg_max > VMQ_MSG_MAX ||
	    c->msg_count * line(c->msg_max) > VMQ_AREA_MAX)
		return false;
	if (c->data_count > VMQ_COUNT_MAX || (c->data_count && !c->data_max))
		return false;
	return c->data_count * line(c->data_max) <= VMQ_AREA_MAX && c->pdev_level <= VMQ_PDEV_LONG;
}

static void sizes(struct vmq_xx *xx, struct part *parts)
{
	const vmq_xx_config_t *c = &xx->config;

	xx->send.size = c->msg_count;
	xx->free.size = c->msg_count;
	xx->ret.size = c->msg_count;
	xx->data.size = roundup_pow_of_two(c->data_count ?: 1);
	xx->data_base = min_t(u32, c->data_max, SZ_4K);
	xx->data_size = c->data_count ? xx->data_base + c->data_count * c->data_max : 0;
	parts[HEAD].size = sizeof(struct vmq_head);
	parts[INDEX].size =
		3 * line(c->msg_count * sizeof(u32)) + line(xx->data.size * sizeof(u32));
	parts[SHORT].size = c->msg_count * c->msg_max;
	parts[LONG].size = xx->data_size;
}

/* Parts one behind the other from there on; data begins with a page of its own in pmem. Returns their size. */
static u64 place(struct part *parts, u32 first, u32 end, char *va, NkPhAddr pa, u64 page)
{
	u64 at = 0;
	u32 n;

	for (n = first; n < end; n++) {
		if (n == LONG && parts[n].size)
			at = ALIGN(at, page);
		parts[n].va = va + at;
		parts[n].pa = pa + at;
		at += parts[n].size;
	}
	return at;
}

/* -ENOMEM for memory that nk does not give, -EAGAIN for what cannot be mapped. */
static int get_pdev(Vlink *vlink, struct part *parts, u32 end)
{
	u64 size = place(parts, HEAD, end, NULL, 0, VLX_RING_LINE);
	NkPhAddr pa;

	if (!size)
		return 0;
	pa = nkops.nk_pdev_alloc(vlink->plink, VMQ_LABEL, size);
	if (!pa)
		return -ENOMEM;
	place(parts, HEAD, end, nkops.nk_ptov(pa), pa, VLX_RING_LINE);
	return 0;
}

static int get_pmem(Vlink *vlink, struct part *parts, u32 first)
{
	u64 size = place(parts, first, PARTS, NULL, 0, SZ_4K);
	NkPhAddr pa;
	char *va;

	if (!size)
		return 0;
	pa = nkops.nk_pmem_alloc(vlink->plink, VMQ_LABEL, size);
	if (!pa)
		return -ENOMEM;
	va = vlink_pmem(vlink, VMQ_LABEL, size);
	if (!va)
		return -EAGAIN;
	place(parts, first, PARTS, va, pa, SZ_4K);
	return 0;
}

static void set_entries(struct vmq_xx *xx, char *at)
{
	struct vmq_ring *rings[] = {&xx->send, &xx->free, &xx->ret, &xx->data};
	u32 n;

	for (n = 0; n < ARRAY_SIZE(rings); n++) {
		rings[n]->entries = (u32 *)at;
		at += line(rings[n]->size * sizeof(u32));
	}
}

int vmq_xx_init(struct vmq_xx *xx, Vlink *vlink, const vmq_xx_config_t *config)
{
	struct part parts[PARTS] = {};
	int err;

	if (!config || !vmq_config_ok(config))
		return -EINVAL;
	xx->vlink = vlink;
	xx->config = *config;
	xx->config.msg_max = line(config->msg_max);
	xx->config.data_max = config->data_count ? line(config->data_max) : 0;
	sizes(xx, parts);
	err = get_pdev(vlink, parts, in_pdev[config->pdev_level]);
	if (!err)
		err = get_pmem(vlink, parts, in_pdev[config->pdev_level]);
	if (err)
		return err;
	xx->head = (struct vmq_head *)parts[HEAD].va;
	set_entries(xx, parts[INDEX].va);
	xx->msgs = parts[SHORT].va;
	if (xx->data_size) {
		xx->data_area = parts[LONG].va;
		xx->data_pa = parts[LONG].pa;
	}
	return 0;
}

/* Word by word: the peer's may change meanwhile, and nothing of it is kept. */
bool vmq_xx_agreed(const struct vmq_xx *xx)
{
	const struct vmq_said *peer = xx->vlink->server ? &xx->head->sender : &xx->head->receiver;
	const vmq_xx_config_t *c = &xx->config;

	return READ_ONCE(peer->version) == VMQ_VERSION &&
	       READ_ONCE(peer->msg_count) == c->msg_count &&
	       READ_ONCE(peer->msg_max) == c->msg_max &&
	       READ_ONCE(peer->data_count) == c->data_count &&
	       READ_ONCE(peer->data_max) == c->data_max && READ_ONCE(peer->level) == c->pdev_level;
}
