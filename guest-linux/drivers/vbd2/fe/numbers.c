// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-fe: what disks are called: /dev/vbdMAJOR-MINOR, with these numbers where nobody else has them, and otherwise
 * with some that Linux gives. A disk whose minor is a multiple of 16 has those behind it for its partitions, if they
 * are free.
 */
#include <linux/bitmap.h>
#include <linux/printk.h>
#include "fe.h"

#define DEVIDS 0x10000
#define MAJORS 0x100
#define MINORS 16

static DEFINE_MUTEX(lock);
static DECLARE_BITMAP(names, DEVIDS);
static DECLARE_BITMAP(numbers, DEVIDS);
static DECLARE_BITMAP(majors, MAJORS); /* that are ours */

/* With lock held. */
static bool get_major(u32 major)
{
	if (!major || test_bit(major, majors))
		return major;
	if (register_blkdev(major, VBD2_NAME))
		return false;
	set_bit(major, majors);
	return true;
}

static bool others_there(const struct fe_link *link, u16 devid)
{
	u32 n;

	for (n = 0; n < link->nr_disks_of; n++) {
		u16 other = link->disks_of[n].devid;

		if (other != devid && other / MINORS == devid / MINORS)
			return true;
	}
	return false;
}

static bool range_free(struct fe_link *link, u16 devid)
{
	bool others;

	if (devid % MINORS || find_next_bit(numbers, devid + MINORS, devid) < devid + MINORS)
		return false;
	mutex_lock(&link->lock);
	others = others_there(link, devid);
	mutex_unlock(&link->lock);
	return !others;
}

static void claim_numbers(struct fe_disk *disk)
{
	u16 devid = disk->record.devid;

	if (test_bit(devid, numbers) || !get_major(VBD2_MAJOR(devid))) {
		pr_info("vbd2-fe: %s: its numbers are somebody else's\n", disk->name);
		return;
	}
	disk->numbers = range_free(disk->link, devid) ? MINORS : 1;
	bitmap_set(numbers, devid, disk->numbers);
	disk->gd->major = VBD2_MAJOR(devid);
	disk->gd->first_minor = VBD2_MINOR(devid);
	disk->gd->minors = disk->numbers;
}

int fe_claim_numbers(struct fe_disk *disk)
{
	u16 devid = disk->record.devid;
	int err = 0;

	snprintf(disk->name, sizeof(disk->name), "vbd%u-%u", VBD2_MAJOR(devid), VBD2_MINOR(devid));
	strscpy(disk->gd->disk_name, disk->name, DISK_NAME_LEN);
	mutex_lock(&lock);
	if (test_and_set_bit(devid, names))
		err = -EEXIST;
	else
		claim_numbers(disk);
	mutex_unlock(&lock);
	return err;
}

void fe_release_numbers(struct fe_disk *disk)
{
	mutex_lock(&lock);
	clear_bit(disk->record.devid, names);
	if (disk->numbers)
		bitmap_clear(numbers, disk->record.devid, disk->numbers);
	mutex_unlock(&lock);
}

void fe_release_majors(void)
{
	u32 major;

	for_each_set_bit(major, majors, MAJORS)
		unregister_blkdev(major, VBD2_NAME);
	bitmap_zero(majors, MAJORS);
}
