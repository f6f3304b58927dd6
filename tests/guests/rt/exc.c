// SPDX-License-Identifier: Apache-2.0
#include "rt/exc.h"
#include "rt/psci.h"
#include "rt/rt.h"

irq_fn irq_handler;

void fault_begin(void)
{
	struct cpu *c = this_cpu();

	c->fault.taken = false;
	c->fault.expected = true;
	dsb();
}

bool fault_end(void)
{
	struct cpu *c = this_cpu();

	dsb();
	isb();
	c->fault.expected = false;
	return READ_ONCE(c->fault.taken);
}

bool probe_read(u64 addr, u32 bytes, u64 *value)
{
	u64 v = 0;
	bool faulted;

	fault_begin();
	switch (bytes) {
	case 1:
		v = read8(addr);
		break;
	case 2:
		asm volatile("ldrh %w0, [%1]" : "+r"(v) : "r"(addr) : "memory");
		break;
	case 4:
		v = read32(addr);
		break;
	default:
		v = read64(addr);
		break;
	}
	faulted = fault_end();
	if (value)
		*value = v;
	return faulted;
}

bool probe_write(u64 addr, u32 bytes, u64 value)
{
	fault_begin();
	switch (bytes) {
	case 1:
		write8(addr, (u8)value);
		break;
	case 2:
		asm volatile("strh %w0, [%1]" ::"r"(value), "r"(addr) : "memory");
		break;
	case 4:
		write32(addr, (u32)value);
		break;
	default:
		write64(addr, value);
		break;
	}
	return fault_end();
}

bool probe_exec(u64 addr)
{
	return exec_at(addr, &this_cpu()->exec);
}

static void __noreturn die(struct regs *r, u64 vector)
{
	static const char *const kind[] = {"sync", "irq", "fiq", "serror"};

	printf("\nBail out! unexpected %s exception (vector %lu) on cpu %u\n", kind[vector & 3],
	       vector, this_cpu()->index);
	printf("# elr %lx (image+%lx) spsr %lx esr %lx far %lx sp %lx lr %lx\n", r->elr,
	       r->elr - image_base(), r->spsr, read_sysreg(esr_el1), read_sysreg(far_el1), r->sp,
	       r->x[30]);
	psci_system_off();
}

static bool expected_fault(struct regs *r)
{
	struct cpu *c = this_cpu();

	if (!c->exec.sp && !c->fault.expected)
		return false;
	c->fault.taken = true;
	c->fault.esr = read_sysreg(esr_el1);
	c->fault.far = read_sysreg(far_el1);
	c->fault.elr = r->elr;
	if (c->exec.sp) {
		r->sp = c->exec.sp;
		r->elr = c->exec.pc;
	} else {
		r->elr += 4;
	}
	return true;
}

void exc_entry(struct regs *r, u64 vector)
{
	if (vector == 5 && irq_handler) {
		irq_handler(r);
		return;
	}
	if (vector == 4 && expected_fault(r))
		return;
	die(r, vector);
}
