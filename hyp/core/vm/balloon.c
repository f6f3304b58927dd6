// SPDX-License-Identifier: Apache-2.0
/*
 * Memory that moves between VMs, by pages, as NK_BALLOON_CTRL(3D) says.
 *
 * A page belongs to a VM, to the pool, or is on its way, when only the CPU that moves it touches it.
 * Who gets it finds zeroes: it is wiped on its way out of the pool. Who gives it away has no access
 * any more before it is in the pool. What the host holds stays its own when it stops, so that its
 * next life finds as much; what a taker holds goes to the pool.
 *
 * The region of all members is where the pool is (IPA = PA). Tables for it are made at boot.
 *
 * Lock: pool.lock, for owners and the list of free pages. Nothing long is done with it.
 */
#include "core/vm/balloon.h"
#include "arch/cache.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "core/system.h"
#include "core/vm/ram.h"
#include "core/vm/vm.h"
#include "lib/string.h"

#define PFN_BITS 32
#define OWNER_POOL 0
#define OWNER_NONE 0xff /* on its way */
#define NO_PAGE (~0u)

static struct {
	spinlock_t lock;
	struct range mem; /* size 0: no ballooning */
	u32 nr; /* pages */
	u32 first; /* free page, or NO_PAGE */
	u32 *next; /* of each free page, the one behind it */
	u8 *owner; /* of each page: VM id, OWNER_POOL, OWNER_NONE */
} pool = {.lock = SPINLOCK(LOCK_BALLOON)};

bool balloon_is_member(u32 id)
{
	const struct cfg_balloon *b = &sys_config.balloon;

	return b->host == id || (b->takers >> id & 1);
}

struct range balloon_region(void)
{
	return pool.mem;
}

static u64 page_address(u32 page)
{
	return pool.mem.base + ((u64)page << PAGE_SHIFT);
}

/* Takes up to n pages out of the pool. Returns how many there were. */
static u32 take_free(u32 *pages, u32 n)
{
	u32 taken = 0;

	spin_lock(&pool.lock);
	while (taken < n && pool.first != NO_PAGE) {
		u32 page = pool.first;

		pool.first = pool.next[page];
		pool.owner[page] = OWNER_NONE;
		pages[taken++] = page;
	}
	spin_unlock(&pool.lock);
	return taken;
}

/* Takes those of n frames that VM id holds. Returns how many. */
static u32 take_owned(u32 id, const u32 *frames, u32 n, u32 *pages)
{
	u32 first = (u32)(pool.mem.base >> NK_BALLOON_PFN_SHIFT), taken = 0;

	spin_lock(&pool.lock);
	for (u32 i = 0; i < n; i++) {
		u32 page = frames[i] - first;

		if (page >= pool.nr || pool.owner[page] != id)
			continue;
		pool.owner[page] = OWNER_NONE;
		pages[taken++] = page;
	}
	spin_unlock(&pool.lock);
	return taken;
}

/* Pages arrive from their way: at a VM, or in the pool. */
static void put_pages(const u32 *pages, u32 n, u32 owner)
{
	spin_lock(&pool.lock);
	while (n--) {
		u32 page = *pages++;

		pool.owner[page] = (u8)owner;
		if (owner == OWNER_POOL) {
			pool.next[page] = pool.first;
			pool.first = page;
		}
	}
	spin_unlock(&pool.lock);
}

static void wipe_page(u32 page)
{
	cache_wipe(phys_to_virt(page_address(page)), PAGE_SIZE);
}

u32 balloon_give(struct vm *vm, u32 *frames, u32 n)
{
	u32 pages[BALLOON_CHUNK];

	n = take_free(pages, n);
	for (u32 i = 0; i < n; i++) {
		wipe_page(pages[i]);
		stage2_map_page(&vm->arch, page_address(pages[i]), page_address(pages[i]),
				S2_BALLOON);
		frames[i] = (u32)(page_address(pages[i]) >> NK_BALLOON_PFN_SHIFT);
	}
	if (!n)
		return 0;
	cache_sync_instructions(); /* also of who had the page before; and the tables are written */
	put_pages(pages, n, vm->arch.id);
	return n;
}

u32 balloon_take_back(struct vm *vm, const u32 *frames, u32 n)
{
	u32 pages[BALLOON_CHUNK];

	n = take_owned(vm->arch.id, frames, n, pages);
	if (!n)
		return 0;
	for (u32 i = 0; i < n; i++)
		stage2_unmap_page(&vm->arch, page_address(pages[i]));
	stage2_unmap_done(&vm->arch);
	put_pages(pages, n, OWNER_POOL);
	return n;
}

/* For each page of a loop over all of them: takes pending interrupts now and then. */
static void poll_now_and_then(u32 page)
{
	if (page % BALLOON_CHUNK == 0)
		arch_cpu_poll();
}

int balloon_vm_load(struct vm *vm)
{
	u32 frames[BALLOON_CHUNK];

	if (!pool.nr || sys_config.balloon.host != vm->arch.id)
		return 0;
	for (u32 page = 0; page < pool.nr; page++) {
		if (READ_ONCE(pool.owner[page]) == vm->arch.id)
			wipe_page(page);
		poll_now_and_then(page);
	}
	while (balloon_give(vm, frames, BALLOON_CHUNK))
		arch_cpu_poll();
	return 0;
}

void balloon_vm_stop(struct vm *vm)
{
	u32 id = vm->arch.id;

	if (!pool.nr || !(sys_config.balloon.takers >> id & 1))
		return;
	for (u32 page = 0; page < pool.nr; page++) {
		if (READ_ONCE(pool.owner[page]) == id)
			stage2_unmap_page(&vm->arch, page_address(page));
		poll_now_and_then(page);
	}
	stage2_unmap_done(&vm->arch);
	for (u32 page = 0; page < pool.nr; page++) {
		if (READ_ONCE(pool.owner[page]) == id)
			put_pages(&page, 1, OWNER_POOL);
		poll_now_and_then(page);
	}
}

void balloon_vm_describe(const struct vm *vm, struct gtree_params *p)
{
	if (balloon_is_member(vm->arch.id))
		p->balloon = pool.mem;
}

static void *alloc_ram(u64 size)
{
	u64 pa;

	size = ALIGN_UP(size, PAGE_SIZE);
	return ram_alloc_top(size, ~0UL, &pa) ? memset(phys_to_virt(pa), 0, size) : NULL;
}

static int no_memory(struct cfg_error *err)
{
	return cfg_fail_at(err, &sys_config.balloon.node, "size",
			   "0x%llx bytes and what nk keeps of them: not free in one piece beside "
			   "VMs with `base`",
			   (unsigned long long)sys_config.balloon.size);
}

int balloon_vm_create(struct vm *vm, struct cfg_error *err)
{
	u64 tables = pool.mem.size / BLOCK_SIZE;
	void *pages;

	if (!pool.nr || !balloon_is_member(vm->arch.id))
		return 0;
	pages = alloc_ram(tables * PAGE_SIZE);
	if (!pages || stage2_prepare_pages(&vm->arch, pool.mem.base, pool.mem.size, pages))
		return no_memory(err);
	return 0;
}

int balloon_create(struct cfg_error *err)
{
	u32 n;
	const struct range *avoid = system_relocated(NULL, &n);
	u64 size = sys_config.balloon.size;

	if (!size)
		return 0;
	if (!ram_alloc_highest(size, BLOCK_SIZE, BIT(PFN_BITS + NK_BALLOON_PFN_SHIFT), avoid, n,
			       &pool.mem.base))
		return no_memory(err);
	pool.mem.size = size;
	pool.nr = (u32)(size >> PAGE_SHIFT);
	pool.owner = alloc_ram(pool.nr);
	pool.next = alloc_ram(pool.nr * sizeof(*pool.next));
	if (!pool.owner || !pool.next)
		return no_memory(err);
	pool.first = NO_PAGE;
	for (u32 page = pool.nr; page--;)
		put_pages(&page, 1, OWNER_POOL);
	return 0;
}
