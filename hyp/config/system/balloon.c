// SPDX-License-Identifier: Apache-2.0
/* The node `balloon` of /hyp: memory that moves between VMs. */
#include "config/system/system.h"

enum { BALLOON_SIZE, BALLOON_HOST, BALLOON_TAKERS, BALLOON_NR };

static const struct dt_rule rules[BALLOON_NR] = {
	[BALLOON_SIZE] = {"size", "bytes in one or two cells, a multiple of 2 MiB (0x200000)",
			  BLOCK_SIZE, 0, DT_NUMBER, true},
	[BALLOON_HOST] = {"host", "one cell, the id of a VM that there is", NK_VM_ID_FIRST,
			  NK_VM_ID_MAX, DT_CELL, true},
	[BALLOON_TAKERS] = {"takers", "ids of other VMs, as \"3,4\", or \"*\" for all of them", 1,
			    0, DT_LIST, true},
};
DT_RULES_FIT(BALLOON_NR);

static int read_balloon(struct sys_parse *p, struct dt_view *w)
{
	if (dt_read(w, p->fdt, p->s->balloon.node.at, rules, BALLOON_NR, p->err))
		return -1;
	return dt_read_children(p->fdt, p->s->balloon.node.at, NULL, 0, NULL, p->err);
}

int sys_balloon(struct sys_parse *p, int node)
{
	struct dt_view w;

	p->s->balloon = (struct cfg_balloon){.node = {p->fdt, node}};
	if (node < 0)
		return 0;
	if (read_balloon(p, &w))
		return -1;
	p->s->balloon.size = dt_number(&w.v[BALLOON_SIZE]);
	p->s->balloon.host = dt_cell(&w.v[BALLOON_HOST], 0);
	if (p->s->balloon.size > p->ram_left)
		return dt_wrong(&w, BALLOON_SIZE, "at most %llu MiB, what is left of the RAM",
				(unsigned long long)(p->ram_left >> 20));
	p->ram_left -= p->s->balloon.size;
	return 0;
}

int sys_check_balloon(struct sys_parse *p)
{
	struct cfg_balloon *b = &p->s->balloon;
	struct dt_view w;

	if (!b->host)
		return 0;
	if (read_balloon(p, &w))
		return -1;
	if (!(p->vms >> b->host & 1))
		return dt_wrong(&w, BALLOON_HOST, NULL);
	return sys_vm_list(&w, BALLOON_TAKERS, p->vms & ~(1u << b->host), &b->takers);
}
