// SPDX-License-Identifier: Apache-2.0
/* What of a VM's address space changes while the VM runs: an access that comes meanwhile is tried again. */
#include "arch/upcall.h"
#include "core/link/grant.h"
#include "core/virtio/virtio.h"

bool core_mapping_moves(const struct arch_vm *vm, ipa_t ipa)
{
	return grant_mapping_moves(vm, ipa) || virtio_mapping_moves(vm, ipa);
}
