// SPDX-License-Identifier: Apache-2.0
/* The node `monitoring` of /hyp: what nk keeps about what it does. */
#include "config/system/system.h"
#include "lib/string.h"
#include "nk/monitor.h"

#define LOG_SIZE "bytes of each CPU's ring, a power of two, 4 KiB to 16 MiB; <0>: no rings"

enum { MONITOR_LOG_SIZE, MONITOR_ENABLE, MONITOR_NR };

static const struct dt_rule rules[MONITOR_NR] = {
	[MONITOR_LOG_SIZE] = {"log-size", LOG_SIZE, 0, CFG_EVENT_LOG_MAX, DT_CELL, false},
	[MONITOR_ENABLE] = {"enable", "one cell, 0 to 3, what nk.monitoring.enable begins with", 0,
			    NK_MONITOR_COUNTERS | NK_MONITOR_EVENTS, DT_CELL, false},
};
DT_RULES_FIT(MONITOR_NR);

enum { STATS_COMPATIBLE, STATS_BUCKETS, STATS_FIRST, STATS_MATRICES, STATS_NR };

#define FIRST "nanoseconds that the first bucket is below, 100 to 1000000"
#define MATRICES                                                                                   \
	"of \"hwirq-exec\", \"hwirq-wait\", \"hwirq-latency\", \"hwirq-vswitch\", "                \
	"\"hcall-exec\", "                                                                         \
	"\"hcall-wait\", \"trap-exec\", \"trap-wait\", \"vdev-acc-exec\" and \"vdev-acc-wait\""

static const struct dt_rule stats_rules[STATS_NR] = {
	[STATS_COMPATIBLE] = {"compatible", "\"vl,evt-stats\"", 1, ~0u, DT_STRING, true},
	[STATS_BUCKETS] = {"buckets", "one cell, 2 to 7", 2, NK_STAT_BUCKETS, DT_CELL, false},
	[STATS_FIRST] = {"first-bucket", FIRST, 100, 1000000, DT_CELL, false},
	[STATS_MATRICES] = {"matrices", MATRICES, 0, 0, DT_STRINGS, false},
};
DT_RULES_FIT(STATS_NR);

static const struct {
	const char *name;
	u32 matrix;
} matrices[] = {
	{"hwirq-exec", NK_STAT_HWIRQ_EXEC},	  {"hwirq-wait", NK_STAT_HWIRQ_WAIT},
	{"hwirq-latency", NK_STAT_HWIRQ_LATENCY}, {"hwirq-vswitch", NK_STAT_HWIRQ_VSWITCH},
	{"hcall-exec", NK_STAT_HCALL_EXEC},	  {"hcall-wait", NK_STAT_HCALL_WAIT},
	{"trap-exec", NK_STAT_TRAP_EXEC},	  {"trap-wait", NK_STAT_TRAP_WAIT},
	{"vdev-acc-exec", NK_STAT_VDEV_EXEC},	  {"vdev-acc-wait", NK_STAT_VDEV_WAIT},
};

static u32 matrix_bit(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(matrices); i++)
		if (!strcmp(matrices[i].name, name))
			return 1U << matrices[i].matrix;
	return 0;
}

/* Those that only count are always there. */
static int read_matrices(const struct dt_view *w, u32 *mask)
{
	const struct dt_prop *names = &w->v[STATS_MATRICES];
	const char *name, *end;

	*mask = ((1U << NK_STAT_HWIRQ_EXEC) - 1) | 1U << NK_STAT_VCPU_TIME;
	if (!names->data) {
		*mask = (1U << NK_STAT_NR) - 1;
		return 0;
	}
	name = names->data;
	end = name + names->len;
	for (; name < end; name += strlen(name) + 1) {
		u32 bit = matrix_bit(name);

		if (!bit)
			return dt_wrong(w, STATS_MATRICES, NULL);
		*mask |= bit;
	}
	return 0;
}

static int read_stats(struct sys_parse *p, int node)
{
	struct cfg_monitor *m = &p->s->monitor;
	struct dt_view w;

	if (node < 0)
		return 0;
	if (dt_read(&w, p->fdt, node, stats_rules, STATS_NR, p->err) ||
	    dt_read_children(p->fdt, node, NULL, 0, NULL, p->err))
		return -1;
	if (strcmp(w.v[STATS_COMPATIBLE].data, "vl,evt-stats"))
		return dt_wrong(&w, STATS_COMPATIBLE, NULL);
	if (w.v[STATS_BUCKETS].data)
		m->nr_buckets = dt_cell(&w.v[STATS_BUCKETS], 0);
	if (w.v[STATS_FIRST].data)
		m->first_bucket_ns = dt_cell(&w.v[STATS_FIRST], 0);
	return read_matrices(&w, &m->matrices);
}

static int read_log_size(const struct dt_view *w, u32 *size)
{
	if (w->v[MONITOR_LOG_SIZE].data)
		*size = dt_cell(&w->v[MONITOR_LOG_SIZE], 0);
	return *size & (*size - 1) || (*size && *size < PAGE_SIZE)
		       ? dt_wrong(w, MONITOR_LOG_SIZE, NULL)
		       : 0;
}

int sys_monitor(struct sys_parse *p, int node)
{
	static const char *const parts[] = {"stats"};
	struct cfg_monitor *m = &p->s->monitor;
	struct dt_view w;
	int stats;

	*m = (struct cfg_monitor){
		.node = {p->fdt, node},
		.on = node >= 0,
		.log_size = CFG_EVENT_LOG,
		.nr_buckets = 4,
		.first_bucket_ns = 2000,
	};
	if (node < 0)
		return 0;
	if (dt_read(&w, p->fdt, node, rules, MONITOR_NR, p->err) ||
	    dt_read_children(p->fdt, node, parts, 1, &stats, p->err) ||
	    read_log_size(&w, &m->log_size))
		return -1;
	m->enable = w.v[MONITOR_ENABLE].data ? dt_cell(&w.v[MONITOR_ENABLE], 0) : 0;
	if ((m->enable & NK_MONITOR_EVENTS) && !m->log_size)
		return dt_wrong(&w, MONITOR_ENABLE, "0 or 1, as there is no log");
	if ((u64)m->log_size * p->b->nr_cpus > p->ram_left)
		return dt_wrong(&w, MONITOR_LOG_SIZE,
				"at most %llu MiB for all CPUs, what is left of the RAM",
				(unsigned long long)(p->ram_left >> 20));
	p->ram_left -= (u64)m->log_size * p->b->nr_cpus;
	return read_stats(p, stats);
}
