// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-fe: pages of requests, which the back-end is granted, and which are taken back before Linux has the request
 * back: those of many requests at once, as each time costs the same. A page that the back-end keeps locked cannot be
 * taken back: its request waits, as one that is not answered does.
 */
#include <linux/mm.h>
#include <linux/printk.h>
#include "fe.h"

#define PATIENCE (10 * HZ) /* with a back-end that keeps pages */

bool fe_reserve(struct fe_link *link, struct fe_request *r, u32 nr_pages)
{
	r->nr_pages = 0;
	if (nr_pages > link->window.pages - link->nr_pages)
		return false;
	r->nr_pages = nr_pages;
	link->nr_pages += nr_pages;
	link->granted += nr_pages;
	return true;
}

static u32 list_pages(const struct fe_link *link, struct request *rq)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);
	struct req_iterator iter;
	struct bio_vec bv;
	u32 n = 0;

	rq_for_each_segment(bv, rq, iter) {
		if (WARN_ON_ONCE(n == r->nr_pages))
			return 0;
		r->pages[n++] = page_to_phys(bv.bv_page);
	}
	return n;
}

bool fe_grant(struct fe_link *link, struct request *rq)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);
	bool write = req_op(rq) == REQ_OP_READ || link->comm.pg & VBD2_PG_WRITE;
	u32 n = list_pages(link, rq), done;

	done = nk_grant(vmq_tx_plink(link->vmq), r->pages, n, write);
	memset(r->pages + done, 0, (r->nr_pages - done) * sizeof(*r->pages));
	if (done == r->nr_pages)
		return true;
	pr_warn_once("vbd2-fe: a request has a page that is not this VM's own: it fails\n");
	return false;
}

u32 fe_put_pages(const struct request *rq, struct vbd2_segment *segs)
{
	const struct fe_request *r = blk_mq_rq_to_pdu((struct request *)rq);
	struct req_iterator iter;
	struct bio_vec bv;
	u32 n = 0;

	rq_for_each_segment(bv, rq, iter) {
		segs[n] = (struct vbd2_segment){
			.address = r->pages[n],
			.length = bv.bv_len,
			.offset = bv.bv_offset,
		};
		n++;
	}
	return n;
}

void fe_take_back(struct fe_link *link, struct request *rq, enum fe_next next)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);
	unsigned long flags;

	r->next = next;
	r->since = jiffies;
	spin_lock_irqsave(&link->back_lock, flags);
	list_add_tail(&r->entry, &link->back);
	spin_unlock_irqrestore(&link->back_lock, flags);
}

void fe_begin_take_back(struct fe_link *link)
{
	if (!list_empty_careful(&link->back))
		mod_delayed_work(vbd2_fe.gate.wq, &link->take_back, 0);
}

/* What is taken back is none of the request's any more; what is not, the back-end has locked. */
static void revoke(struct fe_link *link)
{
	struct fe_batch *b = &link->batch;
	u32 at, n;

	for (at = 0; at < b->n; at++) {
		n = nk_revoke(vmq_tx_plink(link->vmq), b->pages + at, b->n - at);
		while (n--)
			*b->from[at++] = 0;
	}
	b->n = 0;
}

static void revoke_later(struct fe_link *link, NkPhAddr *page)
{
	struct fe_batch *b = &link->batch;

	b->pages[b->n] = *page;
	b->from[b->n++] = page;
	if (b->n == ARRAY_SIZE(b->pages))
		revoke(link);
}

static void revoke_all(struct fe_link *link, struct list_head *list)
{
	struct fe_request *r;
	u32 n;

	list_for_each_entry(r, list, entry) {
		for (n = 0; n < r->nr_pages; n++) {
			if (r->pages[n])
				revoke_later(link, &r->pages[n]);
		}
	}
	revoke(link);
}

static u32 count_kept(const struct fe_request *r)
{
	u32 n, kept = 0;

	for (n = 0; n < r->nr_pages; n++)
		kept += !!r->pages[n];
	return kept;
}

/* Nobody else in this VM gets a page that the back-end still has. */
static void lose_pages(struct fe_link *link, struct request *rq)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);
	struct req_iterator iter;
	struct bio_vec bv;
	u32 n = 0;

	rq_for_each_segment(bv, rq, iter) {
		if (r->pages[n++])
			get_page(bv.bv_page);
	}
}

/* Returns how many pages can be granted again. */
static u32 finish(struct fe_link *link, struct fe_request *r, u32 kept)
{
	struct request *rq = blk_mq_rq_from_pdu(r);
	u32 nr_pages = r->nr_pages - kept;

	if (kept) {
		lose_pages(link, rq);
		link->lost_pages += kept;
		r->status = VBD2_STATUS_ERROR;
	}
	r->nr_pages = 0;
	if (r->next == FE_AGAIN)
		blk_mq_requeue_request(rq, true);
	else
		fe_end(rq);
	return nr_pages;
}

static bool is_given_up(const struct fe_request *r)
{
	const struct fe_disk *disk = blk_mq_rq_from_pdu((void *)r)->q->queuedata;

	return READ_ONCE(disk->dying) && time_after(jiffies, r->since + PATIENCE);
}

static void say_kept(struct fe_link *link, const struct fe_request *r)
{
	if (link->said_kept || !time_after(jiffies, r->since + PATIENCE))
		return;
	link->said_kept = true;
	pr_err("vbd2-fe: vm%u keeps pages of requests, which wait for it\n",
	       vmq_peer_osid(link->vmq));
}

/* Those that have their pages go. Returns how many pages are free again. */
static u32 finish_all(struct fe_link *link, struct list_head *list)
{
	struct fe_request *r, *next;
	u32 nr_pages = 0, kept;

	list_for_each_entry_safe(r, next, list, entry) {
		kept = count_kept(r);
		if (kept && !is_given_up(r)) {
			link->kept_pages += kept;
			say_kept(link, r);
			continue;
		}
		list_del(&r->entry);
		nr_pages += finish(link, r, kept);
	}
	return nr_pages;
}

/* The longer they are kept, the more seldom is it looked at them. */
static void look_later(struct fe_link *link)
{
	const struct fe_request *r = list_first_entry(&link->kept, struct fe_request, entry);
	unsigned long waited = jiffies - r->since;

	if (time_after_eq(jiffies, link->look_at_kept))
		link->look_at_kept = jiffies + clamp_t(unsigned long, waited, 1, HZ);
	queue_delayed_work(vbd2_fe.gate.wq, &link->take_back,
			   max_t(long, link->look_at_kept - jiffies, 0));
}

void fe_take_back_work(struct work_struct *work)
{
	struct fe_link *link = container_of(to_delayed_work(work), struct fe_link, take_back);
	LIST_HEAD(list);
	u32 nr_pages;

	spin_lock_irq(&link->back_lock);
	list_splice_init(&link->back, &list);
	spin_unlock_irq(&link->back_lock);
	if (time_after_eq(jiffies, link->look_at_kept)) {
		list_splice_init(&link->kept, &list);
		link->kept_pages = 0;
	}
	revoke_all(link, &list);
	nr_pages = finish_all(link, &list);
	list_splice_tail(&list, &link->kept);
	if (nr_pages)
		fe_give_pages_back(link, nr_pages);
	if (!list_empty(&link->kept))
		look_later(link);
}

/* Of this VM's earlier drivers: what the back-end still has is not there to be granted. */
u32 fe_take_back_old(struct fe_link *link)
{
	NkPhAddr plink = vmq_tx_plink(link->vmq), address = 0;
	u32 kept = 0;

	while ((address = nk_grant_next(plink, NK_GRANT_OWN, address, NULL))) {
		address &= PAGE_MASK;
		kept += !nk_revoke(plink, &address, 1);
	}
	return kept;
}
