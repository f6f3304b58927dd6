// SPDX-License-Identifier: Apache-2.0
/* The hypercalls of grants: pages that a VM lets the peer of a link have. Addresses are listed in the caller's memory. */
#include "arch/cpu.h"
#include "core/calls/hypercall.h"
#include "core/link/grant.h"
#include "core/link/priv.h"
#include "core/vm/guest_mem.h"

#define WORD sizeof(u64)

/* Reads the next piece of a list. Returns its length, 0 when part of it is not the caller's. */
static u32 read_piece(struct vm *vm, u64 *list, ipa_t from, u32 left)
{
	u32 n = MIN(left, (u32)GRANT_CHUNK);

	return guest_read(vm, list, from, n * WORD) ? 0 : n;
}

u64 hc_grant(struct vm *vm, struct arch_vcpu *v, ipa_t link, ipa_t addresses, u32 count, u32 how)
{
	struct vlink *l = vlink_find(vm, link);
	u64 list[GRANT_CHUNK];
	u32 done = 0, n, given;

	count = MIN(count, (u32)NK_GRANT_CALL);
	if (!l || how > NK_GRANT_WRITE || !guest_writable(vm, addresses, count * WORD))
		return 0;
	do {
		n = read_piece(vm, list, addresses + done * WORD, count - done);
		given = grant_give(l, vlink_end_of(l, vm->arch.id), list, n, how == NK_GRANT_WRITE);
		guest_write(vm, addresses + done * WORD, list, given * WORD);
		done += given;
	} while (given && given == n && done < count && arch_cpu_poll());
	return done;
}

u64 hc_revoke(struct vm *vm, struct arch_vcpu *v, ipa_t link, ipa_t addresses, u32 count)
{
	struct vlink *l = vlink_find(vm, link);
	u64 list[GRANT_CHUNK];
	u32 done = 0, n, taken;

	count = MIN(count, (u32)NK_GRANT_CALL);
	if (!l)
		return 0;
	do {
		n = read_piece(vm, list, addresses + done * WORD, count - done);
		taken = grant_revoke(l, vlink_end_of(l, vm->arch.id), list, n);
		done += taken;
	} while (taken && taken == n && done < count && arch_cpu_poll());
	return done;
}

u64 hc_grant_next(struct vm *vm, struct arch_vcpu *v, ipa_t link, u32 whose, u64 after,
		  ipa_t page_ipa)
{
	struct vlink *l = vlink_find(vm, link);
	u64 page = 0, found;
	u32 end;

	if (!l || whose > (NK_GRANT_WINDOW | NK_GRANT_PEERS))
		return 0;
	if (page_ipa && whose == NK_GRANT_PEERS)
		return 0;
	end = vlink_end_of(l, vm->arch.id) ^ (whose & NK_GRANT_PEERS);
	if (whose & NK_GRANT_WINDOW)
		found = after ? 0 : grant_window(l, end, &page);
	else
		found = grant_next(l, end, after, &page);
	if (found && page_ipa && guest_write(vm, page_ipa, &page, sizeof(page)))
		return 0;
	return found;
}

/*
 * A piece at a time, as each is looked at under the lock; pages are in one piece only. Ends at the first that cannot be.
 * Returns how many bytes were done.
 */
static u64 use_pieces(struct vlink *l, u32 end, u64 address, u64 size, u32 write,
		      enum grant_use what)
{
	u64 done = 0;

	while (done < size) {
		u64 at = address + done;
		u64 piece = MIN(size - done, NK_GRANT_BATCH * PAGE_SIZE - (at & (PAGE_SIZE - 1)));

		if (!grant_use(l, end, at, piece, write, what))
			break;
		done += piece;
		arch_cpu_poll(); /* all or nothing, so it goes on */
	}
	return done;
}

static u64 use(struct vm *vm, ipa_t link, u64 address, u64 size, u32 write, enum grant_use what)
{
	struct vlink *l = vlink_find(vm, link);
	u64 done;
	u32 end;

	if (!l || write > 1 || !size || size > NK_GRANT_CALL * PAGE_SIZE)
		return (u64)-1;
	end = vlink_end_of(l, vm->arch.id);
	done = use_pieces(l, end, address, size, write, what);
	if (done == size)
		return 0;
	if (what == GRANT_LOCK)
		use_pieces(l, end, address, done, 0, GRANT_UNLOCK);
	return (u64)-1;
}

u64 hc_vm_mem_verify(struct vm *vm, struct arch_vcpu *v, ipa_t link, u64 address, u64 size,
		     u32 write)
{
	return use(vm, link, address, size, write, GRANT_VERIFY);
}

u64 hc_vm_mem_verify_and_lock(struct vm *vm, struct arch_vcpu *v, ipa_t link, u64 address, u64 size,
			      u32 write)
{
	return use(vm, link, address, size, write, GRANT_LOCK);
}

u64 hc_vm_mem_unlock(struct vm *vm, struct arch_vcpu *v, ipa_t link, u64 address, u64 size)
{
	return use(vm, link, address, size, 0, GRANT_UNLOCK);
}
