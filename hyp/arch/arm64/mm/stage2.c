// SPDX-License-Identifier: Apache-2.0
/*
 * Stage 2 tables, 4 KiB granule. They are made when a VM is created. While it runs, entries only go
 * from invalid to valid, so that no walk needs a lock and no TLB entry goes stale (Arm ARM D8.13.1:
 * an entry that faults is not cached). The pages of the balloon's region alone come and go. nk
 * keeps no pointer to them (S2_FOREIGN), and a page comes back with another VM only after all
 * CPUs' TLBs have let it go.
 */
#include "arch/stage2.h"
#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/sysreg.h"
#include "lib/pages.h"
#include "lib/string.h"

#define VTCR_RES1 BIT(31)
#define VTCR_SH_INNER (3UL << 12)
#define VTCR_WB (1UL << 10 | 1UL << 8)

static u32 pa_range; /* ID_AA64MMFR0_EL1.PARange, capped */
static u32 ipa_bits;
static u32 first_level; /* 0 or 1 */
static u64 vtcr;

void stage2_init(void)
{
	static const u8 bits[] = {32, 36, 40, 42, 44, 48};

	pa_range = id_field(read_sysreg(id_aa64mmfr0_el1), 0);
	if (pa_range >= ARRAY_SIZE(bits))
		pa_range = ARRAY_SIZE(bits) - 1;
	ipa_bits = bits[pa_range];
	/* A first level of up to 16 tables side by side replaces level 0 (D8.2.9). */
	first_level = ipa_bits <= 42 ? 1 : 0;
	vtcr = VTCR_RES1 | (u64)pa_range << 16 | VTCR_SH_INNER | VTCR_WB |
	       (first_level ? 1UL : 2UL) << 6 | (64 - ipa_bits);
}

u32 stage2_pa_range(void)
{
	return pa_range;
}

/* Index in the first table, which may be longer than 512 entries. */
static __attribute__((always_inline)) inline u64 *root_entry(const struct arch_vm *vm, ipa_t ipa)
{
	u64 *root = phys_to_virt(vm->vttbr & PTE_ADDR_MASK);

	return &root[ipa >> (39 - 9 * first_level)];
}

int stage2_vm_init(struct arch_vm *vm)
{
	u32 pages = first_level && ipa_bits > 39 ? 1U << (ipa_bits - 39) : 1;
	void *root = pages_alloc_aligned(pages, pages);

	if (!root)
		return -1;
	vm->vtcr = vtcr;
	vm->vttbr = mmu_virt_to_phys(root) | (u64)vm->vmid << 48;
	return 0;
}

/* A zeroed page: of the VM's spare ones first, which are for it alone and last forever. */
static u64 *new_table(struct arch_vm *vm)
{
	u64 *table = vm->s2_spare;

	if (!vm->s2_nr_spare)
		return pages_alloc(1);
	vm->s2_nr_spare--;
	vm->s2_spare += PTRS_PER_TABLE;
	return table;
}

/* The entry of that level for ipa; tables above it are made. NULL: no memory, or a block is there. */
static u64 *make_entry(struct arch_vm *vm, ipa_t ipa, u32 level)
{
	u64 *entry = root_entry(vm, ipa);

	for (u32 l = first_level; l < level; l++) {
		u64 *table;

		if (!*entry) {
			table = new_table(vm);
			if (!table)
				return NULL;
			WRITE_ONCE(*entry, mmu_virt_to_phys(table) | PTE_TABLE);
		} else if ((*entry & PTE_TABLE) != PTE_TABLE) {
			return NULL;
		}
		table = phys_to_virt(*entry & PTE_ADDR_MASK);
		entry = &table[table_index(ipa, l + 1)];
	}
	return entry;
}

static int map_one(struct arch_vm *vm, ipa_t ipa, paddr_t pa, u32 level, u64 attr)
{
	u64 *entry = make_entry(vm, ipa, level);

	if (!entry || *entry)
		return -1;
	WRITE_ONCE(*entry, pa | attr | (level == 3 ? PTE_PAGE : PTE_BLOCK));
	return 0;
}

static u32 best_level(ipa_t ipa, paddr_t pa, u64 size, u32 level)
{
	for (; level < 3; level++)
		if (IS_ALIGNED(ipa | pa, level_size(level)) && size >= level_size(level))
			break;
	return level;
}

static int map_range(struct arch_vm *vm, ipa_t ipa, paddr_t pa, u64 size, u64 attr, u32 top)
{
	if (ipa + size < ipa || (ipa + size - 1) >> ipa_bits)
		return -1;
	while (size) {
		u32 level = best_level(ipa, pa, size, top);

		if (map_one(vm, ipa, pa, level, attr))
			return -1;
		ipa += level_size(level);
		pa += level_size(level);
		size -= level_size(level);
	}
	dsb(ishst);
	return 0;
}

int stage2_map(struct arch_vm *vm, ipa_t ipa, paddr_t pa, u64 size, u64 attr)
{
	return map_range(vm, ipa, pa, size, attr, 1);
}

int stage2_map_late(struct arch_vm *vm, ipa_t ipa, paddr_t pa, u64 size, u64 attr)
{
	return map_range(vm, ipa, pa, size, attr, 2);
}

int stage2_prepare(struct arch_vm *vm, ipa_t ipa, u64 size, u32 *spare)
{
	ipa_t end = ipa + size;

	if (end < ipa || (end - 1) >> ipa_bits)
		return -1;
	while (ipa < end) {
		bool whole = IS_ALIGNED(ipa, BLOCK_SIZE) && end - ipa >= BLOCK_SIZE;

		if (!make_entry(vm, ipa, whole ? 2 : 3))
			return -1;
		*spare += whole;
		ipa = ALIGN_DOWN(ipa, BLOCK_SIZE) + BLOCK_SIZE;
	}
	return 0;
}

void stage2_give_tables(struct arch_vm *vm, void *pages, u32 n)
{
	memset(pages, 0, n * PAGE_SIZE);
	dsb(ishst);
	vm->s2_spare = pages;
	vm->s2_nr_spare = n;
}

int stage2_prepare_pages(struct arch_vm *vm, ipa_t ipa, u64 size, void *tables)
{
	ipa_t end = ipa + size;

	if (end < ipa || (end - 1) >> ipa_bits)
		return -1;
	for (; ipa < end; ipa += BLOCK_SIZE, tables = (char *)tables + PAGE_SIZE)
		if (map_one(vm, ipa, mmu_virt_to_phys(tables), 2, PTE_TABLE))
			return -1;
	dsb(ishst);
	return 0;
}

/* The entry of a page, in tables that are there. Inlined: grants count instructions. */
static __attribute__((always_inline)) inline u64 *page_entry(const struct arch_vm *vm, ipa_t ipa)
{
	u64 *entry = root_entry(vm, ipa);

	for (u32 l = first_level; l < 3; l++) {
		u64 *table = phys_to_virt(READ_ONCE(*entry) & PTE_ADDR_MASK);

		entry = &table[table_index(ipa, l + 1)];
	}
	return entry;
}

void stage2_map_page(struct arch_vm *vm, ipa_t ipa, paddr_t pa, u64 attr)
{
	WRITE_ONCE(*page_entry(vm, ipa), pa | attr | PTE_PAGE);
}

void stage2_unmap_page(struct arch_vm *vm, ipa_t ipa)
{
	WRITE_ONCE(*page_entry(vm, ipa), 0);
}

void stage2_map_done(void)
{
	dsb(ishst);
}

/* All of the VMID, on all CPUs: TLBI has no lists. The VM need not be the one of this CPU. */
void stage2_unmap_done(struct arch_vm *vm)
{
	u64 vttbr = read_sysreg(vttbr_el2);

	dsb(ishst);
	write_sysreg(vm->vttbr, vttbr_el2);
	isb();
	tlbi(vmalls12e1is);
	dsb(ish);
	write_sysreg(vttbr, vttbr_el2);
	isb();
}

#define TABLE_SIZE GIB(1) /* of what a table of level 2 maps */

void stage2_window_fill(const struct stage2_window *w, u64 offset, paddr_t pa, u64 size, u64 attr)
{
	for (u64 at = 0; at < size; at += BLOCK_SIZE)
		w->tables[(offset + at) / BLOCK_SIZE] = (pa + at) | attr | PTE_BLOCK;
}

u64 *stage2_nobodys(void *pages, u64 attr)
{
	u64 *level2 = pages, *level3 = level2 + PTRS_PER_TABLE, *page = level3 + PTRS_PER_TABLE;

	for (u32 i = 0; i < PTRS_PER_TABLE; i++) {
		level2[i] = mmu_virt_to_phys(level3) | PTE_TABLE;
		level3[i] = mmu_virt_to_phys(page) | attr | PTE_PAGE;
	}
	dsb(ishst);
	return level2;
}

/* The entry of level 3. */
static u64 *window_entry(const u64 *level2, u32 page)
{
	u64 *level3 = phys_to_virt(level2[page / PTRS_PER_TABLE] & PTE_ADDR_MASK);

	return &level3[page % PTRS_PER_TABLE];
}

paddr_t stage2_nobodys_page(const u64 *nobodys)
{
	return *window_entry(nobodys, 0) & PTE_ADDR_MASK;
}

void stage2_window_pages(const struct stage2_window *w, void *tables, u32 n, const u64 *nobodys)
{
	const u64 nobodys_entry = *window_entry(nobodys, 0);

	for (u32 page = 0; page < n; page++) {
		if (page % PTRS_PER_TABLE == 0)
			w->tables[page / PTRS_PER_TABLE] =
				mmu_virt_to_phys((u64 *)tables + page) | PTE_TABLE;
		*window_entry(w->tables, page) = nobodys_entry;
	}
	dsb(ishst);
}

paddr_t stage2_window_at(const struct stage2_window *w, u32 n)
{
	return *window_entry(w->tables, n) & PTE_ADDR_MASK;
}

void stage2_window_unset(const struct stage2_window *w, u32 n)
{
	WRITE_ONCE(*window_entry(w->tables, n), 0);
}

void stage2_window_set(const struct stage2_window *w, u32 n, paddr_t pa, u64 attr)
{
	WRITE_ONCE(*window_entry(w->tables, n), pa | attr | PTE_PAGE);
}

int stage2_window_create(struct arch_vm *vm, const struct stage2_window *w, const u64 *nobodys)
{
	ipa_t end = w->ipa + w->nr * TABLE_SIZE;

	if (end < w->ipa || (end - 1) >> ipa_bits)
		return -1;
	for (u32 i = 0; i < w->nr; i++)
		if (map_one(vm, w->ipa + i * TABLE_SIZE, mmu_virt_to_phys(nobodys), 1, PTE_TABLE))
			return -1;
	dsb(ishst);
	return 0;
}

/* The entry of level 1, which is there. */
static u64 *gib_entry(const struct arch_vm *vm, ipa_t ipa)
{
	u64 *entry = root_entry(vm, ipa);

	if (first_level == 1)
		return entry;
	return (u64 *)phys_to_virt(READ_ONCE(*entry) & PTE_ADDR_MASK) + table_index(ipa, 1);
}

/* Break before make (Arm ARM D8.13.1): no CPU has both in its TLB. */
void stage2_window_show(struct arch_vm *vm, const struct stage2_window *w, const u64 *nobodys)
{
	for (u32 i = 0; i < w->nr; i++)
		WRITE_ONCE(*gib_entry(vm, w->ipa + i * TABLE_SIZE), 0);
	stage2_unmap_done(vm);
	for (u32 i = 0; i < w->nr; i++) {
		const u64 *table = nobodys ? nobodys : w->tables + i * PTRS_PER_TABLE;

		WRITE_ONCE(*gib_entry(vm, w->ipa + i * TABLE_SIZE),
			   mmu_virt_to_phys(table) | PTE_TABLE);
	}
	stage2_map_done();
}

/* The entry that maps ipa, or 0; *shift: log2 of the bytes it maps. A step a level, four at most; hypercalls walk often. */
static u64 walk_tables(const struct arch_vm *vm, ipa_t ipa, u32 *shift)
{
	u32 s = 39 - 9 * first_level;
	u64 pte, tables = vm->vttbr, index = ipa >> s;

	if (ipa >> ipa_bits)
		return 0;
	for (;;) {
		const u64 *table = phys_to_virt(tables & PTE_ADDR_MASK);

		pte = READ_ONCE(table[index]);
		if (s == PAGE_SHIFT || (pte & PTE_TABLE) != PTE_TABLE)
			break;
		s -= 9;
		tables = pte;
		index = ipa >> s & 511;
	}
	*shift = s;
	return pte & PTE_VALID ? pte : 0;
}

/* Whether the guest may read what the entry maps as normal memory, or write it. */
static bool is_memory(u64 pte, bool write)
{
	return (pte & S2_MEMATTR_NORMAL) == S2_MEMATTR_NORMAL &&
	       (!write || (pte & S2_AP_RW) == S2_AP_RW);
}

u64 stage2_extent(const struct arch_vm *vm, ipa_t ipa, u64 size, bool write, u32 looks)
{
	u64 done = 0;
	u32 shift;

	if (ipa + size < ipa)
		return 0;
	while (done < size && looks-- && is_memory(walk_tables(vm, ipa + done, &shift), write))
		done += BIT(shift) - ((ipa + done) & (BIT(shift) - 1));
	return MIN(done, size);
}

bool stage2_is_ram(const struct arch_vm *vm, ipa_t ipa)
{
	u32 shift;

	return (walk_tables(vm, ipa, &shift) & S2_MEMATTR_NORMAL) == S2_MEMATTR_NORMAL;
}

void *stage2_guest_ptr(const struct arch_vm *vm, ipa_t ipa, bool write)
{
	u32 shift;
	u64 pte = walk_tables(vm, ipa, &shift);

	if (!is_memory(pte, write) || (pte & S2_FOREIGN))
		return NULL;
	return phys_to_virt((pte & PTE_ADDR_MASK & ~(BIT(shift) - 1)) + (ipa & (BIT(shift) - 1)));
}
