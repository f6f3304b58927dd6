// SPDX-License-Identifier: Apache-2.0
#include "virtio_rig.h"

#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "core/vm/ram.h"
#include "lib/pages.h"
#include "unit/config/config_util.h"

#define POOL_PAGES 256

struct vm vms[RIG_VMS];
struct arch_vcpu rig_vcpu[RIG_VMS][RIG_VCPUS];
static struct vm fresh_vms[RIG_VMS];
static u8 *fresh_ram;

static void add_piece(struct vm *vm, u32 which)
{
	const struct cfg_ram *ram = &vm->cfg->ram[which];
	u64 pa;

	assert_true(ram_alloc(ram->size, BLOCK_SIZE, NULL, 0, &pa));
	vm->ram[which] = (struct vm_ram){.pa = pa, .ipa = ram->base};
	assert_int_equal(stage2_map(&vm->arch, ram->base, pa, ram->size, S2_RAM), 0);
}

static void make_vm(u32 id, struct cfg_error *err)
{
	struct vm *vm = vm_of(id);

	vm->cfg = &sys_config.vm[id - FIRST_VM];
	vm->arch.id = id;
	vm->arch.nr_vcpus = RIG_VCPUS;
	for (u32 i = 0; i < RIG_VCPUS; i++) {
		rig_vcpu[id - FIRST_VM][i] = (struct arch_vcpu){.vm = &vm->arch, .id = i, .cpu = i};
		vm->arch.vcpu[i] = &rig_vcpu[id - FIRST_VM][i];
	}
	assert_int_equal(stage2_vm_init(&vm->arch), 0);
	add_piece(vm, 0);
	add_piece(vm, 1);
	xirq_vm_init(vm, XIRQ_INTID, NK_XIRQ_NR);
	if (virtio_vm_create(vm, err))
		fail_msg("%s", err->text);
	fake_vms.by_id[id] = vm;
}

static void make_ram(void)
{
	u64 pool;

	board.nr_reserved = 0;
	board.nr_ram = 1;
	board.ram[0] = (struct range){FAKE_RAM, RIG_RAM_SIZE};
	fake_ram_make(RIG_RAM_SIZE);
	memset(fake_ram, 0xa5, RIG_RAM_SIZE);
	ram_init(&board);
	assert_true(ram_alloc(POOL_PAGES * PAGE_SIZE, PAGE_SIZE, NULL, 0, &pool));
	pages_init(phys_to_virt(pool), POOL_PAGES);
	stage2_init();
}

int rig_make(void **state)
{
	struct cfg_error err = {.text = ""};
	size_t size;
	void *fdt = load_blob("unit/dts/virtio", &size);

	board = *virt_board(3);
	if (cfg_system_parse(&sys_config, fdt, size, &board, &err))
		fail_msg("%s", err.text);
	make_ram();
	fake_counter = 1000 * FAKE_HZ;
	if (virtio_init(&err))
		fail_msg("%s", err.text);
	for (u32 id = FIRST_VM; id < FIRST_VM + RIG_VMS; id++)
		make_vm(id, &err);
	if (virtio_ready(&err))
		fail_msg("%s", err.text);
	fresh_ram = malloc(RIG_RAM_SIZE);
	memcpy(fresh_ram, fake_ram, RIG_RAM_SIZE);
	memcpy(fresh_vms, vms, sizeof(vms));
	return 0;
}

int rig_setup(void **state)
{
	for (u32 i = 0; i < RIG_VMS; i++)
		virtio_vm_stop(&vms[i]);
	memcpy(fake_ram, fresh_ram, RIG_RAM_SIZE);
	memcpy(vms, fresh_vms, sizeof(vms));
	fake_vms.running = BIT(2) | BIT(3) | BIT(4);
	for (u32 i = 0; i < RIG_VMS * RIG_VCPUS; i++)
		rig_vcpu[i / RIG_VCPUS][i % RIG_VCPUS].awaits = NULL;
	for (u32 i = 0; i < RIG_VMS; i++)
		virtio_vm_start(&vms[i]);
	memset(&fake_pulses, 0, sizeof(fake_pulses));
	memset(&fake_held, 0, sizeof(fake_held));
	return 0;
}

static ipa_t reg_at(u32 device, u32 reg)
{
	return dev(device)->cfg->reg.base + reg;
}

u64 rig_read(u32 device, u32 reg, u8 size)
{
	struct arch_vm *vm = &dev(device)->front->arch;

	return fake_mmio_read(vm, vm->vcpu[0], reg_at(device, reg), size);
}

void rig_write_by(u32 vcpu, u32 device, u32 reg, u8 size, u64 value)
{
	struct arch_vm *vm = &dev(device)->front->arch;

	fake_mmio_write(vm, vm->vcpu[vcpu], reg_at(device, reg), size, value);
}

void rig_write(u32 device, u32 reg, u8 size, u64 value)
{
	rig_write_by(0, device, reg, size, value);
}

u32 rd(u32 device, u32 reg)
{
	u64 value = rig_read(device, reg, 4);

	assert_int_equal(value >> 32, 0);
	return (u32)value;
}

void wr(u32 device, u32 reg, u32 value)
{
	rig_write(device, reg, 4, value);
}

u64 waits(u32 device, u32 vcpu)
{
	const struct arch_vcpu *v = dev(device)->front->arch.vcpu[vcpu];

	return v->awaits == dev(device) ? v->awaits_until : 0;
}

static u32 take(u32 *n)
{
	u32 was = *n;

	*n = 0;
	return was;
}

u32 posts(u32 device)
{
	const struct virtio_dev *d = dev(device);

	return take(&fake_pulses.of[d->back->arch.id][XIRQ_INTID + d->xirq - NK_XIRQ_FIRST]);
}

u32 irqs(u32 device)
{
	return take(&fake_pulses.of[dev(device)->front->arch.id][dev(device)->cfg->intid]);
}

struct nk_virtio_offer rig_offer(void)
{
	return (struct nk_virtio_offer){
		.device_id = 2,
		.vendor_id = 0x6e6b,
		.features = 0x10,
		.nr_queues = 2,
		.queue_max = {256, 16},
	};
}

void offered(u32 device)
{
	struct nk_virtio_offer o = rig_offer();

	assert_int_equal(virtio_offer(dev(device), &o), 0);
	catch_up(device);
	posts(device);
}

struct nk_virtio_state state_of(u32 device)
{
	struct nk_virtio_state s;

	virtio_state(dev(device), &s);
	return s;
}

void catch_up(u32 device)
{
	do
		assert_int_equal(virtio_done(dev(device), state_of(device).asked), 0);
	while (state_of(device).asked != dev(device)->page->asked);
}

void set_queue(u32 device, u32 queue, u32 size)
{
	wr(device, VIRTIO_MMIO_QUEUE_SEL, queue);
	wr(device, VIRTIO_MMIO_QUEUE_NUM, size);
	wr(device, VIRTIO_MMIO_QUEUE_DESC_LOW, 0x80001000 + 0x10000 * queue);
	wr(device, VIRTIO_MMIO_QUEUE_DESC_LOW + 4, 1);
	wr(device, VIRTIO_MMIO_QUEUE_DRIVER_LOW, 0x80002000 + 0x10000 * queue);
	wr(device, VIRTIO_MMIO_QUEUE_DRIVER_LOW + 4, 2);
	wr(device, VIRTIO_MMIO_QUEUE_DEVICE_LOW, 0x80003000 + 0x10000 * queue);
	wr(device, VIRTIO_MMIO_QUEUE_DEVICE_LOW + 4, 3);
	wr(device, VIRTIO_MMIO_QUEUE_READY, 1);
}

void negotiate(u32 device)
{
	wr(device, VIRTIO_MMIO_STATUS, 3);
	wr(device, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	wr(device, VIRTIO_MMIO_DRIVER_FEATURES, 0x10);
	wr(device, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	wr(device, VIRTIO_MMIO_DRIVER_FEATURES, 1);
	wr(device, VIRTIO_MMIO_STATUS, 11);
	set_queue(device, 0, 64);
	wr(device, VIRTIO_MMIO_STATUS, STAT_ON);
	catch_up(device);
	posts(device);
}
