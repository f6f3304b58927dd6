// SPDX-License-Identifier: Apache-2.0
/*
 * Any hypercalls of three VMs, one after the other, against core/ as it is, with real stage-2 tables
 * in a RAM that is played. The input is a list of calls; an argument is a byte that says what it
 * is, and what that needs. Always true:
 *   - what is no VM's, or another VM's alone, is neither read nor written (ASan has it poisoned);
 *   - the pages of info strings stay as they are;
 *   - allocations are inside the window and never overlap; a label keeps what it was given;
 *   - a log is written and read by those that the tree names;
 *   - a VirtIO device is served by whom the tree names, and its driver is interrupted by that one alone;
 *   - what is granted to a VM are pages of the peer's own, as the books say;
 *   - a cross interrupt is posted by an end of its link, and only if the call says so;
 *   - a number that is not there returns -1.
 */
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "arch/upcall.h"
#include "core/calls/hypercall.h"
#include "core/link/grant.h"
#include "core/link/priv.h"
#include "core/prop/prop.h"
#include "core/virtio/priv.h"
#include "core/vlog/vlog.h"
#include "core/vm/balloon.h"
#include "core/vm/ram.h"
#include "hcall.h"
#include "lib/pages.h"
#include "nk/prop.h"
#include "unit/config/config_util.h"
#include "unit/s2_entry.h"

#define RAM_SIZE MIB(6)
#define LOGS 0x3000 /* of it, at its top: the circular logs */
#define POOL_PAGES 160
#define XIRQ_INTID 288
#define DEVICE_INTID (XIRQ_INTID - 2) /* of the first VirtIO device */

/* Each VM's own RAM: four pages in two pieces, of which the second is not there, between pages that are nobody's. */
#define FIRST_PAGES 3 /* of the first piece */
#define HOLE 1
#define NAMES OWN /* strings, 64 bytes each */
#define CALLS_MAX 200
#define RESULTS 8
#define ALLOCS_MAX 256

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static u8 fresh_ram[RAM_SIZE];
struct vm vms[NR_VMS];
static struct vm fresh_vms[NR_VMS];
static struct arch_vcpu vcpus[NR_VMS][NR_VCPUS];
static u64 own[NR_VMS][OWN_PAGES]; /* physical addresses */

static const char *const names[] = {"f.value",
				    "f.page",
				    "nk.vm.3.state.running",
				    "nk.build-id",
				    "nk.features.",
				    "nk.vm.2.vcpus.online",
				    "nk.vm.4.bootcomplete",
				    "pair",
				    "rpc",
				    "loop",
				    "vl,hypevent.v1",
				    "nk.memory.pmem"};

struct alloc {
	u32 nr, link, id, vm; /* which call */
	u64 size, value;
};

static struct alloc allocs[ALLOCS_MAX];
static u32 nr_allocs;

void must(bool ok)
{
	if (!ok)
		abort();
}

/* What the tree of the balloon's host says. */
static struct gtree_params rig_params(void)
{
	struct gtree_params p = {0};

	vlinks_vm_describe(&vms[0], &p);
	balloon_vm_describe(&vms[0], &p);
	return p;
}

static void make_vm(u32 i, struct cfg_error *err)
{
	struct vm *vm = &vms[i];
	u64 pa;

	vm->cfg = &sys_config.vm[i];
	vm->arch.id = FIRST_VM + i;
	vm->arch.vmid = (u16)(FIRST_VM + i);
	for (u32 n = 0; n < NR_VCPUS; n++) {
		vcpus[i][n] = (struct arch_vcpu){.vm = &vm->arch, .id = n};
		vm->arch.vcpu[vm->arch.nr_vcpus++] = &vcpus[i][n];
	}
	fake_vms.by_id[FIRST_VM + i] = vm;
	must(!stage2_vm_init(&vm->arch));
	must(ram_alloc(PAGE_SIZE, PAGE_SIZE, NULL, 0, &pa)); /* nobody's */
	for (u32 page = 0; page < OWN_PAGES; page++) {
		must(ram_alloc(PAGE_SIZE, PAGE_SIZE, NULL, 0, &own[i][page]));
		if (page != HOLE)
			must(!stage2_map(&vm->arch, OWN + page * PAGE_SIZE, own[i][page], PAGE_SIZE,
					 S2_RAM));
	}
	for (u32 n = 0; n < ARRAY_SIZE(names); n++)
		strcpy((char *)phys_to_virt(own[i][0]) + 64 * n, names[n]);
	xirq_vm_init(vm, XIRQ_INTID, NK_XIRQ_NR);
	sys_config.vm[i].nr_ram = 2;
	vm->ram[0] = (struct vm_ram){.pa = own[i][0], .ipa = OWN};
	sys_config.vm[i].ram[0].size = FIRST_PAGES * PAGE_SIZE;
	vm->ram[1] =
		(struct vm_ram){.pa = own[i][FIRST_PAGES], .ipa = OWN + FIRST_PAGES * PAGE_SIZE};
	sys_config.vm[i].ram[1].size = (OWN_PAGES - FIRST_PAGES) * PAGE_SIZE;
	must(!virtio_vm_create(vm, err) && !vlinks_vm_create(vm, err) &&
	     !balloon_vm_create(vm, err) && !grants_vm_create(vm, err));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct bundle_image tree;
	struct cfg_error err = {.text = ""};
	size_t size;
	void *fdt = load_blob("fuzz/system", &size);
	u64 pool;

	(void)argc;
	(void)argv;
	board = *virt_board(3);
	fake_counter = 12345;
	fake_intids = (struct fake_intids){DEVICE_INTID, XIRQ_INTID + NK_XIRQ_NR - 1};
	fake_vms.running = BIT(2) | BIT(3) | BIT(4);
	fake_vms.no_resume = "running";
	must(!cfg_system_parse(&sys_config, fdt, size, &board, &err));
	tree = (struct bundle_image){.data = fdt, .size = size};
	bundle.system = &tree;
	board.nr_reserved = 0;
	board.nr_ram = 1;
	board.ram[0] = (struct range){FAKE_RAM, RAM_SIZE};
	fake_ram_make(RAM_SIZE);
	ram_init(&board);
	must(ram_alloc(POOL_PAGES * PAGE_SIZE, PAGE_SIZE, NULL, 0, &pool));
	pages_init(phys_to_virt(pool), POOL_PAGES);
	stage2_init();
	must(!vlogs_create(&err) && !virtio_init(&err) && !vlinks_create(&err) &&
	     !balloon_create(&err) && !grants_create(&err));
	for (u32 i = 0; i < NR_VMS; i++)
		make_vm(i, &err);
	must(!virtio_ready(&err) && !props_init(&err));
	balloon_vm_load(&vms[0]); /* the host has all of it: the pool is empty */
	memcpy(fresh_ram, fake_ram, RAM_SIZE);
	memcpy(fresh_vms, vms, sizeof(vms));
	return 0;
}

/* ---- the input ---- */

static const u8 *at, *end;

u64 take(u32 bytes)
{
	u64 value = 0;

	while (bytes-- && at < end)
		value = value << 8 | *at++;
	return value;
}

static u64 results[RESULTS];
static u32 nr_results;

static u64 link_address(u32 n)
{
	const struct vlink *l = &vlinks[n % sys_config.nr_links];

	switch (n >> 5) {
	case 0:
	case 1:
	case 2:
	case 3:
		return l->ipa;
	case 4:
	case 7:
		return l->infos.base + (n & 1 ? PAGE_SIZE - 3 : 0); /* may only be read */
	case 5:
		return l->pmem.base;
	default:
		return l->ipa + l->shared.size - 5;
	}
}

/*
 * What each call wants: l a link, n a name, b memory, v a VM, x a cross interrupt, g a granted page, d a VirtIO device,
 * a what its back-end was asked, r the registers of one, p an own page, s something small.
 */
static const char *const wants[NK_HC_LIMIT] = {
	[NK_HC_CON_WRITE] = "bs",	[NK_HC_CON_HIST_READ] = "bbs",
	[NK_HC_VLINK_LOOKUP] = "nl",	[NK_HC_PDEV_ALLOC] = "lss",
	[NK_HC_PMEM_ALLOC] = "lss",	[NK_HC_PXIRQ_ALLOC] = "lsvs",
	[NK_HC_XIRQ_PTOV] = "x",	[NK_HC_XIRQ_POST] = "xv",
	[NK_HC_SYSCONF_CTL] = "ls",	[NK_HC_SYSCONF_POST] = "ls",
	[NK_HC_PROP_GET] = "nbs",	[NK_HC_PROP_SET] = "nbs",
	[NK_HC_PROP_ENUM] = "sbsb",	[NK_HC_BALLOON_CTRL] = "sbs",
	[NK_HC_MEM_EXTENT] = "bss",	[NK_HC_GRANT] = "lbss",
	[NK_HC_REVOKE] = "lbs",		[NK_HC_GRANT_NEXT] = "lsgb",
	[NK_HC_VM_MEM_VERIFY] = "lgss", [NK_HC_VM_MEM_VERIFY_AND_LOCK] = "lgss",
	[NK_HC_VM_MEM_UNLOCK] = "lgs",	[NK_HC_CRASH] = "bs",
	[NK_HC_CRASH_NOTE] = "bs",	[NK_HC_DUMP_INFO] = "vb",
	[NK_HC_DUMP_VCPU] = "vssb",	[NK_HC_DUMP_READ] = "vsbb",
	[NK_HC_DUMP_END] = "vs",	[NK_HC_DUMP_RAM] = "vssb",
	[NK_HC_LOG_WRITE] = "sbs",	[NK_HC_LOG_READ] = "sbbs",
	[NK_HC_LOG_INFO] = "s",		[NK_HC_VIRTIO_INFO] = "db",
	[NK_HC_VIRTIO_SHARE] = "dsb",	[NK_HC_VIRTIO_OFFER] = "db",
	[NK_HC_VIRTIO_STATE] = "db",	[NK_HC_VIRTIO_QUEUE] = "dsb",
	[NK_HC_VIRTIO_DONE] = "da",	[NK_HC_VIRTIO_STATUS] = "ds",
	[NK_HC_VIRTIO_CONFIG] = "dsbs", [NK_HC_VIRTIO_INTERRUPT] = "ds",
	[NK_HC_VIRTIO_WINDOW] = "r",	[NK_HC_VIRTIO_GRANT] = "rsps",
	[NK_HC_VIRTIO_REVOKE] = "rss",
};

/* An address where a page of that link may be granted. */
static u64 granted(u8 which)
{
	const struct grants *g = vlinks[which % sys_config.nr_links].grants[which >> 6 & 1];

	return g ? grant_address(g, which >> 4 & 3) : 0;
}

/* The same in memory, and own pages, for calls that want a list of them. */
static void write_list(u32 i, u64 ipa)
{
	u64 *list = stage2_guest_ptr(&vms[i].arch, ipa, true);

	for (u32 n = 0; list && n < 4; n++, ipa += sizeof(*list)) {
		u8 which = (u8)take(1);
		u64 value = which & 128 ? granted(which) : OWN + which % OWN_PAGES * PAGE_SIZE;

		if (IS_ALIGNED(ipa, sizeof(*list)) && ipa % PAGE_SIZE + sizeof(*list) <= PAGE_SIZE)
			list[n] = value;
	}
}

static u64 wanted(char want, u8 which)
{
	switch (want) {
	case 'l':
		return vlinks[which % sys_config.nr_links].ipa;
	case 'n':
		return NAMES + 64 * (which % ARRAY_SIZE(names));
	case 'b':
		return which < 112 ? OWN + 2 * PAGE_SIZE + 16 * which : link_address(which | 128);
	case 'v':
		return FIRST_VM + which % NR_VMS;
	case 'x':
		return NK_XIRQ_FIRST + which;
	case 'g':
		return granted(which);
	case 'd':
	case 'a':
	case 'r':
	case 'p':
		return virtio_wanted(want, which);
	default:
		return which & 64 ? (which & 63U) << 8 : which;
	}
}

/* Of any kind. */
static u64 argument(void)
{
	u8 what = (u8)take(1);

	switch (what % 12) {
	case 0:
		return take(1);
	case 1:
		return take(2);
	case 2:
		return take(4);
	case 3:
		return take(8);
	case 4:
		return OWN + take(2) % (OWN_PAGES * PAGE_SIZE);
	case 5: /* across a page's end, into the hole or beyond */
		return OWN + (what / 12 % OWN_PAGES + 1) * PAGE_SIZE - take(1) % 40;
	case 6:
		return link_address((u32)take(1));
	case 7:
		return NAMES + 64 * (take(1) % ARRAY_SIZE(names));
	case 8:
		return results[what / 12 % RESULTS];
	case 9:
		return NK_XIRQ_FIRST + take(1);
	case 10:
		return GONE - take(1); /* wraps */
	default:
		return rig_params().balloon.base >> (what & 16 ? PAGE_SHIFT : 0);
	}
}

/* One that is there, or seldom any. */
static u32 number(void)
{
	u32 n = (u32)take(1);

	return n < NK_HC_LIMIT ? hypercalls[1 + n % (nr_hypercalls - 1)].nr : n - NK_HC_LIMIT;
}

/* ---- what must be so ---- */

/* What no call of VM i has to look at: pages of others, and nobody's. */
static void poison(u32 i, bool on)
{
	for (u32 n = 0; n < NR_VMS; n++) {
		u8 *first = phys_to_virt(own[n][0] - PAGE_SIZE);
		u8 *hole = phys_to_virt(own[n][HOLE]);

		if (on && n != i)
			__asan_poison_memory_region(first, (1 + OWN_PAGES) * PAGE_SIZE);
		else if (on)
			__asan_poison_memory_region(hole, PAGE_SIZE);
		else
			__asan_unpoison_memory_region(first, (1 + OWN_PAGES) * PAGE_SIZE);
	}
	for (const struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++) {
		if (!l->pmem.size)
			continue;
		if (on && !vlink_is_end(l, FIRST_VM + i))
			__asan_poison_memory_region(phys_to_virt(l->pmem.base), l->pmem.size);
		else if (!on)
			__asan_unpoison_memory_region(phys_to_virt(l->pmem.base), l->pmem.size);
	}
}

static const struct vlink *link_at(u64 ipa)
{
	for (const struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++)
		if (l->ipa == ipa)
			return l;
	return NULL;
}

static bool overlap(const struct alloc *a, const struct alloc *b)
{
	bool xirqs = a->nr == NK_HC_PXIRQ_ALLOC;

	if (xirqs != (b->nr == NK_HC_PXIRQ_ALLOC) || (xirqs && a->vm != b->vm))
		return false;
	return a->value < b->value + b->size && b->value < a->value + a->size;
}

static void check_inside(const struct alloc *a, const struct vlink *l)
{
	if (a->nr == NK_HC_PXIRQ_ALLOC) {
		must(a->value > NK_XIRQ_SYSCONF && a->value + a->size <= NK_XIRQ_LIMIT);
		return;
	}
	must(a->value >= rig_params().window.base);
	must(a->value + a->size <= rig_params().window.base + rig_params().window.size);
	if (a->nr == NK_HC_PDEV_ALLOC)
		must(a->value >= l->ipa + VLINK_DESC_SIZE &&
		     a->value + a->size <= l->ipa + l->shared.size);
	else
		must(a->value >= l->pmem.base && a->value + a->size <= l->pmem.base + l->pmem.size);
}

static void check_alloc(u32 i, u32 nr, const u64 *a, u64 result)
{
	const struct vlink *l = link_at(a[0]);
	struct alloc new = {.nr = nr, .id = (u32)a[1], .value = result};

	if (!result)
		return;
	must(l && vlink_is_end(l, FIRST_VM + i) && !(a[1] >> 32));
	new.link = (u32)(l - vlinks);
	new.size = nr == NK_HC_PXIRQ_ALLOC ? a[3] : a[2];
	new.vm = nr == NK_HC_PXIRQ_ALLOC ? (u32)a[2] : 0;
	must(nr != NK_HC_PXIRQ_ALLOC || vlink_is_end(l, new.vm));
	check_inside(&new, l);
	for (u32 n = 0; n < nr_allocs; n++) {
		const struct alloc *old = &allocs[n];

		if (old->nr == nr && old->link == new.link && old->id == new.id) {
			must(!memcmp(old, &new, sizeof(new)));
			return;
		}
		must(!overlap(old, &new));
	}
	must(nr_allocs < ALLOCS_MAX);
	allocs[nr_allocs++] = new;
}

static bool shares_link(u32 id, u32 other)
{
	for (const struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++)
		if (vlink_is_end(l, id) && vlink_is_end(l, other))
			return true;
	return false;
}

/* Handshake interrupts were given at boot, all others by pxirq_alloc. */
static bool may_post(u32 id, u32 to, u64 xirq)
{
	if (xirq == NK_XIRQ_SYSCONF)
		return id == to || shares_link(id, to);
	for (const struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++)
		for (u32 e = 0; e < 2; e++)
			if (l->vm[e] == to && l->sysconf[e] == xirq)
				return vlink_is_end(l, id);
	for (u32 n = 0; n < nr_allocs; n++) {
		const struct alloc *x = &allocs[n];

		if (x->nr == NK_HC_PXIRQ_ALLOC && x->vm == to && xirq >= x->value &&
		    xirq < x->value + x->size)
			return vlink_is_end(&vlinks[x->link], id);
	}
	return false;
}

static void check_post(u32 i, const u64 *a, u64 result)
{
	must(result == 0 || result == GONE);
	must(fake_pulses.n == (result == 0));
	if (result)
		return;
	must(!(a[0] >> 32) && !(a[1] >> 32));
	must(fake_pulses.vm == a[1] && fake_pulses.intid == XIRQ_INTID + a[0] - NK_XIRQ_FIRST);
	/* Label 0 of an event link is nk's to give; its client may post it to itself. */
	must(may_post(FIRST_VM + i, (u32)a[1], a[0]) || a[1] == FIRST_VM + i);
}

/* No VM may write these. */
static void check_infos(void)
{
	for (const struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++)
		must(!memcmp(phys_to_virt(l->infos.base), fresh_ram + (l->infos.base - FAKE_RAM),
			     l->infos.size));
}

/* What is mapped there is a page of the owner's, and in the books. */
static void check_slot(const struct vlink *l, u32 end, u32 slot)
{
	const struct grants *g = l->grants[end];
	u64 pte = s2_entry(&vms[l->vm[!end] - FIRST_VM].arch, grant_address(g, slot));
	u64 attr = g->slots[slot].write ? S2_GRANT : S2_GRANT_RO;

	must((g->slots[slot].state == SLOT_GIVEN) == !!pte);
	must(!pte || pte == (own[l->vm[end] - FIRST_VM][0] + g->slots[slot].page * PAGE_SIZE) +
				     (attr | PTE_PAGE));
	must(!pte || g->slots[slot].page < OWN_PAGES);
}

static void check_grants(void)
{
	for (u32 i = 0; i < 2 * sys_config.nr_links; i++) {
		const struct grants *g = vlinks[i / 2].grants[i % 2];

		for (u32 slot = 0; g && slot < g->nr; slot++)
			check_slot(&vlinks[i / 2], i % 2, slot);
	}
}

static void check_log(u32 i, u32 nr, const u64 *a, u64 result)
{
	const struct cfg_vlog *log = &sys_config.vlog[a[0] & 1];
	u32 may = nr == NK_HC_LOG_WRITE ? log->writers : log->readers;
	u64 size = nr == NK_HC_LOG_WRITE ? a[2] : a[3];

	if (result == (u64)-1 || result == (u64)NK_LOG_LATER)
		return;
	must(a[0] < sys_config.nr_vlogs);
	must((may >> (FIRST_VM + i) & 1) == (result != (u64)NK_PROP_PERMISSION));
	must(result == (u64)NK_PROP_PERMISSION || result <= size);
}

static void check(u32 i, u32 nr, const u64 *a, u64 result)
{
	bool there = false;

	check_infos();
	check_grants();
	for (u32 n = 1; n < nr_hypercalls; n++)
		there |= hypercalls[n].nr == nr;
	if (!there) {
		must(result == GONE);
	} else if (nr == NK_HC_XIRQ_POST) {
		check_post(i, a, result);
	} else if (nr == NK_HC_PDEV_ALLOC || nr == NK_HC_PMEM_ALLOC || nr == NK_HC_PXIRQ_ALLOC) {
		check_alloc(i, nr, a, result);
		must(!fake_pulses.n);
	} else if (nr == NK_HC_VLINK_LOOKUP && result) {
		must(vlink_is_end(link_at(result), FIRST_VM + i));
	} else if (nr == NK_HC_MEM_EXTENT) {
		must(result <= a[1] && (!result || stage2_is_ram(&vms[i].arch, a[0] + result - 1)));
	} else if (nr == NK_HC_LOG_WRITE || nr == NK_HC_LOG_READ) {
		check_log(i, nr, a, result);
	} else if (nr >= NK_HC_VIRTIO_INFO && nr <= NK_HC_VIRTIO_REVOKE) {
		virtio_check(i, nr, a, result);
	} else if (nr == NK_HC_MY_VM_ID) {
		must(result == FIRST_VM + i);
	} else if (nr == NK_HC_XIRQ_PTOV && result != GONE) {
		must(result >= 16 && result < XIRQ_INTID + NK_XIRQ_NR);
	}
}

static void hypercall(u32 i, u32 nr)
{
	struct arch_vcpu v = {.vm = &vms[i].arch, .cpu = i};
	const char *want = wants[nr];
	u64 a[HC_ARGS_MAX];
	u64 result;

	for (u32 n = 0; n < HC_ARGS_MAX; n++)
		a[n] = 0;
	for (u32 n = 0; n < HC_ARGS_MAX && (!want || want[n]); n++) {
		u8 which = (u8)take(1);

		a[n] = want && which < 128 ? wanted(want[n], which) : argument();
	}
	if (nr == NK_HC_GRANT || nr == NK_HC_REVOKE)
		write_list(i, a[1]);
	if (nr == NK_HC_VIRTIO_OFFER)
		virtio_write_offer(i, a[1]);
	fake_pulses.n = 0;
	poison(i, true);
	result = core_hypercall(&v, nr, a);
	poison(i, false);
	check(i, nr, a, result);
	results[nr_results++ % RESULTS] = result;
}

/* The VM writes to memory it may write, what it shares included. */
static void scribble(u32 i)
{
	u64 ipa = argument();
	u8 *p = stage2_guest_ptr(&vms[i].arch, ipa, true);

	if (p)
		*p = (u8)take(1);
}

static void stop(u32 i)
{
	virtio_vm_stop(&vms[i]);
	virtio_vm_start(&vms[i]);
	grants_vm_stop(&vms[i]);
	check_grants();
	vlinks_vm_stop(&vms[i]);
	balloon_vm_stop(&vms[i]);
	balloon_vm_load(&vms[i]);
}

/* All as it was, but for what the logs hold. Whatever is in the balloon's pool goes to its host, since that is how it began. */
static void again(void)
{
	for (u32 i = NR_VMS; i--;)
		stop(i);
	memcpy(fake_ram, fresh_ram, RAM_SIZE - LOGS);
	fake_us += 10000000; /* VMs may write to the logs again */
	memcpy(vms, fresh_vms, sizeof(vms));
	memset(results, 0, sizeof(results));
	nr_results = 0;
	nr_allocs = 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	again();
	at = data;
	end = data + size;
	for (u32 calls = 0; at < end && calls < CALLS_MAX; calls++) {
		u32 who = (u32)take(1);
		u32 i = who % NR_VMS;

		if (who / NR_VMS % 16 == 0)
			stop(i);
		else if (who / NR_VMS % 16 == 1)
			scribble(i);
		else if (who / NR_VMS % 16 == 2)
			virtio_any_access((u32)take(1));
		else
			hypercall(i, number());
	}
	return 0;
}
