// SPDX-License-Identifier: Apache-2.0
/* The machine's end, and nk's last line. */
#include "core/boot/end.h"

#include "arch/cpu.h"
#include "core/boot/options.h"
#include "core/console/console.h"
#include "lib/log.h"

/* Nothing of nk's may come after this line: scripts take the last one for the result. */
static void last_line(enum end_status status, const char *why)
{
	arch_stop_others();
	console_flush_panic();
	printk("end: %u: %s", status, why);
}

/* Returns on the first CPU that comes; the machine ends under the others. */
static void be_the_one(void)
{
	static bool ending;

	if (__atomic_exchange_n(&ending, true, __ATOMIC_ACQ_REL))
		arch_halt();
}

void end_machine(enum end_status status, const char *why)
{
	be_the_one();
	last_line(status, why);
	arch_poweroff();
}

void end_reset(void)
{
	be_the_one();
	last_line(END_IN_ORDER, "reset");
	arch_reset();
}

void end_panic(void)
{
	static bool said;

	if (options.panic == PANIC_STOP)
		arch_halt();
	/* Printing itself may be what panics. */
	if (!said) {
		said = true;
		last_line(END_PANIC, "panic");
	}
	if (options.panic == PANIC_RESET)
		arch_reset();
	arch_poweroff();
}
