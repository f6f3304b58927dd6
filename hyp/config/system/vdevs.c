// SPDX-License-Identifier: Apache-2.0
/* Endpoints of vlinks. */
#include "config/system/system.h"
#include "lib/string.h"
#include "nk/vlink.h"

#define LINK_NAME_MAX 15 /* as NkDevVlink has it, without its NUL */
#define INFO_MAX (NK_VLINK_INFO_BYTES / 2) /* of each end, NULs included */
#define PEER "the label of another endpoint, in vdevs of a VM, as <&net>"

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
	VDEV_PDEV,
	VDEV_PMEM,
	VDEV_XIRQ,
	VDEV_GRANTS,
	VDEV_NR
};

static const struct dt_rule rules[VDEV_NR] = {
	[VDEV_COMPATIBLE] = {"compatible", "the vlink's name, 1 to 15 characters", 1, LINK_NAME_MAX,
			     DT_STRING, false},
	[VDEV_INFO] = {"info", "strings for the driver", 0, 0, DT_STRINGS, false},
	[VDEV_SERVER] = {"server", "no value, its presence is all", 0, 0, DT_FLAG, false},
	[VDEV_CLIENT] = {"client", "no value, and no server beside it", 0, 0, DT_FLAG, false},
	[VDEV_PEER] = {"peer-phandle", PEER, 1, ~0u, DT_CELL, false},
	/* What the manual's page of vg2d calls it. */
	[VDEV_PEER_SHORT] = {"peer-handle", PEER, 1, ~0u, DT_CELL, false},
	[VDEV_CLONE] = {"#clone", "1 to 31 clients, or \"auto\" for as many as there are", 1, 31,
			DT_COUNT_AUTO, false},
	[VDEV_LINK] = {"link", "one cell, 0 to 0x7fffffff", 0, 0x7fffffff, DT_CELL, false},
	[VDEV_CRITICAL] = {"critical", "no value, its presence is all", 0, 0, DT_FLAG, false},
	[VDEV_PHANDLE] = {"phandle", "one cell", 1, ~0u, DT_CELL, false},
	[VDEV_PDEV] = {"pdev-size", "one cell, 1 to 0x1000000 bytes", 1, MIB(16), DT_CELL, false},
	[VDEV_PMEM] = {"pmem-quota", "one or two cells, a multiple of 4 KiB", PAGE_SIZE, 0,
		       DT_NUMBER, false},
	[VDEV_XIRQ] = {"xirq-quota", "one cell, 0 to 255", 0, 255, DT_CELL, false},
	[VDEV_GRANTS] = {"grants", "one cell, 0 to 65536 pages", 0, CFG_GRANTS_MAX, DT_CELL, false},
};
DT_RULES_FIT(VDEV_NR);

static int check_vdev(const struct cfg_vdev *d, const struct dt_view *w)
{
	if (w->v[VDEV_INFO].len > INFO_MAX)
		return dt_wrong(w, VDEV_INFO, "2048 bytes at most");
	if (w->v[VDEV_SERVER].data && w->v[VDEV_CLIENT].data)
		return dt_wrong(w, VDEV_CLIENT, NULL);
	if (d->vm == 1 && d->dir != CFG_VDEV_SERVER)
		return dt_wrong(w, VDEV_SERVER, "server; the hypervisor's endpoints are servers");
	if (d->dir == CFG_VDEV_CLIENT && !d->peer_phandle)
		return dt_wrong(w, VDEV_PEER, NULL);
	/* Where there is a peer, that one may have the name. */
	if (!d->compatible && !d->peer_phandle)
		return dt_wrong(w, VDEV_COMPATIBLE, NULL);
	return 0;
}

static int read_vdev(struct sys_parse *p, int node, u32 vm_id)
{
	struct cfg_vdev *d = &p->s->vdevs[p->s->nr_vdevs];
	const struct dt_prop *v;
	struct dt_view w;

	if (p->s->nr_vdevs == CFG_VDEVS_MAX)
		return dt_fail_at(p->err, p->fdt, node, "compatible", "too many: at most %d vdevs",
				  CFG_VDEVS_MAX);
	if (dt_read(&w, p->fdt, node, rules, VDEV_NR, p->err) ||
	    dt_read_children(p->fdt, node, NULL, 0, NULL, p->err))
		return -1;
	v = w.v;
	*d = (struct cfg_vdev){
		.vm = vm_id,
		.node = {p->fdt, node},
		.compatible = v[VDEV_COMPATIBLE].data,
		.info = v[VDEV_INFO].data,
		.info_len = v[VDEV_INFO].len,
		.phandle = dt_count(&v[VDEV_PHANDLE]),
		.peer_phandle = dt_count(&v[v[VDEV_PEER].data ? VDEV_PEER : VDEV_PEER_SHORT]),
		.dir = v[VDEV_SERVER].data   ? CFG_VDEV_SERVER
		       : v[VDEV_CLIENT].data ? CFG_VDEV_CLIENT
					     : CFG_VDEV_BOTH,
		.clone = v[VDEV_CLONE].data ? dt_count(&v[VDEV_CLONE]) : 1,
		.link = v[VDEV_LINK].data ? (s32)dt_cell(&v[VDEV_LINK], 0) : -1,
		.critical = v[VDEV_CRITICAL].data,
		.pdev_size = dt_count(&v[VDEV_PDEV]),
		.has_pmem_quota = v[VDEV_PMEM].data,
		.pmem_quota = dt_number(&v[VDEV_PMEM]),
		.has_xirq_quota = v[VDEV_XIRQ].data,
		.xirq_quota = dt_count(&v[VDEV_XIRQ]),
		.grants = dt_count(&v[VDEV_GRANTS]),
		.peer = -1,
	};
	d->clone_auto = !d->clone;
	d->clone += d->clone_auto;
	p->s->nr_vdevs++;
	return check_vdev(d, &w);
}

int sys_vdevs(struct sys_parse *p, u32 vm_id, int node)
{
	return sys_each_child(p, node, vm_id, read_vdev);
}

static const char *check_peer(struct cfg_vdev *d, const struct cfg_vdev *peer)
{
	static const u8 other[] = {
		[CFG_VDEV_BOTH] = CFG_VDEV_BOTH,
		[CFG_VDEV_SERVER] = CFG_VDEV_CLIENT,
		[CFG_VDEV_CLIENT] = CFG_VDEV_SERVER,
	};

	if (peer->peer_phandle && peer->peer_phandle != d->phandle)
		return "an endpoint that has no other peer";
	if (other[d->dir] != peer->dir)
		return "a client names a server, or neither endpoint has a direction";
	if (!d->compatible)
		d->compatible = peer->compatible;
	if (!peer->compatible || strcmp(d->compatible, peer->compatible))
		return "an endpoint with the same compatible";
	return NULL;
}

/* Checks one end against all others. Returns what would be right, or NULL; *which: the rule. */
static const char *check_links(struct cfg_system *s, struct cfg_vdev *d, u32 *which)
{
	const struct cfg_vdev *peer = NULL;
	struct cfg_vdev *o;
	u32 clients = 0;

	for (o = s->vdevs; o < s->vdevs + s->nr_vdevs; o++) {
		if (o == d)
			continue;
		if (d->phandle && o->peer_phandle == d->phandle)
			clients++;
		if (d->peer_phandle && o->phandle == d->peer_phandle)
			peer = o;
		*which = VDEV_LINK;
		if (d->link >= 0 && o->link == d->link && !d->peer_phandle && !o->peer_phandle &&
		    !strcmp(o->compatible, d->compatible))
			return "a number that no other link of that name has";
	}
	*which = VDEV_CLONE;
	if (!d->clone_auto && clients > d->clone)
		return "as many as name this endpoint as peer, or \"auto\"";
	*which = VDEV_PEER;
	if (!d->peer_phandle)
		return NULL;
	if (!peer)
		return PEER;
	d->peer = (s32)(peer - s->vdevs);
	return check_peer(d, peer);
}

int sys_check_vdevs(struct sys_parse *p)
{
	u32 i;

	for (i = 0; i < p->s->nr_vdevs; i++) {
		struct cfg_vdev *d = &p->s->vdevs[i];
		struct dt_prop value;
		const char *right;
		u32 which;

		right = check_links(p->s, d, &which);
		if (!right)
			continue;
		value = dt_get(p->fdt, d->node.at, rules[which].name);
		return dt_fail(p->err, p->fdt, d->node.at, rules[which].name, &value, "%s", right);
	}
	return 0;
}
