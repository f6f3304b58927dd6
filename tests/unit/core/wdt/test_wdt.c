// SPDX-License-Identifier: Apache-2.0
/* Watchdogs: what they do as time goes by, when they are patted, and as their VM comes and goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/upcall.h"
#include "core/wdt/wdt.h"
#include "fake/fake.h"
#include "nk/vwdt.h"
#include "unit/core/prop/prop_rig.h"

#define NEVER (~0UL)
#define MS ((u64)FAKE_HZ / 1000)
#define HOME 2 /* the CPU of VM 3's vCPU 0 */
#define VM2 (&rig[0])
#define VM3 (&rig[1])

static const NkVwdtConfig dog = {500000, 2000000, 100000, NK_VWDT_MODE_VM_REBOOT};
static const NkVwdtConfig cat = {1000000, 0, 0, NK_VWDT_MODE_VM_NOTIFY};
static u64 alarm_at;

static u32 word(struct rig_vm *r, const char *name)
{
	u32 value = 0;

	assert_int_equal(rig_get(r, name, RIG_VALUE, 4), 4);
	memcpy(&value, rig_ptr(r, RIG_VALUE), 4);
	return value;
}

static u32 state(const char *name)
{
	return word(VM3, name);
}

#define DOG state("nk.vm.3.wdt.dog.state")
#define CAT state("nk.vm.3.wdt.cat.state")
#define EXPIRED(n) (NK_VWDT_STATE_EXPIRED + ((n) << NK_VWDT_EXPIRIES_SHIFT))

static void pat(const char *name)
{
	assert_int_equal(rig_put(VM3, name, "\1\0\0\0", 4), 4);
}

static void pat_dog(void)
{
	pat("nk.vm.3.wdt.dog.counter");
}

static void pat_cat(void)
{
	pat("nk.vm.3.wdt.cat.counter");
}

static s64 put_dog(const NkVwdtConfig *c)
{
	return rig_put(VM2, "nk.vm.3.wdt.dog.config", c, sizeof(*c));
}

/* What the CPU of VM 3 does when it is asked to, or its time has come. Returns whether it was. */
static bool serve(void)
{
	if (!fake_alarms[HOME] && fake_counter < alarm_at)
		return false;
	fake_alarms[HOME] = 0;
	fake_here = HOME;
	alarm_at = wdt_cpu_alarm();
	fake_here = 0;
	return true;
}

/* Time goes by, up to that moment of VM 3's life; how often its CPU had to do something. */
static u32 run_to(u64 at)
{
	u32 served = serve();

	while (alarm_at <= at) {
		fake_counter = alarm_at;
		served += serve();
	}
	fake_counter = at;
	return served;
}

static void begin(void)
{
	VM3->vm.state = VM_LOADING;
	assert_int_equal(wdt_vm_load(&VM3->vm), 0);
	spin_lock(&VM3->vm.lock);
	VM3->vm.state = VM_RUNNING;
	wdt_vm_start(&VM3->vm);
	spin_unlock(&VM3->vm.lock);
	wdt_vm_event(&VM3->vm, VM_EVENT_RUNNING);
}

static void end(void)
{
	VM3->vm.state = VM_STOPPING;
	wdt_vm_stop(&VM3->vm);
	VM3->vm.state = VM_STOPPED;
}

/* Each test begins at 0 of the counter, with a VM that has just started. */
static int setup(void **unused)
{
	fake_counter = 0;
	alarm_at = NEVER;
	VM3->vm.arch.cntvoff = 0;
	begin();
	serve();
	rig[0].sysconfs = rig[1].sysconfs = 0;
	fake_vms.called[3] = NULL;
	fake_warned.last[0] = 0;
	return 0;
}

static int teardown(void **unused)
{
	struct cfg_error err = {.text = ""};

	end();
	wdt_vm_load(&VM3->vm); /* the tree's config again */
	return wdt_create(&err); /* and nobody is armed */
}

/* The number of expiries is of all lives. */
static u32 count(u32 value)
{
	return value >> NK_VWDT_EXPIRIES_SHIFT;
}

static void test_patted(void **unused)
{
	u32 before = count(DOG), served = 0;

	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_BOOTING);
	pat_dog();
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_RUNNING);
	for (u32 i = 1; i <= 1000; i++) {
		served += run_to(i * 10 * MS);
		pat_dog();
	}
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_RUNNING);
	assert_int_equal(count(DOG), before);
	assert_null(fake_vms.called[3]);
	/* Ten seconds, and it may bark 400 ms behind a pat. */
	assert_in_range(served, 2, 28);
}

static void test_boot(void **unused)
{
	u32 before = count(DOG);

	run_to(2000 * MS - 1);
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_BOOTING);
	assert_null(fake_vms.called[3]);
	run_to(2000 * MS);
	assert_int_equal(DOG, EXPIRED(before + 1));
	assert_string_equal(fake_vms.called[3], "crash");
	assert_string_equal(fake_warned.last, "watchdog dog: expired");
	assert_int_equal(VM2->sysconfs, 1);
	/* The next life knows, the one behind it does not. */
	end();
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_OFF);
	begin();
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_BOOTING);
	assert_true(DOG & NK_VWDT_RESTARTED);
	end();
	begin();
	assert_false(DOG & NK_VWDT_RESTARTED);
	assert_int_equal(count(DOG), before + 1);
}

static void test_bark(void **unused)
{
	u32 before = count(DOG);

	pat_dog();
	run_to(400 * MS - 1);
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_RUNNING);
	rig[0].sysconfs = rig[1].sysconfs = 0;
	run_to(400 * MS);
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_BARKED);
	assert_int_equal(VM2->sysconfs, 1);
	assert_int_equal(VM3->sysconfs, 1);
	assert_int_equal(word(VM2, "nk.vm.3.wdt.dog.counter"), 100000);
	pat_dog();
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_RUNNING);
	assert_int_equal(word(VM2, "nk.vm.3.wdt.dog.counter"), 500000);
	run_to(800 * MS);
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_BARKED);
	run_to(900 * MS);
	assert_int_equal(DOG, EXPIRED(before + 1));
	assert_string_equal(fake_vms.called[3], "crash");
	assert_int_equal(word(VM2, "nk.vm.3.wdt.dog.counter"), ~0u);
}

/* A CPU that comes late, as one with a debugger, does not lose the bark: it is there and over at once. */
static void test_late(void **unused)
{
	pat_dog();
	serve();
	fake_counter = 5000 * MS;
	serve();
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_EXPIRED);
	assert_string_equal(fake_vms.called[3], "crash");
}

static void test_notify(void **unused)
{
	u32 before = count(CAT);

	run_to(1000 * MS); /* no boot time: it waits for the first pat */
	pat_cat();
	pat_dog();
	run_to(1300 * MS);
	pat_dog();
	run_to(1600 * MS);
	pat_dog();
	run_to(1999 * MS);
	pat_dog();
	rig[1].sysconfs = 0;
	run_to(2000 * MS);
	assert_int_equal(CAT, EXPIRED(before + 1));
	assert_int_equal(VM3->sysconfs, 1);
	assert_int_equal(VM2->sysconfs, 1); /* the dog's first pat */
	assert_null(fake_vms.called[3]);
	assert_string_equal(fake_warned.last, "watchdog cat: expired");
	pat_cat();
	assert_int_equal(NK_VWDT_STATE_OF(CAT), NK_VWDT_STATE_RUNNING);
	assert_int_equal(VM3->sysconfs, 2);
}

static void test_pause(void **unused)
{
	struct vm *vm = &VM3->vm;

	pat_dog();
	run_to(300 * MS);
	vm->pause.value |= 1;
	vm->pause.frozen_at = fake_counter;
	wdt_vm_event(vm, VM_EVENT_PAUSED);
	run_to(10000 * MS);
	assert_true(alarm_at == NEVER);
	assert_int_equal(word(VM2, "nk.vm.3.wdt.dog.counter"), 200000);
	vm->arch.cntvoff += fake_counter - vm->pause.frozen_at;
	vm->pause.value &= ~1U;
	wdt_vm_event(vm, VM_EVENT_PAUSED);
	run_to(10099 * MS);
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_RUNNING);
	run_to(10100 * MS);
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_BARKED);
	run_to(10200 * MS);
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_EXPIRED);
}

static void test_stopped(void **unused)
{
	pat_dog();
	end();
	run_to(100000 * MS);
	assert_true(alarm_at == NEVER);
	assert_null(fake_vms.called[3]);
	pat_dog();
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_OFF);
	assert_false(serve());
	assert_int_equal(word(VM2, "nk.vm.3.wdt.dog.counter"), ~0u);
}

static void test_config(void **unused)
{
	NkVwdtConfig c = {50000, 0, 0, NK_VWDT_MODE_VM_NOTIFY}, seen;
	u32 before = count(DOG);

	/* A shorter one: the CPU hears of it at once. */
	pat_dog();
	serve();
	rig[0].sysconfs = 0;
	assert_int_equal(put_dog(&c), 16);
	assert_int_equal(VM2->sysconfs, 1);
	assert_int_equal(fake_alarms[HOME], 1);
	run_to(50 * MS);
	assert_int_equal(DOG, EXPIRED(before + 1));
	assert_null(fake_vms.called[3]);
	/* It loads the counter, and says it once. */
	assert_int_equal(put_dog(&c), 16);
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_RUNNING);
	c.mode = NK_VWDT_MODE_OFF;
	assert_int_equal(put_dog(&c), 16);
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_OFF);
	pat_dog();
	run_to(10000 * MS);
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_OFF);
	c.mode = NK_VWDT_MODE_VM_REBOOT;
	assert_int_equal(put_dog(&c), 16);
	run_to(10050 * MS);
	assert_int_equal(DOG, EXPIRED(before + 2));
	assert_string_equal(fake_vms.called[3], "crash");
	/* The next life has the tree's. */
	end();
	begin();
	assert_int_equal(rig_get(VM2, "nk.vm.3.wdt.dog.config", RIG_VALUE, 16), 16);
	memcpy(&seen, rig_ptr(VM2, RIG_VALUE), sizeof(seen));
	assert_memory_equal(&seen, &dog, sizeof(seen));
}

/* In the boot time it is the boot time that begins anew. */
static void test_config_booting(void **unused)
{
	NkVwdtConfig c = dog;

	run_to(1000 * MS);
	c.boot = 300000;
	assert_int_equal(put_dog(&c), 16);
	run_to(1299 * MS);
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_BOOTING);
	run_to(1300 * MS);
	assert_int_equal(NK_VWDT_STATE_OF(DOG), NK_VWDT_STATE_EXPIRED);
}

static void test_wrong(void **unused)
{
	static const NkVwdtConfig wrong[] = {
		{9999, 0, 0, 1},      {0, 0, 0, 0},	  {20000, 9999, 0, 1}, {20000, 1, 0, 1},
		{20000, 0, 10001, 1}, {20000, 0, ~0u, 1}, {20000, 0, 0, 3},    {20000, 0, 0, ~0u},
	};
	static const NkVwdtConfig right[] = {
		{10000, 10000, 0, 1}, {20000, ~0u, 10000, 2}, {~0u, 0, 1, 0}};

	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(put_dog(&wrong[i]), NK_PROP_ERROR);
	for (u32 i = 0; i < ARRAY_SIZE(right); i++)
		assert_int_equal(put_dog(&right[i]), 16);
	assert_int_equal(rig_put(VM2, "nk.vm.3.wdt.dog.config", &dog, 15), NK_PROP_ERROR);
	assert_int_equal(rig_put(VM2, "nk.vm.3.wdt.dog.config", &dog, 0), NK_PROP_ERROR);
	assert_int_equal(rig_put(VM2, "nk.vm.3.wdt.cat.config", &cat, 16), NK_PROP_PERMISSION);
	assert_int_equal(rig_put(VM2, "nk.vm.3.wdt.cat.counter", "1", 1), NK_PROP_PERMISSION);
	assert_int_equal(rig_put(VM3, "nk.vm.3.wdt.dog.state", "1", 1), NK_PROP_PERMISSION);
	assert_int_equal(rig_get(VM3, "nk.vm.3.wdt.dog.counter", RIG_VALUE, 4), NK_PROP_PERMISSION);
	assert_int_equal(rig_put(VM3, "nk.vm.3.wdt.dog.counter", "", 0), NK_PROP_ERROR);
	assert_int_equal(rig_put(VM3, "nk.vm.3.wdt.dog.counter", "1\n", 2), 2);
	assert_int_equal(rig_put(VM3, "nk.vm.3.wdt.dog.counter", "12345678", 8), 4);
}

/* A guest that does its worst has its CPU asked no more than once in NK_VWDT_US_MIN, however often it tries. */
static void test_storm(void **unused)
{
	NkVwdtConfig c[] = {
		{10000, 10000, 0, 2}, {~0u, 0, 0, 2}, {20000, 0, 10000, 2}, {10000, 0, 0, 0}};
	u32 asked = 0;

	srand(1);
	for (u32 i = 0; i < 100000; i++) {
		if (rand() % 2)
			put_dog(&c[rand() % ARRAY_SIZE(c)]);
		else
			pat_dog();
		fake_counter += MS / 100;
		asked += serve();
	}
	assert_in_range(asked, 10, 2 * 1000 / 10 + 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_patted),	   TEST(test_boot),  TEST(test_bark),	 TEST(test_late),
		TEST(test_notify),	   TEST(test_pause), TEST(test_stopped), TEST(test_config),
		TEST(test_config_booting), TEST(test_wrong), TEST(test_storm),
	};
	struct cfg_error err = {.text = ""};

	rig_init("wdt");
	if (wdt_create(&err))
		return 1;
	return cmocka_run_group_tests_name("wdt", tests, NULL, NULL);
}
