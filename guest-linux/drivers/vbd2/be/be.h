/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-vbd2-be: what its files share: block devices of this VM as disks of its peers. */
#ifndef VBD2_BE_H
#define VBD2_BE_H

#include <linux/llist.h>
#include <linux/list.h>
#include <linux/memremap.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include "../compat.h"
#include "../vbd2.h"

#define BE_PATH 128
#define BE_SPARES 256 /* pages that a link keeps */

/* When a disk is there for the front-end. */
enum be_wait {
	BE_NW, /* at once; it has no sectors before its device has */
	BE_WA, /* with its device */
	BE_NZ, /* with a device that has sectors */
};

/* What "vbd2=(...)" says. */
struct be_export {
	u32 owner; /* the front-end's VM */
	u16 devid;
	dev_t dev; /* where there is no path */
	char path[BE_PATH];
	bool read_only;
	bool none; /* no device was named: the disk is to go */
	enum be_wait wait;
};

struct be_disk {
	struct list_head entry; /* of the link's disks, with its lock held */
	struct be_export what;
	struct vbd2_bdev dev;
	bool exists; /* the device does, with sectors or without */
	int err; /* why it is not open */
	u16 genid;
	u64 sectors; /* as the front-end was told, or will be */
	u32 users; /* requests, and who opens it; with the link's lock held */
	wait_queue_head_t unused;
	bool any_page; /* the device takes pages that are not this VM's */
	u64 reads, writes, others; /* by the link's work alone, as the next two */
	u64 sectors_read, sectors_written;
};

struct be_link;

/* A message that this side has, by its slot. */
struct be_request {
	struct llist_node done;
	struct list_head busy;
	struct be_link *link;
	void *msg;
	struct be_disk *disk;
	vbd2_req_header_t head; /* a copy */
	struct vbd2_segment *segs; /* checked */
	u32 bytes;
	struct page **pages; /* of this VM, with the data */
	u32 nr_pages;
	bool locked; /* its segments are pages that were granted, and the front-end cannot take them back */
	bool direct; /* the device has these */
	blk_status_t status;
};

/* What a link's front-end has granted, as this VM has it. */
struct be_window {
	struct vbd2_window place;
	void *va; /* NULL: the link has buffers */
	bool has_pages; /* struct pages, that is */
#ifdef CONFIG_ZONE_DEVICE
	struct dev_pagemap pgmap;
#endif
};

struct be_link {
	struct list_head all; /* that there is memory of */
	struct list_head entry; /* that are usable */
	vmq_link_t *vmq;
	struct be *be;
	int number;
	struct vbd2_comm comm;
	vmq_xx_config_t requests_config, changes_config;
	bool usable; /* there is a way for data */
	u32 seg_max; /* bytes of a segment */
	struct be_window window;
	struct list_head busy; /* done, but somebody still has their pages; by the work alone */
	struct delayed_work look_again; /* at these */
	bool on; /* with lock held */
	struct work_struct work; /* takes requests, ends them */
	struct task_struct *worker; /* while it will look for what has ended */
	struct llist_head done;
	struct be_request *requests;
	struct page *spares[BE_SPARES]; /* by the work alone */
	u32 nr_spares;
	struct mutex lock;
	struct list_head disks;
	u64 bad; /* requests that cannot be, by the work alone */
	u64 direct; /* requests whose data was not copied, by the work alone */
	u64 probes, changes, stale;
};

struct be {
	vmq_links_t *links;
	struct vbd2_gate gate;
	struct work_struct sysconf;
	struct delayed_work look; /* for devices that come, or change */
	struct list_head all, list; /* of links, unchanging */
	atomic_t held; /* requests */
	wait_queue_head_t idle;
	bool stopping; /* no further requests */
	int dma; /* vbd2_dma, or -1 */
	struct proc_dir_entry *proc;
};

extern struct be vbd2_be;

/* exports.c: reads the next "vbd2=(...)" of a text. Returns 1 with *text behind it, 0 for no more, -EINVAL. */
int be_next_export(const char **text, struct be_export *e);

/* Each export of the text for its link: own for no other one. Returns 0, or the first error. May sleep. */
int be_add_exports(struct be *be, struct be_link *own, const char *text);

/* disk.c: with the link's lock held. */
struct be_disk *be_find_disk(struct be_link *link, u16 devid);
bool be_is_listed(const struct be_disk *disk);
bool be_is_there(const struct be_disk *disk);
void be_put_disk(struct be_disk *disk);

/* disk.c: may sleep. Adds a disk, or changes or removes what was there. */
int be_set_disk(struct be_link *link, const struct be_export *e);
/* Opens what has come, looks at sizes. */
void be_look_at_disks(struct be_link *link);
void be_free_disks(struct be_link *link);

/* link.c */
extern const vmq_callbacks_t be_callbacks;
void be_sysconf(struct work_struct *work);
/* Tells the front-end that it is to probe. */
void be_tell_changes(struct be_link *link);
/* vbd2's own part of a link. Returns 0 or -ENOMEM. May sleep. */
int be_link_init(struct be_link *link);
void be_free_links(struct be *be);

/* request.c: the link's work. */
void be_work(struct work_struct *work);
/* Has it look at what was busy. */
void be_look_again(struct work_struct *work);
/* Gives a message back. */
void be_answer(struct be_request *r, u8 status);

/* window.c: the front-end's pages. Returns 0 or an error. May sleep. */
int be_map_window(struct be_link *link);
void be_unmap_window(struct be_link *link);
/* Where for the CPU a segment with the address 0 would be. */
char *be_address_0(const struct be_link *link);
struct page *be_segment_page(const struct vbd2_segment *s);
/* All segments of a request, so that they stay until they are unlocked. Returns false for what is not granted. */
bool be_lock_segments(struct be_request *r);
void be_unlock_segments(struct be_request *r);
/* Somebody has references to pages that the device had. */
bool be_pages_busy(const struct be_request *r);
/* Whether a device may be given them; and one request's. */
bool be_takes_any_page(const struct be *be, struct block_device *bdev);
bool be_can_be_direct(const struct be_request *r);

/* io.c: begins, and is on link->done when it has ended, also with an error. */
void be_begin_io(struct be_request *r);
/* One that failed: whether it is tried again, in another way. */
bool be_begin_again(struct be_request *r);
/* Data for the front-end, and what the request had. */
void be_end_io(struct be_request *r, bool on);
/* What the link has kept. The work does not run any more. */
void be_free_spares(struct be_link *link);

/* proc.c */
void be_proc_add(struct be *be);

#endif
