/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Hypercalls: SMCCC fast calls, 64 bit, of the vendor specific hypervisor service (DEN0028, 6.2),
 * by HVC #0: function id in x0, arguments from x1 on, result in x0; x1 to x17 may change.
 *
 * Addresses are guest-physical and must be the caller's own RAM, or memory it shares. A range of
 * them may cross pages; none may wrap. Unknown numbers return -1 (SMCCC NOT_SUPPORTED).
 *
 * NK_HC_MEM_EXTENT: what is the caller's RAM, memory of its links, a page of the balloon that it
 * holds, or one that it is granted (nk/grant.h), readable or writable. A call stops after some mappings: 0 alone says that there is none.
 */
#ifndef NK_HYPERCALL_H
#define NK_HYPERCALL_H

#define NK_HC_FID(nr) (0xc6000000U | (nr))
#define NK_HC_LIMIT 128

/* The UID that says "nk": ea73d8c6-4a9b-4d16-9c1e-6e6b0e1d2f70, as DEN0028 6.2 packs it. */
#define NK_UID_0 0xea73d8c6
#define NK_UID_1 0x164d9b4a
#define NK_UID_2 0x6b6e1e9c
#define NK_UID_3 0x702f1d0e

/*
 * Arguments -> result. An address in them is marked by a *, a bad one gives the value behind "else".
 */
#define NK_HC_CON_WRITE 1 /* buf*, size -> characters taken, else -1 */
#define NK_HC_CON_POLL 2 /* -> character, -1: none */
#define NK_HC_CON_HIST_READ 3 /* ordinal*, buf*, size -> characters, -3: not allowed, else -1 */
#define NK_HC_CON_HIST_BOOT 4 /* -> ordinal of the first character since boot, -3: not allowed */
#define NK_HC_TIMER_GETFREQ 6 /* -> Hz */
#define NK_HC_TIMER_GETCOUNT 7 /* -> ticks since the machine started */
#define NK_HC_LAST_VM_ID 8 /* -> greatest id of a VM that is configured */
#define NK_HC_MY_VM_ID 9 /* -> caller's id */
#define NK_HC_RUNNING_IDS 10 /* -> bit N: VM N runs; the caller, and those whose state it may get */
#define NK_HC_VLINK_LOOKUP 11 /* name* (0: any), previous link (0: first) -> link, 0: none */
#define NK_HC_PDEV_ALLOC 12 /* link, id, size -> address, 0: failed */
#define NK_HC_PMEM_ALLOC 13 /* link, id, size -> address, 0: failed */
#define NK_HC_PXIRQ_ALLOC 14 /* link, id, VM, count -> first NkXIrq, 0: failed */
#define NK_HC_XIRQ_PTOV 15 /* NkXIrq -> INTID of the caller's GIC, -1: invalid */
#define NK_HC_XIRQ_POST 16 /* NkXIrq, VM -> 0, -1: not allowed */
#define NK_HC_SYSCONF_CTL 17 /* link, NK_SYSCONF_* -> NkXIrq of handshakes, 0: failed */
#define NK_HC_SYSCONF_POST 18 /* link, NK_SYSCONF_* -> 0, -1: not attached, or no link */
#define NK_HC_PROP_GET 22 /* name*, value*, size -> bytes, else NK_PROP_* */
#define NK_HC_PROP_SET 23 /* name*, value*, size -> bytes, else NK_PROP_* */
#define NK_HC_PROP_ENUM 24 /* id, name*, size, attr* -> most bytes of a value, else NK_PROP_* */
#define NK_HC_BALLOON_CTRL 25 /* operation, frames*, count -> nk/balloon.h; frames of 32 bits */
#define NK_HC_MEM_EXTENT 26 /* address, size, 1 to write -> bytes from there on, 0: none */
#define NK_HC_GRANT 27 /* link, addresses* (64 bits; become the peer's), count, how -> granted */
#define NK_HC_REVOKE 28 /* link, addresses*, count -> pages taken back */
#define NK_HC_GRANT_NEXT 29 /* link, whose, address (0: first), own page* -> next one, 0: none */
#define NK_HC_CRASH 40 /* text*, size -> 0: the caller's VM has crashed, and ends; else -1 */
#define NK_HC_CRASH_NOTE                                                                           \
	41 /* ELF note*, size (0: none) -> 0: dumps of the caller have it, else -1 */
#define NK_HC_DUMP_INFO 42 /* VM, nk_dump_info* -> 0, -3: not allowed, else -1 (nk/dump.h) */
#define NK_HC_DUMP_VCPU 43 /* VM, generation, vCPU, nk_dump_vcpu* -> the same */
#define NK_HC_DUMP_READ 44 /* VM, generation, address, NK_DUMP_PAGE bytes* -> the same */
#define NK_HC_DUMP_END 45 /* VM, generation -> the same: its restart needs to wait no more */
#define NK_HC_DUMP_RAM 46 /* VM, generation, piece, nk_dump_ram* -> the same */
#define NK_HC_LOG_WRITE                                                                            \
	47 /* log, text*, size -> characters taken, -2: later, -3: not allowed, else -1 (nk/log.h) */
#define NK_HC_LOG_READ 48 /* log, ordinal*, text*, size -> characters, -3: not allowed, else -1 */
#define NK_HC_LOG_INFO 49 /* log -> its size in bytes | NK_LOG_MAY_*, else -1 */
#define NK_HC_MONITOR_STATS                                                                        \
	50 /* matrix | VM << 8 | vCPU << 16, first, nk_stat*, count -> how many, -3: not allowed, else -1 */
#define NK_HC_MONITOR_VDEVS 51 /* VM, nk_stat_vdev*, count -> how many, -3: not allowed, else -1 */
#define NK_HC_MONITOR_CPU 52 /* physical CPU, nk_cpu_times* -> 0, else -1 (nk/monitor.h) */
#define NK_HC_MONITOR_USER 53 /* 0 to 7, three words -> 0, -2: later, -3: not allowed, else -1 */
#define NK_HC_MONITOR_INFO 54 /* nk_monitoring* -> 0, -1: the tree has no `monitoring` */
#define NK_HC_GET_CPUID 57 /* -> number of the physical CPU under the caller */
#define NK_HC_VIRTIO_INFO 60 /* device, nk_virtio_info* -> 0, -1: no such device (nk/virtio.h) */
#define NK_HC_VIRTIO_SHARE 61 /* device, which, nk_virtio_share* -> 0, -1: there is none */
#define NK_HC_VIRTIO_OFFER 62 /* device, nk_virtio_offer* (0: it is there no more) -> 0, else -1 */
#define NK_HC_VIRTIO_STATE 63 /* device, nk_virtio_state* -> 0, else -1 */
#define NK_HC_VIRTIO_QUEUE 64 /* device, queue, nk_virtio_queue* -> 0, else -1 */
#define NK_HC_VIRTIO_DONE 65 /* device, state.asked -> 0, else -1 */
#define NK_HC_VIRTIO_STATUS 66 /* device, status -> 0, else -1 (nk/virtio.h) */
#define NK_HC_VIRTIO_CONFIG 67 /* device, offset, bytes*, size -> 0, else -1 */
#define NK_HC_VIRTIO_INTERRUPT 68 /* device, NK_VIRTIO_INT_* -> 0, else -1 */
#define NK_HC_VIRTIO_WINDOW 69 /* registers -> pages that the caller may grant there, 0: none */
#define NK_HC_VIRTIO_GRANT 70 /* registers, slot, page, count -> 0, else -1 (nk/virtio.h) */
#define NK_HC_VIRTIO_REVOKE 71 /* registers, slot, count -> pages taken back */
#define NK_HC_VM_MEM_VERIFY 72 /* link, address, size, 1 to write -> 0: granted, -1: not */
#define NK_HC_VM_MEM_VERIFY_AND_LOCK 73 /* the same; it stays so until unlocked */
#define NK_HC_VM_MEM_UNLOCK 74 /* link, address, size -> 0, else -1 */

/* NK_HC_SYSCONF_CTL: what; NK_HC_SYSCONF_POST: whom. */
#define NK_SYSCONF_DETACH 0
#define NK_SYSCONF_ATTACH 1
#define NK_SYSCONF_PEER 0
#define NK_SYSCONF_SELF 1

#endif
