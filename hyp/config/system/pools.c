// SPDX-License-Identifier: Apache-2.0
/* Which part of a VM's RAM its VirtIO devices' pools leave. */
#include "config/model.h"

u64 cfg_ram_below_pools(const struct cfg_system *s, const struct cfg_vm *vm, u32 piece)
{
	u64 end = vm->ram[piece].size;

	for (const struct cfg_virtio *d = s->virtio; d < s->virtio + s->nr_virtio; d++)
		if (d->vm == vm->id && d->pool.size && d->pool_piece == piece)
			end = MIN(end, d->pool.base);
	return end;
}
