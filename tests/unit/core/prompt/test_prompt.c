// SPDX-License-Identifier: Apache-2.0
/* nk's prompt: keys in, the prompt's line and nk's lines out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/console/console.h"
#include "core/prompt/prompt.h"
#include "fake/core.h"
#include "lib/limits.h"

static char echoed[4096];
static char acted[64];
static const char *refusal;
static u32 quits, resets;

void console_prompt_write(const char *text, size_t len)
{
	strncat(echoed, text, len);
}

const char *console_vm_name(u32 id)
{
	return id == 3 ? "linux-b" : NULL;
}

static bool fake_vm(u32 id, struct prompt_vm *info)
{
	*info = (struct prompt_vm){
		.state = "stopped",
		.nr_vcpus = 2,
		.nr_on = 1,
		.restarts = 7,
		.nr_ram = id == 12 ? 3 : 1,
		.ram = {{0x40000000, id == 12 ? 0x50000000 : 0x40000000, MIB(256)},
			{0x80000000, 0x80000000, MIB(2)},
			{0xfffe000000, 0x3fffe0000000, GIB(16384)}},
		.reason = id == 12 ? "SYSTEM_OFF" : NULL,
	};
	return id == 3 || id == 12;
}

static const char *fake_action(u32 id, enum prompt_action action)
{
	snprintf(acted, sizeof(acted), "%u:%d", id, (int)action);
	return refusal;
}

static bool fake_cpu(u32 cpu, struct prompt_cpu *info)
{
	*info = (struct prompt_cpu){.mpidr = cpu, .state = "guest", .vm = cpu ? 0 : 3};
	return cpu < 2;
}

static void fake_mem(struct prompt_mem *info)
{
	*info = (struct prompt_mem){MIB(4), MIB(1), MIB(2), MIB(1)};
}

static const char *fake_trace(const char *what)
{
	return strcmp(what, "dump") ? "no rings" : NULL;
}

static void fake_quit(void)
{
	quits++;
}

static void fake_reset(void)
{
	resets++;
}

static const struct prompt_ops ops = {fake_vm,	  fake_action, fake_cpu,  fake_mem,
				      fake_trace, fake_quit,   fake_reset};
static const struct prompt_ops no_ops;

static int start(void **state)
{
	echoed[0] = '\0';
	fake_log.text[0] = '\0';
	acted[0] = '\0';
	refusal = NULL;
	quits = 0;
	resets = 0;
	prompt_init(&ops);
	return 0;
}

static void type(const char *text)
{
	while (*text)
		prompt_key((u8)*text++);
}

static void expect(const char *command, const char *answer)
{
	fake_log.text[0] = '\0';
	type(command);
	assert_string_equal(fake_log.text, answer);
}

static void test_trace(void **state)
{
	expect("trace dump\r", "");
	expect("trace start\r", "trace: no rings\n");
	expect("trace\r", "trace: start, stop or dump\n");
	prompt_init(&no_ops);
	expect("trace dump\r", "trace: not possible\n");
}

static void test_vm(void **state)
{
	static const char vm3[] = "vm3 linux-b: stopped, 1 of 2 vCPUs on, 256 MiB at 0x40000000, "
				  "started again 7 times\n";
	static const char vm12[] =
		"vm12 : stopped, 1 of 2 vCPUs on, 256 MiB at 0x40000000 (board: 0x50000000), "
		"started again 7 times, SYSTEM_OFF\n"
		"vm12: and 2 MiB at 0x80000000\n"
		"vm12: and 16777216 MiB at 0xfffe000000 (board: 0x3fffe0000000)\n";
	char both[512];

	snprintf(both, sizeof(both), "%s%s", vm3, vm12);
	expect("vm\r", both);
	expect("vm 3\r", vm3);
	expect("  vm   vm3  \r", vm3);
	expect("vm 12\r", vm12);
	expect("vm 4\r", "there is no VM 4\n");
	expect("vm 40\r", "there is no VM 40\n");
	expect("vm 3x\r", "there is no VM 3x\n");
	expect("vm -3\r", "there is no VM -3\n");
	expect("vm 4294967299\r", "there is no VM 4294967299\n");
	expect("vm 99999999999999999999999\r", "there is no VM 99999999999999999999999\n");
}

static void test_vm_action(void **state)
{
	expect("vm 3 restart\r", "vm3: restart\n");
	assert_string_equal(acted, "3:2");
	expect("vm 3 start\r", "vm3: start\n");
	assert_string_equal(acted, "3:0");
	refusal = "it does not run";
	expect("vm 12 stop\r", "vm12: stop: it does not run\n");
	assert_string_equal(acted, "12:1");
	expect("vm 3 dance\r", "vm N start|stop|restart|suspend|resume, not dance\n");
}

static void test_others(void **state)
{
	expect("cpu\r", "cpu0 (0x0): guest, vm3 vcpu0\ncpu1 (0x1): guest\n");
	expect("mem\r", "memory in KiB: 4096 in all, 2048 nk, 1024 guests, 1024 free\n");
	expect("\r", "");
	expect("   \r", "");
	expect("nonsense\r", "no command nonsense: help lists them\n");
	type("help\r");
	assert_non_null(strstr(fake_log.text, "quit: end everything"));
	type("quit\r");
	assert_int_equal(quits, 1);
	type("reset\r");
	assert_int_equal(resets, 1);
}

static void test_no_ops(void **state)
{
	prompt_init(&no_ops);
	expect("vm\rvm 3 stop\rmem\rquit\rreset\r",
	       "not possible\nnot possible\nnot possible\nnot possible\nnot possible\n");
	expect("cpu\r", "");
	prompt_init(NULL);
	expect("vm\rmem\r", "");
	expect("quit\r", "");
	prompt_quit();
}

static void test_editing(void **state)
{
	type("\b\x7fvx\bm");
	assert_string_equal(echoed, "vx\b \bm");
	echoed[0] = '\0';
	type("\x15");
	assert_string_equal(echoed, "\b \b\b \b");
	expect("mem\r\n", "memory in KiB: 4096 in all, 2048 nk, 1024 guests, 1024 free\n");
	expect("\nnonsense\n", "no command nonsense: help lists them\n");
	echoed[0] = '\0';
	type("\033\x01\xff\t");
	assert_string_equal(echoed, "");
}

/* Whatever is typed, nothing is written outside the line. */
static void test_noise(void **state)
{
	srand(1);
	for (u32 i = 0; i < 200000; i++) {
		u8 c = rand() % 8 ? (u8) " vm3cpu\b\x7f"[rand() % 10] : (u8)rand();

		if (rand() % 400 == 0)
			c = '\r';
		prompt_key(c);
		echoed[0] = '\0';
		fake_log.text[0] = '\0';
	}
	type("\r");
	for (u32 i = 0; i < 1000; i++)
		type("x");
	assert_int_equal(strlen(echoed), 1 + 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_trace, start),
		cmocka_unit_test_setup(test_vm, start),
		cmocka_unit_test_setup(test_vm_action, start),
		cmocka_unit_test_setup(test_others, start),
		cmocka_unit_test_setup(test_no_ops, start),
		cmocka_unit_test_setup(test_editing, start),
		cmocka_unit_test_setup(test_noise, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
