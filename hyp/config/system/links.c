// SPDX-License-Identifier: Apache-2.0
/* From ends to vlinks: who is connected to whom, under which number, with how much memory. */
#include "config/system/system.h"
#include "lib/string.h"
#include "nk/svec.h"

#define PDEV_SIZE_DEFAULT KIB(16)
#define LINK_LAST 0x7fffffff

static bool is_hypevent(const struct cfg_vdev *d)
{
	return !strcmp(d->compatible, NK_HYPEVENT_NAME);
}

static const char *link_name(const struct cfg_system *s, const struct cfg_link *l)
{
	return s->vdevs[l->end[CFG_SERVER]].compatible;
}

static bool same_name(const struct cfg_system *s, const struct cfg_link *a,
		      const struct cfg_link *b)
{
	return !strcmp(link_name(s, a), link_name(s, b));
}

/* Whether a and b are the two directions of one pair. */
static bool is_pair(const struct cfg_link *a, const struct cfg_link *b)
{
	return a->end[CFG_SERVER] == b->end[CFG_CLIENT] && a->end[CFG_CLIENT] == b->end[CFG_SERVER];
}

static int fail_vdev(struct sys_parse *p, const struct cfg_vdev *d, const char *prop,
		     const char *right)
{
	struct dt_prop value = dt_get(p->fdt, d->node.at, prop);

	return dt_fail(p->err, p->fdt, d->node.at, prop, &value, "%s", right);
}

/* nk serves hypevent links, and nobody else does. */
static int check_name(struct sys_parse *p, const struct cfg_vdev *d)
{
	if (d->vm == NK_OS_NKERNEL && !is_hypevent(d))
		return fail_vdev(p, d, "compatible",
				 "\"" NK_HYPEVENT_NAME "\"; the hypervisor serves nothing else");
	if (d->vm != NK_OS_NKERNEL && is_hypevent(d) && d->dir != CFG_VDEV_CLIENT)
		return fail_vdev(p, d, "compatible",
				 "a client, since only the hypervisor serves these");
	return 0;
}

static void add_link(struct cfg_system *s, u32 server, u32 client, s32 number)
{
	struct cfg_link *l = &s->links[s->nr_links++];

	*l = (struct cfg_link){
		.end = {(u16)server, (u16)client},
		.number = number,
	};
}

static bool is_taken(const struct cfg_system *s, const char *name, s32 number)
{
	for (u32 i = 0; i < s->nr_links; i++)
		if (s->links[i].number == number && !strcmp(link_name(s, &s->links[i]), name))
			return true;
	return false;
}

/* Connects end j with the end i it names, as the nth one that does so. */
static int connect_ends(struct sys_parse *p, u32 i, u32 j, u32 n)
{
	struct cfg_system *s = p->s;
	const struct cfg_vdev *d = &s->vdevs[j], *peer = &s->vdevs[i];
	s64 number = peer->link >= 0 ? (s64)peer->link + n : d->link;

	if (d->link >= 0 && d->link != number)
		return fail_vdev(p, d, "link", "the number that the peer gives this link");
	if (number >= 0 && (number > LINK_LAST || is_taken(s, d->compatible, (s32)number)))
		return fail_vdev(p, peer->link >= 0 ? peer : d, "link",
				 "numbers that no other link of that name has");
	add_link(s, i, j, (s32)number);
	if (d->dir == CFG_VDEV_BOTH)
		add_link(s, j, i, (s32)number);
	return 0;
}

/* Whether j's naming i makes a link; where both name each other only one of them counts. */
static bool makes_link(const struct cfg_system *s, u32 i, u32 j)
{
	const struct cfg_vdev *d = &s->vdevs[j];

	if (d->peer != (s32)i || d->dir == CFG_VDEV_SERVER)
		return false;
	return d->dir == CFG_VDEV_CLIENT || s->vdevs[i].peer != (s32)j || i < j;
}

static int connect_all(struct sys_parse *p)
{
	struct cfg_system *s = p->s;

	for (u32 i = 0; i < s->nr_vdevs; i++) {
		u32 n = 0;

		for (u32 j = 0; j < s->nr_vdevs; j++)
			if (makes_link(s, i, j) && connect_ends(p, i, j, n++))
				return -1;
	}
	return 0;
}

/* nk's own endpoints grant nothing, and are granted nothing. */
static int check_grants(struct sys_parse *p, const struct cfg_link *l)
{
	const struct cfg_vdev *server = &p->s->vdevs[l->end[CFG_SERVER]];
	const struct cfg_vdev *client = &p->s->vdevs[l->end[CFG_CLIENT]];

	if (server->vm != NK_OS_NKERNEL || !(server->grants | client->grants))
		return 0;
	return fail_vdev(p, server->grants ? server : client, "grants",
			 "no such property: the hypervisor grants nothing, and takes nothing");
}

/* Gives each link of that name, from l on, the lowest number that is free. */
static void number_name(struct cfg_system *s, struct cfg_link *first)
{
	u64 used[CFG_LINKS_MAX / 64] = {0};
	struct cfg_link *end = s->links + s->nr_links;
	u32 next = 0;

	for (struct cfg_link *l = s->links; l < end; l++)
		if (l->number >= 0 && l->number < CFG_LINKS_MAX && same_name(s, first, l))
			used[l->number / 64] |= BIT(l->number % 64);
	for (struct cfg_link *l = first; l < end; l++) {
		if (l->number >= 0 || !same_name(s, first, l))
			continue;
		while (used[next / 64] & BIT(next % 64))
			next++;
		l->number = (s32)next;
		if (l + 1 < end && is_pair(l, l + 1))
			l[1].number = (s32)next;
		next++;
	}
}

/* What both ends want together; *given: one of them said so. */
static u64 pmem_quota(const struct cfg_system *s, const struct cfg_link *l, bool *given)
{
	const struct cfg_vdev *a = &s->vdevs[l->end[CFG_SERVER]];
	const struct cfg_vdev *b = &s->vdevs[l->end[CFG_CLIENT]];

	*given = a->has_pmem_quota || b->has_pmem_quota || a->vm == NK_OS_NKERNEL;
	return a->vm == NK_OS_NKERNEL ? 0 : MAX(a->pmem_quota, b->pmem_quota);
}

static u32 pdev_size(const struct cfg_system *s, const struct cfg_link *l)
{
	const struct cfg_vdev *a = &s->vdevs[l->end[CFG_SERVER]];
	u32 size = MAX(a->pdev_size, s->vdevs[l->end[CFG_CLIENT]].pdev_size);

	if (a->vm == NK_OS_NKERNEL)
		return sizeof(struct NkHypevent);
	return size ? size : (u32)PDEV_SIZE_DEFAULT;
}

/* Quotas first; links without one share equally what is left. */
static int share_memory(struct sys_parse *p)
{
	struct cfg_system *s = p->s;
	u64 left = s->pmem_size;
	u64 share = 0;
	u32 sharers = 0;
	bool given;

	for (struct cfg_link *l = s->links; l < s->links + s->nr_links; l++) {
		const struct cfg_vdev *d = &s->vdevs[l->end[CFG_SERVER]];

		l->pdev_size = pdev_size(s, l);
		l->pmem_size = pmem_quota(s, l, &given);
		sharers += !given;
		if (l->pmem_size > left)
			return fail_vdev(
				p,
				d->pmem_quota == l->pmem_size ? d : &s->vdevs[l->end[CFG_CLIENT]],
				"pmem-quota", "less: all of them together must fit pmem-size");
		left -= l->pmem_size;
	}
	if (sharers)
		share = ALIGN_DOWN(left / sharers, PAGE_SIZE);
	for (struct cfg_link *l = s->links; l < s->links + s->nr_links; l++) {
		pmem_quota(s, l, &given);
		if (!given)
			l->pmem_size = share;
	}
	return 0;
}

int sys_links(struct sys_parse *p)
{
	struct cfg_system *s = p->s;

	for (u32 i = 0; i < s->nr_vdevs; i++)
		if (check_name(p, &s->vdevs[i]))
			return -1;
	if (connect_all(p))
		return -1;
	for (struct cfg_link *l = s->links; l < s->links + s->nr_links; l++) {
		if (l->number < 0)
			number_name(s, l);
		if (check_grants(p, l))
			return -1;
	}
	return share_memory(p);
}
