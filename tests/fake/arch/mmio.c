// SPDX-License-Identifier: Apache-2.0
#include "arch/mmio.h"
#include "fake/fake.h"

#include <assert.h>

int arch_vm_mmio_add(struct arch_vm *vm, ipa_t base, u64 size, mmio_fn fn, void *opaque, u32 kind)
{
	assert(vm->nr_mmio < ARCH_MMIO_REGIONS);
	vm->mmio[vm->nr_mmio++] = (struct mmio_region){base, size, fn, opaque, kind, 0};
	return 0;
}

static u64 access(struct arch_vm *vm, struct arch_vcpu *v, ipa_t ipa, struct mmio m)
{
	const struct mmio_region *r = vm->mmio;

	while (r < vm->mmio + vm->nr_mmio && ipa - r->base >= r->size)
		r++;
	assert(r < vm->mmio + vm->nr_mmio);
	m.offset = ipa - r->base;
	m.region = r;
	r->fn(v, &m);
	return m.value;
}

u64 fake_mmio_read(struct arch_vm *vm, struct arch_vcpu *v, ipa_t ipa, u8 size)
{
	return access(vm, v, ipa, (struct mmio){.size = size});
}

void fake_mmio_write(struct arch_vm *vm, struct arch_vcpu *v, ipa_t ipa, u8 size, u64 value)
{
	access(vm, v, ipa, (struct mmio){.size = size, .write = true, .value = value});
}
