// SPDX-License-Identifier: Apache-2.0
/*
 * A neighbour of attackers: it works, takes its timer's interrupts, and what others post. What that
 * costs it is counted by tests/bench/walls.c between the marks 102 and 103, where 105 is a timer's
 * interrupt. Each vlink "flood" is with one attacker, and so is each VirtIO device that it serves. Arguments: ticks=N, of a millisecond each, behind
 * warm=N; deaf: its priority mask lets only the timer through, and posts stay pending for ever.
 */
#include "nk/prop.h"
#include "nk/virtio.h"
#include "nk/vlink.h"
#include "nk/xirq.h"
#include "rt/gic.h"
#include "rt/nkcall.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define LABEL 0
#define NB 8 /* cross interrupts of each link */
#define ATTACKERS 0x38 /* VM 3 to 5 */

extern char victim_vectors[];
void victim_interrupt(void);
void victim_work(const u32 *done, u32 wanted);

static u64 due, period;
static u32 ticks, posts;
static u32 first; /* INTID of NK_XIRQ_SYSCONF */

void victim_interrupt(void)
{
	u32 iar = gic_ack();

	if (IAR_ID(iar) == PPI_VTIMER) {
		__asm__ volatile("hint #105");
		WRITE_ONCE(ticks, ticks + 1);
		WRITE_ONCE(due, due + period);
		vtimer.set_cval(due);
	} else if (IAR_ID(iar) != SPURIOUS) {
		posts++;
	}
	gic_eoi(iar);
}

static void listen(u32 xirq)
{
	u32 id = first + xirq - NK_XIRQ_FIRST;

	gic_set_edge(id, true);
	gic_set_target(id, 0);
	gic_bit(GICD_ISENABLER, id);
}

static void listen_to_links(void)
{
	u64 me = nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
	u64 link = 0;

	listen(NK_XIRQ_SYSCONF);
	while ((link = nk_call(NK_HC_VLINK_LOOKUP, (u64) "flood", link, 0, 0))) {
		NkXIrq xirq = (NkXIrq)nk_call(NK_HC_PXIRQ_ALLOC, link, LABEL, me, NB);

		for (u32 i = 0; i < NB; i++)
			listen(xirq + i);
		listen((NkXIrq)nk_call(NK_HC_SYSCONF_CTL, link, NK_SYSCONF_ATTACH, 0, 0));
	}
}

/* Those that the tree has it serve: it takes their kicks. */
static void listen_to_devices(void)
{
	static struct nk_virtio_info info;
	static const struct nk_virtio_offer offer = {
		.device_id = 1, .nr_queues = 1, .queue_max = {16}};

	for (u32 i = 0; !nk_call(NK_HC_VIRTIO_INFO, i, (u64)&info, 0, 0); i++) {
		listen(info.xirq);
		nk_call(NK_HC_VIRTIO_OFFER, i, (u64)&offer, 0, 0);
	}
}

/*
 * The tree lets it stop those who attack, so that the machine ends; they may start each other meanwhile. Others may be
 * there, who wait for this CPU.
 */
static void stop_attackers(void)
{
	char name[] = "nk.vm.3.state.running";

	while (nk_call(NK_HC_RUNNING_IDS, 0, 0, 0, 0) & ATTACKERS) {
		for (char vm = '3'; vm <= '5'; vm++) {
			name[6] = vm;
			nk_call(NK_HC_PROP_SET, (u64)name, (u64) "0", 1, 0);
		}
		delay_us(100);
	}
}

void guest_main(void)
{
	u32 n = (u32)arg_u64("ticks", 20);

	gic_init();
	first = (u32)nk_call(NK_HC_XIRQ_PTOV, NK_XIRQ_SYSCONF, 0, 0, 0);
	write_sysreg(vbar_el1, (u64)victim_vectors);
	isb();
	listen_to_links();
	listen_to_devices();
	if (arg_flag("deaf")) {
		gic_set_prio(PPI_VTIMER, 0x40);
		gic_set_pmr(0x80);
	}
	period = counter_hz() / 1000;
	due = counter() + period;
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	vtimer.set_cval(due);
	vtimer.set_ctl(TIMER_ENABLE);
	irq_enable();
	victim_work(&ticks, (u32)arg_u64("warm", 2));
	__asm__ volatile("hint #102" ::: "memory");
	victim_work(&ticks, READ_ONCE(ticks) + n);
	__asm__ volatile("hint #103" ::: "memory");
	irq_disable();
	printf("victim: %u cross interrupts in %u ms\n", posts, n);
	stop_attackers();
}
