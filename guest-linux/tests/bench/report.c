// SPDX-License-Identifier: GPL-2.0-only
/* Rounds from the client to the server and back, and what they took. */
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include "bench.h"

/* A lost interrupt never comes; one that is late on a busy host of the emulator does. */
#define ROUND_TIMEOUT (5 * HZ)
#define CONNECT_TIMEOUT HZ

struct figure {
	const char *name;
	u64 min, max, sum;
};

static void count(struct figure *f, s64 ticks)
{
	u64 value = max_t(s64, ticks, 0); /* the peer's word counts for no more */

	f->min = min(f->min, value);
	f->max = max(f->max, value);
	f->sum += value;
}

static u64 to_ns(u64 ticks)
{
	return mul_u64_u64_div_u64(ticks, NSEC_PER_SEC, read_sysreg(cntfrq_el0));
}

static void print(struct seq_file *m, const struct figure *f, unsigned int rounds)
{
	u64 average = div_u64(f->sum, rounds);

	seq_printf(m, "%-18s %9llu %9llu %9llu %9llu %9llu %9llu\n", f->name, to_ns(f->min),
		   mul_u64_u64_div_u64(f->sum, NSEC_PER_SEC, read_sysreg(cntfrq_el0) * rounds),
		   to_ns(f->max), f->min, average, f->max);
}

static int run_round(struct bench_end *e, struct figure *f)
{
	unsigned long left;
	u64 woken;

	reinit_completion(&e->echo);
	e->posted = bench_ticks();
	vlink_trigger(e->vlink, e->to_peer);
	left = wait_for_completion_timeout(&e->echo, ROUND_TIMEOUT);
	woken = bench_ticks();
	if (!left)
		return -ETIMEDOUT;
	count(&f[0], READ_ONCE(e->shared->handler) - e->offset - e->posted);
	count(&f[1], woken - e->handled);
	count(&f[2], e->handled - e->posted);
	return 0;
}

int bench_report(struct seq_file *m, struct bench_end *e, unsigned int rounds)
{
	struct figure f[] = {
		{.name = "post-to-handler", .min = U64_MAX},
		{.name = "handler-to-thread", .min = U64_MAX},
		{.name = "round-trip", .min = U64_MAX},
	};

	seq_printf(m, "link %d: vm%u -> vm%u, ", e->vlink->number, e->vlink->id, e->vlink->id_peer);
	if (vlink_wait_up(e->vlink, CONNECT_TIMEOUT)) {
		seq_puts(m, "not connected\n");
		return 0;
	}
	for (unsigned int i = 0; i < rounds; i++) {
		int err = run_round(e, f);

		if (err) {
			seq_printf(m,
				   "no echo in round %u, the peer's handler ran %lld ticks after "
				   "the post\n",
				   i, (s64)(READ_ONCE(e->shared->handler) - e->offset - e->posted));
			return 0;
		}
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	seq_printf(m, "%u rounds, %llu Hz\n", rounds, read_sysreg(cntfrq_el0));
	seq_printf(m, "%-18s %9s %9s %9s %9s %9s %9s\n", "", "min-ns", "avg-ns", "max-ns",
		   "min-ticks", "avg-ticks", "max-ticks");
	for (unsigned int i = 0; i < ARRAY_SIZE(f); i++)
		print(m, &f[i], rounds);
	return 0;
}
