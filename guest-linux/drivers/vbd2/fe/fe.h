/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-vbd2-fe: what its files share: disks that other VMs have for this one. */
#ifndef VBD2_FE_H
#define VBD2_FE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include "../compat.h"
#include "../vbd2.h"

struct fe_disk {
	struct list_head entry; /* of the link's disks, with its lock held */
	struct fe_link *link;
	struct gendisk *gd;
	bool added; /* its partitions have been read */
	bool gone; /* the back-end has it no more, or another one */
	vbd2_probe_t record; /* as it was probed last; genid is read without the lock */
	bool held; /* its requests are, until its back-end can have them: its queue is quiesced */
	bool dying; /* they fail */
	bool changed; /* size or access, which are still to be told to Linux */
	u16 numbers; /* of its devid on, that it has */
	u32 kept; /* requests that were sent again */
	atomic64_t reads, writes, others, errors;
	char name[16];
};

/* What is to become of a request once its pages are this VM's alone again. */
enum fe_next {
	FE_END, /* with its status */
	FE_AGAIN, /* is sent once more */
};

/* Of a request, behind it. */
struct fe_request {
	void *msg;
	u8 status;
	u8 next; /* enum fe_next */
	u16 nr_pages; /* granted to the back-end, or reserved to be */
	u16 nr_bufs;
	struct list_head entry; /* of the link's requests that are to get their pages back */
	unsigned long since; /* jiffies */
	union { /* of each buffer, or each page: where the back-end has it, 0 when it has not */
		DECLARE_FLEX_ARRAY(unsigned int, offsets);
		DECLARE_FLEX_ARRAY(NkPhAddr, pages);
	};
};

/* Pages that are taken back together. */
struct fe_batch {
	u32 n;
	NkPhAddr pages[NK_GRANT_BATCH];
	NkPhAddr *from[NK_GRANT_BATCH]; /* where a request has it */
};

struct fe_link {
	struct list_head all; /* that there is memory of */
	struct list_head entry; /* that are usable */
	vmq_link_t *vmq;
	struct fe *fe;
	int number;
	struct vbd2_comm comm;
	bool usable; /* there is a way for data */
	vmq_xx_config_t requests_config, changes_config;
	struct blk_mq_tag_set tags;
	struct request **sent; /* by the message's slot; taken by xchg() */
	spinlock_t room; /* a queue stops for want of it, or it is back; stopped, nr_pages */
	bool stopped; /* a queue has, since room was given back */
	struct vbd2_window window;
	u32 nr_pages; /* of the window: granted, reserved, or lost to the back-end */
	spinlock_t back_lock; /* back */
	struct list_head back; /* requests that are to get their pages back */
	struct delayed_work take_back; /* has alone what follows */
	struct fe_batch batch;
	struct list_head kept; /* requests of which the back-end keeps pages */
	unsigned long look_at_kept; /* jiffies */
	u32 kept_pages;
	u32 lost_pages; /* of requests that could wait no longer: the back-end has them for good */
	bool said_kept;
	u64 granted; /* since the driver was loaded; with room held */
	struct mutex lock; /* disks, on */
	struct list_head disks;
	bool on;
	struct delayed_work admin; /* probes, changes */
	struct work_struct add_remove; /* of disks: waits for them, so nothing else does for it */
	/* Of the probe. */
	bool wanted; /* there is something to ask for */
	bool closing;
	int probe_slot; /* of the one on its way, or -1; as the next two with the lock probe_lock held */
	int nr_records; /* of an answer that came, or -1 */
	spinlock_t probe_lock;
	vbd2_probe_t records[VBD2_PROBES];
	vbd2_probe_t disks_of[VBD2_PROBES]; /* the last answer, with lock held */
	u32 nr_disks_of;
	unsigned long asked; /* jiffies of the last probe, if there was one */
	unsigned long paced; /* jiffies up to which the changes of disks are paid for */
	u64 probes, changes, stops, resent, bad;
};

struct fe {
	vmq_links_t *links;
	struct vbd2_gate gate;
	struct workqueue_struct *disks; /* add_remove */
	struct work_struct sysconf;
	struct list_head all, list; /* of links, unchanging */
	wait_queue_head_t added; /* disks were */
	struct proc_dir_entry *proc;
};

extern struct fe vbd2_fe;

/* link.c */
extern const vmq_callbacks_t fe_callbacks;
void fe_sysconf(struct work_struct *work);
int fe_link_init(struct fe_link *link);
void fe_free_links(struct fe *fe);
/* Sent requests of before are to be sent again, when there is somebody for them. May sleep. */
void fe_hold(struct fe_link *link);

/* probe.c */
void fe_want_probe(struct fe_link *link);
void fe_admin(struct work_struct *work);
/* A message of a probe came back: whether it is one. Context: any. */
bool fe_probe_returned(struct fe_link *link, void *msg);

/* queue.c */
extern const struct blk_mq_ops fe_mq_ops;
void fe_returned(struct fe_link *link, void *msg);
/* With the link's lock held: requests go on, or are held. May sleep. */
void fe_resume_disk(struct fe_disk *disk);
void fe_hold_disk(struct fe_disk *disk);
/* Room that there is again: queues that stopped for want of it go on. Context: any. */
void fe_give_msg_back(struct fe_link *link, void *msg);
void fe_give_pages_back(struct fe_link *link, u32 nr_pages);
/* A request that the back-end answered ends, or is sent again. Context: not an interrupt. */
void fe_end(struct request *rq);
/* One that it did not answer is sent again. Context: any. */
void fe_send_again(struct fe_link *link, struct request *rq);

/* grant.c: pages of requests. With the link's lock room held: whether so many can be granted, which they may be then. */
bool fe_reserve(struct fe_link *link, struct fe_request *r, u32 nr_pages);
/* Whether all of them have been. Context: any. */
bool fe_grant(struct fe_link *link, struct request *rq);
u32 fe_put_pages(const struct request *rq, struct vbd2_segment *segs);
/* Adds to what is to be taken back, which begins with fe_begin_take_back(). Context: any. */
void fe_take_back(struct fe_link *link, struct request *rq, enum fe_next next);
void fe_begin_take_back(struct fe_link *link);
void fe_take_back_work(struct work_struct *work);
/* What was granted when this driver began. Returns how much of it the back-end keeps. */
u32 fe_take_back_old(struct fe_link *link);

/* numbers.c: a disk's name, major and minor, which no other one may have. Returns 0 or -EEXIST. May sleep. */
int fe_claim_numbers(struct fe_disk *disk);
void fe_release_numbers(struct fe_disk *disk);
void fe_release_majors(void);

/* disk.c */
void fe_add_remove(struct work_struct *work);
/* With the link's lock held. */
struct fe_disk *fe_find_disk(struct fe_link *link, u16 devid);
void fe_remove_disks(struct fe_link *link);

/* wait.c: waits for what a link's info says. Returns 0 or -EINTR. */
int fe_wait_disks(struct fe *fe);

/* proc.c */
void fe_proc_add(struct fe *fe);

#endif
