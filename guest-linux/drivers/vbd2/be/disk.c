// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-be: disks, and the devices below them, which may come late, grow and shrink. A device is open while it has
 * sectors: one without, such as a loop device before it has a file, may be wanted by whoever gives it some.
 */
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "be.h"

struct be_disk *be_find_disk(struct be_link *link, u16 devid)
{
	struct be_disk *disk;

	list_for_each_entry(disk, &link->disks, entry) {
		if (disk->what.devid == devid)
			return disk;
	}
	return NULL;
}

bool be_is_there(const struct be_disk *disk)
{
	return disk->what.wait == BE_NW || disk->dev.bdev ||
	       (disk->what.wait == BE_WA && disk->exists);
}

/* With the link's lock held. */
void be_put_disk(struct be_disk *disk)
{
	if (!--disk->users && wq_has_sleeper(&disk->unused))
		wake_up_all(&disk->unused);
}

static u16 next_genid(void)
{
	static atomic_t last;

	return atomic_inc_return(&last) + 1;
}

/* What is not just late. */
static void say_why(struct be_disk *disk, int err)
{
	const struct be_export *e = &disk->what;

	if (err && err != disk->err && err != -ENOENT && err != -ENXIO && err != -ENODEV)
		pr_warn("vbd2-be: disk %u,%u of vm%u: its device cannot be opened: error %d\n",
			VBD2_MAJOR(e->devid), VBD2_MINOR(e->devid), e->owner, err);
	disk->err = err;
}

/* One that is empty is not taken from others even for a moment: losetup, which is about to fill it, would fail. */
static int open_device(struct be_disk *disk)
{
	const struct be_export *e = &disk->what;
	int err = vbd2_open(&disk->dev, e->path, e->dev, false);

	if (err || e->read_only || !bdev_nr_sectors(disk->dev.bdev))
		return err;
	vbd2_close(&disk->dev);
	return vbd2_open(&disk->dev, e->path, e->dev, true);
}

/* A device that is of no use is closed again. Returns whether something is another than before. */
static bool try_open(struct be_disk *disk)
{
	bool existed = disk->exists;
	int err = open_device(disk);

	say_why(disk, err);
	disk->exists = !err || err == -EBUSY || err == -EACCES;
	if (err)
		return disk->exists != existed;
	disk->sectors = bdev_nr_sectors(disk->dev.bdev);
	if (!disk->sectors) {
		vbd2_close(&disk->dev);
		return !existed;
	}
	disk->any_page = be_takes_any_page(&vbd2_be, disk->dev.bdev);
	disk->genid = next_genid();
	return true;
}

static bool size_changed(struct be_disk *disk)
{
	u64 sectors = bdev_nr_sectors(disk->dev.bdev);

	if (sectors == disk->sectors)
		return false;
	disk->sectors = sectors;
	disk->genid = next_genid();
	return true;
}

/* With the link's lock held. A device without sectors is closed when no request has it. */
static bool look_at(struct be_disk *disk)
{
	bool changed;

	if (!disk->dev.bdev)
		return try_open(disk);
	changed = size_changed(disk);
	if (!disk->sectors && !disk->users)
		vbd2_close(&disk->dev);
	return changed;
}

void be_look_at_disks(struct be_link *link)
{
	struct be_disk *disk;
	bool changed = false;

	mutex_lock(&link->lock);
	list_for_each_entry(disk, &link->disks, entry)
		changed |= look_at(disk);
	mutex_unlock(&link->lock);
	if (changed)
		be_tell_changes(link);
}

/* It is in no list any more. */
static void free_disk(struct be_link *link, struct be_disk *disk)
{
	mutex_lock(&link->lock);
	disk->users--;
	mutex_unlock(&link->lock);
	wait_event(disk->unused, !READ_ONCE(disk->users));
	/* Who put the last one has the lock until then. */
	mutex_lock(&link->lock);
	mutex_unlock(&link->lock);
	if (disk->dev.bdev)
		vbd2_close(&disk->dev);
	kfree(disk);
}

static struct be_disk *unlink_disk(struct be_link *link, u16 devid)
{
	struct be_disk *disk;

	mutex_lock(&link->lock);
	disk = be_find_disk(link, devid);
	if (disk) {
		list_del(&disk->entry);
		disk->users++;
	}
	mutex_unlock(&link->lock);
	return disk;
}

static u32 count_disks(const struct be_link *link)
{
	struct list_head *at;
	u32 n = 0;

	list_for_each(at, &link->disks)
		n++;
	return n;
}

static int add_disk_to(struct be_link *link, const struct be_export *e)
{
	struct be_disk *disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	int err = 0;

	if (!disk)
		return -ENOMEM;
	disk->what = *e;
	disk->genid = next_genid();
	init_waitqueue_head(&disk->unused);
	mutex_lock(&link->lock);
	if (count_disks(link) < min_t(u32, vbd2_room(&link->comm), VBD2_PROBES))
		list_add_tail(&disk->entry, &link->disks);
	else
		err = -ENOSPC;
	if (!err)
		look_at(disk);
	mutex_unlock(&link->lock);
	if (err)
		kfree(disk);
	return err;
}

int be_set_disk(struct be_link *link, const struct be_export *e)
{
	struct be_disk *old = unlink_disk(link, e->devid);
	int err = 0;

	if (old)
		free_disk(link, old);
	if (!e->none)
		err = add_disk_to(link, e);
	else if (!old)
		return -ENOENT;
	if (err)
		pr_err("vbd2-be: disk %u,%u of vm%u: error %d\n", VBD2_MAJOR(e->devid),
		       VBD2_MINOR(e->devid), e->owner, err);
	be_tell_changes(link);
	return err;
}

void be_free_disks(struct be_link *link)
{
	struct be_disk *disk;

	while (!list_empty(&link->disks)) {
		disk = list_first_entry(&link->disks, struct be_disk, entry);
		unlink_disk(link, disk->what.devid);
		free_disk(link, disk);
	}
}
