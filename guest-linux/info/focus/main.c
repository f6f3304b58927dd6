// SPDX-License-Identifier: GPL-2.0-only
/* vlx-focus: tells drivers of this VM when the property nk.focus changes. Source: /proc/nk(5), "/proc/nk/focus". */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <vlx/focus.h>
#include <vlx/prop.h>

static BLOCKING_NOTIFIER_HEAD(clients);
static DEFINE_MUTEX(lock); /* focus, and in which order clients hear of it */
static unsigned long focus;
static NkXIrqId sysconf;

static unsigned long read_focus(void)
{
	u64 vm;
	int err = vlx_prop_get_u64("nk.focus", &vm);

	return vlx_prop_explain(err, "nk.focus", "allow-get") ? 0 : vm;
}

static void look(struct work_struct *unused)
{
	unsigned long now;

	mutex_lock(&lock);
	now = read_focus();
	if (now != focus) {
		focus = now;
		blocking_notifier_call_chain(&clients, focus, NULL);
	}
	mutex_unlock(&lock);
}

static DECLARE_WORK(work, look);

/* Told of a change of any property. */
static void on_sysconf(void *cookie, NkXIrq xirq)
{
	schedule_work(&work);
}

int focus_register_client(struct notifier_block *nb)
{
	int err;

	mutex_lock(&lock);
	err = blocking_notifier_chain_register(&clients, nb);
	if (!err)
		nb->notifier_call(nb, focus, NULL);
	mutex_unlock(&lock);
	return err;
}
EXPORT_SYMBOL(focus_register_client);

int focus_unregister_client(struct notifier_block *nb)
{
	return blocking_notifier_chain_unregister(&clients, nb);
}
EXPORT_SYMBOL(focus_unregister_client);

static int __init vlx_focus_init(void)
{
	sysconf = nkops.nk_xirq_attach_named(NK_XIRQ_SYSCONF, on_sysconf, NULL, "vlx-focus");
	if (!sysconf)
		return -EIO;
	look(NULL);
	return 0;
}

static void __exit vlx_focus_exit(void)
{
	nkops.nk_xirq_detach(sysconf);
	cancel_work_sync(&work);
}

module_init(vlx_focus_init);
module_exit(vlx_focus_exit);
MODULE_DESCRIPTION("Tells drivers which VM has the focus");
MODULE_LICENSE("GPL");
