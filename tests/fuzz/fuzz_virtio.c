// SPDX-License-Identifier: Apache-2.0
/*
 * Any accesses of drivers to their VirtIO devices, any calls of those who serve them, and VMs that begin anew, against
 * core/virtio as it is. A vCPU that waits does nothing. Always true:
 *   - a queue is ready only if the device has it, with a size that fits, and lies in the device's pool, if it has one;
 *   - what was done was asked, and of a device that is not there nothing is open;
 *   - a vCPU waits for one of its VM's own devices, for something that is to come, and not for ever;
 *   - status and InterruptStatus have no bit that there is not;
 *   - a back-end sees nothing but a reset, until it has said that it knows of that;
 *   - no memory of a VM with whose last life somebody who serves it is not done, and no pool whose own back-end is not;
 *   - and of a pool nothing else, whoever else sees what.
 */
#include "unit/core/virtio/virtio_rig.h"

#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "unit/s2_entry.h"

#define OPS_MAX 300

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct virtio_dev fresh[NR_DEVICES];
static u32 heard[NR_DEVICES]; /* resets, by the back-end */
static bool unheard[NR_DEVICES]; /* its driver has begun a life that it does not know of */
static const u8 *at, *end;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static u64 take(u32 bytes)
{
	u64 value = 0;

	while (bytes-- && at < end)
		value = value << 8 | *at++;
	return value;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	rig_make(NULL);
	memcpy(fresh, virtio_devs, sizeof(fresh));
	return 0;
}

static void again(void)
{
	for (u32 i = 0; i < RIG_VMS; i++)
		virtio_vm_stop(&vms[i]);
	memcpy(virtio_devs, fresh, sizeof(fresh));
	memset(heard, 0, sizeof(heard));
	memset(unheard, 0, sizeof(unheard));
	for (u32 i = 0; i < NR_DEVICES; i++)
		memset(dev(i)->page, 0, sizeof(*dev(i)->page));
	for (u32 i = 0; i < RIG_VMS * RIG_VCPUS; i++)
		rig_vcpu[i / RIG_VCPUS][i % RIG_VCPUS].awaits = NULL;
	for (u32 i = 0; i < RIG_VMS; i++)
		virtio_vm_start(&vms[i]);
}

/* ---- what must be so ---- */

/* Of the largest area, as little is known of the others: a driver may change features before it has agreed on them. */
static void check_pool(const struct virtio_dev *d, const struct nk_virtio_queue *q)
{
	const struct range pool = virtio_pool(d);
	u64 offset = q->desc - pool.base;

	must(offset < pool.size && 16UL * q->size <= pool.size - offset);
	must(q->driver - pool.base < pool.size && q->device - pool.base < pool.size);
}

static void check_queues(const struct virtio_dev *d)
{
	must(d->nr_queues == NK_VIRTIO_QUEUES || !(d->ready >> d->nr_queues));
	for (u32 i = 0; i < NK_VIRTIO_QUEUES; i++) {
		must(d->queue[i].size <= (i < d->nr_queues ? d->queue_max[i] : 0));
		must(!(d->ready >> i & 1) || d->queue[i].size);
		if (virtio_is_confined(d) && (d->ready >> i & 1))
			check_pool(d, &d->queue[i]);
	}
}

static void check_numbers(const struct virtio_dev *d)
{
	must(d->asked - d->done < 10 * OPS_MAX && d->asked - d->reset_asked < 10 * OPS_MAX);
	must(d->page->asked == d->asked);
	must(d->there || (d->asked == d->done && !d->stores));
	for (u32 i = 0; i < NK_VCPUS_MAX; i++)
		must(!(d->stores >> i & 1) || virtio_is_open(d, d->store[i].asked));
}

static void check_bits(const struct virtio_dev *d)
{
	must(!(d->isr & ~3U) && !(d->status & ~0xffU));
	must(!d->there || d->device_id);
}

static void check_vcpu(const struct arch_vcpu *v)
{
	const struct virtio_dev *d = v->awaits;

	if (!d)
		return;
	must(d >= virtio_devs && d < virtio_devs + NR_DEVICES && &d->front->arch == v->vm);
	must(v->awaits_until <= fake_counter + 60000 * MS);
	must(d->waits >> v->id & 1);
	must(d->there ? virtio_is_open(d, d->wait_for[v->id]) : v->awaits_until <= d->absent_until);
}

static u64 block_of(const struct virtio_dev *d)
{
	paddr_t pa = d->front->ram[d->cfg->pool_piece].pa + d->cfg->pool.base;

	if (d->cfg->grants)
		return d->window.tables[0];
	return pa | S2_GRANT | PTE_BLOCK; /* the first, of all RAM too */
}

/* Whether one has its memory only when the other one's back-end has heard, too. */
static bool together(const struct virtio_dev *a, const struct virtio_dev *b)
{
	if (virtio_is_confined(a) || virtio_is_confined(b))
		return a == b;
	return a->front == b->front && a->back == b->back;
}

static void check_memory(const struct virtio_dev *d)
{
	struct nk_virtio_share share;
	u64 block;

	if (virtio_share(d, 0, &share))
		return;
	block = s2_block(&d->back->arch, share.here);
	must(block == block_of(d) || (block & PTE_TABLE) == PTE_TABLE); /* nobody's */
	if (block != block_of(d))
		return;
	must(!d->cfg->pool.size || !s2_block(&d->back->arch, share.here + BLOCK_SIZE));
	for (u32 i = 0; i < NR_DEVICES; i++)
		must(!unheard[i] || !together(dev(i), d));
}

#define SLOTS 192 /* those that are tried, and some more */

/* Slots are free, or have a page of the driver's VM; none has while that does not run. */
static void check_granted(const struct virtio_dev *d)
{
	u32 n = 0;

	for (u32 slot = 0; d->cfg->grants && slot < SLOTS; slot++) {
		paddr_t pa = stage2_window_at(&d->window, slot);

		if (pa == d->nobodys)
			continue;
		must(pa - d->front->ram[0].pa < OWN_SIZE || pa - d->front->ram[1].pa < SECOND_SIZE);
		n++;
	}
	must(n == d->granted);
}

static void check(void)
{
	for (const struct virtio_dev *d = virtio_devs; d < virtio_devs + NR_DEVICES; d++) {
		check_queues(d);
		check_numbers(d);
		check_bits(d);
		check_memory(d);
		check_granted(d);
	}
	for (u32 i = 0; i < RIG_VMS * RIG_VCPUS; i++)
		check_vcpu(&rig_vcpu[i / RIG_VCPUS][i % RIG_VCPUS]);
	must(fake_held.vcpus == 0);
}

/* ---- what happens ---- */

static u32 value(u32 kind)
{
	switch (kind % 8) {
	case 0:
	case 1:
		return kind / 8;
	case 2:
		return 1;
	case 3:
		return 1U << kind / 8;
	case 4:
		return (u32)take(2);
	case 5:
		return (u32)take(4);
	case 6:
		return STAT_ON;
	default:
		return 0;
	}
}

static void access(u32 device, u32 vcpu)
{
	struct arch_vcpu *v = dev(device)->front->arch.vcpu[vcpu];
	u32 where = (u32)take(1), how = (u32)take(1);
	u32 reg = where < 192 ? where % 64 * 4 : VIRTIO_MMIO_CONFIG + (u32)take(1);
	u8 size = (u8)(how < 224 && where < 192 ? 4 : 1U << how % 4);

	if (reg + size > dev(device)->cfg->reg.size)
		return;
	if (v->awaits && fake_counter < v->awaits_until)
		return;
	v->awaits = NULL; /* its time is over */
	if (how & 1 << 4)
		rig_write_by(vcpu, device, reg, size, value((u32)take(1)));
	else
		fake_mmio_read(v->vm, v, dev(device)->cfg->reg.base + reg, size);
}

/* As drivers do it; accesses one by one seldom get so far. */
static void set_up(u32 device)
{
	const struct arch_vcpu *v = dev(device)->front->arch.vcpu[0];
	u32 how = (u32)take(1);

	if (v->awaits)
		return;
	wr(device, VIRTIO_MMIO_QUEUE_SEL, how % 4);
	wr(device, VIRTIO_MMIO_QUEUE_NUM, (u32)take(1) + 1);
	for (u32 i = 0; virtio_is_confined(dev(device)) && i < 3; i++) {
		u64 at = virtio_pool(dev(device)).base + (how & 8 ? take(3) : 0);

		wr(device, VIRTIO_MMIO_QUEUE_DESC_LOW + 0x10 * i, (u32)at);
		wr(device, VIRTIO_MMIO_QUEUE_DESC_LOW + 0x10 * i + 4, (u32)(at >> 32));
	}
	wr(device, VIRTIO_MMIO_QUEUE_READY, 1);
	if (how & 4)
		wr(device, VIRTIO_MMIO_STATUS, STAT_ON);
}

/* Up to the limits, or somewhat beyond. */
static void offer(u32 device)
{
	u32 how = (u32)take(1);
	struct nk_virtio_offer o = {
		.device_id = how & 7,
		.features = take(1),
		.config_size = (u32)take(1) + (how & 8) * 16,
		.nr_queues = (u32)take(1) % 34,
		.flags = how >> 4 & (how & 128 ? 3 : 1),
	};

	for (u32 i = 0; i < MIN(o.nr_queues, (u32)NK_VIRTIO_QUEUES); i++)
		o.queue_max[i] = (u16)(how & 64 ? take(2) : 16 + how);
	if (virtio_offer(dev(device), &o))
		return;
	heard[device] = dev(device)->resets;
	unheard[device] = false;
}

static void look(u32 device)
{
	struct virtio_dev *d = dev(device);
	struct nk_virtio_state s = state_of(device);
	bool there = d->there;

	if (there && s.resets != heard[device])
		must(!s.status && !s.ready && !s.features && !s.store_size);
	if (s.store_size)
		must(s.store_offset + s.store_size <= d->config_size);
	must(virtio_done(d, s.asked) == (there ? 0 : -1));
	if (!there)
		return;
	heard[device] = s.resets;
	unheard[device] = false;
}

static void grant(u32 device, bool give)
{
	struct virtio_dev *d = dev(device);
	u32 slot = (u32)take(1) % 128 * (give ? 1 : 5), n = (u32)take(1) % 70;
	u64 page = (give ? take(1) : 0) << PAGE_SHIFT;
	u32 before = d->granted;

	if (!give)
		must(virtio_revoke(d, slot, n) == before - d->granted);
	else if (!virtio_grant(d, slot, (page & BIT(19) ? SECOND : OWN) + 4 * page, n))
		must(d->granted >= n);
}

static void call(u32 device)
{
	static u8 bytes[NK_VIRTIO_CONFIG];
	struct virtio_dev *d = dev(device);
	u32 what = (u32)take(1), n;

	if (d->cfg->grants && what & 16) {
		grant(device, what & 32);
		return;
	}
	switch (what % 8) {
	case 0:
	case 1:
		look(device);
		break;
	case 2:
		offer(device);
		break;
	case 3:
		n = (u32)take(1) % NK_VIRTIO_CONFIG;
		virtio_config(d, value((u32)take(1)), bytes, n);
		break;
	case 4:
		virtio_status(d, value((u32)take(1)));
		break;
	case 5:
		virtio_interrupt(d, value((u32)take(1)));
		break;
	case 6: /* a number that it has not got from nk, and that is wrong */
		n = d->asked + 1 + (u32)take(4) % 0x7fffffff;
		must(virtio_done(d, n) == -1);
		break;
	default:
		virtio_withdraw(d);
		unheard[device] = false;
	}
}

static void begin_anew(u32 id)
{
	for (u32 i = 0; i < NR_DEVICES; i++)
		unheard[i] = dev(i)->back->arch.id != id &&
			     (unheard[i] || (dev(i)->front->arch.id == id && dev(i)->there));
	for (u32 i = 0; i < RIG_VCPUS; i++)
		vm_of(id)->arch.vcpu[i]->awaits = NULL;
	virtio_vm_stop(vm_of(id));
	check();
	virtio_vm_start(vm_of(id));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	again();
	at = data;
	end = data + size;
	for (u32 ops = 0; at < end && ops < OPS_MAX; ops++) {
		u32 what = (u32)take(1), device = what % NR_DEVICES;

		if (what < 16)
			set_up(device);
		else if (what < 150)
			access(device, what / NR_DEVICES % RIG_VCPUS);
		else if (what < 240)
			call(device);
		else if (what < 248)
			fake_counter += take(1) * 16 * MS;
		else
			begin_anew(FIRST_VM + what % RIG_VMS);
		check();
	}
	return 0;
}
