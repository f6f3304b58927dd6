// SPDX-License-Identifier: GPL-2.0-only
/*
 * VLX-PANIC-TRIGGER(4D): when one VM panics, all do. Who panics first puts its id into
 * "nk.panic-trigger"; the others panic when they see it change to somebody's id. A value that was
 * there when this VM started is no news: it names a panic that is over.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <nk/nkern.h>

#define TRIGGER "nk.panic-trigger"

static u8 last_seen;
static NkXIrqId sysconf;

/* Whose id the property has: 0 nobody's. Returns a negative NK_PROP_* if it cannot be read. */
static int trigger_get(u8 *vm)
{
	int len;

	*vm = 0;
	len = nkops.nk_prop_get(TRIGGER, vm, sizeof(*vm));
	if (*vm == '0')
		*vm = 0;
	return len;
}

static void on_sysconf(void *cookie, NkXIrq xirq)
{
	u8 before = last_seen;
	u8 vm;

	if (trigger_get(&vm) < 0) /* being set: there is one more interrupt to come */
		return;
	last_seen = vm;
	if (vm && vm != before && vm != nkops.nk_id_get())
		panic("vlx-panic-trigger: VM%u has panicked\n", vm);
}

static int on_panic(struct notifier_block *self, unsigned long event, void *message)
{
	u8 own = nkops.nk_id_get();
	u8 vm;

	if (trigger_get(&vm) < 0)
		return NOTIFY_DONE;
	if (vm) {
		pr_notice("vlx-panic-trigger: VM%u panicked before\n", vm);
		return NOTIFY_DONE;
	}
	if (nkops.nk_prop_set(TRIGGER, &own, sizeof(own)) != sizeof(own))
		pr_notice("vlx-panic-trigger: the other VMs could not be told\n");
	return NOTIFY_DONE;
}

static struct notifier_block panic_block = {
	.notifier_call = on_panic,
};

static int __init panic_trigger_init(void)
{
	/* Where there is no such property, this stays so, and nothing happens ever. */
	trigger_get(&last_seen);
	sysconf =
		nkops.nk_xirq_attach_named(NK_XIRQ_SYSCONF, on_sysconf, NULL, "vlx-panic-trigger");
	if (!sysconf)
		return -EIO;
	atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
	return 0;
}

static void __exit panic_trigger_exit(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_block);
	nkops.nk_xirq_detach(sysconf);
}
module_init(panic_trigger_init);
module_exit(panic_trigger_exit);

MODULE_DESCRIPTION("A panic of one VM has all of them panic");
MODULE_LICENSE("GPL");
