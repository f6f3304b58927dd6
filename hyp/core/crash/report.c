// SPDX-License-Identifier: Apache-2.0
/* The report of a VM's death: text, of which what a guest has written is made printable. */
#include <stdarg.h>

#include "arch/cpu.h"
#include "core/console/console.h"
#include "core/crash/priv.h"
#include "core/vm/vm.h"
#include "lib/printf.h"

#define LAST_CHARACTERS 768 /* of its console */
#define US_PER_S 1000000

typedef unsigned long long ull;

struct report {
	char *text;
	u32 len;
};

static void __printf_like(2, 3) add(struct report *r, const char *fmt, ...)
{
	u32 room = CRASH_TEXT_MAX - r->len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = fmt_vsnprintf(r->text + r->len, room, fmt, args);
	va_end(args);
	r->len += MIN((u32)n, room - 1);
	arch_cpu_poll();
}

/* Lines, each behind two spaces, without what would move a cursor. */
static void add_lines(struct report *r, const u8 *text, u32 len)
{
	bool begin = true;

	for (u32 i = 0; i < len && r->len < CRASH_TEXT_MAX - 4; i++) {
		u8 c = text[i];

		if (c == '\r' || (begin && c == '\n'))
			continue;
		if (begin)
			r->text[r->len++] = ' ';
		if (begin)
			r->text[r->len++] = ' ';
		begin = c == '\n';
		r->text[r->len++] = begin || (c >= ' ' && c <= '~') ? (char)c : '.';
	}
	if (!begin)
		r->text[r->len++] = '\n';
}

static void add_registers(struct report *r, const struct nk_dump_vcpu *v)
{
	add(r, "  pc  %016llx  sp  %016llx  pstate %08llx\n", (ull)v->pc, (ull)v->sp,
	    (ull)v->pstate);
	for (u32 i = 0; i < 30; i += 3)
		add(r, "  x%-2u %016llx  x%-2u %016llx  x%-2u %016llx\n", i, (ull)v->x[i], i + 1,
		    (ull)v->x[i + 1], i + 2, (ull)v->x[i + 2]);
	add(r, "  x30 %016llx  sp_el0 %016llx  vbar_el1 %016llx\n", (ull)v->x[30], (ull)v->sp_el0,
	    (ull)v->vbar_el1);
	add(r, "  elr_el1 %016llx  spsr_el1 %08llx  esr_el1 %08llx  far_el1 %016llx\n",
	    (ull)v->elr_el1, (ull)v->spsr_el1, (ull)v->esr_el1, (ull)v->far_el1);
	add(r, "  sctlr_el1 %016llx  tcr_el1 %016llx\n  ttbr0_el1 %016llx  ttbr1_el1 %016llx\n",
	    (ull)v->sctlr_el1, (ull)v->tcr_el1, (ull)v->ttbr0_el1, (ull)v->ttbr1_el1);
}

int crash_place_text(char *buf, u32 size, u32 depth, const struct crash_place *p)
{
	if (!p->name)
		return fmt_snprintf(buf, size, "  #%u 0x%llx", depth, (ull)p->address);
	return fmt_snprintf(buf, size, "  #%u 0x%llx %.*s+0x%llx", depth, (ull)p->address,
			    (int)p->name_max, p->name, (ull)p->offset);
}

static void add_backtrace(struct report *r, const struct vm *vm, const struct nk_dump_vcpu *v)
{
	struct crash_place places[BACKTRACE_MAX];
	u32 n = crash_backtrace(vm, v, places);
	char line[128];

	crash_symbols(vm, places, n);
	add(r, "backtrace:\n");
	for (u32 i = 0; i < n; i++) {
		crash_place_text(line, sizeof(line), i, &places[i]);
		add(r, "%s\n", line);
	}
}

static void add_vcpus(struct report *r, const struct vm *vm)
{
	const struct crash *c = &vm->crash;
	struct nk_dump_vcpu v;

	for (u32 i = 0; i < vm->arch.nr_vcpus; i++) {
		if (i == c->vcpu || !(c->left_on >> i & 1))
			continue;
		arch_vcpu_regs(vm->arch.vcpu[i], &v);
		add(r, "vCPU %u: pc %016llx  lr %016llx  sp %016llx\n", i, (ull)v.pc, (ull)v.x[30],
		    (ull)v.sp);
	}
}

static void add_console(struct report *r, const struct vm *vm)
{
	u8 text[LAST_CHARACTERS];
	u32 n = console_vm_last(vm->arch.id, text, sizeof(text)), from = 0;

	/* Not the end of a line that has begun before. */
	while (n == sizeof(text) && from < n && text[from] != '\n')
		from++;
	add(r, "console:\n");
	add_lines(r, text + from, n - from);
}

u32 crash_report(struct vm *vm)
{
	const struct crash *c = &vm->crash;
	struct report r = {.text = c->text};
	struct nk_dump_vcpu v;
	u32 len = 0;

	while (c->why[len])
		len++;
	arch_vcpu_regs(vm->arch.vcpu[c->vcpu], &v);
	add(&r, "vm%u %s: crash %u: %s\n", vm->arch.id, vm->cfg->name, c->count,
	    crash_reason_text(vm));
	add(&r, "time: %llu.%06u s, life %u\n", (ull)(c->time / US_PER_S),
	    (u32)(c->time % US_PER_S), vm_running_value(vm) >> 1);
	add_lines(&r, (const u8 *)c->why, len);
	add(&r, "vCPU %u:\n", c->vcpu);
	add_registers(&r, &v);
	add_backtrace(&r, vm, &v);
	add_vcpus(&r, vm);
	add_console(&r, vm);
	return r.len;
}
