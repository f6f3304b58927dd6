// SPDX-License-Identifier: Apache-2.0
/* VirtIO devices for fuzz_hcall. */
#include "arch/stage2.h"
#include "core/virtio/priv.h"
#include "hcall.h"

u64 virtio_wanted(char want, u8 which)
{
	const struct virtio_dev *d = &virtio_devs[which % nr_virtio_devs];

	switch (want) {
	case 'd':
		return (u64)(d - virtio_devs);
	case 'a':
		return d->asked - which / 64;
	case 'r':
		return d->cfg->reg.base;
	default: /* a page */
		return OWN + which % OWN_PAGES * PAGE_SIZE;
	}
}

void virtio_write_offer(u32 i, u64 ipa)
{
	struct nk_virtio_offer *o = stage2_guest_ptr(&vms[i].arch, ipa, true);

	if (!o || ipa % 8 || ipa % PAGE_SIZE + sizeof(*o) > PAGE_SIZE)
		return;
	*o = (struct nk_virtio_offer){.device_id = (u32)take(1), .nr_queues = (u32)take(1) % 40};
	o->config_size = (u32)take(1);
	o->flags = (u32)take(1) % 3;
	for (u32 n = 0; n < NK_VIRTIO_QUEUES; n++)
		o->queue_max[n] = 16;
}

static bool owns(const struct vm *vm, paddr_t pa)
{
	for (u32 i = 0; i < vm->cfg->nr_ram; i++)
		if (pa - vm->ram[i].pa < vm->cfg->ram[i].size)
			return true;
	return false;
}

/* Each slot that is not free has a page of the owner's; and so many are not. */
static u32 nr_granted(const struct virtio_dev *d)
{
	u32 n = 0;

	for (u32 slot = 0; slot < d->cfg->grants; slot++) {
		paddr_t pa = stage2_window_at(&d->window, slot);

		if (pa == d->nobodys)
			continue;
		must(owns(d->front, pa));
		n++;
	}
	return n;
}

static void check_grants(u32 i, u32 nr, const u64 *a, u64 result)
{
	const struct virtio_dev *d = virtio_had(&vms[i], a[0]);

	must(!d || nr_granted(d) == d->granted);
	if (!d)
		must(result == (nr == NK_HC_VIRTIO_GRANT ? GONE : 0));
	else if (nr == NK_HC_VIRTIO_GRANT)
		must(result == GONE || (!result && d->granted >= a[3]));
	else
		must(result <= (nr == NK_HC_VIRTIO_WINDOW ? d->cfg->grants : a[2]));
}

void virtio_check(u32 i, u32 nr, const u64 *a, u64 result)
{
	const struct virtio_dev *d = virtio_served(&vms[i], (u32)a[0]);

	if (nr >= NK_HC_VIRTIO_WINDOW) {
		check_grants(i, nr, a, result);
		return;
	}
	must(result == 0 || result == GONE);
	if (result)
		return;
	must(d && d->back == &vms[i] && !(a[0] >> 32));
	must(nr != NK_HC_VIRTIO_OFFER || d->there == !!a[1]);
	must(nr != NK_HC_VIRTIO_DONE || d->done == a[1]);
	if (nr == NK_HC_VIRTIO_INTERRUPT)
		must(d->there && fake_pulses.n == 1 && fake_pulses.vm == d->front->arch.id &&
		     fake_pulses.intid == d->cfg->intid);
}

void virtio_any_access(u32 who)
{
	const struct virtio_dev *d = &virtio_devs[who % nr_virtio_devs];
	struct arch_vcpu *v = d->front->arch.vcpu[who / nr_virtio_devs % NR_VCPUS];
	u64 ipa = d->cfg->reg.base + take(2) % d->cfg->reg.size;
	u8 how = (u8)take(1);
	u8 size = how < 192 ? 4 : 1U << how % 4;

	if (size == 4)
		ipa = ALIGN_DOWN(ipa, 4UL);
	v->awaits = NULL; /* whatever it waited for: its time is over */
	if (how & 4)
		fake_mmio_write(v->vm, v, ipa, size, take(how & 8 ? 4 : 1));
	else
		fake_mmio_read(v->vm, v, ipa, size);
}
