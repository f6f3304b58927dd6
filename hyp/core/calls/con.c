// SPDX-License-Identifier: Apache-2.0
/* Hypercalls of the console: both copies are bounded, and look at interrupts between their pieces. */
#include "arch/cpu.h"
#include "core/calls/hypercall.h"
#include "core/console/console.h"
#include "core/console/history.h"
#include "core/prop/prop.h"
#include "core/vm/guest_mem.h"
#include "core/vm/vm.h"
#include "lib/string.h"
#include "nk/prop.h"

#define CALL_MAX KIB(4) /* characters a call */
#define WRITE_CHUNK 128
#define READ_CHUNK 256
#define READ_PIECES 8 /* of the history, a call: each is looked for in the rings of all sources */
#define FAILED (~(u64)0)

static u64 write_chunks(struct vm *vm, ipa_t buf, u64 size)
{
	u8 text[WRITE_CHUNK];
	u64 done = 0;

	while (done < size) {
		u32 n = (u32)MIN(size - done, (u64)WRITE_CHUNK), taken;

		if (guest_read(vm, text, buf + done, n))
			break;
		taken = console_vm_take(vm->arch.id, text, n);
		done += taken;
		arch_cpu_poll(); /* queueing and sending are a piece each */
		console_poll();
		if (taken < n || !arch_cpu_poll())
			break;
	}
	/* The emulated UART's transmitter is the same one. */
	if (console_vm_full(vm->arch.id))
		vuart_tx_wake(&vm->vuart);
	return done;
}

u64 hc_con_write(struct vm *vm, struct arch_vcpu *v, ipa_t text, u32 size)
{
	size = MIN(size, (u32)CALL_MAX);
	if (!guest_readable(vm, text, size))
		return FAILED;
	return write_chunks(vm, text, size);
}

u64 hc_con_poll(struct vm *vm, struct arch_vcpu *v)
{
	return (u64)(s64)vuart_take(&vm->vuart, true);
}

static u64 read_chunks(const struct vm *vm, u64 *ordinal, ipa_t buf, u64 size)
{
	u8 text[READ_CHUNK];
	u64 done = 0;
	u32 pieces = 0;

	while (done < size && pieces++ < READ_PIECES) {
		u64 from = *ordinal;
		u32 n = history_read(ordinal, text, (u32)MIN(size - done, (u64)READ_CHUNK));

		if (!n)
			break;
		/* What follows was overwritten just now: no gap amidst what one call returns. */
		if (done && *ordinal - n != from) {
			*ordinal = from;
			break;
		}
		if (guest_write(vm, buf + done, text, n))
			return FAILED;
		done += n;
		if (!arch_cpu_poll())
			break;
	}
	return done;
}

u64 hc_con_hist_read(struct vm *vm, struct arch_vcpu *v, ipa_t ordinal_ipa, ipa_t text, u32 size)
{
	u64 ordinal, done;

	if (!prop_may_get(vm->arch.id, "nk.history"))
		return (u64)NK_PROP_PERMISSION;
	size = MIN(size, (u32)CALL_MAX);
	if (!guest_writable(vm, ordinal_ipa, sizeof(ordinal)) || !guest_writable(vm, text, size) ||
	    guest_read(vm, &ordinal, ordinal_ipa, sizeof(ordinal)))
		return FAILED;
	done = read_chunks(vm, &ordinal, text, size);
	if (done == FAILED || guest_write(vm, ordinal_ipa, &ordinal, sizeof(ordinal)))
		return FAILED;
	return done;
}

u64 hc_con_hist_boot(struct vm *vm, struct arch_vcpu *v)
{
	if (!prop_may_get(vm->arch.id, "nk.history"))
		return (u64)NK_PROP_PERMISSION;
	return history_boot_ordinal();
}
