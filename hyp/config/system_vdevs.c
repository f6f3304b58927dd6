// SPDX-License-Identifier: Apache-2.0
/* Ends of vlinks. */
#include "config/system.h"
#include "lib/string.h"

#define LINK_NAME_MAX 15 /* as NkDevVlink has it, without its NUL */
#define CLONES_MAX 31

enum {
	VDEV_COMPATIBLE,
	VDEV_INFO,
	VDEV_SERVER,
	VDEV_CLIENT,
	VDEV_PEER,
	VDEV_PEER_SHORT,
	VDEV_CLONE,
	VDEV_LINK,
	VDEV_CRITICAL,
	VDEV_PHANDLE,
	VDEV_NR
};

static const struct dt_rule rules[VDEV_NR] = {
	[VDEV_COMPATIBLE] = {"compatible", DT_STRING},
	[VDEV_INFO] = {"info", DT_STRINGS},
	[VDEV_SERVER] = {"server", DT_FLAG},
	[VDEV_CLIENT] = {"client", DT_FLAG},
	[VDEV_PEER] = {"peer-phandle", DT_CELL},
	/* What the manual's page of vg2d calls it. */
	[VDEV_PEER_SHORT] = {"peer-handle", DT_CELL},
	[VDEV_CLONE] = {"#clone", DT_COUNT},
	[VDEV_LINK] = {"link", DT_CELL},
	[VDEV_CRITICAL] = {"critical", DT_FLAG},
	[VDEV_PHANDLE] = {"phandle", DT_CELL},
};

static int read_clone(struct sys_parse *p, struct cfg_vdev *d, const struct dt_prop *clone)
{
	const char *text = dt_string(clone);

	d->clone = 1;
	if (!clone->data)
		return 0;
	d->clone_auto = text && !strcmp(text, "auto");
	if (d->clone_auto)
		return 0;
	d->clone = clone->len == 4 && !(text && text[0]) ? dt_cell(clone, 0) : 0;
	if (!d->clone || d->clone > CLONES_MAX)
		return dt_fail(p->err, p->s->fdt, d->node, "#clone", clone,
			       "1 to %d clients, or \"auto\" for as many as there are", CLONES_MAX);
	return 0;
}

static int read_direction(struct sys_parse *p, struct cfg_vdev *d, const struct dt_prop *v)
{
	if (v[VDEV_SERVER].data && v[VDEV_CLIENT].data)
		return dt_fail(p->err, p->s->fdt, d->node, "client", &v[VDEV_CLIENT],
			       "server or client, or neither for a link each way");
	if (v[VDEV_SERVER].data)
		d->dir = CFG_VDEV_SERVER;
	else if (v[VDEV_CLIENT].data)
		d->dir = CFG_VDEV_CLIENT;
	else
		d->dir = CFG_VDEV_BOTH;
	if (d->vm == 1 && d->dir != CFG_VDEV_SERVER)
		return dt_fail(p->err, p->s->fdt, d->node, "server", &v[VDEV_SERVER],
			       "server; the hypervisor's ends are servers");
	if (d->dir == CFG_VDEV_CLIENT && !d->peer_phandle)
		return dt_fail(p->err, p->s->fdt, d->node, "peer-phandle", &v[VDEV_PEER],
			       "the label of the server's node, as <&vnet>");
	return 0;
}

static int read_link_name(struct sys_parse *p, struct cfg_vdev *d, const struct dt_prop *v)
{
	const struct dt_prop *name = &v[VDEV_COMPATIBLE];

	d->compatible = dt_string(name);
	if (!d->compatible && d->peer_phandle)
		return 0; /* the other end has it */
	if (!d->compatible || !*d->compatible || name->len > LINK_NAME_MAX + 1)
		return dt_fail(p->err, p->s->fdt, d->node, "compatible", name,
			       "the vlink's name, 1 to %d characters", LINK_NAME_MAX);
	return 0;
}

static int read_vdev(struct sys_parse *p, u32 vm_id, int node)
{
	const void *fdt = p->s->fdt;
	struct dt_prop v[VDEV_NR];
	const struct dt_prop *peer;
	struct cfg_vdev *d;
	int child = dt_first_child(fdt, node);

	if (p->s->nr_vdevs == CFG_VDEVS_MAX)
		return cfg_fail_at(p->err, fdt, node, "compatible", "too many: at most %d vdevs",
				   CFG_VDEVS_MAX);
	if (child >= 0)
		return cfg_fail_at(p->err, fdt, node, dt_name(fdt, child),
				   "unknown: no nodes in a vdev");
	if (dt_read(fdt, node, rules, VDEV_NR, v, p->err))
		return -1;
	d = &p->s->vdevs[p->s->nr_vdevs++];
	memset(d, 0, sizeof(*d));
	d->vm = vm_id;
	d->node = node;
	d->phandle = v[VDEV_PHANDLE].data ? dt_cell(&v[VDEV_PHANDLE], 0) : 0;
	peer = v[VDEV_PEER].data ? &v[VDEV_PEER] : &v[VDEV_PEER_SHORT];
	d->peer_phandle = peer->data ? dt_cell(peer, 0) : 0;
	d->critical = v[VDEV_CRITICAL].data;
	d->link = v[VDEV_LINK].data ? (s32)dt_cell(&v[VDEV_LINK], 0) : -1;
	if (v[VDEV_LINK].data && d->link < 0)
		return dt_fail(p->err, fdt, node, "link", &v[VDEV_LINK], "0 to 0x7fffffff");
	if (read_direction(p, d, v) || read_link_name(p, d, v))
		return -1;
	return read_clone(p, d, &v[VDEV_CLONE]);
}

int sys_vdevs(struct sys_parse *p, u32 vm_id, int node)
{
	int child;

	if (node < 0)
		return 0;
	if (dt_read(p->s->fdt, node, NULL, 0, NULL, p->err))
		return -1;
	for (child = dt_first_child(p->s->fdt, node); child >= 0;
	     child = dt_next_child(p->s->fdt, child))
		if (read_vdev(p, vm_id, child))
			return -1;
	return 0;
}

static struct cfg_vdev *by_phandle(struct cfg_system *s, u32 phandle)
{
	u32 i;

	for (i = 0; i < s->nr_vdevs; i++)
		if (s->vdevs[i].phandle == phandle)
			return &s->vdevs[i];
	return NULL;
}

/* How many ends name this one as their peer. */
static u32 count_peers(const struct cfg_system *s, const struct cfg_vdev *d)
{
	u32 i, n = 0;

	for (i = 0; d->phandle && i < s->nr_vdevs; i++)
		n += s->vdevs[i].peer_phandle == d->phandle;
	return n;
}

static bool directions_match(const struct cfg_vdev *a, const struct cfg_vdev *b)
{
	static const enum cfg_vdev_dir other[] = {
		[CFG_VDEV_BOTH] = CFG_VDEV_BOTH,
		[CFG_VDEV_SERVER] = CFG_VDEV_CLIENT,
		[CFG_VDEV_CLIENT] = CFG_VDEV_SERVER,
	};

	return other[a->dir] == b->dir;
}

static int check_peer(struct sys_parse *p, struct cfg_vdev *d)
{
	const struct cfg_vdev *peer = by_phandle(p->s, d->peer_phandle);
	struct dt_prop value = dt_get(p->s->fdt, d->node, "peer-phandle");

	if (!peer || peer == d)
		return dt_fail(p->err, p->s->fdt, d->node, "peer-phandle", &value,
			       "the label of another end, in vdevs of a VM");
	if (peer->peer_phandle && peer->peer_phandle != d->phandle)
		return dt_fail(p->err, p->s->fdt, d->node, "peer-phandle", &value,
			       "an end that has no other peer");
	if (!directions_match(d, peer))
		return dt_fail(p->err, p->s->fdt, d->node, "peer-phandle", &value,
			       "a client names a server, or neither end has a direction");
	if (!d->compatible)
		d->compatible = peer->compatible;
	if (!peer->compatible || strcmp(d->compatible, peer->compatible))
		return dt_fail(p->err, p->s->fdt, d->node, "peer-phandle", &value,
			       "an end with the same compatible, it has \"%s\"",
			       peer->compatible ? peer->compatible : "");
	return 0;
}

static int check_clones(struct sys_parse *p, const struct cfg_vdev *d)
{
	struct dt_prop clone = dt_get(p->s->fdt, d->node, "#clone");
	u32 n = count_peers(p->s, d);

	if (!d->clone_auto && n > d->clone)
		return dt_fail(p->err, p->s->fdt, d->node, "#clone", &clone,
			       "%u, the number of ends that name this one as peer, or \"auto\"", n);
	return 0;
}

/* A link's number is its own among the links of that name. */
static int check_link(struct sys_parse *p, u32 index)
{
	const struct cfg_vdev *d = &p->s->vdevs[index];
	struct dt_prop value;
	u32 i;

	if (d->link < 0 || d->peer_phandle)
		return 0;
	for (i = 0; i < index; i++) {
		const struct cfg_vdev *other = &p->s->vdevs[i];

		if (other->link != d->link || other->peer_phandle ||
		    strcmp(other->compatible, d->compatible))
			continue;
		value = dt_get(p->s->fdt, d->node, "link");
		return dt_fail(p->err, p->s->fdt, d->node, "link", &value,
			       "a number that no other \"%s\" has", d->compatible);
	}
	return 0;
}

int sys_check_vdevs(struct sys_parse *p)
{
	u32 i;

	for (i = 0; i < p->s->nr_vdevs; i++) {
		if (p->s->vdevs[i].peer_phandle && check_peer(p, &p->s->vdevs[i]))
			return -1;
		if (check_clones(p, &p->s->vdevs[i]) || check_link(p, i))
			return -1;
	}
	return 0;
}
