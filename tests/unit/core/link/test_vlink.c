// SPDX-License-Identifier: Apache-2.0
/*
 * vlinks with the real allocators, hypercalls, RAM and stage-2 tables: what each end gets and sees,
 * what nobody else does, whatever a guest passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/mmu.h"
#include "arch/stage2.h"
#include "core/vm/ram.h"
#include "fake/fake.h"
#include "nk/svec.h"
#include "vlink_rig.h"

/* What a VM may do at an address: 0 nothing, 1 read, 2 write. */
static u32 access(u32 id, ipa_t ipa)
{
	const struct arch_vm *arch = &vms[id - FIRST_VM].arch;
	void *p = stage2_guest_ptr(arch, ipa, false);

	if (!p)
		return 0;
	assert_ptr_equal(p, phys_to_virt(ipa));
	return stage2_guest_ptr(arch, ipa, true) ? 2 : 1;
}

static bool inside(struct range r, u64 base, u64 size)
{
	return base >= r.base && size <= r.size && base - r.base <= r.size - size;
}

static bool has_chunk(const struct vlink *l, ipa_t page)
{
	for (u32 i = 0; i < l->labels[VLINK_PMEM].nr; i++) {
		const struct vlink_label *label = &l->labels[VLINK_PMEM].label[i];

		if (page >= label->value &&
		    page < ALIGN_UP((u64)label->value + label->size, PAGE_SIZE))
			return true;
	}
	return false;
}

static u32 wanted_access(u32 id, ipa_t page)
{
	for (struct vlink *l = vlinks; l < vlinks + NR_LINKS; l++) {
		if (!vlink_is_end(l, id))
			continue;
		if (inside(l->infos, page, PAGE_SIZE))
			return 1;
		if (inside(l->shared, page, PAGE_SIZE) || has_chunk(l, page))
			return 2;
	}
	return 0;
}

/* Every page of the machine's RAM, and some beyond it. */
static void check_walls(void)
{
	for (u32 id = FIRST_VM; id < FIRST_VM + NR_VMS; id++)
		for (ipa_t page = FAKE_RAM; page < FAKE_RAM + RIG_RAM_SIZE; page += PAGE_SIZE)
			assert_int_equal(access(id, page), wanted_access(id, page));
}

static void check_desc(const struct vlink *l, const char *name, s32 number, const char *s_info,
		       const char *c_info)
{
	const NkDevVlink *d = phys_to_virt(l->ipa);

	assert_string_equal(d->name, name);
	assert_int_equal(d->link, number);
	assert_int_equal(d->s_id, l->vm[0]);
	assert_int_equal(d->c_id, l->vm[1]);
	assert_int_equal(d->c_state, NK_DEV_VLINK_OFF);
	assert_int_equal(!!d->s_info, !!s_info);
	assert_int_equal(!!d->c_info, !!c_info);
	if (s_info)
		assert_string_equal(phys_to_virt(d->s_info), s_info);
	if (c_info)
		assert_string_equal(phys_to_virt(d->c_info), c_info);
}

static void check_descs(void)
{
	check_desc(&vlinks[EVENTS_2], NK_HYPEVENT_NAME, 0, "vproperty", NULL);
	check_desc(&vlinks[EVENTS_4], NK_HYPEVENT_NAME, 1, "vproperty", NULL);
	check_desc(&vlinks[BIG], "big", 0, "one,two", NULL);
	check_desc(&vlinks[SMALL], "small", 0, NULL, "there");
	check_desc(&vlinks[SMALL_BACK], "small", 0, "there", NULL);
	check_desc(&vlinks[LOOP], "loop", 0, NULL, "");
	check_desc(&vlinks[RPC_3], "rpc", 0, NULL, NULL);
	check_desc(&vlinks[RPC_4], "rpc", 1, NULL, NULL);
}

static void test_create(void **state)
{
	struct range w;

	rig_setup();
	w = rig_window();
	assert_true(inside((struct range){FAKE_RAM, RIG_RAM_SIZE}, w.base, w.size));
	check_descs();
	for (u32 i = 0; i < NR_LINKS; i++) {
		const struct vlink *l = &vlinks[i];

		assert_int_equal(l->ipa % PAGE_SIZE, 0);
		assert_true(inside(w, l->shared.base, l->shared.size));
		assert_true(inside(w, l->pmem.base, l->pmem.size));
		assert_int_equal(l->pmem.size, sys_config.links[i].pmem_size);
		for (u32 j = 0; j < i; j++)
			assert_true(vlinks[j].shared.base + vlinks[j].shared.size <=
				    l->shared.base);
	}
	check_walls();
	assert_int_equal(vlinks_of_vm(2), 7);
	assert_int_equal(vlinks_of_vm(5), 0);
	assert_int_equal(vlinks_pmem_size(), MIB(16));
	assert_int_equal(vms[1].xirqs.posters[0], BIT(2) | BIT(3));
	assert_int_equal(vms[2].xirqs.posters[0] & ~BIT(1), BIT(2) | BIT(4));
}

static void test_lookup(void **state)
{
	static const u8 of_vm[NR_VMS][NR_LINKS] = {
		{EVENTS_2, BIG, SMALL, SMALL_BACK, LOOP, RPC_3, RPC_4},
		{BIG, SMALL, SMALL_BACK, RPC_3},
		{EVENTS_4, RPC_4},
	};
	static const u32 count[NR_VMS] = {7, 4, 2};

	rig_setup();
	for (u32 i = 0; i < NR_VMS; i++) {
		u32 id = i + FIRST_VM;
		u64 link = 0;

		for (u32 n = 0; n < count[i]; n++) {
			link = lookup(id, NULL, link);
			assert_int_equal(link, vlinks[of_vm[i][n]].ipa);
		}
		assert_int_equal(lookup(id, NULL, link), 0);
	}
	assert_int_equal(lookup(2, "small", 0), vlinks[SMALL].ipa);
	assert_int_equal(lookup(2, "small", vlinks[SMALL].ipa), vlinks[SMALL_BACK].ipa);
	assert_int_equal(lookup(2, "small", vlinks[SMALL_BACK].ipa), 0);
	assert_int_equal(lookup(2, "rpc", vlinks[EVENTS_2].ipa), vlinks[RPC_3].ipa);
	assert_int_equal(lookup(4, "rpc", 0), vlinks[RPC_4].ipa);
	assert_int_equal(lookup(4, "small", 0), 0);
	assert_int_equal(lookup(2, "", 0), 0);
	assert_int_equal(lookup(2, "smal", 0), 0);
	assert_int_equal(lookup(2, "0123456789abcdef", 0), 0);
	assert_int_equal(lookup(4, NULL, vlinks[BIG].ipa), 0);
	assert_int_equal(lookup(2, NULL, vlinks[BIG].ipa + 1), 0);
	/* The name as the descriptor has it now does not count. */
	strcpy(vlinks[BIG].desc->name, "rpc");
	assert_int_equal(lookup(2, "big", 0), vlinks[BIG].ipa);
}

/* The last line of nk. */
static void refused(const char *line)
{
	assert_string_equal(fake_warned.last, line);
}

static void test_pdev(void **state)
{
	u64 first;

	rig_setup();
	first = pdev(2, RPC_3, 0, 1);
	assert_int_equal(first, vlinks[RPC_3].ipa + 64);
	assert_int_equal(pdev(3, RPC_3, 7, 0x1000), first + 64);
	assert_int_equal(pdev(3, RPC_3, 0, 1), first);
	assert_int_equal(pdev(3, RPC_3, 0, 2), 0);
	assert_int_equal(pdev(4, RPC_3, 0, 1), 0);
	assert_int_equal(fake_warned.lines, 1);
	refused("vlink rpc:0: pdev 0: 0x2: not as it was allocated");
	assert_int_equal(pdev(3, RPC_3, 0, 0) + pdev(3, RPC_3, 0, 1UL << 32 | 1), 0);
	refused("vlink rpc:0: pdev 0: 0x100000001: not as it was allocated");
	assert_int_equal(fake_warned.lines, 3);
	assert_int_equal(pdev(3, RPC_3, 9, 0) + pdev(3, RPC_3, 9, 1UL << 32), 0);
	assert_int_equal(fake_warned.lines, 3);
	/* 4352 bytes and the descriptor are two pages, and what is left is 0xf80. */
	assert_int_equal(pdev(2, RPC_3, 8, 0xf81), 0);
	assert_non_null(strstr(fake_warned.last,
			       "vlink rpc:0: pdev 8: 0xf81: more than is left: raise `pdev-size`"));
	assert_true(pdev(2, RPC_3, 8, 0xf80));
	assert_int_equal(pdev(2, RPC_3, 9, 1), 0);
	assert_true(pdev(2, RPC_4, 9, 1));
	/* nk's own chunk is the client's as well. */
	assert_int_equal(pdev(2, EVENTS_2, 0, sizeof(NkHypevent)), vlinks[EVENTS_2].ipa + 64);
	check_walls();
}

static void test_pmem(void **state)
{
	const struct vlink *big, *small;
	u64 a, b, c;

	rig_setup();
	big = &vlinks[BIG];
	small = &vlinks[SMALL];
	a = pmem(2, BIG, 0, 5);
	check_walls();
	b = pmem(3, BIG, 1, BLOCK_SIZE + 1);
	check_walls();
	c = pmem(2, BIG, 2, BLOCK_SIZE);
	assert_int_equal(a, big->pmem.base + big->pmem.size - PAGE_SIZE);
	assert_int_equal(b, big->pmem.base);
	assert_int_equal(c, big->pmem.base + 2 * BLOCK_SIZE);
	assert_int_equal(big->pmem.base % BLOCK_SIZE, 0);
	check_walls();
	assert_int_equal(pmem(3, BIG, 0, 5), a);
	assert_int_equal(pmem(3, BIG, 0, 6), 0);
	refused("vlink big:0: pmem 0: 0x6: not as it was allocated");
	assert_int_equal(pmem(3, BIG, 9, BLOCK_SIZE), 0);
	assert_non_null(strstr(fake_warned.last, "raise `pmem-quota`"));
	assert_int_equal(pmem(3, BIG, 9, MIB(1)), 0);
	assert_true(pmem(3, BIG, 9, MIB(1) - PAGE_SIZE));
	assert_int_equal(pmem(3, BIG, 10, 1), 0);
	/* One link's end is not another's beginning. */
	for (u32 i = 0; i < 11; i++)
		assert_true(inside(small->pmem, pmem(2, SMALL, i, PAGE_SIZE), PAGE_SIZE));
	assert_int_equal(pmem(2, SMALL, 11, 1), 0);
	assert_true(pmem(2, SMALL_BACK, 0, 0xb000));
	assert_int_equal(pmem(2, EVENTS_2, 0, 1), 0);
	assert_true(pmem(2, LOOP, 0, vlinks[LOOP].pmem.size));
	assert_int_equal(vlinks_pmem_used(), PAGE_SIZE + (BLOCK_SIZE + PAGE_SIZE) + BLOCK_SIZE +
						     MIB(1) - PAGE_SIZE + 2 * 0xb000 +
						     vlinks[LOOP].pmem.size);
	check_walls();
}

static void test_pxirq(void **state)
{
	u64 first, second;

	rig_setup();
	first = pxirq(2, SMALL, 0, 3, 4);
	second = pxirq(3, SMALL, 1, 3, 5);
	assert_int_equal(second, first + 4);
	assert_int_equal(pxirq(3, SMALL, 0, 3, 4), first);
	assert_int_equal(pxirq(3, SMALL, 0, 3, 5), 0);
	refused("vlink small:0: pxirq 0: 0x5: not as it was allocated");
	assert_int_equal(pxirq(3, SMALL, 0, 2, 4), 0);
	refused("vlink small:0: pxirq 0: 0x4: not as it was allocated");
	assert_int_equal(pxirq(3, SMALL, 2, 3, 1), 0);
	assert_non_null(strstr(fake_warned.last, "raise `xirq-quota`"));
	assert_true(pxirq(3, SMALL, 2, 2, 9));
	for (u32 vm = 0; vm < 40; vm++)
		assert_int_equal(!!pxirq(2, SMALL_BACK, vm, vm, 1), vm == 2 || vm == 3);
	/* A loop's two quotas are one. */
	assert_true(pxirq(2, LOOP, 0, 2, 3));
	assert_int_equal(pxirq(2, LOOP, 1, 2, 1), 0);
	/* The end of the numbers. */
	for (u32 nb = 1; nb; nb <<= 1)
		assert_int_equal(!!pxirq(2, RPC_3, nb, 3, nb), nb < 64);
	assert_int_equal(pxirq(2, RPC_3, 99, 3, ~0u), 0);
	/* nk's own label is the client's to ask for, and there are no others. */
	assert_true(pxirq(2, EVENTS_2, NK_HYPEVENT_XIRQ_ID, 2, 1));
	assert_int_equal(pxirq(2, EVENTS_2, 1, 2, 1), 0);
	assert_int_equal(CALL(4, xirq_post, first, 3), GONE);
	assert_int_equal(CALL(2, xirq_post, first, 3), 0);
	assert_true(was_posted(3, (u32)first));
	assert_true(none_posted());
}

/* Label by chance, sizes that hurt: against what was found before. */
static void test_random(void **state)
{
	static const u64 sizes[] = {0,		 1,
				    63,		 64,
				    65,		 4095,
				    4096,	 4097,
				    0x8000,	 BLOCK_SIZE - 1,
				    BLOCK_SIZE,	 BLOCK_SIZE + 1,
				    MIB(4),	 ~0ul,
				    1ul << 32,	 1ul << 63,
				    ~0ul - 63,	 ~0ul - 4094,
				    ~0ul - 4095, 0xffffffff,
				    0x80000000};
	static u64 known[VLINK_KINDS][NR_LINKS][80], wanted[VLINK_KINDS][NR_LINKS][80];

	rig_setup();
	srand(1);
	for (u32 i = 0; i < 20000; i++) {
		u32 kind = (u32)rand() % VLINK_KINDS, link = (u32)rand() % NR_LINKS;
		u32 label = (u32)rand() % 80, id = FIRST_VM + (u32)rand() % NR_VMS;
		u64 size = rand() % 3 ? sizes[(u32)rand() % ARRAY_SIZE(sizes)] : (u64)rand() % 300;
		u64 *value = &known[kind][link][label], *want = &wanted[kind][link][label];
		u64 got;

		if (link == EVENTS_2 || link == EVENTS_4 || (kind == VLINK_PXIRQ && size > ~0u))
			continue;
		got = kind == VLINK_PDEV   ? pdev(id, link, label, size)
		      : kind == VLINK_PMEM ? pmem(id, link, label, size)
					   : pxirq(id, link, label, vlinks[link].vm[1], size);
		if (!vlink_is_end(&vlinks[link], id) || (*value && *want != size)) {
			assert_int_equal(got, 0);
			continue;
		}
		assert_true(!*value || got == *value);
		*value = got;
		*want = size;
		if (got && kind != VLINK_PXIRQ)
			assert_true(
				inside(kind == VLINK_PDEV ? vlinks[link].shared : vlinks[link].pmem,
				       got, size));
	}
	check_walls();
	check_descs();
	for (u32 link = 0; link < NR_LINKS; link++)
		for (u32 n = 0; n < VLINK_KINDS * 80 * 80; n++) {
			u32 kind = n / 6400, a = n / 80 % 80, b = n % 80;
			const u64 *v = known[kind][link], *size = wanted[kind][link];

			assert_true(a == b || !v[a] || !v[b] || v[a] + size[a] <= v[b] ||
				    v[b] + size[b] <= v[a]);
		}
}

/* Links that are none, in all calls. */
static void test_no_links(void **state)
{
	struct cfg_error err;

	rig_setup();
	const u64 links[] = {0,	    1,	  vlinks[BIG].ipa + 8,	       vlinks[BIG].ipa,
			     NAMES, GONE, vlinks[BIG].ipa | 1ul << 32, rig_window().base};

	for (u32 i = 0; i < ARRAY_SIZE(links); i++) {
		assert_int_equal(CALL(4, pdev_alloc, links[i], 1, 3), 0);
		assert_int_equal(CALL(4, pmem_alloc, links[i], 1, 3), 0);
		assert_int_equal(CALL(4, pxirq_alloc, links[i], 1, 3, 1), 0);
		assert_int_equal(CALL(4, sysconf_ctl, links[i], 1), 0);
		assert_int_equal(CALL(4, sysconf_post, links[i], 1), GONE);
	}
	assert_int_equal(fake_warned.lines, 0);
	/* A system without vlinks. */
	rig_make(&err);
	sys_config.nr_links = 0;
	assert_int_equal(vlinks_create(&err), 0);
	rig_vm_init(2, NK_XIRQ_NR);
	assert_int_equal(vlinks_vm_create(&vms[0], &err), 0);
	assert_int_equal(vlinks_pmem_size(), 0);
	assert_int_equal(lookup(2, NULL, 0), 0);
	assert_int_equal(CALL(2, pdev_alloc, 0, 1, 8) + CALL(2, sysconf_ctl, 0, 1), 0);
	vlink_hypevent(2, "vproperty", 1, NULL);
	vlinks_vm_stop(&vms[0]);
	assert_true(none_posted());
}

static u64 extent(u32 id, u64 ipa, u64 size, u64 write)
{
	return CALL(id, mem_extent, ipa, size, (u32)write);
}

/* A link's part ends where it ends, for those who may write; a VM is told of nobody else's. */
static void test_extent(void **state)
{
	u64 page, block;

	rig_setup();
	for (u32 i = 0; i < NR_LINKS; i++) {
		const struct vlink *l = &vlinks[i];

		for (u32 id = FIRST_VM; id < FIRST_VM + NR_VMS; id++) {
			bool own = vlink_is_end(l, id);

			assert_int_equal(extent(id, l->ipa, MIB(1), 1), own ? l->shared.size : 0);
			assert_int_equal(extent(id, l->ipa + 1, 5, 0), own ? 5 : 0);
			assert_int_equal(extent(id, l->infos.base, MIB(1), 1), 0);
			assert_int_equal(extent(id, l->infos.base, PAGE_SIZE + 1, 0),
					 own ? PAGE_SIZE + 1 : 0);
		}
		assert_int_equal(extent(2, l->pmem.base, PAGE_SIZE, 0), 0);
	}
	page = pmem(2, BIG, 0, PAGE_SIZE);
	block = pmem(3, BIG, 1, 2 * BLOCK_SIZE);
	assert_int_equal(extent(3, page + 8, PAGE_SIZE, 1), PAGE_SIZE - 8);
	assert_int_equal(extent(2, block + 8, MIB(64), 1), 2 * BLOCK_SIZE - 8);
	assert_int_equal(extent(4, block, PAGE_SIZE, 0), 0);
	assert_int_equal(extent(2, NAMES, GIB(1), 1), PAGE_SIZE);
	assert_int_equal(extent(2, NAMES - 1, 2, 0) + extent(2, NAMES + PAGE_SIZE, 1, 0), 0);
	assert_int_equal(extent(2, NAMES, 0, 0) + extent(2, NAMES, -1UL, 0), 0);
	assert_int_equal(extent(2, NAMES, 8, 2) + extent(2, BIT(48), 8, 0), 0);
}

static u64 attach(u32 id, u32 link, u32 on)
{
	return CALL(id, sysconf_ctl, vlinks[link].ipa, on);
}

static u64 post(u32 id, u32 link, u32 whom)
{
	return CALL(id, sysconf_post, vlinks[link].ipa, whom);
}

static void test_sysconf(void **state)
{
	u32 mine, yours;

	rig_setup();
	assert_int_equal(post(2, BIG, 0), GONE);
	assert_int_equal(post(2, BIG, 1), GONE);
	mine = (u32)attach(2, BIG, 1);
	assert_true(mine > NK_XIRQ_SYSCONF);
	assert_int_equal(post(2, BIG, 0), 0);
	assert_true(was_posted(3, NK_XIRQ_SYSCONF) && none_posted());
	yours = (u32)attach(3, BIG, 1);
	assert_int_equal(post(2, BIG, 0), 0);
	assert_true(was_posted(3, yours) && none_posted());
	assert_int_equal(post(3, BIG, 0), 0);
	assert_true(was_posted(2, mine) && none_posted());
	assert_int_equal(post(3, BIG, 1), 0);
	assert_true(was_posted(3, yours) && none_posted());
	assert_int_equal(post(3, BIG, 2), GONE);
	assert_int_equal(attach(3, BIG, 2), 0);
	assert_int_equal(attach(3, BIG, 0), yours);
	assert_int_equal(post(3, BIG, 1), GONE);
	/* nk's end takes nothing. */
	assert_true(attach(2, EVENTS_2, 1));
	assert_int_equal(post(2, EVENTS_2, 0), 0);
	assert_true(none_posted());
	assert_true(attach(2, LOOP, 1));
	assert_int_equal(post(2, LOOP, 0), 0);
	assert_true(was_posted(2, vlinks[LOOP].sysconf[0]) && none_posted());
}

static void test_stopped(void **state)
{
	u32 mine;

	rig_setup();
	mine = (u32)attach(2, BIG, 1);
	attach(3, BIG, 1);
	for (u32 i = 0; i < NR_LINKS; i++) {
		memset(vlinks[i].desc, 0x41, 24);
		vlinks[i].desc->s_state = vlinks[i].desc->c_state = NK_DEV_VLINK_ON;
	}
	vlinks_vm_stop(&vms[1]);
	assert_true(was_posted(2, mine) && was_posted(2, NK_XIRQ_SYSCONF) && none_posted());
	assert_int_equal(vlinks[BIG].desc->s_state, NK_DEV_VLINK_ON);
	assert_int_equal(vlinks[BIG].desc->c_state, NK_DEV_VLINK_OFF);
	assert_int_equal(vlinks[SMALL_BACK].desc->s_state, NK_DEV_VLINK_OFF);
	assert_int_equal(vlinks[SMALL_BACK].desc->c_state, NK_DEV_VLINK_ON);
	assert_int_equal(vlinks[RPC_4].desc->c_state, NK_DEV_VLINK_ON);
	assert_int_equal(post(3, BIG, 0), GONE);
	assert_int_equal(post(2, BIG, 0), 0);
	assert_true(was_posted(3, NK_XIRQ_SYSCONF) && none_posted());
	vlinks_vm_stop(&vms[2]);
	assert_true(was_posted(2, NK_XIRQ_SYSCONF) && none_posted());
	vlinks_vm_stop(&vms[0]);
	assert_true(was_posted(3, NK_XIRQ_SYSCONF) && was_posted(4, NK_XIRQ_SYSCONF));
	assert_true(none_posted());
	check_descs();
	assert_int_equal(vlinks[LOOP].desc->s_state | vlinks[LOOP].desc->c_state, NK_DEV_VLINK_OFF);
	assert_int_equal(vlinks[EVENTS_2].desc->s_state, NK_DEV_VLINK_ON);
}

static void test_hypevent(void **state)
{
	NkHypevent *h;
	u32 xirq;

	rig_setup();
	h = phys_to_virt(pdev(4, EVENTS_4, NK_HYPEVENT_PDEV_ID, sizeof(*h)));
	xirq = (u32)pxirq(4, EVENTS_4, NK_HYPEVENT_XIRQ_ID, 4, 1);
	assert_int_equal(vlinks[EVENTS_4].desc->s_state, NK_DEV_VLINK_ON);
	vlink_hypevent(4, "vproperty", 0, NULL);
	vlink_hypevent(4, "vproperty", 1023, NULL);
	assert_int_equal(h->pending[0], 1);
	assert_int_equal(h->pending[15], 1ul << 63);
	assert_true(was_posted(4, xirq) && none_posted());
	vlink_hypevent(4, "vproperty", 1024, NULL);
	vlink_hypevent(4, "vprop", 1, NULL);
	vlink_hypevent(3, "vproperty", 1, NULL);
	vlink_hypevent(0, "vproperty", 1, NULL);
	vlink_hypevent(~0u, "vproperty", 1, NULL);
	assert_int_equal(h->pending[0], 1);
	assert_true(none_posted());
	vlinks_vm_stop(&vms[2]);
	assert_int_equal(h->pending[0] | h->pending[15], 0);
}

/* VMs that see their RAM where the window would be. */
static void test_window(void **state)
{
	struct cfg_error err;
	char want[sizeof(err.text)];
	u64 top, size;

	rig_setup();
	top = rig_window().base;
	size = rig_window().size;
	rig_make(&err);
	sys_config.vm[1].ram[0].base = top + MIB(2);
	sys_config.vm[1].ram[0].size = MIB(2);
	assert_int_equal(vlinks_create(&err), 0);
	assert_true(rig_window().base + size <= top + MIB(2));
	rig_make(&err);
	sys_config.vm[0].ram[0].base = FAKE_RAM;
	sys_config.vm[0].ram[0].size = MIB(20);
	sys_config.vm[2].ram[0].base = FAKE_RAM + RIG_RAM_SIZE - MIB(14);
	sys_config.vm[2].ram[0].size = MIB(600);
	assert_int_equal(vlinks_create(&err), -1);
	snprintf(want, sizeof(want),
		 "/hyp: pmem-size: 0x%llx bytes with vlinks' pages: not free in one piece below 4 "
		 "GiB "
		 "beside VMs' `base`, `ipa`, `gic` and `uart`",
		 (unsigned long long)size);
	assert_string_equal(err.text, want);
	rig_make(&err);
	ram_reserve(FAKE_RAM, RIG_RAM_SIZE);
	assert_int_equal(vlinks_create(&err), -1);
}

static void test_few_xirqs(void **state)
{
	struct cfg_error err;

	for (u32 nr = 0; nr < 64; nr++) {
		bool enough;

		rig_make(&err);
		assert_int_equal(vlinks_create(&err), 0);
		rig_vm_init(2, nr);
		/* NK_XIRQ_SYSCONF, 7 handshakes, quotas of 2 * 9 + 3 + 1, one for big and each rpc. */
		enough = nr >= 1 + 7 + 22 + 3;
		assert_int_equal(vlinks_vm_create(&vms[0], &err), enough ? 0 : -1);
		assert_int_equal(!strncmp(err.text, "/vm/vm2: vdevs: ", 16), !enough);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),	 cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_pdev),	 cmocka_unit_test(test_pmem),
		cmocka_unit_test(test_pxirq),	 cmocka_unit_test(test_random),
		cmocka_unit_test(test_no_links), cmocka_unit_test(test_sysconf),
		cmocka_unit_test(test_stopped),	 cmocka_unit_test(test_hypevent),
		cmocka_unit_test(test_window),	 cmocka_unit_test(test_few_xirqs),
		cmocka_unit_test(test_extent),
	};

	return cmocka_run_group_tests_name("vlink", tests, NULL, rig_quiet);
}
