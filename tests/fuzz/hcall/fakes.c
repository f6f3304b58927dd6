/* SPDX-License-Identifier: Apache-2.0 */
/* What core/ asks of the parts that are not here: VMs' lives, console, history, caches. */
#include <string.h>

#include "arch/cache.h"
#include "arch/cpu.h"
#include "arch/gic.h"
#include "arch/mmu.h"
#include "core/boot/options.h"
#include "core/console/console.h"
#include "core/console/history.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "lib/log.h"

struct percpu percpus[NK_CPUS_MAX] = {{.online = 1}, {.online = 1}, {.online = 1}, {.online = 1}};
struct bundle bundle;
struct options options;

void arch_vcpu_hold(struct arch_vcpu *v, u64 until)
{
}

void printk(const char *fmt, ...)
{
}

void cache_wipe(void *p, u64 size)
{
	memset(p, 0, size);
}

void cache_flush(const void *p, u64 size)
{
}

void cache_sync_instructions(void)
{
}

u32 vm_running_mask(void)
{
	return BIT(2) | BIT(3) | BIT(4);
}

u32 vm_running_value(const struct vm *vm)
{
	return 1 << 1 | 1;
}

u32 vm_paused_value(const struct vm *vm)
{
	return 0;
}

u32 vm_vcpus_online(const struct vm *vm)
{
	return 1;
}

const char *vm_start(struct vm *vm)
{
	return NULL;
}

const char *vm_stop(struct vm *vm, bool restart)
{
	return NULL;
}

void vm_restart(struct vm *vm)
{
}

const char *vm_suspend(struct vm *vm)
{
	return NULL;
}

const char *vm_resume(struct vm *vm)
{
	return "running";
}

u32 system_relocated(struct range *r)
{
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		r[i] = (struct range){sys_config.vm[i].ram_base, sys_config.vm[i].ram_size};
	return sys_config.nr_vms;
}

u32 gic_version(void)
{
	return 3;
}

const struct bundle_image *bundle_find(const struct bundle *b, const char *name)
{
	return NULL;
}

void vm_warn(u32 vm_id, const char *fmt, ...)
{
}

u32 console_vm_take(u32 vm_id, const u8 *text, u32 len)
{
	u32 sum = 0;

	for (u32 i = 0; i < len; i++)
		sum += text[i]; /* ASan looks */
	return sum % 7 ? len : len / 2;
}

void console_poll(void)
{
}

u32 console_focus_vm(void)
{
	return NK_VM_ID_FIRST;
}

bool console_give_focus(u32 id)
{
	return id % 2;
}

const char *console_vm_name(u32 id)
{
	return "vm";
}

void console_on_focus(void (*moved)(void))
{
}

bool console_vm_full(u32 vm_id)
{
	return false;
}

void vuart_tx_wake(struct vuart *u)
{
}

int vuart_take(struct vuart *u)
{
	return 'x';
}

u32 history_read(u64 *ordinal, u8 *buf, u32 size)
{
	if (*ordinal > 1000)
		return 0;
	memset(buf, 'h', size);
	*ordinal += size;
	return size;
}

u64 history_boot_ordinal(void)
{
	return 17;
}
