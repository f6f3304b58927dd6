/* SPDX-License-Identifier: Apache-2.0 */
/* Properties, shared by core/prop*.c. */
#ifndef CORE_PROP_PRIV_H
#define CORE_PROP_PRIV_H

#include "config/system/prop_names.h"
#include "core/prop/prop.h"

#define PROP_NAME_WORDS (NK_PROP_NAME_LIMIT / 8)

#define PROP_SET_MAX 24 /* bytes of a property with a function `set` */

struct prop;

/* A number that is made when it is read, of max bytes, 8 at most. Context: any. */
typedef u64 (*prop_get_fn)(const struct prop *p);

/*
 * Takes what VM id wrote: len bytes, p->max at most. Returns 0, or NK_PROP_ERROR when they are no value of it, or
 * NK_PROP_BUSY. Context: that VM's exit, no lock held.
 */
typedef int (*prop_set_fn)(struct prop *p, u32 id, const u8 *data, u32 len);

/* All but lock and value stay as they are after boot. */
struct prop {
	const u64 *name; /* whole words, behind the text all zeroes */
	u64 lock; /* see prop.c */
	u8 *data; /* the value; unused where there is get */
	prop_get_fn get;
	prop_set_fn
		set; /* PROP_SET_MAX bytes at most; NULL: written to data, or if there is get, an error */
	void *owner; /* theirs */
	u32 len; /* of the value; 0: not set */
	u32 max;
	u32 allow_set, allow_get, allow_notify; /* bit N: VM N */
	u16 name_size; /* with its NUL */
	u16 vm; /* whose it is, 0: nobody's */
};

/* A name as it is looked up. */
struct prop_key {
	u64 words[PROP_NAME_WORDS];
	u32 len; /* without its NUL */
};

/* The property of that name, whose words need no zeroes yet, or NULL. Context: any. */
struct prop *prop_find(struct prop_key *key);

/* The same for a name of nk's own, or of the tree's. */
struct prop *prop_named(const char *name);

/* By id; NULL: there are no more. */
struct prop *prop_by_id(u32 pid);
u32 prop_id(const struct prop *p);

/* The n-th of a VM's own built-in ones, or NULL. */
struct prop *prop_of_vm(u32 id, enum prop_builtin n);

/*
 * Between begin and end a value stays as it is. Returns false when it is being written: VM id is
 * told when that is over. Context: any; what is between them is bounded, and waits for nothing.
 */
bool prop_read_begin(struct prop *p, u32 id);
void prop_read_end(struct prop *p);

/*
 * The same to write it; waits for the readers there are. end tells those who got false, and with
 * changed true all running VMs that may be notified; by: whose doing that is, NULL: nk's own.
 */
bool prop_write_begin(struct prop *p, u32 id);
void prop_write_end(struct prop *p, bool changed, struct vm *by);

/* nk itself writes, and waits for another writer. len: p->max at most. */
void prop_store(struct prop *p, const void *data, u32 len);

/* The part of prop_notify() that says which property it is. Returns who is to have NK_XIRQ_SYSCONF too. */
u32 prop_event(const struct prop *p, struct vm *by);

/* Tells all running VMs that may be notified; by: as above. Context: any, no vGIC lock held. */
void prop_notify(const struct prop *p, struct vm *by);

/* Memory for as long as nk runs, 8-byte aligned, zeroed, or NULL. Context: boot. */
void *prop_alloc(u64 size);

/* Fills in value, size, get and set of a built-in one. Returns 0, or -1 without memory. */
int prop_builtin_init(struct prop *p, enum prop_builtin n);

/* The same for those of a VM. */
int prop_vm_init(struct prop *p, enum prop_builtin n, const struct vm *vm);

/* A value that stays as it is. */
void prop_constant(struct prop *p, const void *data, u32 len);

/* A value of max bytes that is kept, not set at first. Returns 0, or -1 without memory. */
int prop_variable(struct prop *p, u32 max);

#endif
