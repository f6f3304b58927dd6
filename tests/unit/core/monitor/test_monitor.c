// SPDX-License-Identifier: Apache-2.0
/* Rings, buckets, columns and times of nk's monitoring, on two CPUs with a VM of two vCPUs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/upcall.h"
#include "arch/sysreg.h"
#include "core/calls/hypercall.h"
#include "core/monitor/priv.h"
#include "core/prop/prop.h"
#include "core/system.h"
#include "core/vm/ram.h"
#include "fake/core.h"
#include "fake/fake.h"

#define RAM MIB(4)
#define ID 3
#define NR_RECORDS (PAGE_SIZE / sizeof(struct nk_event))
#define FIRST_NS 2000
#define SHIFT 7 /* 2 us are 125 ticks of FAKE_HZ: 128 */
#define DEVICE_SPI 77

static struct vm vm, other;
static struct arch_vcpu vcpus[2];
static u32 charged;

/* What is linked in place of all of nk. */
const struct hypercall hypercalls[] = {{NULL, "unknown", 0},
				       {NULL, "my_vm_id", NK_HC_MY_VM_ID},
				       {NULL, "prop_get", NK_HC_PROP_GET}};
const u32 nr_hypercalls = ARRAY_SIZE(hypercalls);

u32 vlinks_of_vm(u32 id)
{
	return 1;
}

bool prop_may_get(u32 id, const char *name)
{
	return false;
}

void xirq_hold(struct vm *by, const struct vm *to, u64 until)
{
}

static u32 room; /* lines that the console takes */
static char said[64][128];
static u32 nr_said;

bool console_log_room(u32 bytes)
{
	return room;
}

void printk(const char *fmt, ...)
{
	va_list args;

	assert_true(room && nr_said < ARRAY_SIZE(said));
	room--;
	va_start(args, fmt);
	vsnprintf(said[nr_said++], sizeof(said[0]), fmt, args);
	va_end(args);
}

int stage2_map(struct arch_vm *to, ipa_t ipa, paddr_t pa, u64 size, u64 attr)
{
	return 0;
}

u64 vgic_charge(struct arch_vm *to, const struct arch_vm *by)
{
	charged++;
	return 0;
}

static int make(void **state)
{
	struct cfg_error err = {.text = ""};
	struct cfg_vm *cfg = &sys_config.vm[0];

	fake_ram_make(RAM);
	board.nr_cpus = 2;
	board.nr_ram = 1;
	board.ram[0] = (struct range){FAKE_RAM, RAM};
	ram_init(&board);
	sys_config.nr_vms = 1;
	sys_config.monitor = (struct cfg_monitor){.on = true,
						  .log_size = PAGE_SIZE,
						  .nr_buckets = 4,
						  .first_bucket_ns = FIRST_NS,
						  .matrices = (1U << NK_STAT_NR) - 1};
	sys_config.nr_vlogs = 2;
	cfg->id = ID;
	strcpy(cfg->name, "guest");
	cfg->nr_devices = 1;
	cfg->devices[0].nr_irqs = 1;
	cfg->devices[0].irqs[0].intid = DEVICE_SPI;
	vm.cfg = cfg;
	vm.arch.id = ID;
	vm.arch.nr_vcpus = 2;
	vm.xirqs.first_intid = 288;
	vm.xirqs.nr = 256;
	for (u32 i = 0; i < 2; i++) {
		vcpus[i].vm = &vm.arch;
		vcpus[i].id = i;
		vm.arch.vcpu[i] = &vcpus[i];
	}
	fake_vms.by_id[ID] = &vm;
	if (monitor_init(&err) || monitor_ready(&err))
		fail_msg("%s", err.text);
	return 0;
}

static void at(u64 ticks)
{
	fake_counter = ticks;
	write_sysreg(ticks, cntpct_el0);
}

/* ---- the ring ---- */

static const struct nk_event *record(u64 n)
{
	return (const struct nk_event *)((u8 *)percpus[0].watch.ring + NK_EVENT_HEADER) +
	       n % NR_RECORDS;
}

static u64 head(void)
{
	return ((const struct nk_event_ring *)percpus[0].watch.ring)->head;
}

static void test_ring(void **state)
{
	const struct nk_event_ring *ring = percpus[0].watch.ring;
	u32 payload[5];

	assert_int_equal(ring->magic, NK_EVENT_MAGIC);
	assert_int_equal(ring->nr_records, NR_RECORDS);
	assert_int_equal(ring->hz, FAKE_HZ);
	assert_string_equal(ring->vm_name[ID], "guest");
	percpus[0].vcpu = &vcpus[1];
	at(1000);
	core_event(NK_EVT_ID_TRAP_ENTER, 0x1122334455667788, 0x99aabbccddeeff00, 0x12345678);
	assert_int_equal(head(), 1);
	memcpy(payload, record(0)->payload, sizeof(payload));
	assert_int_equal(record(0)->ticks, 1000);
	assert_int_equal(payload[0], 0x55667788);
	assert_int_equal(payload[1], 0x11223344);
	assert_int_equal(payload[3], 0x99aabbcc);
	assert_int_equal(payload[4], 0x12345678);
	assert_int_equal(record(0)->cpu, 0);
	assert_int_equal(record(0)->vm, ID);
	assert_int_equal(record(0)->vcpu, 1);
	assert_int_equal(record(0)->type, NK_EVT_ID_TRAP_ENTER);
	at(900); /* the counter is read early */
	core_event(NK_EVT_ID_TRAP_LEAVE, 0, 0, 0);
	assert_int_equal(record(1)->ticks, 1000);
	percpus[0].vcpu = NULL;
	core_event(NK_EVT_ID_CPU_IDLE_ENTER, 0, 0, 0);
	assert_int_equal(record(2)->vm, NK_OS_NKERNEL);
	for (u32 i = 0; i < NR_RECORDS; i++)
		core_event(NK_EVT_ID_IRQ_SELECT, i, 0, 0);
	assert_int_equal(head(), 3 + NR_RECORDS);
	assert_int_equal(record(2)->type, NK_EVT_ID_IRQ_SELECT);
}

static void test_filter(void **state)
{
	u8 filter[NK_EVT_FILTER_BYTES] = {0};
	u64 before = head();

	filter[NK_EVT_ID_HYP_CALL / 8] = 1 << NK_EVT_ID_HYP_CALL % 8;
	filter[NK_EVT_FILTER_BYTES - 1] = 0xff; /* no events */
	monitor_filter_set(filter);
	filter[NK_EVT_FILTER_BYTES - 1] = 0;
	assert_memory_equal(monitor_filter(), filter, sizeof(filter));
	core_event(NK_EVT_ID_TRAP_ENTER, 0, 0, 0);
	assert_int_equal(head(), before);
	core_event(NK_EVT_ID_HYP_CALL, 0, 0, 0);
	assert_int_equal(head(), before + 1);
	memset(filter, 0xff, sizeof(filter));
	monitor_filter_set(filter);
	for (u32 i = 0; i < NK_EVT_ID_LIMIT; i++)
		assert_int_equal(monitor_filter()[i / 8] >> i % 8 & 1,
				 i < NK_EVT_NR || (i >= NK_EVT_ID_RANGE_USER_BASE &&
						   i < NK_EVT_ID_RANGE_USER_BASE + NK_EVT_NR_USER));
}

/* ---- columns ---- */

static void test_buckets(void **state)
{
	struct nk_monitoring info;
	u64 last = 0;

	assert_true(monitor_info(ID, &info));
	assert_int_equal(info.bucket_shift, SHIFT);
	assert_int_equal(info.rings, 0); /* it may not get nk.monitoring */
	assert_int_equal(info.nr_buckets, 4);
	assert_int_equal(info.nr_logs, 2);
	for (u32 b = 0; b < 4; b++) {
		u64 limit = 1UL << (SHIFT + b);
		struct watch_cell cell = {0};

		watch_add(&cell, last);
		watch_add(&cell, limit - 1);
		assert_int_equal(cell.bucket[b], 2);
		assert_int_equal(cell.sum, last + limit - 1);
		last = limit;
	}
	assert_int_equal(watch_buckets[0], 3); /* of any time there is */
}

static const struct nk_stat *one(u32 matrix, u32 vcpu, u32 id)
{
	static struct nk_stat s;
	const struct vm *of = matrix <= NK_STAT_CPU_OPS ? NULL : &vm;

	assert_int_equal(monitor_stats(matrix, of, vcpu, id, &s, 1), 1);
	assert_int_equal(s.id, id);
	return &s;
}

static void exit_of(struct arch_vcpu *v, u32 kind, u32 id, u64 took, u64 waited)
{
	const struct watch_columns *c = &v->watch.columns[kind];

	watch_add(&c->pairs[c->map[id]].exec, took);
	if (waited)
		watch_add(&c->pairs[c->map[id]].wait, waited);
}

static void test_columns(void **state)
{
	struct nk_stat s[MONITOR_READ_MAX];

	exit_of(&vcpus[1], WATCH_HCALL, NK_HC_MY_VM_ID, 10, 0);
	exit_of(&vcpus[1], WATCH_HCALL, NK_HC_MY_VM_ID, 1000, 500);
	exit_of(&vcpus[1], WATCH_HCALL, NK_STAT_PSCI, 10, 0);
	exit_of(&vcpus[1], WATCH_HCALL, 100, 10, 0); /* no such call */
	exit_of(&vcpus[1], WATCH_VDEV, 3, 10, 0);
	exit_of(&vcpus[1], WATCH_TRAP, 0x24, 10, 0); /* of an address where nothing is */
	exit_of(&vcpus[1], WATCH_TRAP, 0x01, 10, 0);
	assert_int_equal(one(NK_STAT_HCALL, 1, NK_HC_MY_VM_ID)->count, 2);
	assert_int_equal(one(NK_STAT_HCALL, 1, NK_HC_MY_VM_ID)->sum, 0);
	assert_int_equal(one(NK_STAT_HCALL_EXEC, 1, NK_HC_MY_VM_ID)->sum, 1010);
	assert_int_equal(one(NK_STAT_HCALL_EXEC, 1, NK_HC_MY_VM_ID)->bucket[0], 1);
	assert_int_equal(one(NK_STAT_HCALL_EXEC, 1, NK_HC_MY_VM_ID)->bucket[3], 1);
	assert_int_equal(one(NK_STAT_HCALL_WAIT, 1, NK_HC_MY_VM_ID)->sum, 500);
	assert_int_equal(one(NK_STAT_HCALL, 1, NK_STAT_OTHER)->count, 1);
	assert_int_equal(one(NK_STAT_VDEV_EXEC, 1, 3)->count, 1);
	/* Those that other matrices have the times of count, too. */
	assert_int_equal(one(NK_STAT_TRAP, 1, 0x16)->count, 4);
	assert_int_equal(one(NK_STAT_TRAP, 1, 0x24)->count, 2);
	assert_int_equal(one(NK_STAT_TRAP_EXEC, 1, 0x24)->count, 1);
	/* By rising id, as many as there is room for, and what is nothing is not there. */
	assert_int_equal(monitor_stats(NK_STAT_HCALL, &vm, 1, 0, s, 2), 2);
	assert_int_equal(s[0].id, NK_HC_MY_VM_ID);
	assert_int_equal(s[1].id, NK_STAT_PSCI);
	assert_int_equal(monitor_stats(NK_STAT_HCALL, &vm, 1, s[1].id + 1, s, 2), 1);
	assert_int_equal(s[0].id, NK_STAT_OTHER);
	assert_int_equal(monitor_stats(NK_STAT_HCALL, &vm, 1, NK_STAT_OTHER + 1, s, 2), 0);
	assert_int_equal(monitor_stats(NK_STAT_HCALL, &vm, 0, 0, s, 2), 0);
	assert_int_equal(monitor_stats(NK_STAT_HCALL, &vm, 2, 0, s, 2), -1);
	assert_int_equal(monitor_stats(NK_STAT_HCALL, NULL, 0, 0, s, 2), -1);
	assert_int_equal(monitor_stats(NK_STAT_HWIRQ, &vm, 0, 0, s, 2), -1);
	assert_int_equal(monitor_stats(NK_STAT_NR, &vm, 0, 0, s, 2), -1);
	assert_int_equal(monitor_stats(255, &vm, 0, 0, s, 2), -1);
}

/* Each interrupt that can occur has a column of its own, and what cannot has the one of all else. */
static void test_interrupts(void **state)
{
	const u16 *map = vcpus[0].watch.virq_map;

	assert_int_not_equal(watch_hwirq_map[27], 0);
	assert_int_not_equal(watch_hwirq_map[DEVICE_SPI], 0);
	assert_int_not_equal(watch_hwirq_map[DEVICE_SPI], watch_hwirq_map[27]);
	assert_int_equal(watch_hwirq_map[DEVICE_SPI + 1], 0);
	assert_int_not_equal(map[DEVICE_SPI], 0);
	assert_int_not_equal(map[288], map[289]);
	assert_int_not_equal(map[288 + 255], 0);
	assert_int_equal(map[288 + 256], 0);
	vcpus[0].watch.virqs[map[289]] = 7;
	watch_add(&vcpus[0].watch.latency[map[289]], 3);
	assert_int_equal(one(NK_STAT_VIRQ, 0, 289)->count, 7);
	assert_int_equal(one(NK_STAT_HWIRQ_LATENCY, 0, 289)->sum, 3);
	percpus[1].watch.hwirqs[watch_hwirq_map[DEVICE_SPI]] = 9;
	assert_int_equal(one(NK_STAT_HWIRQ, 1, DEVICE_SPI)->count, 9);
	percpus[1].watch.ops[NK_CPU_OP_IDLE] = 4;
	assert_int_equal(one(NK_STAT_CPU_OPS, 1, NK_CPU_OP_IDLE)->count, 4);
}

/* ---- times ---- */

static u64 sum_of(const struct nk_cpu_times *t)
{
	u64 sum = t->idle;

	for (u32 i = 0; i < NK_OS_LIMIT; i++)
		sum += t->vm[i];
	return sum;
}

static void expect_times(u64 now, u64 idle, u64 nk, u64 guest)
{
	struct nk_cpu_times t;

	at(now);
	assert_int_equal(monitor_cpu(0, &t), 0);
	assert_int_equal(t.idle, idle);
	assert_int_equal(t.vm[NK_OS_NKERNEL], nk);
	assert_int_equal(t.vm[ID], guest);
	assert_int_equal(t.period, sum_of(&t));
}

static void test_times(void **state)
{
	struct watch_cpu *cpu = &percpus[0].watch;
	struct nk_cpu_times t;

	percpus[0].vcpu = &vcpus[0];
	core_watch_period(&vcpus[0], 1000, true);
	cpu->mark = 0;
	expect_times(1100, 0, 0, 100); /* it is in the guest */
	cpu->mark = 1100;
	expect_times(1130, 0, 30, 100); /* an exit */
	cpu->nk = 40;
	cpu->mark = 1140;
	cpu->is_idle = 1;
	expect_times(1200, 60, 40, 100); /* that waits */
	cpu->idle = 100;
	cpu->mark = 1240;
	cpu->is_idle = 0;
	expect_times(1240, 100, 40, 100);
	core_watch_left(&vcpus[0], 1240); /* it leaves */
	percpus[0].vcpu = NULL;
	cpu->nk = 50;
	cpu->mark = 1250;
	expect_times(1260, 100, 60, 100);
	cpu->nk = 60;
	cpu->mark = 1260;
	core_watch_period(NULL, 1260, false); /* nobody counts for a while */
	expect_times(9999, 100, 60, 100);
	assert_int_equal(monitor_cpu(2, &t), -1);
	assert_int_equal(monitor_cpu(1, &t), 0);
	assert_int_equal(t.period, 0);
}

/* ---- who says what ---- */

static void test_set(void **state)
{
	assert_int_equal(monitor_value(), NK_MONITOR_NONE);
	assert_int_equal(monitor_set(&vm, NK_MONITOR_COUNTERS), 0);
	assert_int_equal(watch_mode, NK_MONITOR_COUNTERS);
	assert_true(vcpus[0].requests & VCPU_REQ_WATCH && vcpus[1].requests & VCPU_REQ_WATCH);
	assert_int_equal(charged, 0); /* there is nobody else */
	vcpus[0].requests = 0;
	assert_int_equal(monitor_set(&vm, NK_MONITOR_COUNTERS), 0);
	assert_int_equal(vcpus[0].requests, 0);
	/* Each change is paid for, to each other VM; what changes nothing is not. */
	sys_config.nr_vms = 2;
	sys_config.vm[1].id = ID + 1;
	other.arch.id = ID + 1;
	fake_vms.by_id[ID + 1] = &other;
	assert_int_equal(monitor_set(&vm, NK_MONITOR_COUNTERS), 0);
	assert_int_equal(charged, 0);
	assert_int_equal(monitor_set(&vm, 0), 0);
	assert_int_equal(monitor_set(&vm, NK_MONITOR_COUNTERS), 0);
	assert_int_equal(charged, 2);
	sys_config.nr_vms = 1;
	assert_int_equal(monitor_set(&vm, 3), 0);
	monitor_freeze(true); /* while the rings are printed */
	assert_int_equal(watch_mode, NK_MONITOR_COUNTERS);
	assert_int_equal(monitor_value(), 3);
	assert_int_equal(monitor_set(&vm, NK_MONITOR_EVENTS), 0);
	assert_int_equal(watch_mode, 0);
	monitor_freeze(false);
	assert_int_equal(watch_mode, NK_MONITOR_EVENTS);
	assert_null(monitor_trace(false));
	assert_int_equal(watch_mode, 0);
	assert_int_equal(monitor_set(&vm, NK_MONITOR_NONE), 0);
	sys_config.monitor.on = false;
	assert_int_equal(monitor_set(&vm, NK_MONITOR_COUNTERS), -1);
	assert_non_null(monitor_trace(true));
	assert_int_equal(monitor_set(&vm, 0), 0);
	sys_config.monitor.on = true;
}

static void test_user(void **state)
{
	u32 n = 0;

	at(1UL << 40);
	while (monitor_user(&vcpus[0], 0, 1, 2, 3))
		n++;
	assert_in_range(n, 10000 / 64 - 1, 10000 / 64 + 1);
	at((1UL << 40) + FAKE_HZ / 10000);
	assert_true(monitor_user(&vcpus[1], 7, 1, 2, 3));
	assert_false(monitor_user(&vcpus[1], 7, 1, 2, 3));
}

/* A few lines at a time, where there is room; what is recorded meanwhile is not. */
static void test_dump(void **state)
{
	u64 looks = 0, n = head();
	char line[32];

	monitor_set(&vm, NK_MONITOR_EVENTS);
	room = 0;
	assert_null(monitor_dump());
	assert_non_null(monitor_dump());
	assert_int_equal(watch_mode, 0);
	assert_int_equal(monitor_cpu_alarm(), fake_counter + FAKE_HZ / 1000);
	assert_int_equal(nr_said, 0);
	room = 5;
	monitor_cpu_alarm();
	room = ARRAY_SIZE(said);
	while (nr_said < 12 && looks++ < 100)
		monitor_cpu_alarm();
	assert_string_equal(said[0], "trace vm 3 guest");
	snprintf(line, sizeof(line), "head=%llu", (unsigned long long)n);
	assert_non_null(strstr(said[1], "trace begin cpu=0 nr=128 hz=62500000 "));
	assert_non_null(strstr(said[1], line));
	assert_int_equal(strlen(said[2]), strlen("trace ") + 64);
	for (nr_said = 0; monitor_cpu_alarm() != ~0UL; nr_said = 0)
		room = ARRAY_SIZE(said);
	assert_int_equal(watch_mode, NK_MONITOR_EVENTS);
	assert_int_equal(head(), n);
	monitor_set(&vm, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring),	   cmocka_unit_test(test_filter),
		cmocka_unit_test(test_buckets),	   cmocka_unit_test(test_columns),
		cmocka_unit_test(test_interrupts), cmocka_unit_test(test_times),
		cmocka_unit_test(test_set),	   cmocka_unit_test(test_user),
		cmocka_unit_test(test_dump),
	};

	return cmocka_run_group_tests(tests, make, NULL);
}
