// SPDX-License-Identifier: Apache-2.0
/* Events, their filter, and times of CPUs as the manual prints them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>

#include <cmocka.h>

#include "event.h"
#include "filter.h"
#include "times.h"

static struct seq_file seq;

static void empty(void)
{
	memset(&seq, 0, sizeof(seq));
}

#define SHOWS(text, call)                                                                          \
	do {                                                                                       \
		empty();                                                                           \
		call;                                                                              \
		assert_string_equal(seq.buf, text);                                                \
	} while (0)

static struct nk_event *event(unsigned int type, const void *payload, size_t size)
{
	static struct nk_event e;

	memset(&e, 0, sizeof(e));
	e.ticks = 457698172857;
	e.cpu = 1;
	e.vm = 2;
	e.vcpu = 3;
	e.type = type;
	memcpy(e.payload, payload, size);
	return &e;
}

#define EVENT(type, ...) event_show(&seq, 17, event(type, &(__VA_ARGS__), sizeof(__VA_ARGS__)))

static void test_trap(void **state)
{
	struct nk_event_trap trap = {{0x0876cac4, 0xffff8000}, 0x60400145, 0x5a00ff00, 0};

	SHOWS("[17] 457698172857: CPU1 VM2 VCPU3 - trap_leave\n"
	      "    pc: 0xffff80000876cac4\n"
	      "    spsr: 0x60400145\n"
	      "    esr: 0x5a00ff00\n",
	      EVENT(NK_EVT_ID_TRAP_LEAVE, trap));
	trap.function = 0xc6000016;
	SHOWS("[17] 457698172857: CPU1 VM2 VCPU3 - hyp_call\n"
	      "    pc: 0xffff80000876cac4\n"
	      "    spsr: 0x60400145\n"
	      "    esr: 0x5a00ff00\n"
	      "    function: 0xc6000016\n",
	      EVENT(NK_EVT_ID_HYP_CALL, trap));
}

static void test_interrupts(void **state)
{
	SHOWS("[17] 457698172857: CPU1 VM2 VCPU3 - irq_post\n"
	      "    target: VM2, VCPU0\n"
	      "    irq: 673\n",
	      EVENT(NK_EVT_ID_IRQ_POST, (struct nk_event_post){2, 0, 673}));
	SHOWS("[17] 457698172857: CPU1 VM2 VCPU3 - irq_select\n    irq: 0\n",
	      EVENT(NK_EVT_ID_IRQ_SELECT, (struct nk_event_irq){0}));
	SHOWS("[17] 457698172857: CPU1 VM2 VCPU3 - irq_spurious\n    irq: 1023\n",
	      EVENT(NK_EVT_ID_IRQ_SPURIOUS, (struct nk_event_irq){1023}));
	SHOWS("[17] 457698172857: CPU1 VM2 VCPU3 - virq_assert\n"
	      "    physical IRQ id: 673\n"
	      "    virtual IRQ id: 513\n",
	      EVENT(NK_EVT_ID_VIRQ_ASSERT, (struct nk_event_virq){673, 513}));
	SHOWS("[17] 457698172857: CPU1 VM2 VCPU3 - virq_assert\n"
	      "    physical IRQ id: none\n"
	      "    virtual IRQ id: 27\n",
	      EVENT(NK_EVT_ID_VIRQ_ASSERT, (struct nk_event_virq){~0u, 27}));
}

static void test_others(void **state)
{
	SHOWS("[17] 457698172857: CPU1 VM2 VCPU3 - vdev_store\n"
	      "    vdev ID: 1\n"
	      "    access size: 4 bytes\n"
	      "    addr: 0x0000000010101f00\n"
	      "    data: 0x0000000000020000\n",
	      EVENT(NK_EVT_ID_VDEV_STORE,
		    (struct nk_event_vdev){{0x10101f00, 0}, {0x20000, 0}, 1, 4}));
	SHOWS("[17] 457698172857: CPU1 VM2 VCPU3 - vcpu_suspend_request\n    target: VM4, VCPU2\n",
	      EVENT(NK_EVT_ID_VCPU_SUSPEND_REQUEST, (struct nk_event_target){4, 2}));
	SHOWS("[17] 457698172857: CPU1 VM2 VCPU3 - irq_throttle\n    target: VM4\n",
	      EVENT(NK_EVT_ID_IRQ_THROTTLE, (struct nk_event_target){4, ~0u}));
	SHOWS("[17] 457698172857: CPU1 VM2 VCPU3 - usr_7\n"
	      "    data: 0x0000000200000001 0x0000000400000003 0x00000005\n",
	      EVENT(NK_EVT_ID_RANGE_USER_BASE + 7, (struct nk_event_user){{1, 2, 3, 4, 5}}));
	SHOWS("[17] 457698172857: CPU1 VM2 VCPU3 - event_99\n"
	      "    data: 0x0000000200000001 0x0000000400000003 0x00000005\n",
	      EVENT(99, (struct nk_event_user){{1, 2, 3, 4, 5}}));
}

/* Each name is that of the number in nk/monitor.h, and nothing else has one. */
static void test_names(void **state)
{
	FILE *file = fopen("hyp/include/nk/monitor.h", "r");
	unsigned int type, named = 0, found = 0;
	char line[256], name[64];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "#define NK_EVT_ID_%63s %u", name, &type) != 2 ||
		    !strcmp(name, "LIMIT") || !strcmp(name, "RANGE_USER_BASE"))
			continue;
		for (char *c = name; *c; c++)
			*c = tolower(*c);
		assert_string_equal(monitor_event_name(type), name);
		assert_int_equal(monitor_event_type(name, strlen(name)), type);
		found++;
	}
	fclose(file);
	assert_int_equal(found, NK_EVT_NR);
	for (type = 0; type < 1000; type++)
		named += !!monitor_event_name(type);
	assert_int_equal(named, NK_EVT_NR + NK_EVT_NR_USER);
	assert_string_equal(monitor_event_name(NK_EVT_ID_RANGE_USER_BASE + 2), "usr_2");
	assert_int_equal(monitor_event_type("usr_2", 4), -1);
	assert_int_equal(monitor_event_type("", 0), -1);
}

static void test_oldest(void **state)
{
	assert_int_equal(monitor_oldest(0, 8), 0);
	assert_int_equal(monitor_oldest(6, 8), 0);
	assert_int_equal(monitor_oldest(7, 8), 1);
	assert_int_equal(monitor_oldest(100, 8), 94);
}

static const u8 two[NK_EVT_FILTER_BYTES] = {[0] = 0x80, [4] = 0x10};

static void test_filter_show(void **state)
{
	SHOWS("irq_post irq_throttle\n", filter_show(&seq, two, true));
	SHOWS("cpu_start cpu_stop intr_enter intr_leave intr_el2_enter intr_el2_leave\n"
	      "irq_select cpu_to_el3 cpu_from_el3 cpu_idle_enter cpu_idle_leave trap_enter\n"
	      "trap_leave hyp_call vcpu_to_el3 vcpu_from_el3 vcpu_start vcpu_stop\n"
	      "vcpu_suspend_request vcpu_resume_request vdev_load vdev_store virq_assert\n"
	      "vcpu_switch_out vcpu_switch_in vcpu_idle_enter vcpu_idle_leave vm_stop vm_start\n"
	      "vm_suspend_request vm_resume_request vm_loading vm_loaded vm_fatal irq_spurious\n"
	      "vm_s2r_enter vm_s2r_leave s2r_enter s2r_leave usr_0 usr_1 usr_2 usr_3 usr_4\n"
	      "usr_5 usr_6 usr_7\n",
	      filter_show(&seq, two, false));
	for (const char *line = seq.buf, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_in_range(end - line, 1, 79);
	}
}

/* What one file shows is written to the other: all are in, or out. */
static void test_filter_copy(void **state)
{
	u8 filter[NK_EVT_FILTER_BYTES];
	size_t len;

	memcpy(filter, two, sizeof(filter));
	empty();
	filter_show(&seq, filter, false);
	assert_null(filter_change(filter, seq.buf, seq.count, true, &len));
	SHOWS("", filter_show(&seq, filter, false));
	filter_show(&seq, filter, true);
	assert_null(filter_change(filter, seq.buf, seq.count, false, &len));
	SHOWS("", filter_show(&seq, filter, true));
	for (size_t i = 0; i < sizeof(filter); i++)
		assert_int_equal(filter[i], 0);
}

static void test_filter_change(void **state)
{
	u8 filter[NK_EVT_FILTER_BYTES] = {[15] = 0x55};
	size_t len;
	const char *bad;

	assert_null(filter_change(filter, "", 0, true, &len));
	assert_null(filter_change(filter, " \n", 2, true, &len));
	assert_null(filter_change(filter, "\t hyp_call\n\nusr_2", 17, true, &len));
	SHOWS("hyp_call usr_2\n", filter_show(&seq, filter, true));
	assert_null(filter_change(filter, "usr_2 usr_2", 11, false, &len));
	SHOWS("hyp_call\n", filter_show(&seq, filter, true));
	assert_int_equal(filter[15], 0x55); /* what nobody here knows stays */
	bad = filter_change(filter, "hyp_call hyp_cal usr_1", 22, true, &len);
	assert_memory_equal(bad, "hyp_cal usr", 11);
	assert_int_equal(len, 7);
	bad = filter_change(filter, "usr_8", 5, true, &len);
	assert_int_equal(len, 5);
	assert_non_null(bad);
	bad = filter_change(filter, "usr_1\0usr_1", 11, true, &len);
	assert_non_null(bad);
	assert_int_equal(len, 11);
}

static void test_cpu(void **state)
{
	struct nk_cpu_times before = {0}, now = {.period = 1000, .idle = 600};
	struct PmonCpuStats stats = {.cpu = 3, .nr_os = 3};

	now.vm[1] = 100;
	now.vm[2] = 300;
	times_since(&stats, &before, &now);
	SHOWS("CPU 3 Consumption Statistics\n"
	      "PERIOD: 1000\n"
	      "IDLE : 600\n"
	      "\n"
	      "OS 00: 600\n"
	      "OS 01: 100\n"
	      "OS 02: 300\n"
	      "OS 03: 0\n"
	      "MISC0: 0\n"
	      "MISC1: 0\n"
	      "MISC2: 0\n",
	      times_show_cpu(&seq, &stats));
	now = (struct nk_cpu_times){.period = 1500, .idle = 700};
	now.vm[1] = 101;
	now.vm[2] = 699;
	times_since(&stats, &before, &now);
	assert_int_equal(stats.period, 500);
	assert_int_equal(stats.os[0], 100);
	assert_int_equal(stats.os[2], 399);
}

/* What was VM 2's turns out to have been nk's: nothing is below 0, or told twice, and the sum is the period. */
static void test_cpu_back(void **state)
{
	struct nk_cpu_times before = {.period = 1000}, now = {.period = 1010};
	struct PmonCpuStats stats = {0};

	before.vm[2] = 1000;
	now.vm[2] = 990;
	now.vm[1] = 20;
	times_since(&stats, &before, &now);
	assert_int_equal(stats.os[2], 0);
	assert_int_equal(stats.os[1], 20);
	assert_int_equal(stats.period, 20);
	now.vm[2] = 1001;
	now.period = 1021;
	times_since(&stats, &before, &now);
	assert_int_equal(stats.os[2], 1);
	assert_int_equal(stats.os[1], 0);
}

static void test_system(void **state)
{
	struct PmonSysInfo info = {.major = 1, .nr_os = 3, .timer = {.frequency = 26000000}};

	SHOWS("VLX Performance Analysis v1.0\n"
	      "Timer frequency : 26000000 Hertz\n"
	      "Number of OSes : 3\n",
	      times_show_system(&seq, &info));
}

static void test_all(void **state)
{
	struct nk_cpu_times times = {.idle = 395573346};

	times.vm[1] = 569979943344;
	times.vm[2] = 228876;
	SHOWS("Counting frequency: 26000000 Hz\n\n"
	      "CPU                 Idle                  VM1                  VM2                  "
	      "VM3\n"
	      "0              395573346         569979943344               228876                  "
	      "  0\n"
	      "\nIn msecs:\n\n"
	      "10                 15214             21922305                    8                  "
	      "  0\n",
	      {
		      times_show_ticks_head(&seq, 26000000, 3);
		      times_show_line(&seq, 0, &times, 3, 0);
		      times_show_msecs_head(&seq);
		      times_show_line(&seq, 10, &times, 3, 26000000);
	      });
	times.vm[3] = ~0ULL;
	empty();
	times_show_line(&seq, 0, &times, 3, 62500000);
	assert_non_null(strstr(seq.buf, " 295147905179352\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trap),	    cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_others),	    cmocka_unit_test(test_names),
		cmocka_unit_test(test_oldest),	    cmocka_unit_test(test_filter_show),
		cmocka_unit_test(test_filter_copy), cmocka_unit_test(test_filter_change),
		cmocka_unit_test(test_cpu),	    cmocka_unit_test(test_cpu_back),
		cmocka_unit_test(test_system),	    cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
