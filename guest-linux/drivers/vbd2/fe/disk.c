// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-fe: disks, added and removed in a work of their own: adding one reads its partitions, which may take as long
 * as its back-end is away.
 */
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include "fe.h"

#define CHANGES_AT_ONCE 32
#define CHANGE_EACH (HZ / 4)

static const struct block_device_operations fops = {
	.owner = THIS_MODULE,
};

struct fe_disk *fe_find_disk(struct fe_link *link, u16 devid)
{
	struct fe_disk *disk;

	list_for_each_entry(disk, &link->disks, entry) {
		if (disk->record.devid == devid)
			return disk;
	}
	return NULL;
}

static struct vbd2_limits limits_of(const struct fe_link *link, const vbd2_probe_t *p)
{
	u32 logical = p->xinfo >> VBD2_XINFO_LOGICAL_SHIFT & 15;
	u32 physical = p->xinfo >> VBD2_XINFO_PHYSICAL_SHIFT & 15;

	return (struct vbd2_limits){
		.segments = link->comm.segs,
		.bytes = link->comm.segs * VBD2_SEGMENT,
		.within_pages = link->comm.mode == VBD2_GRANT,
		.logical = SECTOR_SIZE << logical,
		.physical = SECTOR_SIZE << max(logical, physical),
		.flush = p->xinfo & VBD2_XINFO_FLUSH,
		.discard = p->xinfo & VBD2_XINFO_DISCARD,
		.zeroes = p->xinfo & VBD2_XINFO_WRITE_ZEROES,
		.rotational = p->xinfo & VBD2_XINFO_ROTATIONAL,
	};
}

static void free_disk(struct fe_disk *disk)
{
	synchronize_rcu();
	put_disk(disk->gd);
	kfree(disk);
}

static struct fe_disk *new_disk(struct fe_link *link, const vbd2_probe_t *p)
{
	struct fe_disk *disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	struct vbd2_limits limits = limits_of(link, p);

	if (!disk)
		return NULL;
	disk->link = link;
	disk->record = *p;
	disk->gd = vbd2_alloc_disk(&link->tags, &limits, disk);
	if (IS_ERR(disk->gd)) {
		kfree(disk);
		return NULL;
	}
	disk->gd->fops = &fops;
	disk->gd->private_data = disk;
	if (fe_claim_numbers(disk)) {
		pr_err("vbd2-fe: %s: there is another one\n", disk->name);
		free_disk(disk);
		return NULL;
	}
	set_capacity(disk->gd, p->sectors);
	set_disk_ro(disk->gd, p->info & VBD2_INFO_READ_ONLY);
	return disk;
}

/* Requests of a disk that is going are not held: they fail. */
static void remove_disk(struct fe_disk *disk, bool added)
{
	struct fe_link *link = disk->link;

	mutex_lock(&link->lock);
	WRITE_ONCE(disk->dying, true);
	fe_resume_disk(disk);
	mutex_unlock(&link->lock);
	if (added)
		del_gendisk(disk->gd);
	mutex_lock(&link->lock);
	list_del_rcu(&disk->entry);
	mutex_unlock(&link->lock);
	fe_release_numbers(disk);
	free_disk(disk);
}

static void add_disk_of(struct fe_link *link, const vbd2_probe_t *p)
{
	struct fe_disk *disk = new_disk(link, p);
	int err;

	if (!disk)
		return;
	mutex_lock(&link->lock);
	list_add_tail_rcu(&disk->entry, &link->disks);
	disk->dying = link->closing;
	if (!link->on && !link->closing)
		fe_hold_disk(disk);
	mutex_unlock(&link->lock);
	err = device_add_disk(NULL, disk->gd, NULL);
	if (err) {
		pr_err("vbd2-fe: %s: error %d\n", disk->name, err);
		remove_disk(disk, false);
		return;
	}
	WRITE_ONCE(disk->added, true);
	wake_up_all(&vbd2_fe.added);
}

static void tell_change(struct fe_disk *disk)
{
	set_disk_ro(disk->gd, disk->record.info & VBD2_INFO_READ_ONLY);
	set_capacity_and_notify(disk->gd, disk->record.sectors);
}

/* With lock held: a disk that is to go, or whose size or access is another. */
static struct fe_disk *next_disk(struct fe_link *link)
{
	struct fe_disk *disk;

	list_for_each_entry(disk, &link->disks, entry) {
		if (disk->gone || disk->changed)
			return disk;
	}
	return NULL;
}

/* With lock held: the next one to add, which is not tried twice. */
static bool next_record(struct fe_link *link, vbd2_probe_t *p)
{
	u32 n;

	for (n = 0; n < link->nr_disks_of; n++) {
		*p = link->disks_of[n];
		if (p->xinfo & VBD2_XINFO_ABSENT || fe_find_disk(link, p->devid))
			continue;
		link->disks_of[n].xinfo |= VBD2_XINFO_ABSENT;
		return true;
	}
	return false;
}

/*
 * Linux has lines in the log for each disk that comes, goes or has another size: a back-end whose disks do nothing else
 * is followed slowly.
 */
static void pace(struct fe_link *link)
{
	unsigned long now = jiffies, earliest = now - CHANGES_AT_ONCE * CHANGE_EACH;

	if (time_before(link->paced, earliest))
		link->paced = earliest;
	link->paced += CHANGE_EACH;
	if (time_after(link->paced, now))
		schedule_timeout_uninterruptible(link->paced - now);
}

static bool add_or_remove(struct fe_link *link)
{
	struct fe_disk *disk;
	vbd2_probe_t p;
	bool gone, add;

	mutex_lock(&link->lock);
	disk = link->closing ? NULL : next_disk(link);
	gone = disk && disk->gone;
	if (disk)
		disk->changed = false;
	add = !disk && !link->closing && next_record(link, &p);
	mutex_unlock(&link->lock);
	if (gone)
		remove_disk(disk, true);
	else if (disk)
		tell_change(disk);
	else if (add)
		add_disk_of(link, &p);
	return disk || add;
}

void fe_add_remove(struct work_struct *work)
{
	struct fe_link *link = container_of(work, struct fe_link, add_remove);

	while (add_or_remove(link))
		pace(link);
}

/* Whoever waits for something of a disk gets an error now. */
static void kill_disks(struct fe_link *link)
{
	struct fe_disk *disk;

	mutex_lock(&link->lock);
	link->closing = true;
	list_for_each_entry(disk, &link->disks, entry)
		WRITE_ONCE(disk->dying, true);
	mutex_unlock(&link->lock);
	fe_hold(link);
}

void fe_remove_disks(struct fe_link *link)
{
	kill_disks(link);
	cancel_work_sync(&link->add_remove);
	while (!list_empty(&link->disks))
		remove_disk(list_first_entry(&link->disks, struct fe_disk, entry), true);
}
