// SPDX-License-Identifier: Apache-2.0
/*
 * `trace dump` of nk's prompt: all rings, as lines of nk's, for scripts/nk-trace --serial. The rings stand still
 * meanwhile. A line is printed only where the console's queue has room beside what nk itself may have to say, and
 * a few of them at each look, by the alarm of the CPU that was asked: whoever runs there goes on between them.
 */
#include "arch/cpu.h"
#include "core/console/console.h"
#include "core/monitor/priv.h"
#include "core/system.h"
#include "lib/log.h"

#define LINES_A_LOOK 8
#define LOOKS_A_SECOND 1000
#define LINE_BYTES 100
#define NEVER (~0UL)
#define WORDS (sizeof(struct nk_event) / 4)

/* Read and written by the CPU that has the console's interrupt alone. */
static struct {
	bool on;
	u32 on_cpu; /* who prints */
	u32 vm; /* the next name to be told; NK_VM_IDS: all are */
	u32 ring;
	bool begun; /* the ring's first line is printed */
	u64 next; /* record */
} dump;

static struct nk_event_ring *ring_of(u32 cpu)
{
	return percpus[cpu].watch.ring;
}

const char *monitor_dump(void)
{
	if (!ring_of(0))
		return "the system tree has no `monitoring` with `log-size`";
	if (dump.on)
		return "is under way";
	monitor_freeze(true);
	dump.vm = dump.ring = 0;
	dump.begun = false;
	dump.on_cpu = this_cpu()->id;
	WRITE_ONCE(dump.on, true);
	arch_cpu_ask_alarm(dump.on_cpu);
	return NULL;
}

static void say_name(void)
{
	const char *name = ring_of(0)->vm_name[dump.vm];

	if (name[0])
		printk("trace vm %u %s", dump.vm, name);
	dump.vm++;
}

static void begin_ring(const struct nk_event_ring *ring)
{
	u64 head = ring->head;

	dump.next = head > ring->nr_records ? head - ring->nr_records : 0;
	dump.begun = true;
	printk("trace begin cpu=%u nr=%u hz=%u head=%llu", dump.ring, ring->nr_records, ring->hz,
	       (unsigned long long)head);
}

static void end_ring(void)
{
	printk("trace end cpu=%u", dump.ring);
	dump.begun = false;
	dump.ring++;
}

/* As its bytes are in memory. */
static void say_record(const struct nk_event_ring *ring)
{
	const u32 *words = (const u32 *)((const u8 *)ring + NK_EVENT_HEADER);
	u32 w[WORDS];

	words += (dump.next++ & (ring->nr_records - 1)) * WORDS;
	for (u32 i = 0; i < WORDS; i++)
		w[i] = __builtin_bswap32(words[i]);
	printk("trace %08x%08x%08x%08x%08x%08x%08x%08x", w[0], w[1], w[2], w[3], w[4], w[5], w[6],
	       w[7]);
}

static void say_next(void)
{
	const struct nk_event_ring *ring = ring_of(dump.ring);

	if (dump.vm < NK_OS_LIMIT)
		say_name();
	else if (!dump.begun)
		begin_ring(ring);
	else if (dump.next < ring->head)
		say_record(ring);
	else
		end_ring();
}

u64 monitor_cpu_alarm(void)
{
	if (!READ_ONCE(dump.on) || dump.on_cpu != this_cpu()->id)
		return NEVER;
	for (u32 i = 0; i < LINES_A_LOOK && console_log_room(LINE_BYTES); i++) {
		if (dump.ring == board.nr_cpus) {
			dump.on = false;
			monitor_freeze(false);
			return NEVER;
		}
		say_next();
	}
	return arch_ticks() + arch_ticks_hz() / LOOKS_A_SECOND;
}
