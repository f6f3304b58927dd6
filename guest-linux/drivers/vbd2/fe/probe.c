// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-fe: asking which disks there are: when a link is on, when the back-end says that something has changed, and
 * when it says that a request is of another generation. One question is on its way at a time.
 */
#include <linux/printk.h>
#include "fe.h"

#define AGAIN (HZ / 50) /* between two questions, and two loads of changes */
#define CHANGES_AT_ONCE 16

void fe_want_probe(struct fe_link *link)
{
	WRITE_ONCE(link->wanted, true);
	vbd2_gate_queue(&vbd2_fe.gate, &link->admin.work);
}

/* By the work itself, which is not waited for in vain then. */
static void later(struct fe_link *link, unsigned long delay)
{
	if (!READ_ONCE(vbd2_fe.gate.closed))
		mod_delayed_work(vbd2_fe.gate.wq, &link->admin, delay);
}

static u32 most_records(const struct fe_link *link)
{
	return min_t(u32, vbd2_room(&link->comm), VBD2_PROBES);
}

bool fe_probe_returned(struct fe_link *link, void *msg)
{
	const vbd2_probe_link_t *answer = msg;
	int slot = vmq_msg_slot(link->vmq, msg);
	vbd2_req_header_t head;
	unsigned long flags;
	bool ours;

	spin_lock_irqsave(&link->probe_lock, flags);
	ours = slot == link->probe_slot;
	if (ours && READ_ONCE(link->sent[slot])) {
		/* It was given back before, without an answer. */
		link->probe_slot = -1;
		link->bad++;
		ours = false;
	}
	if (ours) {
		vbd2_copy(&head, msg, sizeof(head));
		link->probe_slot = -1;
		link->nr_records = head.count <= most_records(link) ? head.count : 0xff;
		if (link->nr_records != 0xff)
			vbd2_copy(link->records, answer->probe,
				  head.count * sizeof(*link->records));
	}
	spin_unlock_irqrestore(&link->probe_lock, flags);
	if (!ours)
		return false;
	fe_give_msg_back(link, msg);
	vbd2_gate_queue(&vbd2_fe.gate, &link->admin.work);
	return true;
}

/* Without room it is asked again when something comes back. */
static void send_probe(struct fe_link *link)
{
	vbd2_req_header_t *head;
	void *msg;

	if (vmq_msg_allocate_ex(link->vmq, 0, &msg, NULL, true))
		return;
	WRITE_ONCE(link->wanted, false);
	head = msg;
	*head = (vbd2_req_header_t){.op = VBD2_OP_PROBE, .count = most_records(link)};
	spin_lock_irq(&link->probe_lock);
	link->probe_slot = vmq_msg_slot(link->vmq, msg);
	spin_unlock_irq(&link->probe_lock);
	link->probes++;
	link->asked = jiffies;
	vmq_msg_send(link->vmq, msg);
}

/* Not twice in a while, whatever the back-end says: each answer may be that it has changed again. */
static void ask(struct fe_link *link)
{
	unsigned long due = link->asked + AGAIN;

	if (link->probes && time_before(jiffies, due))
		later(link, due - jiffies);
	else
		send_probe(link);
}

static bool record_ok(const vbd2_probe_t *p)
{
	u32 logical = p->xinfo >> VBD2_XINFO_LOGICAL_SHIFT & 15;

	return logical <= 3 && p->sectors <= (u64)S64_MAX >> VBD2_SECTOR_SHIFT;
}

static struct fe_disk *disk_of(struct fe_link *link, const vbd2_probe_t *p)
{
	struct fe_disk *disk = fe_find_disk(link, p->devid);

	return disk && !disk->gone ? disk : NULL;
}

/* Its requests fail from then on: it may just be reading its partitions. */
static void set_gone(struct fe_disk *disk)
{
	disk->gone = true;
	WRITE_ONCE(disk->dying, true);
	fe_resume_disk(disk);
}

/*
 * Returns whether there is something to do that has to wait. A disk whose blocks are of another size, or whose cache
 * is to be flushed when it was not, is another disk.
 */
static bool update(struct fe_disk *disk, const vbd2_probe_t *p)
{
	vbd2_probe_t old = disk->record;

	WRITE_ONCE(disk->record.genid, p->genid);
	if (p->xinfo & VBD2_XINFO_ABSENT) {
		fe_hold_disk(disk);
		return false;
	}
	if (!p->sectors) {
		disk->record.sectors = 0;
	} else if (old.xinfo == p->xinfo) {
		disk->record = *p;
	} else {
		set_gone(disk);
		return true;
	}
	fe_resume_disk(disk);
	disk->changed |= old.sectors != p->sectors || old.info != p->info;
	return disk->changed;
}

static bool is_listed(const struct fe_disk *disk, u32 count)
{
	u32 n;

	for (n = 0; n < count; n++) {
		if (disk->link->records[n].devid == disk->record.devid)
			return true;
	}
	return false;
}

static bool look_at_records(struct fe_link *link, u32 count)
{
	struct fe_disk *disk;
	bool work = false;
	u32 n;

	list_for_each_entry(disk, &link->disks, entry) {
		if (!disk->gone && !is_listed(disk, count)) {
			set_gone(disk);
			work = true;
		}
	}
	for (n = 0; n < count; n++) {
		const vbd2_probe_t *p = &link->records[n];

		disk = disk_of(link, p);
		if (!record_ok(p)) {
			link->bad++;
			link->disks_of[n].xinfo |= VBD2_XINFO_ABSENT;
		} else if (disk) {
			work |= update(disk, p);
		} else {
			work |= !(p->xinfo & VBD2_XINFO_ABSENT);
		}
	}
	return work;
}

/* Takes an answer, if one came. While it is looked at none is on its way, so the records stay as they are. */
static void take_answer(struct fe_link *link)
{
	bool work = false;
	int count;

	spin_lock_irq(&link->probe_lock);
	count = link->nr_records;
	link->nr_records = -1;
	spin_unlock_irq(&link->probe_lock);
	if (count < 0)
		return;
	if (count == 0xff) {
		link->bad++;
		WRITE_ONCE(link->wanted, true);
		return;
	}
	mutex_lock(&link->lock);
	if (link->on && !link->closing) {
		memcpy(link->disks_of, link->records, count * sizeof(*link->records));
		link->nr_disks_of = count;
		work = look_at_records(link, count);
	}
	mutex_unlock(&link->lock);
	if (work)
		queue_work(vbd2_fe.disks, &link->add_remove);
}

/* A back-end that says so all the time is not listened to all the time. */
static void take_changes(struct fe_link *link)
{
	u32 n;
	void *msg;

	for (n = 0; n < CHANGES_AT_ONCE && !vmq_msg_receive(link->vmq, &msg); n++) {
		vmq_msg_free(link->vmq, msg);
		link->changes++;
		WRITE_ONCE(link->wanted, true);
	}
	if (n == CHANGES_AT_ONCE)
		later(link, AGAIN);
}

void fe_admin(struct work_struct *work)
{
	struct fe_link *link = container_of(to_delayed_work(work), struct fe_link, admin);
	bool on, asked;

	take_changes(link);
	take_answer(link);
	mutex_lock(&link->lock);
	on = link->on;
	mutex_unlock(&link->lock);
	spin_lock_irq(&link->probe_lock);
	asked = link->probe_slot >= 0;
	spin_unlock_irq(&link->probe_lock);
	if (on && !asked && READ_ONCE(link->wanted))
		ask(link);
}
