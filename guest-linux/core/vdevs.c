// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/nk/vdevs: this VM's links, one line each, and behind it what it has allocated there, with addresses, so for root
 * alone. What the peer has allocated is the peer's to tell. Descriptors are written by peers too: nothing there is trusted.
 */
#include <linux/list.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <nk/grant.h>
#include "core.h"

struct label {
	struct list_head entry;
	enum vdev_kind kind;
	NkPhAddr plink;
	NkResourceId id;
	NkOsId osid; /* whose interrupt */
	u64 got; /* address, or first interrupt */
	u64 size; /* bytes, or interrupts */
};

static LIST_HEAD(labels);
static DEFINE_SPINLOCK(labels_lock);

static struct label *find(const struct label *l)
{
	struct label *old;

	list_for_each_entry(old, &labels, entry) {
		if (old->plink == l->plink && old->kind == l->kind && old->id == l->id &&
		    old->osid == l->osid)
			return old;
	}
	return NULL;
}

/* nk bounds how many labels a link has, and gives the same for the same label. One there is no memory for is not shown. */
void vdevs_note(enum vdev_kind kind, NkPhAddr plink, NkResourceId id, NkOsId osid, u64 size,
		u64 got)
{
	const struct label l = {{}, kind, plink, id, osid, got, size};
	struct label *new;
	unsigned long flags;

	if (!got)
		return;
	new = kmemdup(&l, sizeof(l), GFP_ATOMIC);
	if (!new)
		return;
	spin_lock_irqsave(&labels_lock, flags);
	if (!find(&l)) {
		list_add_tail(&new->entry, &labels);
		new = NULL;
	}
	spin_unlock_irqrestore(&labels_lock, flags);
	kfree(new);
}

static void show_label(struct seq_file *seq, const struct label *l)
{
	switch (l->kind) {
	case VDEV_PDEV:
		seq_printf(seq, "  PDEV %u: 0x%llx, %llu bytes\n", l->id, l->got, l->size);
		break;
	case VDEV_PMEM:
		seq_printf(seq, "  PMEM %u: 0x%llx, %llu bytes\n", l->id, l->got, l->size);
		break;
	case VDEV_PXIRQ:
		seq_printf(seq, "  PXIRQ %u: of vm%u, %llu, %llu of them\n", l->id, l->osid, l->got,
			   l->size);
	}
}

static void show_labels(struct seq_file *seq, NkPhAddr plink)
{
	const struct label *l;

	spin_lock_irq(&labels_lock);
	list_for_each_entry(l, &labels, entry) {
		if (l->plink == plink)
			show_label(seq, l);
	}
	spin_unlock_irq(&labels_lock);
}

static unsigned int grants(NkPhAddr plink, unsigned int whose)
{
	NkPhAddr address = 0;
	unsigned int n = 0;

	while ((address = nk_grant_next(plink, whose, address & PAGE_MASK, NULL))) {
		n++;
		cond_resched();
	}
	return n;
}

static void show_grants(struct seq_file *seq, NkPhAddr plink)
{
	unsigned int given = grants(plink, NK_GRANT_OWN), taken = grants(plink, NK_GRANT_PEERS);

	if (given || taken)
		seq_printf(seq, "  GRANT: %u pages to the peer, %u from it\n", given, taken);
}

static const char *state_name(int state)
{
	switch (state) {
	case NK_DEV_VLINK_OFF:
		return "OFF";
	case NK_DEV_VLINK_RESET:
		return "RST";
	case NK_DEV_VLINK_ON:
		return "ON";
	default:
		return "?";
	}
}

static void show_end(struct seq_file *seq, const char *role, NkOsId id, int state, const char *info)
{
	seq_printf(seq, " %s %u/%s/'", role, id, state_name(state));
	seq_escape(seq, info ?: "", "'\n\\");
	seq_putc(seq, '\'');
}

static void show_link(struct seq_file *seq, NkPhAddr plink)
{
	const NkDevVlink l = *(const NkDevVlink *)nk_core_ptov(plink);
	char name[NK_DEV_VLINK_NAME_LIMIT + 1] = {};

	memcpy(name, l.name, sizeof(l.name));
	seq_escape(seq, name, " ,\n\\");
	seq_printf(seq, ",%d", l.link);
	show_end(seq, "serv", l.s_id, l.s_state, nk_vlink_info(plink, l.s_info));
	show_end(seq, "cli", l.c_id, l.c_state, nk_vlink_info(plink, l.c_info));
	seq_putc(seq, '\n');
	show_labels(seq, plink);
	show_grants(seq, plink);
}

static int show_links(struct seq_file *seq, void *unused)
{
	NkPhAddr plink = 0;

	while ((plink = nk_core_vlink_lookup(NULL, plink)))
		show_link(seq, plink);
	return 0;
}

int vdevs_init(void)
{
	return proc_create_single("vdevs", 0400, nk_proc_root, show_links) ? 0 : -ENOMEM;
}

/* Behind the last allocation. */
void vdevs_exit(void)
{
	struct label *l, *next;

	list_for_each_entry_safe(l, next, &labels, entry)
		kfree(l);
}
