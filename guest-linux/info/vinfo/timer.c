// SPDX-License-Identifier: GPL-2.0-only
/* /proc/nk/counter-timer-offset: from 1970 to the beginning of nk's counter, in its ticks. */
#include <linux/arm-smccc.h>
#include <linux/ktime.h>
#include <nk/hypercall.h>
#include "vinfo.h"

static u64 timer(u32 nr)
{
	struct arm_smccc_res res;

	arm_smccc_hvc(NK_HC_FID(nr), 0, 0, 0, 0, 0, 0, 0, &res);
	return res.a0;
}

int vinfo_show_counter_offset(struct seq_file *seq, void *v)
{
	u64 freq = timer(NK_HC_TIMER_GETFREQ);
	struct timespec64 now;
	u64 before;
	u64 after;
	u64 date;

	before = timer(NK_HC_TIMER_GETCOUNT);
	ktime_get_real_ts64(&now);
	after = timer(NK_HC_TIMER_GETCOUNT);
	date = now.tv_sec * freq + now.tv_nsec * freq / NSEC_PER_SEC;
	seq_printf(seq, "%lld\n", (s64)(date - before - (after - before) / 2));
	return 0;
}
