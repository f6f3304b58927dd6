// SPDX-License-Identifier: GPL-2.0-only
/* What a matrix has a line of, by its name. */
#include <linux/kernel.h>
#include <linux/string.h>
#include <nk/nkern.h>
#include "table.h"

static const char *const hcalls[NK_HC_LIMIT] = {
	[NK_HC_CON_WRITE] = "con_write",
	[NK_HC_CON_POLL] = "con_poll",
	[NK_HC_CON_HIST_READ] = "con_hist_read",
	[NK_HC_CON_HIST_BOOT] = "con_hist_boot",
	[NK_HC_TIMER_GETFREQ] = "timer_getfreq",
	[NK_HC_TIMER_GETCOUNT] = "timer_getcount",
	[NK_HC_LAST_VM_ID] = "last_vm_id",
	[NK_HC_MY_VM_ID] = "my_vm_id",
	[NK_HC_RUNNING_IDS] = "running_ids",
	[NK_HC_VLINK_LOOKUP] = "vlink_lookup",
	[NK_HC_PDEV_ALLOC] = "pdev_alloc",
	[NK_HC_PMEM_ALLOC] = "pmem_alloc",
	[NK_HC_PXIRQ_ALLOC] = "pxirq_alloc",
	[NK_HC_XIRQ_PTOV] = "xirq_ptov",
	[NK_HC_XIRQ_POST] = "xirq_post",
	[NK_HC_SYSCONF_CTL] = "sysconf_ctl",
	[NK_HC_SYSCONF_POST] = "sysconf_post",
	[NK_HC_PROP_GET] = "prop_get",
	[NK_HC_PROP_SET] = "prop_set",
	[NK_HC_PROP_ENUM] = "prop_enum",
	[NK_HC_BALLOON_CTRL] = "balloon_ctrl",
	[NK_HC_MEM_EXTENT] = "mem_extent",
	[NK_HC_GRANT] = "grant",
	[NK_HC_REVOKE] = "revoke",
	[NK_HC_GRANT_NEXT] = "grant_next",
	[NK_HC_CRASH] = "crash",
	[NK_HC_CRASH_NOTE] = "crash_note",
	[NK_HC_DUMP_INFO] = "dump_info",
	[NK_HC_DUMP_VCPU] = "dump_vcpu",
	[NK_HC_DUMP_READ] = "dump_read",
	[NK_HC_DUMP_END] = "dump_end",
	[NK_HC_DUMP_RAM] = "dump_ram",
	[NK_HC_LOG_WRITE] = "log_write",
	[NK_HC_LOG_READ] = "log_read",
	[NK_HC_LOG_INFO] = "log_info",
	[NK_HC_MONITOR_STATS] = "monitor_stats",
	[NK_HC_MONITOR_VDEVS] = "monitor_vdevs",
	[NK_HC_MONITOR_CPU] = "monitor_cpu",
	[NK_HC_MONITOR_USER] = "monitor_user",
	[NK_HC_MONITOR_INFO] = "monitor_info",
	[NK_HC_GET_CPUID] = "get_cpuid",
	[NK_HC_VIRTIO_INFO] = "virtio_info",
	[NK_HC_VIRTIO_SHARE] = "virtio_share",
	[NK_HC_VIRTIO_OFFER] = "virtio_offer",
	[NK_HC_VIRTIO_STATE] = "virtio_state",
	[NK_HC_VIRTIO_QUEUE] = "virtio_queue",
	[NK_HC_VIRTIO_DONE] = "virtio_done",
	[NK_HC_VIRTIO_STATUS] = "virtio_status",
	[NK_HC_VIRTIO_CONFIG] = "virtio_config",
	[NK_HC_VIRTIO_INTERRUPT] = "virtio_interrupt",
	[NK_HC_VIRTIO_WINDOW] = "virtio_window",
	[NK_HC_VIRTIO_GRANT] = "virtio_grant",
	[NK_HC_VIRTIO_REVOKE] = "virtio_revoke",
	[NK_HC_VM_MEM_VERIFY] = "vm_mem_verify",
	[NK_HC_VM_MEM_VERIFY_AND_LOCK] = "vm_mem_verify_and_lock",
	[NK_HC_VM_MEM_UNLOCK] = "vm_mem_unlock",
	[NK_STAT_PSCI] = "psci",
};

/* By ESR_EL2.EC (Arm ARM, D24.2.40); those that come to EL2. */
static const char *const exceptions[] = {
	[0x01] = "WFI/WFE",
	[0x03] = "MCR/MRC CP15",
	[0x04] = "MCRR/MRRC CP15",
	[0x05] = "MCR/MRC CP14",
	[0x06] = "LDC/STC CP14",
	[0x07] = "SIMD/FP",
	[0x08] = "VMRS",
	[0x09] = "PAuth",
	[0x0a] = "LD64B/ST64B",
	[0x0c] = "MRRC CP14",
	[0x0d] = "BTI",
	[0x0e] = "Illegal state",
	[0x11] = "SVC AArch32",
	[0x12] = "HVC AArch32",
	[0x13] = "SMC AArch32",
	[0x14] = "MSRR/MRRS",
	[0x15] = "SVC AArch64",
	[0x16] = "HVC AArch64",
	[0x17] = "SMC AArch64",
	[0x18] = "MSR/MRS",
	[0x19] = "SVE",
	[0x1a] = "ERET",
	[0x1c] = "PAuth failure",
	[0x1d] = "SME",
	[0x20] = "IAbort EL0/1",
	[0x22] = "PC alignment",
	[0x24] = "DAbort EL0/1",
	[0x26] = "SP alignment",
	[0x27] = "MOPS",
	[0x28] = "FP AArch32",
	[0x2c] = "FP AArch64",
	[0x2f] = "SError",
	[0x30] = "Breakpoint EL0/1",
	[0x32] = "Step EL0/1",
	[0x34] = "Watchpoint EL0/1",
	[0x38] = "BKPT AArch32",
	[0x3c] = "BRK AArch64",
};

static const char *const vdevs[NK_VDEV_NR] = {
	[NK_VDEV_OTHER] = "vdev",
	[NK_VDEV_GICD_V2] = "arm,gic-v2/gicd",
	[NK_VDEV_GICD_V3] = "arm,gic-v3/gicd",
	[NK_VDEV_GICR] = "arm,gic-v3/gicr",
	[NK_VDEV_UART] = "arm,pl011",
	[NK_VDEV_VIRTIO] = "virtio,mmio",
};

static const char *const cpu_ops[NK_CPU_OP_NR] = {
	[NK_CPU_OP_START] = "CPU_START",
	[NK_CPU_OP_STOP] = "CPU_STOP",
	[NK_CPU_OP_INTR_EL2] = "INTR_EL2",
	[NK_CPU_OP_TO_EL3] = "TO_EL3",
	[NK_CPU_OP_IDLE] = "IDLE",
	[NK_CPU_OP_EXC_EL2] = "EXC_EL2",
	[NK_CPU_OP_SPURIOUS_IRQ] = "SPURIOUS_IRQ",
};

static const char *const vcpu_ops[NK_VCPU_OP_NR] = {
	[NK_VCPU_OP_START] = "VCPU_START",  [NK_VCPU_OP_STOP] = "VCPU_STOP",
	[NK_VCPU_OP_SWITCH] = "SWITCH",	    [NK_VCPU_OP_TO_EL3] = "TO_EL3",
	[NK_VCPU_OP_IDLE] = "IDLE",	    [NK_VCPU_OP_VM_START] = "VM_START",
	[NK_VCPU_OP_VM_STOP] = "VM_STOP",   [NK_VCPU_OP_VM_LOADING] = "VM_LOADING",
	[NK_VCPU_OP_VM_FATAL] = "VM_FATAL", [NK_VCPU_OP_MIGRATE] = "MIGRATE",
};

static const char *const vcpu_times[NK_VCPU_TIME_NR] = {
	[NK_VCPU_TIME_EL1] = "EL1",
	[NK_VCPU_TIME_EL2] = "EL2",
};

static const char *name_of(const char *const *names, size_t nr, u32 id)
{
	return id < nr ? names[id] : NULL;
}

/* KIND, the number in so many columns, and the name, as far as it has one, and there is room. */
static void put(char *label, const char *kind, int width, u32 id, const char *name)
{
	if (id == NK_STAT_OTHER)
		snprintf(label, TABLE_LABEL, "%s other", kind);
	else if (name)
		snprintf(label, TABLE_LABEL, "%s%*u '%s'", kind, width, id, name);
	else
		snprintf(label, TABLE_LABEL, "%s%*u", kind, width, id);
}

static void put_op(char *label, const char *name, u32 id)
{
	if (name)
		snprintf(label, TABLE_LABEL, "%s", name);
	else
		snprintf(label, TABLE_LABEL, "OP-%2u", id);
}

void label_irq(const struct table *t, u32 id, char *label)
{
	put(label, "IRQ-", 3, id, NULL);
}

void label_virq(const struct table *t, u32 id, char *label)
{
	put(label, "VIRQ-", 3, id, NULL);
}

void label_trap(const struct table *t, u32 id, char *label)
{
	put(label, "ESR.EC-", 2, id, name_of(exceptions, ARRAY_SIZE(exceptions), id));
}

void label_hcall(const struct table *t, u32 id, char *label)
{
	put(label, "HCALL-", 2, id, name_of(hcalls, ARRAY_SIZE(hcalls), id));
}

void label_cpu_op(const struct table *t, u32 id, char *label)
{
	put_op(label, name_of(cpu_ops, NK_CPU_OP_NR, id), id);
}

void label_vcpu_op(const struct table *t, u32 id, char *label)
{
	put_op(label, name_of(vcpu_ops, NK_VCPU_OP_NR, id), id);
}

void label_vcpu_time(const struct table *t, u32 id, char *label)
{
	put_op(label, name_of(vcpu_times, NK_VCPU_TIME_NR, id), id);
}

void label_vdev(const struct table *t, u32 id, char *label)
{
	const struct nk_stat_vdev *vdev;
	char way = id & 1 ? 'w' : 'r';
	const char *name;

	if (id / 2 >= t->nr_vdevs) {
		snprintf(label, TABLE_LABEL, "vdev-%c@?", way);
		return;
	}
	vdev = &t->vdev[id / 2];
	name = name_of(vdevs, NK_VDEV_NR, vdev->kind);
	snprintf(label, TABLE_LABEL, "%s-%c@%llx", name ? name : vdevs[NK_VDEV_OTHER], way,
		 vdev->base);
}

/* Which have a column TOTAL or AVERAGE is as the manual prints them, which has no vcpu-time. */
const struct matrix matrices[] = {
	{"hwirq", NK_STAT_HWIRQ, "CPU", false, label_irq},
	{"cpu-ops", NK_STAT_CPU_OPS, "CPU", false, label_cpu_op},
	{"virq", NK_STAT_VIRQ, "VCPU", true, label_virq},
	{"trap", NK_STAT_TRAP, "VCPU", false, label_trap},
	{"hcall", NK_STAT_HCALL, "VCPU", false, label_hcall},
	{"vdev-acc", NK_STAT_VDEV, "VCPU", false, label_vdev},
	{"vcpu-ops", NK_STAT_VCPU_OPS, "VCPU", true, label_vcpu_op},
	{"vcpu-time", NK_STAT_VCPU_TIME, "VCPU", false, label_vcpu_time},
	{"hwirq-exec", NK_STAT_HWIRQ_EXEC, NULL, true, label_irq},
	{"hwirq-wait", NK_STAT_HWIRQ_WAIT, NULL, true, label_irq},
	{"hwirq-latency", NK_STAT_HWIRQ_LATENCY, NULL, true, label_virq},
	{"hwirq-vswitch", NK_STAT_HWIRQ_VSWITCH, NULL, true, label_virq},
	{"hcall-exec", NK_STAT_HCALL_EXEC, NULL, false, label_hcall},
	{"hcall-wait", NK_STAT_HCALL_WAIT, NULL, false, label_hcall},
	{"trap-exec", NK_STAT_TRAP_EXEC, NULL, false, label_trap},
	{"trap-wait", NK_STAT_TRAP_WAIT, NULL, false, label_trap},
	{"vdev-acc-exec", NK_STAT_VDEV_EXEC, NULL, false, label_vdev},
	{"vdev-acc-wait", NK_STAT_VDEV_WAIT, NULL, false, label_vdev},
};
const unsigned int nr_matrices = ARRAY_SIZE(matrices);
