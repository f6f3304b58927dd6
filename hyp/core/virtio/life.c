// SPDX-License-Identifier: Apache-2.0
/* VirtIO devices at boot, and when a VM starts or stops. */
#include "arch/cache.h"
#include "arch/cpu.h"
#include "arch/mmio.h"
#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "core/link/xirq.h"
#include "core/system.h"
#include "core/virtio/priv.h"
#include "core/vm/ram.h"
#include "lib/string.h"
#include "nk/monitor.h"

#define PAGE_BYTES ALIGN_UP(NK_VIRTIO_DEVICES * sizeof(struct nk_virtio_page), PAGE_SIZE)

struct virtio_dev *virtio_devs;
u32 nr_virtio_devs;

/* Those that a VM serves are in a row. */
static struct {
	u32 first, nr;
	paddr_t pages; /* for kicks, as many as PAGE_BYTES; 0: none */
} served[NK_VM_IDS];

struct virtio_dev *virtio_served(const struct vm *back, u32 number)
{
	u32 id = back->arch.id;

	return number < served[id].nr ? &virtio_devs[served[id].first + number] : NULL;
}

static int no_memory(const struct cfg_virtio *cfg, struct cfg_error *err)
{
	return cfg_fail_at(err, &cfg->node, "compatible",
			   "no memory for %u VirtIO devices: fewer of them", sys_config.nr_virtio);
}

static void init_device(struct virtio_dev *d, const struct cfg_virtio *cfg, u32 number)
{
	spin_init(&d->lock, LOCK_VIRTIO);
	spin_init(&d->grants_lock, LOCK_VIRTIO_GRANTS);
	d->cfg = cfg;
	d->page_at = served[cfg->back].pages + number * sizeof(struct nk_virtio_page);
	d->page = phys_to_virt(d->page_at);
}

/* The devices that a VM serves, and what it sees of their kicks. */
static int init_served(u32 back, struct cfg_error *err)
{
	const struct cfg_virtio *cfg = sys_config.virtio, *end = cfg + sys_config.nr_virtio;
	u32 n;
	const struct range *avoid = system_relocated(NULL, &n);

	served[back].first = nr_virtio_devs;
	for (; cfg < end; cfg++) {
		if (cfg->back != back)
			continue;
		if (!served[back].nr) {
			if (!ram_alloc_highest(PAGE_BYTES, PAGE_SIZE, ~0UL, avoid, n,
					       &served[back].pages))
				return no_memory(cfg, err);
			cache_wipe(phys_to_virt(served[back].pages), PAGE_BYTES);
		}
		init_device(&virtio_devs[nr_virtio_devs++], cfg, served[back].nr++);
	}
	return 0;
}

int virtio_init(struct cfg_error *err)
{
	u64 pa, size = ALIGN_UP(sys_config.nr_virtio * sizeof(*virtio_devs), PAGE_SIZE);

	if (!size)
		return 0;
	if (!ram_alloc_top(size, ~0UL, &pa))
		return no_memory(sys_config.virtio, err);
	virtio_devs = memset(phys_to_virt(pa), 0, size);
	for (u32 id = NK_VM_ID_FIRST; id < NK_VM_IDS; id++)
		if (init_served(id, err))
			return -1;
	return 0;
}

/* The driver's side. */
static int create_front(struct vm *vm, struct virtio_dev *d, struct cfg_error *err)
{
	d->front = vm;
	if (arch_vm_mmio_add(&vm->arch, d->cfg->reg.base, d->cfg->reg.size, virtio_access, d,
			     NK_VDEV_VIRTIO))
		return cfg_fail_at(err, &d->cfg->node, "reg",
				   "overlaps what the VM has there, or the VM has too many");
	return 0;
}

/* Nobody may post the interrupt but nk. */
static int create_back(struct vm *vm, struct virtio_dev *d, struct cfg_error *err)
{
	d->back = vm;
	__acquire(&vlinks_lock);
	d->xirq = xirq_alloc(vm, 1, 0);
	__release(&vlinks_lock);
	if (!d->xirq)
		return cfg_fail_at(err, &d->cfg->node, "vl,device-vmid",
				   "vm%u has no cross interrupt left for it", vm->arch.id);
	d->back_intid = vm->xirqs.first_intid + d->xirq - NK_XIRQ_FIRST;
	return 0;
}

int virtio_vm_create(struct vm *vm, struct cfg_error *err)
{
	paddr_t pages = served[vm->arch.id].pages;

	for (struct virtio_dev *d = virtio_devs; d < virtio_devs + nr_virtio_devs; d++)
		if ((d->cfg->vm == vm->arch.id && create_front(vm, d, err)) ||
		    (d->cfg->back == vm->arch.id && create_back(vm, d, err)))
			return -1;
	if (pages && stage2_map(&vm->arch, pages, pages, PAGE_BYTES, S2_SHARED_RO))
		return cfg_fail_at(err, &vm->cfg->node, "memory",
				   "no memory for tables of the VirtIO devices that it serves");
	return 0;
}

int virtio_ready(struct cfg_error *err)
{
	for (struct virtio_dev *d = virtio_devs; d < virtio_devs + nr_virtio_devs; d++)
		if (virtio_share_create(d, err))
			return -1;
	return 0;
}

/* The driver's VM begins or ends: nothing is left of what the device was for the driver. The VM's event tells that. */
static void reset_all(const struct vm *vm)
{
	u64 now = arch_ticks();

	for (struct virtio_dev *d = virtio_devs; d < virtio_devs + nr_virtio_devs; d++) {
		if (d->front != vm)
			continue;
		spin_lock(&d->lock);
		d->absent_until = now + arch_ticks_hz() / 1000 * d->cfg->wait_ms;
		d->life_asked = virtio_reset(d);
		d->waits = 0;
		WRITE_ONCE(d->told, false);
		spin_unlock(&d->lock);
	}
}

void virtio_vm_start(struct vm *vm) __must_hold(&vm->lock)
{
	reset_all(vm);
	virtio_share_alive(vm, true);
}

void virtio_vm_stop(struct vm *vm)
{
	virtio_share_alive(vm, false);
	virtio_share_hide(vm);
	for (struct virtio_dev *d = virtio_devs; d < virtio_devs + nr_virtio_devs; d++)
		if (d->front == vm)
			virtio_grants_end(d);
	reset_all(vm);
	virtio_back_ends(vm);
}

static void tell_running(struct virtio_dev *d)
{
	bool there;

	spin_lock(&d->lock);
	there = d->there;
	if (there)
		virtio_ask(d);
	spin_unlock(&d->lock);
	if (there)
		virtio_tell(d);
}

void virtio_vm_event(struct vm *vm, enum vm_event event)
{
	if (event != VM_EVENT_RUNNING)
		return;
	for (struct virtio_dev *d = virtio_devs; d < virtio_devs + nr_virtio_devs; d++)
		if (d->front == vm)
			tell_running(d);
}
