// SPDX-License-Identifier: Apache-2.0
/*
 * Two VMs, 2 and 3, of a system tree that says nothing of links or properties. What one of them can
 * read, set or hear of the other, by whatever call: nothing but that it exists. VM 3 then does all it
 * can do to itself, for ever, while VM 2, typed to, waits for an interrupt that must not come.
 */
#include "nk/balloon.h"
#include "nk/xirq.h"
#include "prop/prop.h"
#include "rt/gic.h"

#define WAIT_US 50000

static u32 told;

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	WRITE_ONCE(told, told + 1);
	gic_eoi(iar);
}

/* The machine's own: what does not change, and says nothing of any VM. */
static bool of_machine(const char *name)
{
	return !strncmp(name, "nk.version.", 11) || !strncmp(name, "nk.features.", 12) ||
	       !strncmp(name, "nk.error.", 9) || !strcmp(name, "nk.build-id") ||
	       !strcmp(name, "nk.cpus.online");
}

static void test_properties(u32 me)
{
	static char name[NK_PROP_NAME_LIMIT];
	static u8 value[64];
	char own[] = "nk.vm.N.";
	u32 pid, opened = 0, let_in = 0, bad_own = 0;
	NkPropAttr attr;

	own[6] = (char)('0' + me);
	for (pid = 0; prop_enum(pid, name, sizeof(name), &attr) >= 0; pid++) {
		bool mine = !strncmp(name, own, sizeof(own) - 1);
		u32 all = NK_PROP_ATTR_GET | NK_PROP_ATTR_SET | NK_PROP_ATTR_NOTIFY;
		u32 may = mine ? all : of_machine(name) * NK_PROP_ATTR_GET;

		if (attr & all & ~may)
			note("too much: %s", name);
		opened += (attr & all & ~may) != 0;
		if (mine) {
			/* But for its memory, which is had by those that the tree names. */
			bad_own += (prop_get(name, value, sizeof(value)) < 0) !=
				   !strcmp(name + sizeof(own) - 1, "dump");
			continue;
		}
		let_in += prop_set(name, "1", 1) != NK_PROP_PERMISSION;
		let_in += !of_machine(name) &&
			  prop_get(name, value, sizeof(value)) != NK_PROP_PERMISSION;
	}
	ok(pid > 30, "%u properties", pid);
	is(opened, 0, "no property says that it may be read, set or heard of");
	is(let_in, 0, "none can be");
	is(bad_own, 0, "one's own are read");
}

static void test_calls(u32 me)
{
	static u64 ordinal;
	static u8 buf[64];
	u32 xirq, posted = 0;

	is(nk_call(NK_HC_RUNNING_IDS, 0, 0, 0, 0), BIT(me), "who runs: oneself");
	is(nk_call(NK_HC_CON_HIST_READ, (u64)&ordinal, (u64)buf, sizeof(buf), 0),
	   NK_PROP_PERMISSION, "the history");
	is(nk_call(NK_HC_CON_HIST_BOOT, 0, 0, 0, 0), NK_PROP_PERMISSION,
	   "how much there was of it");
	is(nk_call(NK_HC_VLINK_LOOKUP, 0, 0, 0, 0), 0, "no link");
	for (xirq = NK_XIRQ_SYSCONF; xirq < NK_XIRQ_SYSCONF + 300; xirq++)
		posted += nk_call(NK_HC_XIRQ_POST, xirq, me ^ 1, 0, 0) != ~0ul;
	is(posted, 0, "no cross interrupt can be posted");
	is(nk_call(NK_HC_BALLOON_CTRL, NK_BALLOON_RGN_SIZE, 0, 0, 0), 0, "no balloon");
}

/* All that changes a property of one's own. */
static void stir(u32 me)
{
	u32 n;

	note("stirring");
	for (n = 0;; n++) {
		prop_set(vm_prop(me, ".bootcomplete"), &n, sizeof(n));
		prop_set(vm_prop(me, ".state.paused"), "0", 1);
	}
}

void strangers(void)
{
	u32 me = my_id(), sysconf = (u32)nk_call(NK_HC_XIRQ_PTOV, NK_XIRQ_SYSCONF, 0, 0, 0);

	irq_handler = on_irq;
	gic_set_edge(sysconf, true);
	gic_set_target(sysconf, 0);
	gic_bit(GICD_ISENABLER, sysconf);
	irq_enable();
	test_properties(me);
	test_calls(me);
	if (me == 3)
		stir(me);
	note("waiting");
	getchar();
	delay_us(WAIT_US);
	is(READ_ONCE(told), 0, "nobody interrupts");
	is(nk_call(NK_HC_XIRQ_POST, NK_XIRQ_SYSCONF, me, 0, 0), 0, "but oneself");
	is(READ_ONCE(told), 1, "which arrives");
	tap_done();
	for (;;)
		wfi();
}
