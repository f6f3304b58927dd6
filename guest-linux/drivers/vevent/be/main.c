// SPDX-License-Identifier: GPL-2.0-only
/* VEVENT_BE(4D): input devices of this VM for the front-ends of others, as the system's tree says. */
#include <linux/module.h>
#include <vlx/focus.h>
#include "be.h"

VlinkDrv vevent_drv = {
	.name = VEVENT_NAME,
	.flags = VLINK_DRV_TYPE_SERVER | VLINK_DRV_ON_DEMAND,
	.vlink_init = vevent_vlink_init,
};

static int on_focus(struct notifier_block *nb, unsigned long vm, void *unused)
{
	vevent_focus(vm);
	return NOTIFY_DONE;
}

static struct notifier_block focus_nb = {.notifier_call = on_focus};

static int open_links(void)
{
	int err = vlink_drv_open(&vevent_drv);

	if (err)
		return err;
	err = vevent_rules_read(&vevent_drv);
	if (err) {
		vevent_rules_free();
		vlink_drv_close(&vevent_drv);
	}
	return err;
}

/* A VM that serves nobody has its devices as ever. */
static int __init vevent_be_init(void)
{
	int err = open_links();

	if (err)
		return err;
	err = vevent_proc_add();
	if (err)
		goto close;
	err = focus_register_client(&focus_nb);
	if (err)
		goto remove_proc;
	err = input_register_handler(&vevent_handler);
	if (!err)
		return 0;
	focus_unregister_client(&focus_nb);
remove_proc:
	vevent_proc_remove();
close:
	vevent_rules_free();
	vlink_drv_close(&vevent_drv);
	return err;
}

static void __exit vevent_be_exit(void)
{
	input_unregister_handler(&vevent_handler);
	focus_unregister_client(&focus_nb);
	vevent_proc_remove();
	vevent_rules_free();
	vlink_drv_close(&vevent_drv);
}

module_init(vevent_be_init);
module_exit(vevent_be_exit);
/* So that these have made their nodes before a device is taken, and not after that. */
MODULE_SOFTDEP("pre: evdev mousedev joydev");
MODULE_DESCRIPTION("Input devices of this VM for the front-ends of others");
MODULE_LICENSE("GPL");
