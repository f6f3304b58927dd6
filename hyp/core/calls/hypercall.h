/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of hypercalls. What a guest passes as x1 to x4 has names and types here, and gets to a
 * call only when each fits its type; the functions are in the other files of this folder.
 */
#ifndef CORE_CALLS_HYPERCALL_H
#define CORE_CALLS_HYPERCALL_H

#include "arch/vcpu.h"
#include "lib/types.h"
#include "nk/hypercall.h"
#include "nk/xirq.h"

struct vm;

#define HC_ARGS_MAX 4

/*
 * CALL(number of arguments, NK_HC_*, function, what it returns for an argument that does not fit its
 * type, type and name of each argument). To add one: a number in nk/hypercall.h, a row, a function.
 */
/* clang-format off */
#define HYPERCALLS(CALL) \
	CALL(2, CON_WRITE, con_write, -1, ipa_t, text, u32, size) \
	CALL(0, CON_POLL, con_poll, -1) \
	CALL(3, CON_HIST_READ, con_hist_read, -1, ipa_t, ordinal_ipa, ipa_t, text, u32, size) \
	CALL(0, CON_HIST_BOOT, con_hist_boot, -1) \
	CALL(0, TIMER_GETFREQ, timer_getfreq, -1) \
	CALL(0, TIMER_GETCOUNT, timer_getcount, -1) \
	CALL(0, LAST_VM_ID, last_vm_id, -1) \
	CALL(0, MY_VM_ID, my_vm_id, -1) \
	CALL(0, RUNNING_IDS, running_ids, -1) \
	CALL(2, VLINK_LOOKUP, vlink_lookup, 0, ipa_t, name_ipa, ipa_t, previous) \
	CALL(3, PDEV_ALLOC, pdev_alloc, 0, ipa_t, link, u32, id, u64, size) \
	CALL(3, PMEM_ALLOC, pmem_alloc, 0, ipa_t, link, u32, id, u64, size) \
	CALL(4, PXIRQ_ALLOC, pxirq_alloc, 0, ipa_t, link, u32, id, u32, vm_id, u32, count) \
	CALL(1, XIRQ_PTOV, xirq_ptov, -1, NkXIrq, xirq) \
	CALL(2, XIRQ_POST, xirq_post, -1, NkXIrq, xirq, u32, vm_id) \
	CALL(2, SYSCONF_CTL, sysconf_ctl, 0, ipa_t, link, u32, attach) \
	CALL(2, SYSCONF_POST, sysconf_post, -1, ipa_t, link, u32, whom) \
	CALL(3, PROP_GET, prop_get, -1, ipa_t, name, ipa_t, value, u32, size) \
	CALL(3, PROP_SET, prop_set, -1, ipa_t, name, ipa_t, value, u32, size) \
	CALL(4, PROP_ENUM, prop_enum, -1, u32, id, ipa_t, name, u32, size, ipa_t, attr_ipa) \
	CALL(3, BALLOON_CTRL, balloon_ctrl, 0, u32, op, ipa_t, frames, u32, count) \
	CALL(3, MEM_EXTENT, mem_extent, 0, ipa_t, from, u64, size, u32, write) \
	CALL(4, GRANT, grant, 0, ipa_t, link, ipa_t, addresses, u32, count, u32, how) \
	CALL(3, REVOKE, revoke, 0, ipa_t, link, ipa_t, addresses, u32, count) \
	CALL(4, GRANT_NEXT, grant_next, 0, ipa_t, link, u32, whose, u64, after, ipa_t, page_ipa) \
	CALL(2, CRASH, crash, -1, ipa_t, text, u32, size) \
	CALL(2, CRASH_NOTE, crash_note, -1, ipa_t, note, u64, size) \
	CALL(2, DUMP_INFO, dump_info, -1, u32, id, ipa_t, to) \
	CALL(4, DUMP_VCPU, dump_vcpu, -1, u32, id, u64, generation, u32, vcpu, ipa_t, to) \
	CALL(4, DUMP_READ, dump_read, -1, u32, id, u64, generation, u64, address, ipa_t, page) \
	CALL(2, DUMP_END, dump_end, -1, u32, id, u64, generation) \
	CALL(4, DUMP_RAM, dump_ram, -1, u32, id, u64, generation, u32, piece, ipa_t, to) \
	CALL(3, LOG_WRITE, log_write, -1, u64, log, ipa_t, text, u64, size) \
	CALL(4, LOG_READ, log_read, -1, u64, log, ipa_t, ordinal, ipa_t, text, u64, size) \
	CALL(1, LOG_INFO, log_info, -1, u64, log) \
	CALL(4, MONITOR_STATS, monitor_stats, -1, u32, what, u32, first, ipa_t, to, u32, count) \
	CALL(3, MONITOR_VDEVS, monitor_vdevs, -1, u32, id, ipa_t, to, u32, count) \
	CALL(2, MONITOR_CPU, monitor_cpu, -1, u32, cpu, ipa_t, to) \
	CALL(4, MONITOR_USER, monitor_user, -1, u32, n, u64, first, u64, second, u64, third) \
	CALL(1, MONITOR_INFO, monitor_info, -1, ipa_t, to) \
	CALL(0, GET_CPUID, get_cpuid, -1) \
	CALL(2, VIRTIO_INFO, virtio_info, -1, u32, device, ipa_t, to) \
	CALL(3, VIRTIO_SHARE, virtio_share, -1, u32, device, u32, which, ipa_t, to) \
	CALL(2, VIRTIO_OFFER, virtio_offer, -1, u32, device, ipa_t, from) \
	CALL(2, VIRTIO_STATE, virtio_state, -1, u32, device, ipa_t, to) \
	CALL(3, VIRTIO_QUEUE, virtio_queue, -1, u32, device, u32, queue, ipa_t, to) \
	CALL(2, VIRTIO_DONE, virtio_done, -1, u32, device, u32, asked) \
	CALL(2, VIRTIO_STATUS, virtio_status, -1, u32, device, u32, status) \
	CALL(4, VIRTIO_CONFIG, virtio_config, -1, u32, device, u32, offset, ipa_t, from, u32, size) \
	CALL(2, VIRTIO_INTERRUPT, virtio_interrupt, -1, u32, device, u32, bits) \
	CALL(1, VIRTIO_WINDOW, virtio_window, 0, ipa_t, regs) \
	CALL(4, VIRTIO_GRANT, virtio_grant, -1, ipa_t, regs, u32, slot, ipa_t, page, u32, count) \
	CALL(3, VIRTIO_REVOKE, virtio_revoke, 0, ipa_t, regs, u32, slot, u32, count) \
	CALL(4, VM_MEM_VERIFY, vm_mem_verify, -1, ipa_t, link, u64, address, u64, size, u32, write) \
	CALL(4, VM_MEM_VERIFY_AND_LOCK, vm_mem_verify_and_lock, -1, ipa_t, link, u64, address, u64, \
	     size, u32, write) \
	CALL(3, VM_MEM_UNLOCK, vm_mem_unlock, -1, ipa_t, link, u64, address, u64, size)
/* clang-format on */

#define HC_PARAMS0() struct vm *vm, struct arch_vcpu *v
#define HC_PARAMS1(t0, n0) HC_PARAMS0(), t0 n0
#define HC_PARAMS2(t0, n0, t1, n1) HC_PARAMS1(t0, n0), t1 n1
#define HC_PARAMS3(t0, n0, t1, n1, t2, n2) HC_PARAMS2(t0, n0, t1, n1), t2 n2
#define HC_PARAMS4(t0, n0, t1, n1, t2, n2, t3, n3) HC_PARAMS3(t0, n0, t1, n1, t2, n2), t3 n3

/*
 * The functions return the caller's x0: hc_prop_get(vm, v, name, value, size) and so on. v is the vCPU
 * of vm that calls. Context: the caller's CPU, no lock held.
 */
#define HC_FUNCTION(n, nr, name, error, ...) u64 hc_##name(HC_PARAMS##n(__VA_ARGS__));
HYPERCALLS(HC_FUNCTION)
#undef HC_FUNCTION

struct hypercall {
	/* Passes a, the caller's x1 to x4, on to the function if they fit. */
	u64 (*fn)(struct vm *vm, struct arch_vcpu *v, const u64 *a);
	const char *name;
	u8 nr;
};

/* The first entry stands for all numbers that are not there. */
extern const struct hypercall hypercalls[];
extern const u32 nr_hypercalls;

#endif
