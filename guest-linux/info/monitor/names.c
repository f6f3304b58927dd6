// SPDX-License-Identifier: GPL-2.0-only
/* The events' names: those of NK_EVT_ID_*, in small letters. */
#include <linux/export.h>
#include <linux/string.h>
#include "monitor.h"

static const char *const names[NK_EVT_ID_LIMIT] = {
	[NK_EVT_ID_CPU_START] = "cpu_start",
	[NK_EVT_ID_CPU_STOP] = "cpu_stop",
	[NK_EVT_ID_INTR_ENTER] = "intr_enter",
	[NK_EVT_ID_INTR_LEAVE] = "intr_leave",
	[NK_EVT_ID_INTR_EL2_ENTER] = "intr_el2_enter",
	[NK_EVT_ID_INTR_EL2_LEAVE] = "intr_el2_leave",
	[NK_EVT_ID_IRQ_SELECT] = "irq_select",
	[NK_EVT_ID_IRQ_POST] = "irq_post",
	[NK_EVT_ID_CPU_TO_EL3] = "cpu_to_el3",
	[NK_EVT_ID_CPU_FROM_EL3] = "cpu_from_el3",
	[NK_EVT_ID_CPU_IDLE_ENTER] = "cpu_idle_enter",
	[NK_EVT_ID_CPU_IDLE_LEAVE] = "cpu_idle_leave",
	[NK_EVT_ID_TRAP_ENTER] = "trap_enter",
	[NK_EVT_ID_TRAP_LEAVE] = "trap_leave",
	[NK_EVT_ID_HYP_CALL] = "hyp_call",
	[NK_EVT_ID_VCPU_TO_EL3] = "vcpu_to_el3",
	[NK_EVT_ID_VCPU_FROM_EL3] = "vcpu_from_el3",
	[NK_EVT_ID_VCPU_START] = "vcpu_start",
	[NK_EVT_ID_VCPU_STOP] = "vcpu_stop",
	[NK_EVT_ID_VCPU_SUSPEND_REQUEST] = "vcpu_suspend_request",
	[NK_EVT_ID_VCPU_RESUME_REQUEST] = "vcpu_resume_request",
	[NK_EVT_ID_VDEV_LOAD] = "vdev_load",
	[NK_EVT_ID_VDEV_STORE] = "vdev_store",
	[NK_EVT_ID_VIRQ_ASSERT] = "virq_assert",
	[NK_EVT_ID_VCPU_SWITCH_OUT] = "vcpu_switch_out",
	[NK_EVT_ID_VCPU_SWITCH_IN] = "vcpu_switch_in",
	[NK_EVT_ID_VCPU_IDLE_ENTER] = "vcpu_idle_enter",
	[NK_EVT_ID_VCPU_IDLE_LEAVE] = "vcpu_idle_leave",
	[NK_EVT_ID_VM_STOP] = "vm_stop",
	[NK_EVT_ID_VM_START] = "vm_start",
	[NK_EVT_ID_VM_SUSPEND_REQUEST] = "vm_suspend_request",
	[NK_EVT_ID_VM_RESUME_REQUEST] = "vm_resume_request",
	[NK_EVT_ID_VM_LOADING] = "vm_loading",
	[NK_EVT_ID_VM_LOADED] = "vm_loaded",
	[NK_EVT_ID_VM_FATAL] = "vm_fatal",
	[NK_EVT_ID_IRQ_SPURIOUS] = "irq_spurious",
	[NK_EVT_ID_IRQ_THROTTLE] = "irq_throttle",
	[NK_EVT_ID_VM_S2R_ENTER] = "vm_s2r_enter",
	[NK_EVT_ID_VM_S2R_LEAVE] = "vm_s2r_leave",
	[NK_EVT_ID_S2R_ENTER] = "s2r_enter",
	[NK_EVT_ID_S2R_LEAVE] = "s2r_leave",
	[NK_EVT_ID_RANGE_USER_BASE] = "usr_0",
	[NK_EVT_ID_RANGE_USER_BASE + 1] = "usr_1",
	[NK_EVT_ID_RANGE_USER_BASE + 2] = "usr_2",
	[NK_EVT_ID_RANGE_USER_BASE + 3] = "usr_3",
	[NK_EVT_ID_RANGE_USER_BASE + 4] = "usr_4",
	[NK_EVT_ID_RANGE_USER_BASE + 5] = "usr_5",
	[NK_EVT_ID_RANGE_USER_BASE + 6] = "usr_6",
	[NK_EVT_ID_RANGE_USER_BASE + 7] = "usr_7",
};

const char *monitor_event_name(unsigned int type)
{
	return type < NK_EVT_ID_LIMIT ? names[type] : NULL;
}
EXPORT_SYMBOL_GPL(monitor_event_name);

int monitor_event_type(const char *name, size_t len)
{
	int type;

	for (type = 0; type < NK_EVT_ID_LIMIT; type++) {
		if (names[type] && strlen(names[type]) == len && !memcmp(names[type], name, len))
			return type;
	}
	return -1;
}
EXPORT_SYMBOL_GPL(monitor_event_type);
