// SPDX-License-Identifier: GPL-2.0-only
/* vrtc-fe: /proc/vrtc. Source: VRTC_FE(4D). */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include "fe.h"

static const char *const names[VRTC_CMD_MAX] = {
	[VRTC_CMD_OPEN] = "open",
	[VRTC_CMD_RELEASE] = "release",
	[VRTC_CMD_IOCTL_RTC_AIE_ON] = "aie_on",
	[VRTC_CMD_IOCTL_RTC_AIE_OFF] = "aie_off",
	[VRTC_CMD_IOCTL_RTC_UIE_ON] = "uie_on",
	[VRTC_CMD_IOCTL_RTC_UIE_OFF] = "uie_off",
	[VRTC_CMD_IOCTL_RTC_PIE_ON] = "pie_on",
	[VRTC_CMD_IOCTL_RTC_PIE_OFF] = "pie_off",
	[VRTC_CMD_IOCTL_RTC_WIE_ON] = "wie_on",
	[VRTC_CMD_IOCTL_RTC_WIE_OFF] = "wie_off",
	[VRTC_CMD_READ_TIME] = "read_time",
	[VRTC_CMD_SET_TIME] = "set_time",
	[VRTC_CMD_READ_ALARM] = "read_alarm",
	[VRTC_CMD_SET_ALARM] = "set_alarm",
	[VRTC_CMD_IRQ_SET_STATE] = "irq_set_state",
	[VRTC_CMD_IRQ_SET_FREQ] = "irq_set_freq",
};

static void show_end(struct seq_file *seq, const struct vrtc_fe *v)
{
	const struct vcall_end *end = v->end;

	seq_printf(seq, "RPC buffer 0x%p cxirq %d cxid 0x%x IRQ pshared 0x%lx\n",
		   vrpc_data(end->vrpc), end->xirq, end->handler, (unsigned long)end->events_pa);
	seq_printf(seq, "IRQ vshared 0x%p IRQ events 0x%lx irq_wake_enabled %d\n", end->events,
		   end->nr_events, v->irq_wake_enabled);
	for (u32 i = 0; i < VRTC_CMD_MAX; i++)
		seq_printf(seq, "%s %d\n", names[i], atomic_read(&v->calls[i]));
	seq_printf(seq, "interrupts %lu update %lu alarm %lu periodic %lu\n", end->nr_events,
		   v->updates, v->alarms, v->periods);
}

static int show(struct seq_file *seq, void *unused)
{
	struct vcall_end *end;

	vcall_for_each(end, &vrtc_family) {
		struct vrtc_fe *v = end->private;

		seq_printf(seq, "VLX VRTC frontend. RTC is %sregistered.\n",
			   READ_ONCE(v->rtc) ? "" : "not ");
		if (READ_ONCE(v->rtc))
			show_end(seq, v);
	}
	return 0;
}

int vrtc_proc_add(void)
{
	return proc_create_single("vrtc", 0444, NULL, show) ? 0 : -ENOMEM;
}

void vrtc_proc_remove(void)
{
	remove_proc_entry("vrtc", NULL);
}
