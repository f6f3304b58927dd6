// SPDX-License-Identifier: GPL-2.0-only
/* The table of the NKDDI's primitives. */
#include <linux/bug.h>
#include <linux/cache.h>
#include <linux/export.h>
#include "core.h"

static NkXIrq no_xirq_alloc(nku32_f nb)
{
	return 0;
}

static NkXIrqId no_xirq_attach_masked(NkXIrq xirq, NkXIrqHandler hdl, void *cookie)
{
	BUG();
}

static NkTracerFCallsRecorder no_recorder(void)
{
	return NULL;
}

NkDevOps nkops __ro_after_init = {
	.nk_id_get = nk_core_id_get,
	.nk_last_id_get = nk_core_last_id_get,
	.nk_running_ids_get = nk_core_running_ids_get,
	.nk_start = nk_core_start,
	.nk_stop = nk_core_stop,
	.nk_suspend = nk_core_suspend,
	.nk_resume = nk_core_resume,
	.nk_mask2bit = nk_core_mask2bit,
	.nk_bit2mask = nk_core_bit2mask,
	.nk_atomic_set = nk_core_atomic_set,
	.nk_atomic_clear = nk_core_atomic_clear,
	.nk_clear_and_test = nk_core_clear_and_test,
	.nk_atomic_add = nk_core_atomic_add,
	.nk_atomic_sub = nk_core_atomic_sub,
	.nk_sub_and_test = nk_core_sub_and_test,
	.nk_vlink_lookup = nk_core_vlink_lookup,
	.nk_pdev_alloc = nk_core_pdev_alloc,
	.nk_pmem_alloc = nk_core_pmem_alloc,
	.nk_pxirq_alloc = nk_core_pxirq_alloc,
	.nk_ptov = nk_core_ptov,
	.nk_vtop = nk_core_vtop,
	.nk_mem_map = nk_core_mem_map,
	.nk_mem_unmap = nk_core_mem_unmap,
	.nk_xirq_alloc = no_xirq_alloc,
	.nk_xirq_attach = nk_core_xirq_attach,
	.nk_xirq_attach_named = nk_core_xirq_attach_named,
	.nk_xirq_attach_masked = no_xirq_attach_masked,
	.nk_xirq_detach = nk_core_xirq_detach,
	.nk_xirq_mask = nk_core_xirq_mask,
	.nk_xirq_mask_nosync = nk_core_xirq_mask_nosync,
	.nk_xirq_unmask = nk_core_xirq_unmask,
	.nk_xirq_affinity = nk_core_xirq_affinity,
	.nk_xirq_trigger = nk_core_xirq_trigger,
	.nk_prop_get = nk_core_prop_get,
	.nk_prop_set = nk_core_prop_set,
	.nk_prop_enum = nk_core_prop_enum,
	.nk_hv_version_get = nk_core_hv_version_get,
	.nk_cons_write = nk_con_write,
	.nk_cons_poll = nk_con_poll,
	.nk_cons_hist_getchar = nk_con_hist_getchar,
	.nk_cons_hist_boot_ordinal = nk_con_hist_boot_ordinal,
	.nk_balloon_ctrl = nk_core_balloon_ctrl,
	.nk_grand_totalram_pages = nk_core_grand_totalram_pages,
	.nk_balloon_their_pages = nk_core_balloon_their_pages,
	.nk_balloon_our_pages = nk_core_balloon_our_pages,
	.nk_is_balloon_page = nk_core_is_balloon_page,
	.nk_balloon_sysconf = nk_core_balloon_sysconf,
	.nk_tracer_fcalls_recorder = no_recorder,
};
EXPORT_SYMBOL(nkops);
