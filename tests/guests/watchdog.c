// SPDX-License-Identifier: Apache-2.0
/*
 * A VM that hangs, with its interrupts masked on all vCPUs, so that only its watchdog `dog` can help: it pats it `pats`
 * times, a fifth of its time apart, and then no more. What it says at each start is for test_watchdog.py: whether it was
 * restarted by the watchdog, how often that has expired, and what nk has of its own memory in use.
 */
#include "nk/vwdt.h"
#include "prop/prop.h"
#include "rt/rt.h"

static char config_prop[] = "nk.vm.N.wdt.dog.config";
static char counter_prop[] = "nk.vm.N.wdt.dog.counter";
static char state_prop[] = "nk.vm.N.wdt.dog.state";

static u64 number(const char *name)
{
	u64 value = 0;

	return prop_get(name, &value, sizeof(value)) == sizeof(value) ? READ_ONCE(value) : 0;
}

static void hang(void *arg)
{
	(void)arg;
	for (;;)
		cpu_relax();
}

static void say(void)
{
	u32 state = prop_u32(state_prop);

	printf("watchdog: start, restarted %u, expired %u, heap %lu, pmem %lu\n",
	       (state & NK_VWDT_RESTARTED) != 0, state >> NK_VWDT_EXPIRIES_SHIFT,
	       number("nk.memory.heap.used"), number("nk.memory.pmem.used"));
}

void guest_main(void)
{
	char id = (char)('0' + nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0));
	NkVwdtConfig c = {0};
	u32 i;

	config_prop[6] = counter_prop[6] = state_prop[6] = id;
	mmu_on();
	say();
	prop_get(config_prop, &c, sizeof(c));
	for (i = 1; i < nr_cpus; i++)
		cpu_start(i, hang, NULL);
	for (i = 0; i < arg_u64("pats", 0); i++) {
		prop_set(counter_prop, &i, sizeof(i));
		delay_us(READ_ONCE(c.load) / 5);
	}
	printf("watchdog: hangs\n");
	hang(NULL);
}
