// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another VM may ask this one to shut itself down, by its property "nk.vm.N.shutdown": then its init
 * is told, as by poweroff(8). Who may ask is what allow-set of it says in the system tree; without
 * such a property nobody may.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/reboot.h>
#include <linux/workqueue.h>
#include <vlx/prop.h>
#include <vlx/shutdown.h>

static char name[NK_PROP_NAME_LIMIT];
static NkXIrqId sysconf;
static unsigned long heard; /* bit 0 */
static u8 asked_by;

static int tell(u8 state)
{
	int len = vlx_prop_explain(vlx_prop_set(name, &state, sizeof(state)), name, "allow-set");

	return len < 0 ? len : 0;
}

static void power_off(struct work_struct *work)
{
	pr_notice("vlx-shutdown: VM%u asks this one to shut down\n", asked_by);
	tell(VLX_SHUTDOWN_HEARD);
	orderly_poweroff(true); /* by force only where there is no program for it */
}
static DECLARE_WORK(power_off_work, power_off);

static void on_sysconf(void *cookie, NkXIrq xirq)
{
	u8 state = VLX_SHUTDOWN_LISTENS;

	/* While it is being set it cannot be read, and one more interrupt follows. */
	if (nkops.nk_prop_get(name, &state, sizeof(state)) != sizeof(state))
		return;
	if (state == VLX_SHUTDOWN_LISTENS || state == VLX_SHUTDOWN_HEARD ||
	    test_and_set_bit(0, &heard))
		return;
	asked_by = state;
	schedule_work(&power_off_work);
}

static int check(NkPropAttr attr)
{
	if (!(attr & NK_PROP_ATTR_GET))
		return vlx_prop_explain(-EACCES, name, "allow-get");
	if (!(attr & NK_PROP_ATTR_NOTIFY))
		return vlx_prop_explain(-EACCES, name, "allow-notify");
	return tell(VLX_SHUTDOWN_LISTENS); /* what was asked of an earlier life is over */
}

static int __init vlx_shutdown_init(void)
{
	struct vlx_prop prop;
	int err;

	snprintf(name, sizeof(name), VLX_SHUTDOWN_PROP, nkops.nk_id_get());
	if (!vlx_prop_find(&prop, name))
		return 0; /* nobody may ask, ever */
	err = check(prop.attr);
	if (err)
		return err;
	sysconf = nkops.nk_xirq_attach_named(NK_XIRQ_SYSCONF, on_sysconf, NULL, "vlx-shutdown");
	if (!sysconf)
		return -EIO;
	on_sysconf(NULL, 0); /* what was asked since */
	return 0;
}

static void __exit vlx_shutdown_exit(void)
{
	if (!sysconf)
		return;
	nkops.nk_xirq_detach(sysconf);
	cancel_work_sync(&power_off_work);
	vlx_prop_set(name, "", 0); /* nobody listens: it is not set */
}
module_init(vlx_shutdown_init);
module_exit(vlx_shutdown_exit);

MODULE_DESCRIPTION("Another VM may ask this one to shut itself down");
MODULE_LICENSE("GPL");
