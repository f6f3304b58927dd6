/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The NKDDI for drivers in Linux: `nkops`, and the functions that go by themselves. The manual's
 * names, argument orders and types; pages NK_*(3D) and the reference of NkDevOps say what each does.
 *
 * Context: any, unless it says "may sleep". No function here writes to the log when it fails.
 */
#ifndef NK_NKERN_H
#define NK_NKERN_H

#include <linux/types.h>
#include <nk/balloon.h>
#include <nk/grant.h>
#include <nk/hypercall.h>
#include <nk/log.h>
#include <nk/prop.h>
#include <nk/ring.h>
#include <nk/types.h>
#include <nk/vlink.h>
#include <nk/xirq.h>

typedef nku32_f NkXIrqId; /* of an attached handler; 0 is none */
typedef void (*NkXIrqHandler)(void *cookie, NkXIrq xirq);
typedef void (*NkTracerFCallsRecorder)(unsigned long ip, unsigned long parent_ip);

/* Some pages of the manual spell them so. */
typedef NkXIrq NkXirq;
typedef NkXIrqHandler NkXirqHandler;

typedef struct NkDevOps {
	/* VMs, and their life. */
	NkOsId (*nk_id_get)(void);
	NkOsId (*nk_last_id_get)(void);
	NkOsMask (*nk_running_ids_get)(void);
	void (*nk_start)(NkOsId osid);
	void (*nk_stop)(NkOsId osid);
	void (*nk_suspend)(NkOsId osid);
	void (*nk_resume)(NkOsId osid);

	/* Atomic operations on 32 bits; bit 0 has the highest priority. */
	nku32_f (*nk_mask2bit)(nku32_f mask);
	nku32_f (*nk_bit2mask)(nku32_f bit);
	void (*nk_atomic_set)(volatile nku32_f *mask, nku32_f set);
	void (*nk_atomic_clear)(volatile nku32_f *mask, nku32_f clear);
	nku32_f (*nk_clear_and_test)(volatile nku32_f *mask, nku32_f clear);
	void (*nk_atomic_add)(volatile nku32_f *ptr, nku32_f val);
	void (*nk_atomic_sub)(volatile nku32_f *ptr, nku32_f val);
	nku32_f (*nk_sub_and_test)(volatile nku32_f *ptr, nku32_f val);

	/* vlinks and what is allocated on them. nk_pdev_alloc() and nk_mem_(un)map() may sleep. */
	NkPhAddr (*nk_vlink_lookup)(const char *name, NkPhAddr plink);
	NkPhAddr (*nk_pdev_alloc)(NkPhAddr vlink, NkResourceId id, NkPhSize size);
	NkPhAddr (*nk_pmem_alloc)(NkPhAddr vlink, NkResourceId id, NkPhSize size);
	NkXIrq (*nk_pxirq_alloc)(NkPhAddr vlink, NkResourceId id, NkOsId osid, int nb);
	void *(*nk_ptov)(NkPhAddr paddr);
	NkPhAddr (*nk_vtop)(void *vaddr);
	void *(*nk_mem_map)(NkPhAddr paddr, NkPhSize size);
	void (*nk_mem_unmap)(void *vaddr, NkPhAddr paddr, NkPhSize size);

	/* Cross interrupts. Attaching may sleep, as may detaching outside interrupt context. */
	NkXIrq (*nk_xirq_alloc)(nku32_f nb); /* deprecated: 0 */
	NkXIrqId (*nk_xirq_attach)(NkXIrq xirq, NkXIrqHandler hdl, void *cookie);
	NkXIrqId (*nk_xirq_attach_named)(NkXIrq xirq, NkXIrqHandler hdl, void *cookie, char *name);
	NkXIrqId (*nk_xirq_attach_masked)(NkXIrq xirq, NkXIrqHandler hdl,
					  void *cookie); /* deprecated: BUG() */
	void (*nk_xirq_detach)(NkXIrqId id);
	void (*nk_xirq_mask)(NkXIrq xirq);
	void (*nk_xirq_mask_nosync)(NkXIrq xirq);
	void (*nk_xirq_unmask)(NkXIrq xirq);
	void (*nk_xirq_affinity)(NkXIrq xirq, NkCpuMask cpus);
	void (*nk_xirq_trigger)(NkXIrq xirq, NkOsId osid);

	/* Properties. */
	int (*nk_prop_get)(char *name, void *value, unsigned int maxsize);
	int (*nk_prop_set)(char *name, void *value, unsigned int size);
	int (*nk_prop_enum)(unsigned int pid, char *name, unsigned int nlen_max, NkPropAttr *attr);
	int (*nk_hv_version_get)(unsigned int *major, unsigned int *minor);

	/* Console. */
	void (*nk_cons_write)(const char *buf, int size);
	int (*nk_cons_poll)(void);
	int (*nk_cons_hist_getchar)(nku64_f *ordnp);
	nku64_f (*nk_cons_hist_boot_ordinal)(void);

	/* Memory ballooning. */
	nku32_f (*nk_balloon_ctrl)(int op, nku32_f *pfns, nku32_f count);
	unsigned long (*nk_grand_totalram_pages)(void);
	unsigned long (*nk_balloon_their_pages)(void);
	unsigned long (*nk_balloon_our_pages)(void);
	int (*nk_is_balloon_page)(unsigned long pfn);
	void (*nk_balloon_sysconf)(struct NkDevVlink *vlink);

	/* Tracing; NULL when there is none. */
	NkTracerFCallsRecorder (*nk_tracer_fcalls_recorder)(void);
} NkDevOps;

/*
 * Fixed while the module nk-core is there; who uses it keeps it there. It cannot be written, but is
 * not const here: older drivers declare it so themselves.
 */
extern NkDevOps nkops;

/*
 * Ours: whether that handler's interrupt wakes the VM from system sleep, where it is not delivered otherwise. It counts,
 * as enable_irq_wake() does. Returns 0, or -EINVAL for no handler. Context: who attached it has not detached it meanwhile.
 */
int nk_xirq_wake(NkXIrqId id, bool wakes);

/* The same as nkops.nk_cons_*, by the names that the manual's pages give. */
void nk_con_write(const char *buf, int size);
int nk_con_poll(void);
int nk_con_hist_getchar(nku64_f *ordnp);
nku64_f nk_con_hist_boot_ordinal(void);

/*
 * nk_con_write() that never waits: offers the first of size characters, 256 at most. Returns how many were taken, fewer
 * when the console has no room now, or below 0.
 */
int nk_con_offer(const char *buf, int size);

static inline void nk_cons_write(const char *buf, int size)
{
	nk_con_write(buf, size);
}

/*
 * What nk_start() and the like do, with a result: sets the VM's state "running" to NK_RUNNING_*, or
 * "paused" to 1 or 0. Returns 0 or NK_PROP_*; busy only when that lasted.
 */
#define NK_VM_STATE_PROP "nk.vm.%u.state.%s"
int nk_vm_set_state(NkOsId osid, const char *which, nku32_f value);

/*
 * Copies at most size characters of the history from ordinal *ordnp on, or from the oldest one
 * there is; *ordnp becomes that of the next one. Returns how many, 0 when there are none yet, or
 * -EACCES, -EIO, -EINVAL. size may be any; one call returns a page at most.
 */
int nk_con_hist_read(nku64_f *ordnp, char *buf, int size);

/*
 * Circular logs (nk/log.h), numbered from 0 on. nk_log_info() returns the size of one | NK_LOG_MAY_*, or -EINVAL: there
 * is none. nk_log_write() adds the first line of a text of at most NK_LOG_TEXT characters, and returns how many that was, or
 * -EAGAIN: this VM has used up its share, and has to wait. nk_log_read() is as nk_con_hist_read(). Both: -EACCES where the
 * tree does not name this VM. Context: any.
 */
int nk_log_info(unsigned int log);
int nk_log_write(unsigned int log, const char *text, int size);
int nk_log_read(unsigned int log, nku64_f *ordnp, char *buf, int size);

/*
 * An info string of the link, whose s_info or c_info that is; NULL where there is none. nk_ptov()
 * gives the same, but stops the kernel where a peer has put nonsense there: it may write to it.
 */
const char *nk_vlink_info(NkPhAddr plink, nku32_f info);

/*
 * Handshakes of a vlink's end. hdl is called for nk_sysconf_post() of the peer, nk_sysconf_selfpost()
 * and NK_XIRQ_SYSCONF, never twice at a time. Attaching may sleep, as may detaching outside
 * interrupt context; attaching returns 0 or a negative error.
 */
int nk_sysconf_attach(NkPhAddr plink, NkXIrqHandler hdl, void *cookie);
void nk_sysconf_detach(NkPhAddr plink);
void nk_sysconf_post(NkPhAddr plink);
void nk_sysconf_selfpost(NkPhAddr plink);

/*
 * Grants (nk/grant.h): pages of this VM that the peer of a link may use, until they are taken back. pages: their
 * physical addresses, which become those that the peer has. Returns how many were granted, from the first on; fewer
 * than n when `grants` of the tree has no more, or one is not this VM's RAM. Context: any.
 */
unsigned int nk_grant(NkPhAddr plink, NkPhAddr *pages, unsigned int n, int write);

/*
 * Takes pages back, by the peer's addresses: it cannot use them any more. Returns how many, from the first on:
 * fewer than n when one was not granted, or is locked by the peer. Context: any.
 */
unsigned int nk_revoke(NkPhAddr plink, const NkPhAddr *addresses, unsigned int n);

/*
 * The grant behind that address, 0 for the first one, of this VM's pages (NK_GRANT_OWN; *page, if not NULL, is which)
 * or of the peer's. Returns its address, with bit 0 set where the peer may write; 0: no more. Context: any.
 */
NkPhAddr nk_grant_next(NkPhAddr plink, unsigned int whose, NkPhAddr after, NkPhAddr *page);

/*
 * Where the peer has what this VM grants (NK_GRANT_OWN), or this VM what the peer does: as long as nk runs. *pages: how
 * many at a time. Returns the address of the first, a multiple of 2 MiB, as is what may be mapped there; 0 for none.
 * Context: any.
 */
NkPhAddr nk_grant_window(NkPhAddr plink, unsigned int whose, NkPhAddr *pages);

/*
 * For the peer: whether all of [address, address + size), NK_GRANT_CALL pages at most, is granted (and writable).
 * Locked, it stays so until it is unlocked as often, or its owner's VM stops. Returns 0 or -EACCES. Context: any.
 */
int nk_vm_mem_verify(NkPhAddr plink, NkPhAddr address, NkPhSize size, int write);
int nk_vm_mem_verify_and_lock(NkPhAddr plink, NkPhAddr address, NkPhSize size, int write);
int nk_vm_mem_unlock(NkPhAddr plink, NkPhAddr address, NkPhSize size);

/*
 * This VM has crashed: text says why, NK_CRASH_TEXT_MAX characters of it. Returns only where nk is too old to know. Context:
 * any, a panic too.
 */
void nk_crash(const char *text);

/* Where this VM keeps an ELF note about itself, for dumps of it; size 0: nowhere. Returns 0 or -EINVAL. Context: any. */
int nk_crash_note(NkPhAddr note, NkPhSize size);

/*
 * What another VM has left (nk/dump.h); page: NK_DUMP_PAGE bytes. Each returns 0; -EACCES: this VM may not have it; -ESTALE:
 * the VM runs, or is not what nk_dump_info() told of any more. Context: any.
 */
struct nk_dump_info;
struct nk_dump_vcpu;
struct nk_dump_ram;
int nk_dump_info(NkOsId vm, struct nk_dump_info *info);
int nk_dump_vcpu(NkOsId vm, nku64_f generation, unsigned int vcpu, struct nk_dump_vcpu *regs);
int nk_dump_ram(NkOsId vm, nku64_f generation, unsigned int piece, struct nk_dump_ram *ram);
int nk_dump_read(NkOsId vm, nku64_f generation, NkPhAddr address, void *page);
int nk_dump_end(NkOsId vm, nku64_f generation);

/*
 * What nk tells of itself (nk/monitor.h): nk_monitor_stats() of the columns of one row from id `first` on, n at most, into to, and
 * nk_monitor_vdevs() of a VM's frames return how many; the others 0. -EACCES: this VM may not have it; -ENODEV: there is none.
 * Context: any.
 */
struct nk_monitoring;
struct nk_stat;
struct nk_stat_vdev;
struct nk_cpu_times;
int nk_monitor_info(struct nk_monitoring *info);
int nk_monitor_stats(unsigned int matrix, NkOsId vm, unsigned int vcpu, nku32_f first,
		     struct nk_stat *to, unsigned int n);
int nk_monitor_vdevs(NkOsId vm, struct nk_stat_vdev *to, unsigned int n);
int nk_monitor_cpu(unsigned int cpu, struct nk_cpu_times *times);

/*
 * Records the event usr_N, N being 0 to 7, with these words, of the last one the low half. Returns 0; -EACCES: this VM may not;
 * -EBUSY: it has had its share for now; -ENODEV: there is no such event, or nowhere to record it. Context: any.
 */
int nk_monitor_user(unsigned int event, nku64_f first, nku64_f second, nku64_f third);

/*
 * VirtIO devices that this VM serves (nk/virtio.h), numbered from 0 on. offer NULL: the device is there no more. Each returns 0,
 * or -ENODEV: there is none, or it makes no sense. Context: any. <vlx/vlx-virtio.h> is what back-ends stand on.
 */
struct nk_virtio_info;
struct nk_virtio_share;
struct nk_virtio_offer;
struct nk_virtio_state;
struct nk_virtio_queue;
int nk_virtio_info(unsigned int device, struct nk_virtio_info *info);
int nk_virtio_share(unsigned int device, unsigned int which, struct nk_virtio_share *share);
int nk_virtio_offer(unsigned int device, const struct nk_virtio_offer *offer);
int nk_virtio_state(unsigned int device, struct nk_virtio_state *state);
int nk_virtio_queue(unsigned int device, unsigned int queue, struct nk_virtio_queue *to);
int nk_virtio_done(unsigned int device, nku32_f asked);
int nk_virtio_status(unsigned int device, nku32_f status);
int nk_virtio_config(unsigned int device, unsigned int offset, const void *bytes,
		     unsigned int size);
int nk_virtio_interrupt(unsigned int device, unsigned int bits);

/*
 * VirtIO devices that this VM has, by the address of their registers, whose back-end sees what is granted to it (nk/virtio.h):
 * how many slots there are, 0 for all other devices; n pages from one on, NK_GRANT_BATCH at most, into slots that are free: 0, or
 * -EINVAL; and how many of n slots were not free. Context: any.
 */
unsigned int nk_virtio_window(phys_addr_t regs);
int nk_virtio_grant(phys_addr_t regs, unsigned int slot, phys_addr_t page, unsigned int n);
unsigned int nk_virtio_revoke(phys_addr_t regs, unsigned int slot, unsigned int n);

/* /proc/nk and /sys/nk, for modules that put something there; as they are Linux's, for GPL ones. */
struct proc_dir_entry;
struct kobject;
extern struct proc_dir_entry *nk_proc_root;
extern struct kobject *nk_kobj;

#endif
