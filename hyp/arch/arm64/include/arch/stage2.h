/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's second stage of translation (Arm ARM D8.2, D8.3). */
#ifndef ARCH_STAGE2_H
#define ARCH_STAGE2_H

#include "arch/vcpu.h"

/* Picks IPA size and first level for this machine. Context: boot CPU, before the first VM. */
void stage2_init(void);

/* ID_AA64MMFR0_EL1.PARange as guests may see it: what stage 2 translates. */
u32 stage2_pa_range(void);

/* Gives vm an empty address space with its VMID. Returns 0, or -1 without memory. Context: boot. */
int stage2_vm_init(struct arch_vm *vm);

/*
 * Maps page-aligned [ipa, ipa + size) to pa with S2_RAM or S2_DEVICE, in the largest blocks that
 * fit. Returns 0, or -1 when memory ran out, the range is beyond the IPA size, or part of it is
 * mapped already. Context: VM creation.
 */
int stage2_map(struct arch_vm *vm, ipa_t ipa, paddr_t pa, u64 size, u64 attr);

/*
 * Makes what tables [ipa, ipa + size) needs while nothing is mapped there, but for those below its
 * whole 2 MiB blocks, which may become blocks or tables: their number is added to *spare. Returns
 * 0, or -1: no memory, beyond the IPA size, or mapped. Context: VM creation.
 */
int stage2_prepare(struct arch_vm *vm, ipa_t ipa, u64 size, u32 *spare);

/* n pages for the tables that stage2_prepare() asked for. Context: VM creation, after the last. */
void stage2_give_tables(struct arch_vm *vm, void *pages, u32 n);

/*
 * As stage2_map(), in prepared parts only, with blocks of 2 MiB at most; then it cannot fail.
 * Guests may use the range when it has returned. Context: any, one caller at a time for a VM.
 */
int stage2_map_late(struct arch_vm *vm, ipa_t ipa, paddr_t pa, u64 size, u64 attr);

/*
 * Prepares [ipa, ipa + size), whole 2 MiB blocks, for single pages; tables: a zeroed page for each
 * block. Returns 0, or -1: no memory for tables above these, beyond the IPA size, or mapped.
 * Context: VM creation.
 */
int stage2_prepare_pages(struct arch_vm *vm, ipa_t ipa, u64 size, void *tables);

/*
 * Maps one page of a prepared part, or takes it away. A caller has a page for itself. A mapping is
 * seen by guests when stage2_map_done() (a DSB ISHST or more) has returned, the lack of one when stage2_unmap_done() has returned: no CPU
 * has it in its TLB, and accesses by it are complete. Context: any CPU.
 */
void stage2_map_page(struct arch_vm *vm, ipa_t ipa, paddr_t pa, u64 attr);
void stage2_map_done(void);
void stage2_unmap_page(struct arch_vm *vm, ipa_t ipa);
void stage2_unmap_done(struct arch_vm *vm);

/*
 * A window, whole GiBs, in which a VM sees what is another's at times, and what is nobody's at others. Tables of level 2, one
 * for each GiB, have what there is to be seen.
 */
struct stage2_window {
	ipa_t ipa;
	u32 nr; /* GiBs */
	u64 *tables;
};

/* Adds [pa, pa + size), whole 2 MiB blocks, `offset` bytes from the window's start. Context: before stage2_window_create(). */
void stage2_window_fill(const struct stage2_window *w, u64 offset, paddr_t pa, u64 size, u64 attr);

/*
 * The VM has the window, and nothing in it but what is nobody's: a table of level 2 that stage2_nobodys() made. Returns 0, or
 * -1: no memory for tables, beyond the IPA size, or mapped. Context: boot.
 */
int stage2_window_create(struct arch_vm *vm, const struct stage2_window *w, const u64 *nobodys);

/* All entries of a table of level 2 and one of level 3 lead to a page. pages: 3 of them, zeroed; returns the first. */
u64 *stage2_nobodys(void *pages, u64 attr);

/*
 * The first n pages of the window have tables of their own, and are nobody's. tables: a zeroed page for each 2 MiB. Context:
 * boot.
 */
void stage2_window_pages(const struct stage2_window *w, void *tables, u32 n, const u64 *nobodys);

/* The page that page n of those leads to. Context: any, as all that follows, one caller at a time for a page. */
paddr_t stage2_window_at(const struct stage2_window *w, u32 n);

/*
 * What page n leads to: nothing, before it is another one. Between these two the VM's TLBs have to lose the first, by
 * stage2_unmap_done(), and an access of the VM's may fault; stage2_map_done() behind the second.
 */
void stage2_window_unset(const struct stage2_window *w, u32 n);
void stage2_window_set(const struct stage2_window *w, u32 n, paddr_t pa, u64 attr);

/* The page of what stage2_nobodys() made. */
paddr_t stage2_nobodys_page(const u64 *nobodys);

/*
 * From now on the VM sees what the tables have (NULL: nobodys is), and has nothing else of the window in its TLBs. An access
 * of its meanwhile may fault. Context: any CPU, one caller at a time for a window and VM.
 */
void stage2_window_show(struct arch_vm *vm, const struct stage2_window *w, const u64 *nobodys);

/*
 * Where EL2 sees the guest's normal memory at ipa, up to the end of that 4 KiB page, if the guest
 * may read it (or write it); NULL else. It stays so as long as nk runs. Context: any.
 */
void *stage2_guest_ptr(const struct arch_vm *vm, ipa_t ipa, bool write);

/*
 * How many bytes from ipa on, size at most, are normal memory that the guest may read (or write):
 * its RAM, what it sees of vlinks, pages of the balloon that it holds. At most `looks` mappings are
 * looked at, so less may be returned than there is; 0: none at ipa. Context: any.
 */
u64 stage2_extent(const struct arch_vm *vm, ipa_t ipa, u64 size, bool write, u32 looks);

/* Whether the guest has RAM at ipa, a vlink's memory included. Context: any. */
bool stage2_is_ram(const struct arch_vm *vm, ipa_t ipa);

#endif
