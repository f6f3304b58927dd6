// SPDX-License-Identifier: GPL-2.0-only
/*
 * A panic of this kernel is the death of its VM: nk is told why, with the way that led there by this kernel's own
 * symbols, which nk has not, and then does what the system tree's on-crash says. nk also learns where the
 * kernel describes itself (VMCOREINFO), for dumps. Other notifiers come first, as vlx-panic-trigger, which has other VMs panic too.
 */
#include <linux/crash_core.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/stacktrace.h>
#ifdef CONFIG_VMCORE_INFO
#include <linux/vmcore_info.h>
#endif
#include <nk/dump.h>
#include <nk/nkern.h>

#define PLACES 16
#define MESSAGE_MAX 160 /* of the panic's text; the rest is for the way there */

static char text[NK_CRASH_TEXT_MAX];

static int on_panic(struct notifier_block *self, unsigned long event, void *message)
{
	unsigned long places[PLACES];
	unsigned int nr = stack_trace_save(places, PLACES, 1);
	int len = scnprintf(text, sizeof(text), "%.*s\n", MESSAGE_MAX, (char *)message);
	unsigned int i;

	for (i = 0; i < nr; i++)
		len += scnprintf(text + len, sizeof(text) - len, "%pB\n", (void *)places[i]);
	nk_crash(text);
	return NOTIFY_DONE;
}

static struct notifier_block panic_block = {
	.notifier_call = on_panic,
	.priority = INT_MIN,
};

static int __init vlx_crash_init(void)
{
	if (nk_crash_note(paddr_vmcoreinfo_note(), VMCOREINFO_NOTE_SIZE))
		pr_notice("vlx-crash: dumps of this VM will not say which kernel it had\n");
	return atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
}

static void __exit vlx_crash_exit(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_block);
	nk_crash_note(0, 0);
}
module_init(vlx_crash_init);
module_exit(vlx_crash_exit);

MODULE_DESCRIPTION("A panic of this kernel is told to nk, which ends the VM");
MODULE_LICENSE("GPL");
