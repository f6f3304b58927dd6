// SPDX-License-Identifier: Apache-2.0
/* Circular logs, by their hypercalls: whole lines, whose they are, what is overwritten, who may, how much. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/calls/hypercall.h"
#include "core/vlog/vlog.h"
#include "core/vm/ram.h"
#include "core/vm/vm.h"
#include "fake/core.h"
#include "fake/fake.h"
#include "nk/log.h"

#define RAM_SIZE MIB(4)
#define BASE 0x40000000UL
#define PAGES 3 /* of each VM, of which the last may only be read */
#define TEXT (BASE + 256)
#define A 2 /* may write and read logs 0 and 1 */
#define B 3 /* writes log 0 */
#define C 12 /* reads log 0 */
#define GONE (~(u64)0)
#define REFUSED ((u64)-3)
#define LATER ((u64)NK_LOG_LATER)
#define PREFIX (sizeof("[    0.000000] vm2: ") - 1)

static u8 memory[NK_VM_IDS][PAGES * PAGE_SIZE];
static struct vm vms[NK_VM_IDS];

int cfg_fail_at(struct cfg_error *err, const struct cfg_node *node, const char *prop,
		const char *fmt, ...)
{
	strcpy(err->text, prop);
	return -1;
}

static void make_vm(u32 slot, u32 id)
{
	vms[id].arch.id = id;
	fake_stage2[slot] =
		(struct fake_stage2){&vms[id].arch, BASE, memory[id], PAGES, 0, BIT(PAGES - 1)};
}

static void wiped(const void *p, u64 size)
{
	memset((void *)p, '~', size);
}

/* All anew, but for the RAM that is used up. */
static int setup(void **state)
{
	struct cfg_error err = {.text = ""};

	(void)state;
	board.nr_ram = 1;
	board.ram[0] = (struct range){FAKE_RAM, RAM_SIZE};
	if (!fake_ram)
		fake_ram_make(RAM_SIZE);
	ram_init(&board);
	make_vm(0, A);
	make_vm(1, B);
	make_vm(2, C);
	fake_wipes = wiped;
	sys_config.nr_vlogs = 2;
	sys_config.vlog[0] = (struct cfg_vlog){
		.size = 0x3000, .writers = BIT(A) | BIT(B), .readers = BIT(A) | BIT(C)};
	sys_config.vlog[1] =
		(struct cfg_vlog){.size = 0x100000, .writers = BIT(A), .readers = BIT(A)};
	assert_int_equal(vlogs_create(&err), 0);
	fake_us += 1000000000;
	return 0;
}

static u64 write_at(u32 id, u64 log, u64 ipa, u64 size)
{
	return hc_log_write(&vms[id], NULL, log, ipa, size);
}

static u64 write(u32 id, u64 log, const char *text)
{
	strcpy((char *)memory[id] + (TEXT - BASE), text);
	return write_at(id, log, TEXT, strlen(text));
}

static u64 read_at(u32 id, u64 log, u64 *ordinal, u64 size)
{
	u64 got;

	memcpy(memory[id], ordinal, sizeof(*ordinal));
	got = hc_log_read(&vms[id], NULL, log, BASE, TEXT, size);
	memcpy(ordinal, memory[id], sizeof(*ordinal));
	return got;
}

static u64 end_of[NK_LOGS];

/* What is there from the ordinal on; a text that each call makes anew. */
static const char *rest(u32 id, u64 log, u64 *ordinal)
{
	static char text[0x100000 + 1];
	u64 n, got = 0;

	while ((n = read_at(id, log, ordinal, 4096))) {
		assert_in_range(n, 1, 1024);
		memcpy(text + got, memory[id] + (TEXT - BASE), n);
		got += n;
	}
	text[got] = '\0';
	return text;
}

/* The same, from where all that earlier tests wrote ends. */
static const char *news(u32 id, u64 log)
{
	return rest(id, log, &end_of[log]);
}

static int fresh(void **state)
{
	for (u32 log = 0; log < 2; log++)
		news(A, log);
	fake_us = (fake_us / 1000000 + 1000) * 1000000;
	return 0;
}

static void test_lines(void **state)
{
	char wanted[256];
	u32 s = (u32)(fake_us / 1000000);

	fake_us += 42;
	assert_int_equal(write(A, 0, "one"), 3);
	assert_int_equal(write(B, 0, "two\n"), 4);
	assert_int_equal(write(A, 0, "first\nsecond\n"), 6); /* a line a call */
	assert_int_equal(write(A, 0, "\n"), 1);
	snprintf(wanted, sizeof(wanted),
		 "[%5u.000042] vm2: one\n[%5u.000042] vm3: two\n[%5u.000042] vm2: first\n"
		 "[%5u.000042] vm2: \n",
		 s, s, s, s);
	assert_string_equal(news(C, 0), wanted);
	assert_string_equal(news(A, 1), "");
	assert_int_equal(write(A, 1, "other"), 5);
	assert_string_equal(news(A, 1) + PREFIX, "other\n");
	assert_string_equal(news(C, 0), "");
}

/* Nothing that is written looks like the begin of a line, moves a cursor or hides what was there. */
static void test_forged(void **state)
{
	assert_int_equal(write(B, 0, "x\r[    1.000000] vm2: y\n"), 24);
	assert_string_equal(news(A, 0) + PREFIX, "x?[    1.000000] vm2: y\n");
	assert_int_equal(write(B, 0, "\033[2K\tz\v\f\b\177\302\233A\302\240\303\237"), 17);
	assert_string_equal(news(A, 0) + PREFIX, "?[2K\tz????\302?A\302\240\303\237\n");
	strcpy((char *)memory[B] + 256, "nul");
	assert_int_equal(write_at(B, 0, TEXT, 4), 4);
	assert_string_equal(news(A, 0) + PREFIX, "nul?\n");
}

static void test_nk(void **state)
{
	char line[8] = "started";

	vlog_nk(line, 7);
	assert_string_equal(news(A, 0) + PREFIX - 5, "nk: started\n");
}

/* All that is there are whole lines in their order, from some number on up to the last one. */
static u32 check_numbers(const char *text, u32 last)
{
	u32 n, before = 0, count = 0;
	unsigned int s, us;

	for (const char *next; *text; text = next + 1, before = n, count++) {
		next = strchr(text, '\n');
		assert_non_null(next);
		assert_int_equal(sscanf(text, "[%u.%u] vm2: line %u", &s, &us, &n), 3);
		assert_true(!count || n == before + 1);
		assert_int_equal(n % 50, (u32)(next - strchr(text, '.') - 1) % 50);
	}
	assert_int_equal(before, last);
	return count;
}

/* Lines of n % 50 characters behind the first dot, so they lie anywhere in the ring. */
static void write_number(u32 n)
{
	char text[128];
	u32 len = (u32)snprintf(text, sizeof(text), "line %u ", n), want = len + 13;

	for (want += (50 + n - want % 50) % 50; len + 13 < want; len++)
		text[len] = 'x';
	text[len] = '\0';
	assert_int_equal(write(A, 0, text), len);
	fake_us += 10000;
}

static void test_wraps(void **state)
{
	u64 ordinal;

	for (u32 n = 1; n <= 2000; n++) {
		write_number(n);
		ordinal = 0;
		if (n < 300)
			continue;
		assert_in_range(check_numbers(rest(C, 0, &ordinal), n), 0x3000 / 128, 0x3000 / 30);
	}
	/* What is left is as much as there is room for. */
	ordinal = 0;
	assert_in_range(strlen(rest(C, 0, &ordinal)), 0x3000 - 128, 0x3000);
}

static void test_overtaken(void **state)
{
	u64 mine = end_of[0], oldest = 0, before = end_of[0];
	const char *text;

	write_number(1);
	assert_int_equal(read_at(C, 0, &mine, 5), 5);
	assert_int_equal(mine, before + 5);
	for (u32 n = 2; n <= 500; n++)
		write_number(n);
	assert_int_equal(read_at(C, 0, &oldest, 1), 1);
	assert_int_equal(read_at(C, 0, &mine, 1), 1);
	assert_int_equal(mine, oldest); /* both at the oldest line, and told where that is */
	assert_int_equal(memory[C][256], '[');
	mine--;
	text = rest(C, 0, &mine);
	check_numbers(text, 500);
	assert_int_equal(mine - (oldest - 1), strlen(text));
	/* Who asks for what is not there yet waits there. */
	mine += 1000;
	before = mine;
	assert_int_equal(read_at(C, 0, &mine, 100), 0);
	assert_int_equal(mine, before);
	mine = GONE;
	assert_int_equal(read_at(C, 0, &mine, 100), 0);
	assert_int_equal(mine, GONE);
}

static void test_long_lines(void **state)
{
	char text[NK_LOG_TEXT + 2];

	memset(text, 'x', sizeof(text));
	text[NK_LOG_TEXT + 1] = '\0';
	assert_int_equal(write(A, 0, text), GONE);
	text[NK_LOG_TEXT] = '\0';
	assert_int_equal(write(A, 0, text), NK_LOG_TEXT);
	assert_int_equal(write_at(A, 0, TEXT, 0), GONE);
	strcat(text, "\n");
	assert_string_equal(news(A, 0) + PREFIX, text);
}

static void test_permissions(void **state)
{
	u64 ordinal = 0;

	assert_int_equal(hc_log_info(&vms[A], NULL, 0),
			 0x3000 | NK_LOG_MAY_READ | NK_LOG_MAY_WRITE);
	assert_int_equal(hc_log_info(&vms[B], NULL, 0), 0x3000 | NK_LOG_MAY_WRITE);
	assert_int_equal(hc_log_info(&vms[C], NULL, 0), 0x3000 | NK_LOG_MAY_READ);
	assert_int_equal(hc_log_info(&vms[C], NULL, 1), 0x100000);
	assert_int_equal(write(C, 0, "x"), REFUSED);
	assert_int_equal(write(B, 1, "x"), REFUSED);
	assert_int_equal(read_at(B, 0, &ordinal, 8), REFUSED);
	assert_int_equal(read_at(C, 1, &ordinal, 8), REFUSED);
	assert_string_equal(news(A, 0), "");
	/* All 64 bits of a log's number and of a size count. */
	for (u64 log = 2; log; log <<= 3) {
		assert_int_equal(hc_log_info(&vms[A], NULL, log), GONE);
		assert_int_equal(write(A, log, "x"), GONE);
		assert_int_equal(read_at(A, log, &ordinal, 8), GONE);
	}
	assert_int_equal(write_at(A, 0, TEXT, BIT(32) + 1), GONE);
}

static void test_addresses(void **state)
{
	const u64 last = BASE + (PAGES - 1) * PAGE_SIZE, end = last + PAGE_SIZE;

	assert_int_equal(write_at(A, 0, end - 4, 4), 4);
	assert_int_equal(write_at(A, 0, end - 4, 5), GONE);
	assert_int_equal(write_at(A, 0, BASE - 1, 1), GONE);
	memset(memory[A], 0, 8);
	assert_int_equal(hc_log_read(&vms[A], NULL, 0, BASE, last - 1, 1), 1);
	memset(memory[A], 0, 8);
	assert_int_equal(hc_log_read(&vms[A], NULL, 0, BASE, last - 1, 2), GONE);
	assert_int_equal(hc_log_read(&vms[A], NULL, 0, last, TEXT, 1), GONE);
	assert_int_equal(hc_log_read(&vms[A], NULL, 0, end - 4, TEXT, 1), GONE);
	assert_int_equal(hc_log_read(&vms[A], NULL, 0, BASE, TEXT, GONE), 1024);
}

/* What a VM added since its share was whole. */
static u64 fill(u32 id)
{
	u64 n = 0, got;

	while ((got = write(id, 0, "0123456789")) == 10 && n < 10 * VLOG_BURST)
		n += PREFIX + 11;
	assert_int_equal(got, LATER);
	return n;
}

static void test_bucket(void **state)
{
	u64 before;

	assert_in_range(fill(A), VLOG_BURST, VLOG_BURST + PREFIX + 10);
	assert_int_equal(write(A, 0, "x"), LATER);
	/* Neither of another log, nor another VM's. */
	assert_int_equal(write(A, 1, "x"), 1);
	assert_int_equal(write(B, 0, "x"), 1);
	news(A, 0);
	before = end_of[0];
	assert_int_equal(write(A, 0, "x"), LATER);
	assert_string_equal(news(A, 0), "");
	assert_int_equal(end_of[0], before);
	fake_us += 1000000;
	assert_in_range(fill(A), VLOG_RATE - PREFIX - 11, VLOG_RATE + PREFIX + 11);
	fake_us += 3600 * 1000000ul;
	assert_in_range(fill(A), VLOG_BURST, VLOG_BURST + PREFIX + 10);
	/* An empty line costs what nk puts in front of it. */
	fake_us += 3600 * 1000000ul;
	for (before = 0; write(A, 0, "\n") == 1 && before < VLOG_BURST; before++)
		;
	assert_int_equal(before, (VLOG_BURST + PREFIX) / (PREFIX + 1));
}

#define THREADS 3
#define ROUNDS 3000

static void *writes_much(void *of)
{
	u32 id = (u32)(u64)of;
	char text[200];

	for (u32 n = 0; n < ROUNDS; n++) {
		u32 len = (u32)snprintf(text, sizeof(text), "%u %u ", id, n);

		memset(text + len, 'a' + (int)id, sizeof(text) - len);
		vlog_write(1, id, (u8 *)text, 40 + n % 100);
		if (n % 16 == 0) /* another one may have moved the clock: it only ever goes on */
			__atomic_fetch_add(&fake_us, 300000, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Nobody's line has another one's text in it, and each has what was written, in order. */
static void test_threads(void **state)
{
	pthread_t threads[THREADS];
	u32 next[NK_VM_IDS] = {0}, id, by, n, lines = 0;
	unsigned int s, us;
	u64 ordinal = 0;
	const char *text;
	char fill[2];

	for (u32 i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, writes_much, (void *)(u64)(4 + i));
	for (u32 i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	text = rest(A, 1, &ordinal);
	for (const char *end; *text; text = end + 1, lines++) {
		end = strchr(text, '\n');
		if (sscanf(text, "[%u.%u] vm%u: %u %u ", &s, &us, &id, &by, &n) != 5)
			continue; /* an earlier test's */
		assert_int_equal(id, by);
		assert_true(n >= next[id]);
		next[id] = n + 1;
		snprintf(fill, sizeof(fill), "%c", 'a' + (int)id);
		text = strchr(strchr(text, ':') + 2, ' ');
		text = strchr(text + 1, ' ') + 1;
		assert_int_equal(strspn(text, fill), end - text);
	}
	assert_true(lines > ROUNDS);
}

static void test_wiped(void **state)
{
	struct cfg_error err = {.text = ""};

	/* A piece for each, and an error for what is too much. */
	sys_config.vlog[1].size = (u32)ram_largest(PAGE_SIZE) + PAGE_SIZE;
	assert_int_equal(vlogs_create(&err), -1);
	assert_string_equal(err.text, "size");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lines, fresh),
		cmocka_unit_test_setup(test_forged, fresh),
		cmocka_unit_test_setup(test_nk, fresh),
		cmocka_unit_test_setup(test_wraps, fresh),
		cmocka_unit_test_setup(test_overtaken, fresh),
		cmocka_unit_test_setup(test_long_lines, fresh),
		cmocka_unit_test_setup(test_permissions, fresh),
		cmocka_unit_test_setup(test_addresses, fresh),
		cmocka_unit_test_setup(test_bucket, fresh),
		cmocka_unit_test_setup(test_threads, fresh),
		cmocka_unit_test(test_wiped),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
