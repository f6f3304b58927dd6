// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/nk/vlinks/endpoints/{client,server}/NAME/NB/vmID1/vmID2/info: the info of each end of a link
 * that this VM has; ID1 is this VM, ID2 the one at the other end.
 */
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <nk/nkern.h>
#include "vinfo.h"

/* A directory; its parents come behind it in the list. */
struct dir {
	struct list_head entry;
	struct kobject *kobj;
	struct kobject *parent;
	struct kobj_attribute info; /* in those that are a link's end */
	char *text;
};

/* A copy of a link's descriptor. */
struct link {
	NkDevVlink vlink;
	char name[NK_DEV_VLINK_NAME_LIMIT + 1];
};

static LIST_HEAD(dirs);

static struct dir *find_dir(struct kobject *parent, const char *name)
{
	struct dir *dir;

	list_for_each_entry(dir, &dirs, entry) {
		if (dir->parent == parent && !strcmp(kobject_name(dir->kobj), name))
			return dir;
	}
	return NULL;
}

static struct dir *get_dir(struct dir *in, const char *name)
{
	struct kobject *parent = in ? in->kobj : nk_kobj;
	struct dir *dir = find_dir(parent, name);

	if (dir)
		return dir;
	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return NULL;
	dir->kobj = kobject_create_and_add(name, parent);
	if (!dir->kobj) {
		kfree(dir);
		return NULL;
	}
	dir->parent = parent;
	list_add(&dir->entry, &dirs);
	return dir;
}

static ssize_t info_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", container_of(attr, struct dir, info)->text);
}

static int add_info(struct dir *dir, const char *info)
{
	if (dir->text)
		return 0; /* one more link like this: dir exists for both */
	dir->text = kstrdup(info ?: "", GFP_KERNEL);
	if (!dir->text)
		return -ENOMEM;
	sysfs_attr_init(&dir->info.attr);
	dir->info.attr.name = "info";
	dir->info.attr.mode = 0444;
	dir->info.show = info_show;
	return sysfs_create_file(dir->kobj, &dir->info.attr);
}

static int add_end(const struct link *l, const char *side, NkOsId peer, const char *info)
{
	char link[16];
	char own_vm[16];
	char peer_vm[16];
	const char *const path[] = {"vlinks", "endpoints", side, l->name, link, own_vm, peer_vm};
	struct dir *dir = NULL;
	size_t i;

	snprintf(link, sizeof(link), "%d", l->vlink.link);
	snprintf(own_vm, sizeof(own_vm), "vm%u", nkops.nk_id_get());
	snprintf(peer_vm, sizeof(peer_vm), "vm%u", peer);
	for (i = 0; i < ARRAY_SIZE(path); i++) {
		dir = get_dir(dir, path[i]);
		if (!dir)
			return -ENOMEM;
	}
	return add_info(dir, info);
}

/* The peer can write the descriptor too: look once, and take nothing for a name that is none. */
static int add_link(NkPhAddr plink)
{
	struct link l = {.vlink = *(NkDevVlink *)nkops.nk_ptov(plink)};
	NkOsId own = nkops.nk_id_get();
	int err = 0;

	memcpy(l.name, l.vlink.name, sizeof(l.vlink.name));
	strreplace(l.name, '/', '!');
	if (!*l.name || !strcmp(l.name, ".") || !strcmp(l.name, ".."))
		return 0;
	if (l.vlink.s_id == own)
		err = add_end(&l, "server", l.vlink.c_id, nk_vlink_info(plink, l.vlink.s_info));
	if (!err && l.vlink.c_id == own)
		err = add_end(&l, "client", l.vlink.s_id, nk_vlink_info(plink, l.vlink.c_info));
	return err;
}

void vinfo_links_exit(void)
{
	struct dir *dir;
	struct dir *next;

	list_for_each_entry_safe(dir, next, &dirs, entry) {
		kobject_put(dir->kobj);
		list_del(&dir->entry);
		kfree(dir->text);
		kfree(dir);
	}
}

int vinfo_links_init(void)
{
	NkPhAddr plink = 0;
	int err = 0;

	while (!err && (plink = nkops.nk_vlink_lookup(NULL, plink)))
		err = add_link(plink);
	if (err)
		vinfo_links_exit();
	return err;
}
