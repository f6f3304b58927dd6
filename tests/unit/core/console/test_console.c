// SPDX-License-Identifier: Apache-2.0
/* The console on a fake UART: framing, throttle, and a storm of everything at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/console/priv.h"
#include "fake/core.h"
#include "lib/log.h"
#include "console_rig.h"
#include "term.h"

#define SLACK 32 /* characters a guest may send without a look at its FIFO */

/* ---- framing ---- */

static void test_line_bytes(void **state)
{
	start(0);
	vm_print(3, "hello\r\n");
	assert_string_equal(term_text(3), "hello\n");
	assert_string_equal(term.seen, "vm3 linux-b| hello");
	printk("one %d", 1);
	assert_string_equal(term_text(0), "one 1\n");
	assert_string_equal(term.seen, "nk: one 1");
	assert_string_equal(fake_vlog.last, "one 1"); /* it is in the circular log too */
	vm_print(2, "\n");
	assert_string_equal(term_text(2), "\n");
	assert_string_equal(term.seen, "vm2 linux-a| ");
}

/* The exact bytes that docs/guide/console.md promises. */
static void test_colors(void **state)
{
	start(0);
	console_set_focus(2);
	vm_print(2, "x");
	assert_string_equal(term.raw, "\033[32mvm2 linux-a| \033[0mx");
	vm_print(3, "y\n");
	vm_print(2, "\n");
	console_set_focus(3);
	vm_print(3, "y");
	assert_string_equal(term.raw, "\033[36mvm3 linux-b| \033[0my");
	console_set_color(false);
	printk("plain");
	assert_string_equal(term.raw, "vm3 linux-b| y");
	assert_string_equal(term.seen, "nk: plain");
}

static void test_only_focus_is_unfinished(void **state)
{
	start(0);
	vm_print(3, "not yet");
	assert_string_equal(term_screen(), "");
	vm_print(2, "login: ");
	assert_string_equal(term_screen(), "vm2 linux-a| login: ");
	vm_print(3, " done\n");
	assert_string_equal(term.seen, "vm3 linux-b| not yet done");
	assert_string_equal(term_screen(), "vm2 linux-a| login: ");
	vm_print(2, "root\r\n");
	assert_string_equal(term.seen, "vm2 linux-a| login: root");
	assert_string_equal(term_text(2), "login: root\n");
	assert_string_equal(term_screen(), "");
}

static void test_focus_moves(void **state)
{
	start(0);
	vm_print(2, "a$ ");
	vm_print(3, "b$ ");
	assert_true(console_set_focus(3));
	assert_string_equal(term.seen, "nk: focus: vm3 linux-b");
	assert_string_equal(term_screen(), "vm3 linux-b| b$ ");
	assert_true(console_set_focus(CONSOLE_NK));
	assert_string_equal(term.seen, "nk: focus: nk");
	assert_string_equal(term_screen(), "nk> ");
	assert_false(console_set_focus(4));
	assert_false(console_set_focus(0));
	assert_false(console_set_focus(4000));
	assert_string_equal(term_screen(), "nk> ");
	vm_print(2, "ls\n");
	assert_string_equal(term_text(2), "a$ ls\n");
	assert_string_equal(term_text(3), "");
	assert_int_equal(console_focus(), CONSOLE_NK);
}

static void test_carriage_return(void **state)
{
	start(0);
	vm_print(2, "10%\r");
	assert_string_equal(term_screen(), "vm2 linux-a| 10%");
	vm_print(2, "20%\r\r\r\n");
	assert_string_equal(term.seen, "vm2 linux-a| 20%");
	assert_string_equal(term_text(2), "10%\r20%\n");
	/* A guest's own erase code is not nk's. */
	vm_print(2, "$ lx\r\033[K$ ls");
	assert_string_equal(term_screen(), "vm2 linux-a| $ ls");
	vm_print(2, "\n");
	assert_string_equal(term_text(2), "10%\r20%\n$ lx\r\033[K$ ls\n");
	vm_print(12, "a\rb\n");
	assert_string_equal(term.seen, "vm12 rtos| b");
}

static void test_long_lines(void **state)
{
	static const u32 lengths[] = {511, 512, 513, 514, 515, 1024, 1025, 3000};

	for (u32 id = 2; id <= 3; id++)
		for (u32 n = 0; n < ARRAY_SIZE(lengths); n++) {
			u32 length = lengths[n];

			start(0);
			line_of(id, length, n & 1 ? "\n" : "\r\n");
			settle();
			assert_int_equal(term.len[id], length + (length + 511) / 512);
			assert_int_equal(term.lines, (length + 511) / 512);
		}
	start(0);
	line_of(3, 512, "\r");
	line_of(3, 1, "\n");
	settle();
	assert_int_equal(term.lines, 2);
	assert_int_equal(term.len[3], 512 + 1 + 2 + 1);
}

static void test_before_init(void **state)
{
	start(0);
	memset(&con, 0, sizeof(con));
	memset(sources, 0, sizeof(sources));
	printk("early");
	assert_string_equal(term_text(0), "");
	console_init(NULL, &(struct cfg_console){.type = CFG_UART_PL011});
	assert_string_equal(term_text(0), "early\n");
	memset(&con, 0, sizeof(con));
	console_init(NULL, &(struct cfg_console){.type = CFG_UART_NONE});
	for (u32 i = 0; i < 100000; i++)
		console_vm_putc(2, '\n');
	assert_false(console_vm_full(2));
}

/* ---- the throttle ---- */

static void test_full_and_wake(void **state)
{
	u32 n;

	start(16);
	for (n = 0; !console_vm_full(3); n++)
		vm_print(3, "0123456\n");
	assert_true(n > 400 && n < 600);
	assert_false(console_vm_full(2));
	/* Another VM and nk itself still get their turn. */
	vm_print(2, "me too\n");
	printk("and me");
	for (u32 i = 0; i < 200; i++) {
		fake_tick(16);
		console_irq();
	}
	assert_string_equal(term_text(2), "me too\n");
	assert_string_equal(term_text(0), "and me\n");
	assert_int_equal(wakes[3], 0);
	settle();
	assert_int_equal(wakes[3], 1);
	assert_int_equal(wakes[2], 0);
	assert_false(console_vm_full(3));
	assert_int_equal(term.len[3], 8 * n);
}

/* The call that a guest makes instead takes what there is room for, and not a character more. */
static void test_take(void **state)
{
	char text[3000];
	u32 n, sum = 0;

	start(16);
	for (u32 i = 0; i < sizeof(text); i++)
		text[i] = i % 100 == 99 ? '\n' : 'x';
	do {
		n = console_vm_take(3, (const u8 *)text, sizeof(text));
		console_poll();
		sum += n;
	} while (n == sizeof(text));
	assert_true(console_vm_full(3));
	assert_true(sum > 4000 && sum < 4400); /* some are on their way */
	assert_int_equal(console_vm_take(3, (const u8 *)text, 1), 0);
	assert_int_equal(wakes[3], 0);
	vm_print(3, "\n");
	settle();
	assert_int_equal(wakes[3], 1);
	assert_int_equal(term.len[3], sum + 1);
	assert_int_equal(sources[3].lost, 0);
	assert_int_equal(console_vm_take(3, (const u8 *)text, 100), 100);
}

/* printk() may empty a queue while its caller holds a lock: the wake comes with an interrupt. */
static void test_wake_after_printk(void **state)
{
	start(16);
	while (!console_vm_full(3))
		vm_print(3, "x\n");
	fake.fifo_size = 0;
	/* Each call sends some of it. */
	for (u32 n = 0; console_vm_full(3); n++) {
		printk("now");
		assert_int_equal(wakes[3], 0);
		assert_true(fake.irq_mask & UART_IRQ_TX && n < 200);
	}
	console_irq();
	assert_int_equal(wakes[3], 1);
	settle();
	assert_false(fake.irq_mask & UART_IRQ_TX);
}

static void test_lost_is_said(void **state)
{
	char text[64];

	start(16);
	for (u32 i = 0; i < QUEUE_SIZE + 100; i++)
		console_vm_putc(3, 'x');
	settle();
	console_vm_end(3);
	settle();
	snprintf(text, sizeof(text), "vm3 linux-b: %lu characters lost, sent to a full FIFO\n",
		 (unsigned long)(QUEUE_SIZE + 100 - term.len[3] + term.lines - 1));
	assert_string_equal(term_text(0), text);
}

static void test_log_overflow(void **state)
{
	char last[64];
	u32 lost;

	start(16);
	for (u32 i = 0; i < 1000; i++)
		printk("line %u", i);
	settle();
	lost = 1000 - (u32)term.lines;
	printk("after");
	settle();
	snprintf(last, sizeof(last), "%u lines lost\nafter\n", lost);
	assert_string_equal(term_text(0) + term.len[0] - strlen(last), last);
}

static void test_panic(void **state)
{
	start(0);
	fake.fifo_size = 16;
	fake.fifo = 16;
	vm_print(3, "before\n");
	printk("before");
	spin_lock(&con.lock); /* a CPU that does not give it back */
	fake.fifo_size = 0;
	console_flush_panic();
	assert_string_equal(term_text(3), "before\n");
	printk("panic");
	assert_string_equal(term_text(0), "before\npanic\n");
	assert_string_equal(fake_vlog.last,
			    "before"); /* who has that one's lock was stopped, too */
	spin_unlock(&con.lock);
}

/* A UART that never has room again costs a panic some time, but not for ever. */
static void test_panic_stuck(void **state)
{
	start(1);
	vm_print(2, "xx");
	console_flush_panic();
	assert_string_equal(term_text(0), "");
}

/* Not even the unfinished line of the VM with the focus comes behind it. */
static void test_last_line_is_last(void **state)
{
	static const char last[] = "nk: end: 2: panic\r\n\033[?7h"; /* which it had switched off */

	start(0);
	fake.raw = true;
	vm_print(2, "half");
	printk("before");
	console_flush_panic();
	printk("end: 2: panic");
	assert_memory_equal(fake.wire + fake.wire_len - strlen(last), last, strlen(last));
}

static void test_end_of_vm(void **state)
{
	start(0);
	vm_print(2, "Power do");
	console_vm_end(2);
	console_vm_end(2);
	assert_string_equal(term_text(2), "Power do\n");
	vm_print(3, "half");
	console_vm_end(3);
	assert_string_equal(term_text(3), "half\n");
}

/* ---- nk's prompt ---- */

static void test_prompt_line(void **state)
{
	start(0);
	console_set_focus(CONSOLE_NK);
	console_prompt_write("vn", 2);
	console_prompt_write("\b \b", 3);
	console_prompt_write("m", 1);
	assert_string_equal(term_screen(), "nk> vm");
	vm_print(3, "noise\n");
	assert_string_equal(term_screen(), "nk> vm");
	console_prompt_write("\n", 1);
	printk("answer");
	assert_string_equal(term_screen(), "nk> ");
	assert_string_equal(term.seen, "nk: answer");
	assert_string_equal(term_text(1), "vn\b \bm\n");
}

/* ---- warnings ---- */

/* Bytes on the wire of nk's lines: each is counted with its prefix, colour and end. */
static size_t log_bytes(void)
{
	size_t lines = 0;

	for (const char *c = term_text(0); *c; c++)
		lines += *c == '\n';
	return term.len[0] + 9 * lines; /* "\033[0mnk: " and "\r\n" for '\n' */
}

static void test_warnings(void **state)
{
	size_t before;

	start(0);
	for (u32 i = 0; i < 1000; i++)
		vm_warn(3, "odd access %u", i);
	before = log_bytes();
	assert_in_range(before, LOG_VM_BURST - 64, LOG_VM_BURST + 64);
	vm_warn(2, "another VM has its own");
	assert_string_equal(term.seen, "nk: vm2 linux-a: another VM has its own");
	assert_string_equal(fake_vlog.last, "vm2 linux-a: another VM has its own");
	fake_us += 1000000;
	before = log_bytes();
	vm_warn(3, "again");
	assert_string_equal(term.seen, "nk: vm3 linux-b: again");
	assert_non_null(strstr(term_text(0), " more lines were held back\nvm3 linux-b: again\n"));
	for (u32 i = 0; i < 1000; i++)
		vm_warn(3, "odd access %u", i);
	assert_in_range(log_bytes() - before, LOG_VM_RATE - 64, LOG_VM_RATE + 64);
	console_vm_end(3);
	assert_non_null(strstr(term.seen, "nk: vm3 linux-b: 99"));
	vm_warn(3, "held back");
	before = term.lines;
	console_vm_end(3);
	assert_int_equal(term.lines, before); /* not with each of many restarts */
	fake_us += 1000000;
	console_vm_end(3);
	assert_string_equal(term.seen, "nk: vm3 linux-b: 1 more lines were held back");
	vm_warn(9, "no name");
	assert_string_equal(term.seen, "nk: vm9: no name");
	vm_warn(NK_VM_IDS, "nobody");
	assert_string_equal(term.seen, "nk: vm9: no name");
}

/* For five minutes, each of 30 VMs does all it can. */
static void test_rate(void **state)
{
	char text[256];
	size_t begin;

	start(0);
	memset(text, 'x', sizeof(text));
	begin = log_bytes();
	for (u32 second = 0; second < 300; second++, fake_us += 1000000)
		for (u32 id = NK_VM_ID_FIRST; id <= NK_VM_ID_MAX; id++) {
			for (u32 i = 0; i < 20; i++)
				vm_warn(id, "%.*s", (int)(second % 200), text);
			log_vm_end(id);
		}
	assert_in_range(log_bytes() - begin, 30 * 290 * LOG_VM_RATE,
			30 * (LOG_VM_BURST + 300 * LOG_VM_RATE + 300));
}

/* A report is printed as a whole or not at all, and counts as one. */
static void test_reports(void **state)
{
	u32 n = 0;

	start(0);
	while (vm_report(3, 1500))
		n++;
	assert_int_equal(n, (LOG_VM_BURST + 1499) / 1500);
	fake_us += 1000000ull * (n * 1500 - LOG_VM_BURST) / LOG_VM_RATE;
	assert_false(vm_report(3, 1500));
	fake_us += 2 * 1000000 / LOG_VM_RATE;
	assert_true(vm_report(3, 1500));
	assert_string_equal(term.seen, "nk: vm3 linux-b: 2 more lines were held back");
}

/* However much guests cause, what is nk's own finds room. */
static void test_log_is_shared(void **state)
{
	start(16);
	for (u32 i = 0; i < 100; i++)
		for (u32 id = NK_VM_ID_FIRST; id <= NK_VM_ID_MAX; id++)
			vm_warn(id, "all of us at once");
	for (u32 i = 0; i < 20; i++)
		printk("nk's own line %u of twenty", i);
	settle();
	assert_non_null(strstr(term_text(0), "nk's own line 19 of twenty\n"));
	assert_null(strstr(term_text(0), "lines lost"));
}

/* ---- everything at once ---- */

struct guest {
	char *sent; /* what it printed */
	size_t len;
	u32 burst; /* characters it still sends without a look */
};

static u32 seed;

static u32 rnd(u32 n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void guest_step(u32 id, struct guest *g)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz \t:|\r\r\n\n\n";
	char c = alphabet[rnd(sizeof(alphabet) - 1)];

	if (id == 3 && c == '\n' && rnd(200))
		c = 'L'; /* one VM has long lines */
	if (!g->burst && console_vm_full(id))
		return;
	g->burst = g->burst ? g->burst - 1 : rnd(SLACK);
	g->sent[g->len++] = c;
	console_vm_putc(id, (u8)c);
}

/* A fast terminal shows the unfinished line of the keyboard's owner at every moment. */
static void check_unfinished(void)
{
	u32 id = con.focus;
	const struct source *s = &sources[id];

	if (id == CONSOLE_NK)
		assert_string_equal(term_screen(), "nk> ");
	else if (s->count && char_at(s, 0) != '\r')
		assert_memory_equal(term_screen(), s->prefix, strlen(s->prefix));
	else if (!s->count)
		assert_string_equal(term_screen(), "");
}

/* What the terminal must have shown of text: its lines, by the contract. */
static char *expected(const char *text, size_t len)
{
	char *out = malloc(2 * len + 16), *to = out;
	size_t column = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\r')
			continue;
		if (text[i] == '\r' && (i + 1 == len || text[i + 1] == '\n'))
			continue;
		if (text[i] == '\n') {
			*to++ = '\n';
			column = 0;
			continue;
		}
		if (column == CONSOLE_LINE_MAX) {
			*to++ = '\n';
			column = 0;
		}
		*to++ = text[i];
		column++;
	}
	*to = '\0';
	return out;
}

/* The history has the same lines, each once and behind its prefix. */
static void check_recorded(u32 id, const char *want)
{
	size_t skip = strlen(sources[id].prefix);
	char *line, *save, *all = strdup(recorded[id]);

	for (line = strtok_r(all, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t len = strcspn(want, "\n");

		assert_int_equal(line[strlen(line) - 1], '\r');
		line[strlen(line) - 1] = '\0';
		term_strip(line);
		assert_memory_equal(line, sources[id].prefix, skip);
		assert_memory_equal(line + skip, want, len);
		assert_int_equal(strlen(line + skip), len);
		want += len + 1;
	}
	assert_int_equal(*want, 0);
	free(all);
}

static void storm(u32 first_seed, size_t fifo_size, u32 steps, u32 rate)
{
	static const u32 ids[] = {2, 3, 12};
	static const u32 focuses[] = {1, 2, 3, 12, 12, 2, 5};
	struct guest guests[NK_VM_IDS] = {0};
	u32 lines = 0;

	start(fifo_size);
	seed = first_seed;
	for (u32 n = 0; n < ARRAY_SIZE(ids); n++)
		guests[ids[n]].sent = malloc(steps + 1);
	for (u32 step = 0; step < steps; step++) {
		u32 id = ids[rnd(ARRAY_SIZE(ids))];

		guest_step(id, &guests[id]);
		if (!rnd(rate))
			fake_tick(1);
		if (!rnd(300))
			printk("line %u of nk", lines++);
		if (!rnd(500))
			console_set_focus(focuses[rnd(ARRAY_SIZE(focuses))]);
		if (fake_irq() && !rnd(3))
			console_irq();
		if (!fifo_size) {
			settle();
			check_unfinished();
		}
	}
	for (u32 n = 0; n < ARRAY_SIZE(ids); n++)
		console_vm_end(ids[n]);
	settle();
	for (u32 n = 0; n < ARRAY_SIZE(ids); n++) {
		struct guest *g = &guests[ids[n]];
		char *want;

		if (g->len && g->sent[g->len - 1] != '\n')
			g->sent[g->len++] = '\n';
		want = expected(g->sent, g->len);
		assert_string_equal(term_text(ids[n]), want);
		check_recorded(ids[n], want);
		free(want);
		free(g->sent);
	}
}

static void test_storm(void **state)
{
	for (u32 n = 0; n < 12; n++) {
		storm(n, 0, 20000, 1);
		storm(n, 1, 20000, 1);
		storm(n, 16, 20000, 1 + n % 4);
		storm(n, 32, 20000, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_bytes),
		cmocka_unit_test(test_colors),
		cmocka_unit_test(test_only_focus_is_unfinished),
		cmocka_unit_test(test_focus_moves),
		cmocka_unit_test(test_carriage_return),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_before_init),
		cmocka_unit_test(test_full_and_wake),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_wake_after_printk),
		cmocka_unit_test(test_lost_is_said),
		cmocka_unit_test(test_log_overflow),
		cmocka_unit_test(test_panic),
		cmocka_unit_test(test_panic_stuck),
		cmocka_unit_test(test_last_line_is_last),
		cmocka_unit_test(test_end_of_vm),
		cmocka_unit_test(test_prompt_line),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_log_is_shared),
		cmocka_unit_test(test_storm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
