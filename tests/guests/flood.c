// SPDX-License-Identifier: Apache-2.0
/*
 * An attacker: each of its CPUs does all day what may cost others. Arguments: victim=ID, pace=N (of the
 * counter's ticks, see below), and what to do, one or more: post, sysconf, prop, sgi, power, psci,
 * life, fault, say, focus, extent, watch, log, kick (a VirtIO device of its own). With several each turn does one of them by chance.
 */
#include "nk/prop.h"
#include "nk/virtio_mmio.h"
#include "nk/vlink.h"
#include "nk/xirq.h"
#include "rt/dt.h"
#include "rt/gic.h"
#include "rt/nkcall.h"
#include "rt/psci.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define LABEL 0
#define NB 8
#define NOTHING 0x0b000000UL /* nothing of a VM is there */

static u64 victim, link, pace, device;
static NkXIrq theirs;
static void (*chosen[16])(u32 turn);
static u32 nr_chosen;
static char line[512];

static void take(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (IAR_ID(iar) != SPURIOUS)
		gic_eoi(iar);
}

static void post(u32 turn)
{
	NkXIrq xirq = turn % (NB + 1) ? theirs + turn % (NB + 1) - 1 : NK_XIRQ_SYSCONF;

	nk_call(NK_HC_XIRQ_POST, xirq, victim, 0, 0);
}

static void sysconf(u32 turn)
{
	nk_call(NK_HC_SYSCONF_POST, link, turn & 1, 0, 0);
}

/* Whoever may be told of it is, each time. */
static void prop(u32 turn)
{
	nk_call(NK_HC_PROP_SET, (u64) "flood.bell", (u64)&turn, sizeof(turn), 0);
}

static void sgi(u32 turn)
{
	gic_sgi(0, turn & 15);
	gic_sgi_others(turn & 15);
}

static void off_again(void *arg)
{
	(void)arg;
}

/* The first CPU turns the last one on, which turns itself off. */
static void power(u32 turn)
{
	(void)turn;
	if (this_cpu()->index == 0 && nr_cpus > 1)
		cpu_start(nr_cpus - 1, off_again, NULL);
}

static void psci(u32 turn)
{
	static const u32 fn[] = {PSCI_VERSION, PSCI_AFFINITY_INFO_64, PSCI_FEATURES,
				 PSCI_CPU_ON_64};

	psci_call(fn[turn % 4], this_cpu()->mpidr, ram_base(), 0);
}

/* VM 5 is ours to start, to stop, and to start again. */
static void life(u32 turn)
{
	nk_call(NK_HC_PROP_SET, (u64) "nk.vm.5.state.running", (u64) & "102"[turn % 3], 1, 0);
}

/* The keyboard goes to and fro, and whoever may be told of it is, each time. */
static void focus(u32 turn)
{
	nk_call(NK_HC_PROP_SET, (u64) "nk.focus", (u64) & "23"[turn & 1], 1, 0);
}

/* The most mappings that one call looks at. */
static void extent(u32 turn)
{
	(void)turn;
	nk_call(NK_HC_MEM_EXTENT, ram_base(), ~0UL >> 16, 0, 0);
}

/* VM 5 is ended for it (`on-stray`), with a report, and started again by the others. */
static void fault(u32 turn)
{
	(void)turn;
	if (nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0) == 5)
		(void)*(volatile u32 *)NOTHING;
}

/* Lines as long as a line may be. */
static void say(u32 turn)
{
	nk_call(NK_HC_CON_WRITE, (u64)line, sizeof(line), 0, 0);
	(void)turn;
}

static void kick(u32 turn)
{
	(void)turn;
	write32(device + VIRTIO_MMIO_QUEUE_NOTIFY, 0);
}

/* Its queue, once somebody serves it. */
static void use_device(void)
{
	int node = fdt_node_offset_by_compatible(dt, -1, "virtio,mmio");
	u64 size;

	if (node < 0 || !dt_reg(node, 0, &device, &size))
		return;
	read32(device + VIRTIO_MMIO_MAGIC);
	write32(device + VIRTIO_MMIO_STATUS, 3);
	write32(device + VIRTIO_MMIO_QUEUE_NUM, 16);
	write32(device + VIRTIO_MMIO_QUEUE_READY, 1);
}

/* Monitoring is off, counts, records, and does both. */
static void watch(u32 turn)
{
	u32 mode = turn & 3;

	nk_call(NK_HC_PROP_SET, (u64) "nk.monitoring.enable", (u64)&mode, sizeof(mode), 0);
}

/* A log that has room for few of them. */
static void log(u32 turn)
{
	(void)turn;
	nk_call(NK_HC_LOG_WRITE, 0, (u64)line, sizeof(line), 0);
}

static const struct {
	const char *name;
	void (*fn)(u32 turn);
} kinds[] = {
	{"post", post},	  {"sysconf", sysconf}, {"prop", prop},	  {"sgi", sgi},	  {"power", power},
	{"psci", psci},	  {"life", life},	{"fault", fault}, {"kick", kick}, {"say", say},
	{"focus", focus}, {"extent", extent},	{"watch", watch}, {"log", log},
};

/*
 * Under -icount QEMU lets a CPU run until the next timer of the machine is due. A timer of our own
 * that is due soon, and masked, makes the CPUs take short turns.
 */
static void short_turns(void)
{
	if (!pace)
		return;
	vtimer.set_cval(counter() + pace);
	vtimer.set_ctl(TIMER_ENABLE | TIMER_IMASK);
}

static void attack(void *arg)
{
	u64 state = (u64)arg;

	if (this_cpu()->index)
		gic_cpu_init();
	for (u32 i = 0; i < 16; i++)
		gic_bit(GICD_ISENABLER, i);
	irq_enable();
	for (u32 turn = 0;; turn++) {
		state = state * 6364136223846793005UL + 1442695040888963407UL;
		short_turns();
		chosen[(state >> 33) % nr_chosen](turn);
	}
}

static void choose(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		if (arg_flag(kinds[i].name))
			chosen[nr_chosen++] = kinds[i].fn;
	if (!nr_chosen)
		chosen[nr_chosen++] = post;
}

void guest_main(void)
{
	u32 last = nr_cpus;

	victim = arg_u64("victim", 2);
	pace = arg_u64("pace", 0);
	choose();
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	mmu_on();
	gic_init();
	irq_handler = take;
	link = nk_call(NK_HC_VLINK_LOOKUP, (u64) "flood", 0, 0, 0);
	theirs = (NkXIrq)nk_call(NK_HC_PXIRQ_ALLOC, link, LABEL, victim, NB);
	nk_call(NK_HC_SYSCONF_CTL, link, NK_SYSCONF_ATTACH, 0, 0);
	use_device();
	/* The one that is turned on and off has nothing else to do. */
	if (arg_flag("power"))
		last--;
	for (u32 i = 1; i < last; i++)
		cpu_start(i, attack, (void *)(u64)i);
	attack((void *)99UL);
}
