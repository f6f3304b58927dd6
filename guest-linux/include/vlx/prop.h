/* SPDX-License-Identifier: GPL-2.0-only */
/* Properties for drivers that may sleep: retried while busy, with Linux's error numbers. */
#ifndef VLX_PROP_H
#define VLX_PROP_H

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <nk/nkern.h>
#include <nk/prop.h>

#define VLX_PROP_TRIES 20 /* of 1 ms or more: a set under way takes microseconds */

static inline int vlx_prop_errno(int result)
{
	switch (result) {
	case NK_PROP_BUSY:
		return -EBUSY;
	case NK_PROP_PERMISSION:
		return -EACCES;
	case NK_PROP_UNKNOWN:
		return -ENOENT;
	default:
		return result < 0 ? -EINVAL : result;
	}
}

/*
 * Hands a result on; for -EACCES a line in the kernel's log says what the system tree lacks: this VM in
 * that permission ("allow-get", "allow-set") of the property.
 */
static inline int vlx_prop_explain(int result, const char *name, const char *permission)
{
	if (result == -EACCES)
		pr_notice_ratelimited("%s: not allowed: not in the system tree's &hyp_property: %s "
				      "{ %s = \"%u\"; };\n",
				      KBUILD_MODNAME, name, permission, nkops.nk_id_get());
	return result;
}

/* Returns the bytes of the value, at most size, or a negative errno. Context: may sleep. */
static inline int vlx_prop_get(const char *name, void *value, unsigned int size)
{
	int tries = VLX_PROP_TRIES;
	int result;

	while ((result = nkops.nk_prop_get((char *)name, value, size)) == NK_PROP_BUSY && --tries)
		usleep_range(1000, 2000);
	return vlx_prop_errno(result);
}

/* Returns the bytes that were set, or a negative errno. Context: may sleep. */
static inline int vlx_prop_set(const char *name, const void *value, unsigned int size)
{
	int tries = VLX_PROP_TRIES;
	int result;

	while ((result = nkops.nk_prop_set((char *)name, (void *)value, size)) == NK_PROP_BUSY &&
	       --tries)
		usleep_range(1000, 2000);
	return vlx_prop_errno(result);
}

/* What nk says of a property. */
struct vlx_prop {
	unsigned int pid;
	char name[NK_PROP_NAME_LIMIT];
	NkPropAttr attr; /* with what this VM may do */
	int size; /* the most bytes that its value may have */
};

/* Finds the first property from p->pid on. Returns false when there is none any more. */
static inline bool vlx_prop_enum(struct vlx_prop *p)
{
	for (;; p->pid++) {
		p->size = nkops.nk_prop_enum(p->pid, p->name, sizeof(p->name), &p->attr);
		if (p->size == NK_PROP_UNKNOWN)
			return false;
		if (p->size >= 0)
			break;
	}
	p->name[sizeof(p->name) - 1] = '\0';
	return true;
}

#define vlx_for_each_prop(p) for ((p)->pid = 0; vlx_prop_enum(p); (p)->pid++)

/* Finds the property of that name. Returns false when there is none. */
static inline bool vlx_prop_find(struct vlx_prop *p, const char *name)
{
	vlx_for_each_prop(p) {
		if (!strcmp(p->name, name))
			return true;
	}
	return false;
}

/* A number of up to 64 bits, in as many bytes as it has; 0 where none is set. Returns 0 or errno. */
static inline int vlx_prop_get_u64(const char *name, u64 *value)
{
	__le64 raw = 0;
	int result = vlx_prop_get(name, &raw, sizeof(raw));

	*value = le64_to_cpu(raw);
	return result < 0 ? result : 0;
}

static inline int vlx_prop_set_u32(const char *name, u32 value)
{
	__le32 raw = cpu_to_le32(value);
	int result = vlx_prop_set(name, &raw, sizeof(raw));

	return result < 0 ? result : 0;
}

#endif
