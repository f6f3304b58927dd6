/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of nk-core share. */
#ifndef NK_CORE_H
#define NK_CORE_H

#include <linux/arm-smccc.h>
#include <linux/io.h>
#include <nk/nkern.h>

struct device_node;

static inline unsigned long nk_hcall(u32 nr, unsigned long a, unsigned long b, unsigned long c,
				     unsigned long d)
{
	struct arm_smccc_res res;

	arm_smccc_hvc(NK_HC_FID(nr), a, b, c, d, 0, 0, 0, &res);
	return res.a0;
}

#define nk_hcall0(nr) nk_hcall(nr, 0, 0, 0, 0)
#define nk_hcall1(nr, a) nk_hcall(nr, a, 0, 0, 0)
#define nk_hcall2(nr, a, b) nk_hcall(nr, a, b, 0, 0)
#define nk_hcall3(nr, a, b, c) nk_hcall(nr, a, b, c, 0)

/*
 * Memory that a hypercall can name: contiguous for the hypervisor. A small one is this CPU's own,
 * with interrupts off from bounce_get() to bounce_put(); a larger one is allocated.
 */
struct bounce {
	void *buf; /* NULL: no memory */
	unsigned long flags;
	bool own;
};

#define BOUNCE_OWN 8192 /* bytes of each CPU's */

int bounce_init(void);
void bounce_exit(void);
void bounce_get(struct bounce *b, size_t size);
void bounce_put(struct bounce *b);
#define bounce_ipa(b) virt_to_phys((b)->buf)

/* hcall.c: whether nk is below us. */
bool nk_is_there(void);

/* How many bytes from paddr on, size at most, this VM may read (or write). Context: any. */
NkPhSize nk_mem_extent(NkPhAddr paddr, NkPhSize size, bool write);

/* prop.c */
int nk_core_prop_get(char *name, void *value, unsigned int maxsize);
int nk_core_prop_set(char *name, void *value, unsigned int size);
int nk_core_prop_enum(unsigned int pid, char *name, unsigned int nlen_max, NkPropAttr *attr);
int nk_core_hv_version_get(unsigned int *major, unsigned int *minor);

/* life.c */
NkOsId nk_core_id_get(void);
NkOsId nk_core_last_id_get(void);
NkOsMask nk_core_running_ids_get(void);
void nk_core_start(NkOsId osid);
void nk_core_stop(NkOsId osid);
void nk_core_suspend(NkOsId osid);
void nk_core_resume(NkOsId osid);

/* atomics.c */
nku32_f nk_core_mask2bit(nku32_f mask);
nku32_f nk_core_bit2mask(nku32_f bit);
void nk_core_atomic_set(volatile nku32_f *mask, nku32_f set);
void nk_core_atomic_clear(volatile nku32_f *mask, nku32_f clear);
nku32_f nk_core_clear_and_test(volatile nku32_f *mask, nku32_f clear);
void nk_core_atomic_add(volatile nku32_f *ptr, nku32_f val);
void nk_core_atomic_sub(volatile nku32_f *ptr, nku32_f val);
nku32_f nk_core_sub_and_test(volatile nku32_f *ptr, nku32_f val);

/* vlink.c */
NkPhAddr nk_core_vlink_lookup(const char *name, NkPhAddr plink);
NkPhAddr nk_core_pdev_alloc(NkPhAddr vlink, NkResourceId id, NkPhSize size);
NkPhAddr nk_core_pmem_alloc(NkPhAddr vlink, NkResourceId id, NkPhSize size);
NkXIrq nk_core_pxirq_alloc(NkPhAddr vlink, NkResourceId id, NkOsId osid, int nb);
void *nk_core_mem_map(NkPhAddr paddr, NkPhSize size);
void nk_core_mem_unmap(void *vaddr, NkPhAddr paddr, NkPhSize size);

/* vdevs.c: what this VM has allocated on a link; nothing where got is 0. Context: any. */
enum vdev_kind { VDEV_PDEV, VDEV_PMEM, VDEV_PXIRQ };
void vdevs_note(enum vdev_kind kind, NkPhAddr plink, NkResourceId id, NkOsId osid, u64 size,
		u64 got);
int vdevs_init(void);
void vdevs_exit(void);

/*
 * pdev.c: mappings of the device repository. pdev_init() maps all that own links have there. It
 * returns 0 or a negative error, and may sleep.
 */
int pdev_init(struct device_node *node);
void pdev_exit(void);
void *nk_core_ptov(NkPhAddr paddr);
NkPhAddr nk_core_vtop(void *vaddr);

/* xirq_domain.c: Linux interrupts of cross interrupts, and back. xirq_virq() may sleep; 0: none. */
int xirq_domain_init(struct device_node *node);
void xirq_domain_exit(void);
unsigned int xirq_virq(NkXIrq xirq);

/* xirq.c */
int xirq_init(void);
void xirq_exit(void);
NkXIrqId nk_core_xirq_attach(NkXIrq xirq, NkXIrqHandler hdl, void *cookie);
NkXIrqId nk_core_xirq_attach_named(NkXIrq xirq, NkXIrqHandler hdl, void *cookie, char *name);
void nk_core_xirq_detach(NkXIrqId id);
void nk_core_xirq_mask(NkXIrq xirq);
void nk_core_xirq_mask_nosync(NkXIrq xirq);
void nk_core_xirq_unmask(NkXIrq xirq);
void nk_core_xirq_affinity(NkXIrq xirq, NkCpuMask cpus);
void nk_core_xirq_trigger(NkXIrq xirq, NkOsId osid);

/* balloon.c */
nku32_f nk_core_balloon_ctrl(int op, nku32_f *pfns, nku32_f count);
unsigned long nk_core_grand_totalram_pages(void);
unsigned long nk_core_balloon_their_pages(void);
unsigned long nk_core_balloon_our_pages(void);
int nk_core_is_balloon_page(unsigned long pfn);
void nk_core_balloon_sysconf(struct NkDevVlink *vlink);

#endif
