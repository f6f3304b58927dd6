// SPDX-License-Identifier: Apache-2.0
/* Time tables in ticks. Frames of all CPUs begin at the same moments, so windows side by side stay so. */
#include "core/sched/table.h"
#include "arch/cpu.h"
#include "core/system.h"
#include "lib/pages.h"

static struct sched_table *tables[CFG_TABLES_MAX];

u64 sched_ticks(u64 us)
{
	return us * arch_ticks_hz() / 1000000;
}

static void make_table(struct sched_table *t, const struct cfg_table *cfg)
{
	t->frame = sched_ticks(cfg->frame_us);
	t->nr_windows = cfg->nr_windows;
	for (u32 i = 0; i < cfg->nr_windows; i++) {
		const struct cfg_window *w = &cfg->window[i];

		t->window[i] = (struct sched_window){
			.start = sched_ticks(w->start_us),
			.end = sched_ticks(w->start_us + w->length_us),
			.vms = w->vms,
			.others = w->others,
		};
	}
}

int sched_tables_create(struct cfg_error *err)
{
	for (u32 i = 0; i < sys_config.nr_tables; i++) {
		tables[i] = pages_alloc_bytes(sizeof(*tables[i]));
		if (!tables[i])
			return cfg_fail_at(err, &sys_config.hyp, "schedule",
					   "nk's own memory ran out: fewer time tables");
		make_table(tables[i], &sys_config.table[i]);
	}
	return 0;
}

const struct sched_table *sched_table_of(u32 cpu)
{
	for (u32 i = 0; i < sys_config.nr_tables; i++)
		if (sys_config.table[i].cpus >> cpu & 1)
			return tables[i];
	return NULL;
}
