/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the device tree a guest boots with. */
#ifndef CONFIG_GUEST_GTREE_H
#define CONFIG_GUEST_GTREE_H

#include "config/bundle.h"
#include "config/model.h"

/* What is decided at run time rather than in the configuration. */
struct gtree_params {
	void (*between)(void); /* called between two properties; NULL: nothing is */
	u32 nr_ram;
	struct range ram[CFG_RAM_PIECES]; /* the guest's; the first has what nk puts there */
	ipa_t initrd_start; /* size 0: none */
	u64 initrd_size;
	u64 vcpu_mpidr[NK_VCPUS_MAX];
	u64 gicd_base, gicd_size; /* the guest's frames */
	u64 gicc_base, gicc_size; /* GICv2 */
	u64 gicr_base, gicr_size; /* GICv3: one region, nr_vcpus frames */
	u64 uart_base, uart_size; /* size 0: there is none */
	u32 uart_intid;
	struct range window; /* all vlinks' memory; size 0: the VM has no links */
	struct range balloon; /* where its pages come and go; size 0: it has no part in that */
	u32 xirq_spi; /* first cross interrupt, as an SPI */
	u32 nr_xirqs;
};

/*
 * Writes the guest's tree of vm into buf (size bytes, 8-byte aligned): generated, or the
 * bundle's `dtb` patched. Neither the names of its properties nor all else may take more than half
 * of buf. Returns the tree's bytes, or -1 with *err filled.
 * Context: boot or restart; pure, no locks.
 */
int gtree_build(void *buf, size_t size, const struct cfg_system *s, const struct cfg_vm *vm,
		const struct cfg_board *board, const struct bundle *bundle,
		const struct gtree_params *p, struct cfg_error *err);

#endif
