/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What nk tells of itself: rings of events, matrices of counters, times of CPUs. All times are ticks of the physical
 * counter. docs/tracing.md says what each event and cell means. Source: manual, /proc/nk(5).
 *
 * The property nk.monitoring is a struct nk_monitoring. A VM that may get it has the rings mapped, read-only, at the
 * address that is in it, and gets all that NK_HC_MONITOR_* tell; any other VM gets its own part of that alone.
 */
#ifndef NK_MONITOR_H
#define NK_MONITOR_H

#include "nk/types.h"

/* nk.monitoring.enable: bits; NK_MONITOR_NONE reads as off, too, and is what it begins with. */
#define NK_MONITOR_COUNTERS 1
#define NK_MONITOR_EVENTS 2
#define NK_MONITOR_NONE 'P'

struct nk_monitoring {
	nku64_f rings; /* guest-physical, 0: the tree has no `log-size` */
	nku64_f stride; /* bytes from one CPU's ring to the next one's */
	nku32_f nr_cpus;
	nku32_f nr_buckets; /* of each matrix of times, 0: the tree has no `vl,evt-stats` */
	nku32_f bucket_shift; /* the first bucket has less than 1 << bucket_shift ticks; see nk_stat */
	nku32_f matrices; /* bit NK_STAT_*: the tree has it */
	nku32_f hz;
	nku32_f nr_logs; /* 0: the tree has no `logs` */
};

/*
 * A ring: a page with this at its beginning, and records behind the page. Only the CPU writes it. The record
 * of sequence number n is at n % nr_records. It was whole while it was copied if first <= n < head holds with
 * a head that is read behind the copy (acquire), first being head - nr_records + NK_EVENT_MARGIN, or 0.
 */
#define NK_EVENT_MAGIC 0x31474e52544b4eULL /* "NKTRNG1" */
#define NK_EVENT_HEADER 4096
#define NK_EVENT_MARGIN 2 /* records that may be in the making */
#define NK_EVENT_NAME 32

struct nk_event_ring {
	nku64_f magic;
	nku64_f head; /* records since boot: the next one's number */
	nku32_f nr_records; /* a power of two */
	nku32_f record_size;
	nku32_f cpu;
	nku32_f nr_cpus;
	nku32_f hz;
	nku32_f unused;
	char vm_name[NK_OS_LIMIT][NK_EVENT_NAME]; /* "": there is no such VM */
};

struct nk_event {
	nku64_f ticks;
	nku8_f payload[20]; /* one of the structs below */
	nku8_f cpu;
	nku8_f vm; /* NK_OS_NKERNEL: no vCPU is there */
	nku8_f vcpu;
	nku8_f type; /* NK_EVT_ID_* */
};

/* The guest's exception, of all events that have no other payload. */
struct nk_event_trap {
	nku32_f pc[2]; /* low half first: a record's payload is at a multiple of 4 */
	nku32_f spsr;
	nku32_f esr;
	nku32_f function; /* NK_EVT_ID_HYP_CALL, and SMC: low half of x0, NK_HC_FID(number) or PSCI's and SMCCC's; else 0 */
};

struct nk_event_post {
	nku32_f vm;
	nku32_f vcpu;
	nku32_f irq; /* an INTID of its GIC */
};

struct nk_event_irq {
	nku32_f irq; /* the physical INTID */
};

struct nk_event_virq {
	nku32_f irq; /* the physical INTID, ~0: none */
	nku32_f virq; /* an INTID of the guest's GIC */
};

struct nk_event_vdev {
	nku32_f addr[2]; /* guest-physical, low half first */
	nku32_f data[2];
	nku16_f vdev; /* NK_VDEV_* */
	nku16_f size; /* bytes */
};

struct nk_event_target {
	nku32_f vm;
	nku32_f vcpu; /* ~0: the VM as a whole */
};

struct nk_event_user {
	nku32_f word[5]; /* x2, x3 and the low half of x4 of NK_HC_MONITOR_USER */
};

/* The events: bit N of nk.event-log.filter, byte N / 8 first, has event N recorded. */
#define NK_EVT_ID_CPU_START 0
#define NK_EVT_ID_CPU_STOP 1
#define NK_EVT_ID_INTR_ENTER 2
#define NK_EVT_ID_INTR_LEAVE 3
#define NK_EVT_ID_INTR_EL2_ENTER 4
#define NK_EVT_ID_INTR_EL2_LEAVE 5
#define NK_EVT_ID_IRQ_SELECT 6
#define NK_EVT_ID_IRQ_POST 7
#define NK_EVT_ID_CPU_TO_EL3 8
#define NK_EVT_ID_CPU_FROM_EL3 9
#define NK_EVT_ID_CPU_IDLE_ENTER 10
#define NK_EVT_ID_CPU_IDLE_LEAVE 11
#define NK_EVT_ID_TRAP_ENTER 12
#define NK_EVT_ID_TRAP_LEAVE 13
#define NK_EVT_ID_HYP_CALL 14
#define NK_EVT_ID_VCPU_TO_EL3 15
#define NK_EVT_ID_VCPU_FROM_EL3 16
#define NK_EVT_ID_VCPU_START 17
#define NK_EVT_ID_VCPU_STOP 18
#define NK_EVT_ID_VCPU_SUSPEND_REQUEST 19
#define NK_EVT_ID_VCPU_RESUME_REQUEST 20
#define NK_EVT_ID_VDEV_LOAD 21
#define NK_EVT_ID_VDEV_STORE 22
#define NK_EVT_ID_VIRQ_ASSERT 23
#define NK_EVT_ID_VCPU_SWITCH_OUT 24
#define NK_EVT_ID_VCPU_SWITCH_IN 25
#define NK_EVT_ID_VCPU_IDLE_ENTER 26
#define NK_EVT_ID_VCPU_IDLE_LEAVE 27
#define NK_EVT_ID_VM_STOP 28
#define NK_EVT_ID_VM_START 29
#define NK_EVT_ID_VM_SUSPEND_REQUEST 30
#define NK_EVT_ID_VM_RESUME_REQUEST 31
#define NK_EVT_ID_VM_LOADING 32
#define NK_EVT_ID_VM_LOADED 33
#define NK_EVT_ID_VM_FATAL 34
#define NK_EVT_ID_IRQ_SPURIOUS 35
#define NK_EVT_ID_IRQ_THROTTLE 36
#define NK_EVT_ID_VM_S2R_ENTER 37
#define NK_EVT_ID_VM_S2R_LEAVE 38
#define NK_EVT_ID_S2R_ENTER 39
#define NK_EVT_ID_S2R_LEAVE 40
#define NK_EVT_NR 41
#define NK_EVT_ID_RANGE_USER_BASE 128
#define NK_EVT_NR_USER 8
#define NK_EVT_ID_LIMIT 160
#define NK_EVT_FILTER_BYTES (NK_EVT_ID_LIMIT / 8)

/* Emulated devices. */
#define NK_VDEV_OTHER 0
#define NK_VDEV_GICD_V2 1
#define NK_VDEV_GICD_V3 2
#define NK_VDEV_GICR 3
#define NK_VDEV_UART 4
#define NK_VDEV_VIRTIO 5
#define NK_VDEV_NR 6

/*
 * Matrices. NK_HC_MONITOR_STATS gives columns by rising id, from the id `first` on, those with a count that is not 0: of
 * a physical CPU (vcpu: its number, VM 0) the first two, of a vCPU of the VM all others.
 */
#define NK_STAT_HWIRQ 0 /* id: INTID */
#define NK_STAT_CPU_OPS 1 /* NK_CPU_OP_* */
#define NK_STAT_VIRQ 2 /* INTID */
#define NK_STAT_TRAP 3 /* exception class */
#define NK_STAT_HCALL 4 /* hypercall's number, NK_STAT_PSCI for PSCI and SMCCC */
#define NK_STAT_VDEV 5 /* index of the frame * 2, 1 more for stores */
#define NK_STAT_VCPU_OPS 6 /* NK_VCPU_OP_* */
#define NK_STAT_HWIRQ_EXEC 7 /* from here on times; INTID */
#define NK_STAT_HWIRQ_WAIT 8
#define NK_STAT_HWIRQ_LATENCY 9 /* INTID of the guest's */
#define NK_STAT_HWIRQ_VSWITCH 10
#define NK_STAT_HCALL_EXEC 11
#define NK_STAT_HCALL_WAIT 12
#define NK_STAT_TRAP_EXEC 13 /* of 0x16 and 0x24 only what is no hypercall and no emulated access */
#define NK_STAT_TRAP_WAIT 14
#define NK_STAT_VDEV_EXEC 15
#define NK_STAT_VDEV_WAIT 16
#define NK_STAT_VCPU_TIME 17 /* NK_VCPU_TIME_*: counts of ticks */
#define NK_STAT_NR 18

#define NK_STAT_PSCI 127 /* column of NK_STAT_HCALL */
#define NK_STAT_OTHER 0xffff /* column of what has none of its own */
#define NK_STAT_BUCKETS 7

/* Times of n ticks are in bucket 0 if n < 1 << bucket_shift, in b if n < 1 << (bucket_shift + b), else in the last one. */
struct nk_stat {
	nku32_f id; /* what the column is of */
	nku32_f unused;
	nku64_f count;
	nku64_f sum; /* ticks of all of them; 0 in matrices of counts */
	nku64_f bucket[NK_STAT_BUCKETS];
};

/* NK_HC_MONITOR_VDEVS: a frame that nk emulates for a VM; its index is NK_STAT_VDEV's. */
struct nk_stat_vdev {
	nku64_f base; /* guest-physical */
	nku64_f size;
	nku32_f kind; /* NK_VDEV_* */
	nku32_f unused;
};

#define NK_CPU_OP_START 0
#define NK_CPU_OP_STOP 1
#define NK_CPU_OP_INTR_EL2 2 /* interrupts that were taken in nk */
#define NK_CPU_OP_TO_EL3 3
#define NK_CPU_OP_IDLE 4
#define NK_CPU_OP_EXC_EL2 5
#define NK_CPU_OP_SPURIOUS_IRQ 6
#define NK_CPU_OP_NR 7

#define NK_VCPU_OP_START 0
#define NK_VCPU_OP_STOP 1
#define NK_VCPU_OP_SWITCH 2
#define NK_VCPU_OP_TO_EL3 3
#define NK_VCPU_OP_IDLE 4
#define NK_VCPU_OP_VM_START 5
#define NK_VCPU_OP_VM_STOP 6
#define NK_VCPU_OP_VM_LOADING 7
#define NK_VCPU_OP_VM_FATAL 8
#define NK_VCPU_OP_MIGRATE 9
#define NK_VCPU_OP_NR 10

/* What of its time a vCPU was at EL1, and in its exits at EL2. All else it slept, was off, or waited for a CPU. */
#define NK_VCPU_TIME_EL1 0
#define NK_VCPU_TIME_EL2 1
#define NK_VCPU_TIME_NR 2

/*
 * NK_HC_MONITOR_CPU: what a physical CPU did while counters were on. `period` is the sum of idle and all vm[], to the tick.
 * Who may not get nk.monitoring sees its own vm[] and period, and zeroes.
 */
struct nk_cpu_times {
	nku64_f period;
	nku64_f idle;
	nku64_f vm[NK_OS_LIMIT]; /* NK_OS_NKERNEL: nk itself, whoever it worked for */
};

#define NK_MONITOR_AT(type, field, at)                                                             \
	_Static_assert(__builtin_offsetof(struct type, field) == (at), #type "." #field)

NK_MONITOR_AT(nk_monitoring, nr_cpus, 16);
NK_MONITOR_AT(nk_monitoring, hz, 32);
_Static_assert(sizeof(struct nk_monitoring) == 40, "nk_monitoring has no padding");
NK_MONITOR_AT(nk_event_ring, head, 8);
NK_MONITOR_AT(nk_event_ring, hz, 32);
NK_MONITOR_AT(nk_event_ring, vm_name, 40);
_Static_assert(sizeof(struct nk_event_ring) <= NK_EVENT_HEADER, "a ring's header is in its page");
NK_MONITOR_AT(nk_event, payload, 8);
NK_MONITOR_AT(nk_event, cpu, 28);
NK_MONITOR_AT(nk_event, vm, 29);
NK_MONITOR_AT(nk_event, vcpu, 30);
NK_MONITOR_AT(nk_event, type, 31);
_Static_assert(sizeof(struct nk_event) == 32, "a record of the manual's size");
NK_MONITOR_AT(nk_event_trap, spsr, 8);
NK_MONITOR_AT(nk_event_trap, function, 16);
NK_MONITOR_AT(nk_event_vdev, vdev, 16);
_Static_assert(sizeof(struct nk_event_trap) == 20 && sizeof(struct nk_event_vdev) == 20 &&
		       sizeof(struct nk_event_user) == 20,
	       "payloads fill their records");
NK_MONITOR_AT(nk_stat, count, 8);
NK_MONITOR_AT(nk_stat, bucket, 24);
_Static_assert(sizeof(struct nk_stat) == 24 + 8 * NK_STAT_BUCKETS, "nk_stat has no padding");
NK_MONITOR_AT(nk_stat_vdev, kind, 16);
_Static_assert(sizeof(struct nk_stat_vdev) == 24, "nk_stat_vdev has no padding");
NK_MONITOR_AT(nk_cpu_times, vm, 16);
_Static_assert(sizeof(struct nk_cpu_times) == 16 + 8 * NK_OS_LIMIT, "nk_cpu_times has no padding");

#undef NK_MONITOR_AT

#endif
