// SPDX-License-Identifier: Apache-2.0
/* Hypercalls of the circular logs: see nk/log.h. */
#include "core/calls/hypercall.h"
#include "core/system.h"
#include "core/vlog/vlog.h"
#include "core/vm/guest_mem.h"
#include "nk/prop.h"

#define FAILED (~(u64)0)

u64 hc_log_info(struct vm *vm, struct arch_vcpu *v, u64 log)
{
	const struct cfg_vlog *cfg = &sys_config.vlog[log % NK_LOGS];

	if (log >= sys_config.nr_vlogs)
		return FAILED;
	return cfg->size | (cfg->readers >> vm->arch.id & 1) * NK_LOG_MAY_READ |
	       (cfg->writers >> vm->arch.id & 1) * NK_LOG_MAY_WRITE;
}

u64 hc_log_write(struct vm *vm, struct arch_vcpu *v, u64 log, ipa_t text, u64 size)
{
	u64 info = hc_log_info(vm, v, log);
	u8 copy[NK_LOG_TEXT + 1];

	if (!(info & NK_LOG_MAY_WRITE))
		return (u64)NK_PROP_PERMISSION;
	if (info == FAILED || size - 1 >= NK_LOG_TEXT || guest_read(vm, copy, text, size))
		return FAILED;
	return (u64)vlog_write((u32)log, vm->arch.id, copy, (u32)size);
}

u64 hc_log_read(struct vm *vm, struct arch_vcpu *v, u64 log, ipa_t ordinal, ipa_t text, u64 size)
{
	u64 info = hc_log_info(vm, v, log);

	if (!(info & NK_LOG_MAY_READ))
		return (u64)NK_PROP_PERMISSION;
	return info == FAILED ? info : vlog_read((u32)log, vm, ordinal, text, size);
}
