// SPDX-License-Identifier: Apache-2.0
#include "arch/stage2.h"
#include "fake/fake.h"

#include <sched.h>
#include <stddef.h>

struct fake_stage2 fake_stage2[NK_VM_IDS];

static const struct fake_stage2 *find(const struct arch_vm *vm, ipa_t ipa)
{
	const struct fake_stage2 *s = fake_stage2;

	while (s->vm && s->vm != vm)
		s++;
	return s->vm && (ipa - s->base) / PAGE_SIZE < s->pages ? s : NULL;
}

static bool has(u64 pages, u64 page)
{
	return page < 64 && pages >> page & 1;
}

bool stage2_is_ram(const struct arch_vm *vm, ipa_t ipa)
{
	const struct fake_stage2 *s = find(vm, ipa);

	return s && !has(s->holes, (ipa - s->base) / PAGE_SIZE);
}

void *stage2_guest_ptr(const struct arch_vm *vm, ipa_t ipa, bool write)
{
	const struct fake_stage2 *s = find(vm, ipa);

	if (fake_yields)
		sched_yield();
	if (!stage2_is_ram(vm, ipa) || (write && has(s->read_only, (ipa - s->base) / PAGE_SIZE)))
		return NULL;
	return (u8 *)s->memory + (ipa - s->base);
}
