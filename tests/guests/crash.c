// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: a VM that dies leaves a report, its memory and its registers for those that may have them, and nobody
 * else. On its console it is told how to die; with `watch` in the bootargs it looks at VM 2, by calls.
 */
#include "nk/dump.h"
#include "nk/prop.h"
#include "rt/dt.h"
#include "rt/exc.h"
#include "rt/nkcall.h"
#include "rt/psci.h"
#include "rt/rt.h"

#pragma GCC optimize("no-omit-frame-pointer")

#define OTHER 2
#define MARK 0x6b72616d6e6b0000UL
#define NOWHERE 0x0b000000UL /* nothing of QEMU's machine is there */
#define EL1_FAR_SET 0x123456789abcdef0UL

static const char name_crash[] = "nk.vm.2.crash";
static const char name_state[] = "nk.vm.2.state.crashed";
static u8 text[NK_DUMP_PAGE] __aligned(NK_DUMP_PAGE);
static struct nk_dump_info info;
static struct nk_dump_vcpu regs;
static struct nk_dump_ram ram;
static u64 mark = MARK;

static __attribute__((noinline)) void die(const char *how)
{
	static const char said[] = "crash: the guest says why\nin two\033lines";

	write_sysreg(far_el1, EL1_FAR_SET);
	if (!strcmp(how, "stray"))
		*(volatile u32 *)NOWHERE = 1;
	if (!strcmp(how, "panic"))
		nk_call(NK_HC_CRASH, (u64)said, sizeof(said) - 1, 0, 0);
	if (!strcmp(how, "silent"))
		nk_call(NK_HC_CRASH, 0, 0, 0, 0);
	if (!strcmp(how, "deep"))
		asm volatile("mov x29, %0\n str wzr, [%1]" ::"r"(text), "r"(NOWHERE) : "memory");
	if (!strcmp(how, "reset"))
		psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	asm volatile("" ::: "memory");
}

static __attribute__((noinline)) void inner(const char *how)
{
	die(how);
	asm volatile("" ::: "memory");
}

static __attribute__((noinline)) void outer(const char *how)
{
	/* x19 to x28 are not in the frame of a hypercall. */
	register u64 x28 asm("x28") = MARK + 28;

	asm volatile("" : "+r"(x28));
	inner(how);
	asm volatile("" : "+r"(x28));
}

/* A record that names itself: a walk of it must end. */
static void set_loop(void)
{
	((u64 *)text)[0] = (u64)text;
	((u64 *)text)[1] = (u64)inner + 8;
}

static void beat(void *arg __attribute__((unused)))
{
	for (;;)
		asm volatile("wfe");
}

/* At the end of the last piece of its RAM, if there is another one than the first. */
static void put_mark(void)
{
	u64 base, size, at = 0;
	u32 i;

	for (i = 1; ram_piece(i, &base, &size); i++)
		at = base + size - sizeof(mark);
	if (!at)
		return;
	write64(at, MARK);
	printf("crash: another mark at 0x%lx\n", at);
}

static void victim(void)
{
	char line[32];

	set_loop();
	put_mark();
	if (nr_cpus > 1) {
		mmu_on();
		cpu_start(1, beat, NULL);
	}
	printf("crash: mark at 0x%lx\n", (u64)&mark);
	for (;;) {
		printf("crash: ready\n");
		getline(line, sizeof(line));
		outer(line);
	}
}

static s64 call(u32 nr, u64 a, u64 b, u64 c, u64 d)
{
	return (s64)nk_call(nr, a, b, c, d);
}

static s64 prop_get(const char *name, void *to, u32 size)
{
	return call(NK_HC_PROP_GET, (u64)name, (u64)to, size, 0);
}

static void show_report(void)
{
	s64 n = prop_get(name_crash, text, sizeof(text) - 1);

	printf("watch: report %ld\n", n);
	text[n > 0 ? n : 0] = '\0';
	printf("%s\nwatch: end\n", (char *)text);
}

/* The other pieces, with the last word of each, and what must be refused. */
static void show_pieces(void)
{
	u64 generation = info.generation;
	s64 ret, got;

	for (u32 i = 0; i <= info.more_ram + 1; i++) {
		ret = call(NK_HC_DUMP_RAM, OTHER, generation, i, (u64)&ram);
		got = call(NK_HC_DUMP_READ, OTHER, generation, ram.base + ram.size - NK_DUMP_PAGE,
			   (u64)text);
		printf("watch: piece %u %ld 0x%lx 0x%lx read %ld 0x%lx\n", i, ret, (u64)ram.base,
		       (u64)ram.size, got, *(u64 *)&text[NK_DUMP_PAGE - sizeof(u64)]);
	}
	printf("watch: no piece %ld %ld %ld\n",
	       call(NK_HC_DUMP_RAM, OTHER, generation + 1, 0, (u64)&ram),
	       call(NK_HC_DUMP_RAM, OTHER, generation, 0, NOWHERE),
	       call(NK_HC_DUMP_READ, OTHER, generation, ram.base + ram.size, (u64)text));
}

/* All that a dump takes, with what must be refused. */
static void show_dump(u64 at)
{
	u64 page = at & ~(u64)(NK_DUMP_PAGE - 1);
	s64 ret = call(NK_HC_DUMP_INFO, OTHER, (u64)&info, 0, 0);

	printf("watch: info %ld reason %u vcpu %u of %u ram 0x%lx 0x%lx\n", ret, info.reason,
	       info.vcpu, info.nr_vcpus, (u64)info.ram_base, (u64)info.ram_size);
	show_pieces();
	for (u32 i = 0; i <= info.nr_vcpus; i++) {
		ret = call(NK_HC_DUMP_VCPU, OTHER, info.generation, i, (u64)&regs);
		printf("watch: vcpu %u %ld on %lu pc 0x%lx x28 0x%lx far 0x%lx\n", i, ret,
		       (u64)regs.on, (u64)regs.pc, (u64)regs.x[28], (u64)regs.far_el1);
	}
	ret = call(NK_HC_DUMP_READ, OTHER, info.generation, page, (u64)text);
	printf("watch: read %ld 0x%lx\n", ret, ret ? 0 : *(u64 *)&text[at - page]);
	printf("watch: wrong %ld %ld %ld %ld %ld\n",
	       call(NK_HC_DUMP_READ, OTHER, info.generation + 1, page, (u64)text),
	       call(NK_HC_DUMP_READ, OTHER, info.generation, page + 8, (u64)text),
	       call(NK_HC_DUMP_READ, OTHER, info.generation, info.ram_base + info.ram_size,
		    (u64)text),
	       call(NK_HC_DUMP_READ, OTHER, info.generation, page, NOWHERE),
	       call(NK_HC_DUMP_READ, OTHER, info.generation, page, ram_base() + ram_size()));
}

static void watch(void)
{
	char line[32];
	u32 state = 0;
	s64 ret;

	for (;;) {
		printf("watch: ready\n");
		getline(line, sizeof(line));
		if (!strcmp(line, "report"))
			show_report();
		else if (!strncmp(line, "dump ", 5))
			show_dump(parse_u64(line + 5, NULL));
		else if (!strcmp(line, "end"))
			printf("watch: ended %ld\n",
			       call(NK_HC_DUMP_END, OTHER, info.generation, 0, 0));
		if (!strcmp(line, "state")) {
			ret = prop_get(name_state, &state, sizeof(state));
			printf("watch: state %ld %u\n", ret, state);
		}
	}
}

void guest_main(void)
{
	sleep_init(false);
	if (arg_flag("watch"))
		watch();
	else
		victim();
}
