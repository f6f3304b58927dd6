// SPDX-License-Identifier: GPL-2.0-only
/* vlinks, and the memory that is allocated on them. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include "test.h"

#define PDEV_ID 0
#define PDEV_SIZE 5000 /* more than a page */
#define PDEV_ID2 1
#define PDEV_SIZE2 64
#define PMEM_ID 0
#define PMEM_SIZE (2 * PAGE_SIZE + 1)
#define PDEV_PART SZ_16K /* of a link, behind its descriptor, where the tree says nothing */
#define UART 0x9000000 /* of this machine: a device, or nothing */

static void test_lookup(void)
{
	NkPhAddr link = 0, named = 0;
	unsigned int all = 0, seen = 0;

	ok(!nkops.nk_vlink_lookup("no-such-link", 0), "nk_vlink_lookup: unknown name");
	ok(!nkops.nk_vlink_lookup("a-name-of-16-chr", 0), "nk_vlink_lookup: too long a name");
	while ((link = nkops.nk_vlink_lookup(NULL, link)) && all++ < 1024) {
		NkDevVlink *vlink = nkops.nk_ptov(link);

		if (strcmp(vlink->name, TEST_LINK))
			continue;
		named = nkops.nk_vlink_lookup(TEST_LINK, named);
		seen += named == link;
	}
	ok(seen && !nkops.nk_vlink_lookup(TEST_LINK, named),
	   "nk_vlink_lookup: %u of %u links by name, in the same order", seen, all);
	ok(!strcmp(test_vlink->name, TEST_LINK) && test_vlink->s_id != test_vlink->c_id,
	   "the descriptor: link %d, server %u, client %u", test_vlink->link, test_vlink->s_id,
	   test_vlink->c_id);
}

static void test_translation(void)
{
	int local;

	ok(nkops.nk_vtop(test_vlink) == test_link, "nk_ptov, nk_vtop: the descriptor's");
	ok(nkops.nk_vtop(&test_vlink->c_info) == test_link + offsetof(NkDevVlink, c_info),
	   "nk_vtop: in the middle");
	ok(!nkops.nk_vtop(&local) && !nkops.nk_vtop(&test_link) && !nkops.nk_vtop(NULL),
	   "nk_vtop: 0 for what is not in the repository");
	ok(test_vlink->s_info && !strcmp(nkops.nk_ptov(test_vlink->s_info), "the server"),
	   "nk_ptov: the server's info");
	ok(nk_vlink_info(test_link, test_vlink->s_info) == nkops.nk_ptov(test_vlink->s_info),
	   "nk_vlink_info: the server's");
	ok(nk_vlink_info(test_link, test_vlink->c_info) &&
		   !strcmp(nk_vlink_info(test_link, test_vlink->c_info), "the client"),
	   "nk_vlink_info: the client's");
	ok(!nk_vlink_info(test_link, 0) && !nk_vlink_info(test_link, test_link) &&
		   !nk_vlink_info(test_link, test_link - NK_VLINK_INFO_BYTES - 1),
	   "nk_vlink_info: what is not in the page of infos");
}

/* Of the link's part nothing is allocated by this VM: it may all be the peer's. */
static void test_whole_part(void)
{
	NkPhAddr last = test_link + PDEV_PART + sizeof(NkDevVlink) - 1;
	char *va = nkops.nk_ptov(last);

	ok(nkops.nk_vtop(va) == last, "nk_ptov, nk_vtop: the last byte of the link's part");
	ok(va - (char *)test_vlink == last - test_link, "nk_ptov: the part is in one piece");
	*va = 0x77;
	ok(READ_ONCE(*va) == 0x77, "nk_ptov: what is not allocated is memory");
	*va = 0;
}

static void test_pdev(void)
{
	NkPhAddr chunk = nkops.nk_pdev_alloc(test_link, PDEV_ID, PDEV_SIZE);
	NkPhAddr chunk2 = nkops.nk_pdev_alloc(test_link, PDEV_ID2, PDEV_SIZE2);
	char *va, *va2;

	ok(chunk, "nk_pdev_alloc: %d bytes at %#llx", PDEV_SIZE, chunk);
	ok(chunk2 && (chunk2 >= chunk + PDEV_SIZE || chunk2 + PDEV_SIZE2 <= chunk),
	   "nk_pdev_alloc: another label, other memory: %#llx", chunk2);
	ok(nkops.nk_pdev_alloc(test_link, PDEV_ID, PDEV_SIZE) == chunk,
	   "nk_pdev_alloc: the same again");
	ok(!nkops.nk_pdev_alloc(test_link, PDEV_ID, 2 * PDEV_SIZE),
	   "nk_pdev_alloc: the same label with another size fails");
	ok(!nkops.nk_pdev_alloc(test_link + 8, 7, 8), "nk_pdev_alloc: no such link");
	if (!chunk || !chunk2)
		return;
	va = nkops.nk_ptov(chunk);
	va2 = nkops.nk_ptov(chunk2);
	memset(va, 0x5a, PDEV_SIZE);
	memset(va2, 0xa5, PDEV_SIZE2);
	ok(!memchr_inv(va, 0x5a, PDEV_SIZE) && !memchr_inv(va2, 0xa5, PDEV_SIZE2),
	   "nk_ptov: chunks are memory in one piece");
	ok(nkops.nk_vtop(va) == chunk &&
		   nkops.nk_vtop(va + PDEV_SIZE - 1) == chunk + PDEV_SIZE - 1 &&
		   nkops.nk_vtop(va2) == chunk2,
	   "nk_vtop: chunks");
}

static bool maps(NkPhAddr paddr, NkPhSize size)
{
	void *va = nkops.nk_mem_map(paddr, size);

	nkops.nk_mem_unmap(va, paddr, size);
	return va;
}

/* What is this VM's own, and what is not. */
static void test_map_checks(NkPhAddr pmem)
{
	NkPhAddr balloon = (NkPhAddr)nkops.nk_balloon_ctrl(NK_BALLOON_RGN_BASE, NULL, 0)
			   << NK_BALLOON_PFN_SHIFT;
	NkPhSize size = PAGE_ALIGN(PMEM_SIZE);
	void *own = (void *)__get_free_page(GFP_KERNEL);
	NkPhAddr ram = own ? virt_to_phys(own) : 0;
	nku32_f frame = balloon >> NK_BALLOON_PFN_SHIFT;

	ok(own && nkops.nk_mem_map(ram, PAGE_SIZE) == own, "nk_mem_map: own RAM");
	ok(maps(test_link - NK_VLINK_INFO_BYTES, NK_VLINK_INFO_BYTES), "nk_mem_map: infos");
	ok(!maps(pmem, 0), "nk_mem_map: size 0");
	ok(!maps(0, PAGE_SIZE) && !maps(UART, PAGE_SIZE) && !maps(BIT_ULL(40), 8),
	   "nk_mem_map: NULL for what is no memory");
	ok(!maps(pmem - PAGE_SIZE, PAGE_SIZE) && !maps(pmem - 1, size) && !maps(pmem, SZ_1G),
	   "nk_mem_map: NULL beside what was allocated, and beyond");
	ok(!maps(ram, ~0ULL) && !maps(~0ULL, 1) && !maps(~0ULL - 7, 16),
	   "nk_mem_map: NULL for what wraps");
	free_page((unsigned long)own);
	if (!nkops.nk_balloon_our_pages())
		return;
	ok(maps(balloon, PAGE_SIZE), "nk_mem_map: a page of the balloon that is held");
	nkops.nk_balloon_ctrl(NK_BALLOON_FREE, &frame, 1);
	ok(!maps(balloon, PAGE_SIZE), "nk_mem_map: NULL when it was given away");
	nkops.nk_balloon_ctrl(NK_BALLOON_ALLOC, &frame, 1);
}

static void test_pmem(void)
{
	NkPhAddr pmem = nkops.nk_pmem_alloc(test_link, PMEM_ID, PMEM_SIZE);
	NkPhSize size = PAGE_ALIGN(PMEM_SIZE);
	char *a, *b;

	ok(pmem && PAGE_ALIGNED(pmem), "nk_pmem_alloc: %lu bytes at %#llx", PMEM_SIZE, pmem);
	ok(nkops.nk_pmem_alloc(test_link, PMEM_ID, PMEM_SIZE) == pmem,
	   "nk_pmem_alloc: the same again");
	ok(!nkops.nk_pmem_alloc(test_link, PMEM_ID, 3 * PMEM_SIZE),
	   "nk_pmem_alloc: the same label with another size fails");
	ok(!nkops.nk_pmem_alloc(test_link + 8, 7, 8), "nk_pmem_alloc: no such link");
	ok(!nkops.nk_mem_map(test_link, 0), "nk_mem_map: nothing");
	if (!pmem)
		return;
	test_map_checks(pmem);
	a = nkops.nk_mem_map(pmem, size);
	b = nkops.nk_mem_map(pmem + PAGE_SIZE, PAGE_SIZE);
	ok(a && b, "nk_mem_map");
	if (a && b) {
		memset(a, 0x11, size);
		b[3] = 0x22;
		ok(a[PAGE_SIZE + 3] == 0x22 && a[size - 1] == 0x11, "nk_mem_map: twice the same");
	}
	nkops.nk_mem_unmap(b, pmem + PAGE_SIZE, PAGE_SIZE);
	nkops.nk_mem_unmap(a, pmem, size);
	ok(true, "nk_mem_unmap");
}

void test_links(void)
{
	test_lookup();
	test_translation();
	test_whole_part();
	test_pdev();
	test_pmem();
}
