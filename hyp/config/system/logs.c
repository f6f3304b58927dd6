// SPDX-License-Identifier: Apache-2.0
/* The child `logs` of hyp: circular logs, and who may write and read them. */
#include "config/system/system.h"
#include "lib/string.h"

#define VMS "ids of VMs that there are, as \"2,4-5\", or \"*\""

enum { LOG_SIZE, LOG_WRITERS, LOG_READERS, LOG_NR };

static const struct dt_rule rules[LOG_NR] = {
	[LOG_SIZE] = {"size", "a multiple of 4 KiB, at most 1 MiB (0x100000)", PAGE_SIZE, MIB(1),
		      DT_NUMBER, true},
	[LOG_WRITERS] = {"writers", VMS, 1, 0, DT_LIST, false},
	[LOG_READERS] = {"readers", VMS, 1, 0, DT_LIST, false},
};
DT_RULES_FIT(LOG_NR);

int sys_vlog(struct sys_parse *p, int node, u32 vms)
{
	const char *name = dt_name(p->fdt, node);
	u32 nr = p->s->nr_vlogs;
	struct cfg_vlog *log = &p->s->vlog[nr];
	struct dt_view w;

	if (nr == NK_LOGS || strncmp(name, "log@", 4) || (u8)name[4] != '0' + nr || name[5])
		return dt_fail_at(p->err, p->fdt, node, "name",
				  "unknown: log@0 to log@7, in this order");
	log->node = (struct cfg_node){p->fdt, node};
	if (dt_read(&w, p->fdt, node, rules, LOG_NR, p->err) ||
	    dt_read_children(p->fdt, node, NULL, 0, NULL, p->err) ||
	    sys_vm_list(&w, LOG_WRITERS, vms, &log->writers) ||
	    sys_vm_list(&w, LOG_READERS, vms, &log->readers))
		return -1;
	log->size = (u32)dt_number(&w.v[LOG_SIZE]);
	p->s->nr_vlogs++;
	return 0;
}
