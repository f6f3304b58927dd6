// SPDX-License-Identifier: Apache-2.0
/* What is said when a VM or nk itself cannot go on. */
#include "arch/cpu.h"
#include "arch/layout.h"
#include "arch/mmio.h"
#include "arch/run.h"
#include "arch/sysreg.h"
#include "arch/trap.h"
#include "arch/upcall.h"
#include "lib/log.h"
#include "lib/printf.h"

typedef unsigned long long ull;

void trap_own(struct frame *f, u64 kind);

const char *esr_class_name(u64 esr)
{
	switch (esr_ec(esr)) {
	case 0x00:
		return "unknown reason";
	case 0x01:
		return "WFI or WFE";
	case 0x03:
	case 0x04:
	case 0x05:
	case 0x06:
		return "AArch32 coprocessor access";
	case 0x07:
		return "FP or SIMD access";
	case 0x09:
		return "pointer authentication";
	case 0x0a:
		return "64-byte load or store";
	case 0x0d:
		return "branch target";
	case 0x0e:
		return "illegal execution state";
	case 0x12:
	case 0x13:
		return "AArch32 HVC or SMC";
	case ESR_EC_HVC64:
		return "HVC";
	case ESR_EC_SMC64:
		return "SMC";
	case ESR_EC_SYS64:
		return "system register access";
	case 0x19:
		return "SVE access";
	case 0x1d:
		return "SME access";
	case ESR_EC_IABT_LOW:
	case ESR_EC_IABT_OWN:
		return "instruction abort";
	case 0x22:
		return "PC alignment";
	case ESR_EC_DABT_LOW:
	case ESR_EC_DABT_OWN:
		return "data abort";
	case 0x26:
		return "SP alignment";
	case 0x2f:
		return "system error";
	default:
		return "unknown class";
	}
}

const char *esr_fault_name(u64 esr)
{
	switch (esr & 0x3c) {
	case 0x00:
		return "address size fault";
	case 0x04:
		return "translation fault";
	case 0x08:
		return "access flag fault";
	case 0x0c:
		return "permission fault";
	case 0x10:
		return (esr & 3) ? "external abort on a table walk" : "external abort";
	case 0x20:
		return "alignment fault";
	default:
		return "fault not decoded";
	}
}

/* Registers of a guest, or of nk itself, which takes no interrupt any more. */
static void print_frame(const struct frame *f, u64 pc, u64 pstate, void (*between)(void))
{
	printk("  pc %016llx  pstate %08llx  sp_el1 %016llx", (ull)pc, (ull)pstate,
	       (ull)read_sysreg(sp_el1));
	between();
	for (u32 i = 0; i < 30; i += 3) {
		printk("  x%-2u %016llx  x%-2u %016llx  x%-2u %016llx", i, (ull)f->x[i], i + 1,
		       (ull)f->x[i + 1], i + 2, (ull)f->x[i + 2]);
		between();
	}
	printk("  x30 %016llx  elr_el1 %016llx  esr_el1 %08llx  far_el1 %016llx", (ull)f->x[30],
	       (ull)read_sysreg(elr_el1), (ull)read_sysreg(esr_el1), (ull)read_sysreg(far_el1));
	between();
}

static void look_at_machine(void)
{
	arch_cpu_poll();
}

static void look_at_nothing(void)
{
}

const char *trap_likely_cause(const struct arch_vm *vm, u64 esr, ipa_t ipa)
{
	u32 ec = esr_ec(esr);

	if (ec != ESR_EC_DABT_LOW && ec != ESR_EC_IABT_LOW)
		return "the guest's own hardware access failed";
	if (esr & ESR_S1PTW)
		return "the guest's page tables lie outside its RAM";
	if (ec == ESR_EC_IABT_LOW)
		return "a jump through a wrong or zero pointer, or a kernel larger than its RAM";
	if ((esr & ESR_FSC) == FSC_EXTERNAL)
		return "a device or memory that does not answer";
	if ((esr & ESR_FSC_TYPE) == FSC_PERMISSION)
		return "memory the VM may only read";
	if (esr & ESR_CM)
		return "cache maintenance on an address that is not the VM's";
	if (mmio_emulated(vm, ipa))
		return "an access to an emulated register that cannot be decoded";
	if (ipa < PAGE_SIZE)
		return "a null pointer with the MMU off";
	return "a device that was not given to the VM (`devices`), or RAM beyond its `memory`";
}

/* Of a report with what the console adds: three lines of text, twelve of registers. */
#define REPORT_BYTES 1500

static void report_vcpu(const struct arch_vcpu *v, const struct frame *f, u64 esr, const char *why)
{
	u64 pc = read_sysreg(elr_el2), far;
	u32 ec = esr_ec(esr);
	ipa_t ipa;

	/* Other guests may run between the lines. */
	far = read_sysreg(far_el2);
	trap_fault_ipa(esr, &ipa);
	look_at_machine();
	printk("vm%u %s: ended: vCPU %u on CPU %u: %s", v->vm->id, core_vm_name(v->vm), v->id,
	       v->cpu, why);
	look_at_machine();
	if (ec == ESR_EC_DABT_LOW || ec == ESR_EC_IABT_LOW)
		printk("  %s IPA 0x%llx, VA 0x%llx: %s, level %u",
		       ec == ESR_EC_IABT_LOW ? "fetch from"
		       : esr & ESR_WNR	     ? "write to"
					     : "read of",
		       (ull)ipa, (ull)far, esr_fault_name(esr), (u32)(esr & 3));
	look_at_machine();
	printk("  esr %08llx: %s; likely: %s", (ull)esr, esr_class_name(esr),
	       trap_likely_cause(v->vm, esr, ipa));
	look_at_machine();
	print_frame(f, pc, read_sysreg(spsr_el2), look_at_machine);
}

static void say_why(char *text, size_t size, const struct arch_vcpu *v, u64 esr, const char *why)
{
	ipa_t ipa = 0;

	trap_fault_ipa(esr, &ipa);
	fmt_snprintf(text, size, "vCPU %u on CPU %u: %s\nesr %08llx: %s, IPA 0x%llx, VA 0x%llx",
		     v->id, v->cpu, why, (ull)esr, esr_class_name(esr), (ull)ipa,
		     (ull)read_sysreg(far_el2));
}

void trap_fatal(struct arch_vcpu *v, struct frame *f, u64 esr, const char *why)
{
	char text[160];

	if (vm_report(v->vm->id, REPORT_BYTES))
		report_vcpu(v, f, esr, why);
	say_why(text, sizeof(text), v, esr, why);
	core_vm_crashed(v, text);
	run_park(v);
}

static const char *const own_kinds[] = {"synchronous exception", "interrupt", "fast interrupt",
					"system error"};

/* An exception of nk itself: a defect, or broken hardware. Called by the vectors. */
void trap_own(struct frame *f, u64 kind)
{
	u64 esr = read_sysreg(esr_el2);
	u64 pc = read_sysreg(elr_el2);
	u64 fp = f->x[29];
	u64 sp = f->x[31];

	core_panic_begin();
	printk("panic: cpu%u: %s at EL2: %s (esr %08llx, far %016llx)", this_cpu()->id,
	       own_kinds[kind & 3], esr_class_name(esr), (ull)esr, (ull)read_sysreg(far_el2));
	print_frame(f, pc, read_sysreg(spsr_el2), look_at_nothing);
	/* A jump to nowhere: who jumped tells more. */
	if (esr_ec(esr) == ESR_EC_IABT_OWN)
		pc = f->x[30] - 4;
	/* In a guard page below its stack, SP says nothing of where the frames are. */
	core_backtrace(fp, pc, fp - sp < STACK_STRIDE ? fp : sp);
	core_panic_end();
}

void panic(const char *fmt, ...)
{
	const u64 *record = __builtin_frame_address(0); /* the caller's, and where it goes on */
	char text[128];
	va_list args;

	va_start(args, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	core_panic_begin();
	printk("panic: cpu%u: %s", this_cpu()->id, text);
	core_backtrace(record[0], record[1] - 4, (u64)record);
	core_panic_end();
}
