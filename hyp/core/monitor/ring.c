// SPDX-License-Identifier: Apache-2.0
/*
 * Rings of events, one of each CPU, which alone writes it: no lock. A reader, in a VM that sees the pages, copies
 * a record and then looks at `head`: see nk/monitor.h. One barrier a record is enough for that: what a record is
 * overwritten with is written behind the barrier of the record before, and so behind the `head` of two before.
 */
#include "arch/cache.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "arch/sysreg.h"
#include "arch/upcall.h"
#include "core/monitor/priv.h"
#include "core/prop/prop.h"
#include "core/system.h"
#include "core/vm/ram.h"
#include "core/vm/vm.h"
#include "lib/string.h"

/* A debugger finds the rings by these (scripts/nk-trace --gdb). */
u64 monitor_rings_pa, monitor_ring_stride;
u32 monitor_ring_count;

static u64 mask; /* of a record's number: its place */

/* A bit for each event; the bytes are the property's. */
static u64 filter[ALIGN_UP(NK_EVT_ID_LIMIT, 64) / 64] = {BIT(NK_EVT_NR) - 1, 0,
							 BIT(NK_EVT_NR_USER) - 1};

const u8 *monitor_filter(void)
{
	return (const u8 *)filter;
}

void monitor_filter_set(const u8 *bytes)
{
	static const u64 known[ARRAY_SIZE(filter)] = {BIT(NK_EVT_NR) - 1, 0,
						      BIT(NK_EVT_NR_USER) - 1};
	u64 wanted[ARRAY_SIZE(filter)] = {0};

	_Static_assert(NK_EVT_ID_RANGE_USER_BASE == 128, "the third word's first bits");
	memcpy(wanted, bytes, NK_EVT_FILTER_BYTES);
	for (u32 i = 0; i < ARRAY_SIZE(filter); i++)
		WRITE_ONCE(filter[i], wanted[i] & known[i]);
}

void ring_record(u32 type, u32 tag, u64 first, u64 second, u32 third)
{
	struct percpu *cpu = this_cpu_now();
	struct nk_event_ring *ring = cpu->watch.ring;
	struct nk_event *e;
	u64 now, n;
	u32 *payload;

	if (!(READ_ONCE(filter[type / 64]) >> type % 64 & 1))
		return;
	n = ring->head;
	e = (struct nk_event *)((u8 *)ring + NK_EVENT_HEADER) + (n & mask);
	now = read_sysreg(cntpct_el0);
	now = MAX(now, cpu->watch.last); /* the counter may be read early */
	cpu->watch.last = now;
	payload = (u32 *)e->payload;
	e->ticks = now;
	*(u64 *)payload = first;
	*(u64 *)(payload + 2) = second;
	payload[4] = third;
	payload[5] = cpu->id | tag | type << 24;
	dmb(ishst);
	WRITE_ONCE(ring->head, n + 1);
}

void core_event(u32 type, u64 first, u64 second, u32 third)
{
	const struct arch_vcpu *v = this_cpu_now()->vcpu;

	ring_record(type, v ? RING_TAG(v->vm->id, v->id) : RING_TAG(NK_OS_NKERNEL, 0), first,
		    second, third);
}

static void fill_header(struct nk_event_ring *ring, u32 cpu)
{
	ring->magic = NK_EVENT_MAGIC;
	ring->nr_records = (u32)mask + 1;
	ring->record_size = sizeof(struct nk_event);
	ring->cpu = cpu;
	ring->nr_cpus = board.nr_cpus;
	ring->hz = arch_ticks_hz();
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		memcpy(ring->vm_name[sys_config.vm[i].id], sys_config.vm[i].name, NK_NAME_MAX);
}

int rings_create(struct cfg_error *err)
{
	const struct cfg_monitor *m = &sys_config.monitor;
	const struct range *avoid;
	u64 size = 0;
	u32 n;

	if (!m->on || !m->log_size)
		return 0;
	monitor_ring_stride = NK_EVENT_HEADER + (u64)m->log_size;
	size = ALIGN_UP(monitor_ring_stride * board.nr_cpus, PAGE_SIZE);
	avoid = system_relocated(NULL, &n);
	if (!ram_alloc_highest(size, PAGE_SIZE, ~0UL, avoid, n, &monitor_rings_pa))
		return cfg_fail_at(err, &m->node, "log-size",
				   "0x%x: the rings of %u CPUs are not free in one piece",
				   m->log_size, board.nr_cpus);
	cache_wipe(phys_to_virt(monitor_rings_pa), size);
	mask = m->log_size / sizeof(struct nk_event) - 1;
	monitor_ring_count = board.nr_cpus;
	for (u32 i = 0; i < board.nr_cpus; i++) {
		percpus[i].watch.ring = phys_to_virt(monitor_rings_pa + i * monitor_ring_stride);
		fill_header(percpus[i].watch.ring, i);
	}
	return 0;
}

int rings_map(struct cfg_error *err)
{
	for (u32 i = 0; monitor_rings_pa && i < sys_config.nr_vms; i++) {
		const struct cfg_vm *cfg = &sys_config.vm[i];

		if (prop_may_get(cfg->id, "nk.monitoring") &&
		    stage2_map(&vm_by_id(cfg->id)->arch, monitor_rings_pa, monitor_rings_pa,
			       monitor_ring_stride * board.nr_cpus, S2_SHARED_RO))
			return cfg_fail_at(err, &sys_config.monitor.node, "log-size",
					   "no memory for a VM's tables of the rings");
	}
	return 0;
}

u64 rings_address(u64 *stride)
{
	*stride = monitor_ring_stride;
	return monitor_rings_pa;
}
