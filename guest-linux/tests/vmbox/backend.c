// SPDX-License-Identifier: GPL-2.0-only
/* vmbox-test: the back-end, an echo for all front-ends, which sees that each one's messages are in order. */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "test.h"

#define VMS 32

static void *box;
static struct task_struct *caller; /* who calls back */
static struct {
	bool on;
	u32 epoch, number;
} vms[VMS];

static unsigned int echoed, wrong;
module_param(echoed, uint, 0444);
MODULE_PARM_DESC(echoed, "messages that were sent back");
module_param(wrong, uint, 0444);
MODULE_PARM_DESC(wrong, "messages or calls that were not as they should be");

static void expect(bool good, const char *what, unsigned int vmid)
{
	if (good)
		return;
	WRITE_ONCE(wrong, wrong + 1);
	pr_err_ratelimited("vmbox-test: vm%u: %s\n", vmid, what);
}

static void on_state(void *cookie, unsigned int vmid, bool on)
{
	caller = caller ?: current;
	expect(cookie == &box && caller == current, "called by another thread", vmid);
	expect(vmid < VMS && vms[vmid].on != on, "told twice", vmid);
	vms[vmid].on = on;
	vms[vmid].epoch = 0;
}

static void on_on(void *cookie, unsigned int vmid)
{
	on_state(cookie, vmid, true);
}

static void on_off(void *cookie, unsigned int vmid)
{
	on_state(cookie, vmid, false);
}

static void check(unsigned int vmid, const struct message *m)
{
	bool same = m->epoch == vms[vmid].epoch;

	expect(m->number == (same ? vms[vmid].number + 1 : 1), "a message was lost, or came twice",
	       vmid);
	vms[vmid].epoch = m->epoch;
	vms[vmid].number = m->number;
}

static void send_back(unsigned int vmid, const struct message *m)
{
	void *vmq, *msg;
	int err;

	while ((err = vmbox_msg_alloc(box, vmid, &vmq, &msg)) == -EAGAIN)
		usleep_range(50, 100);
	if (err)
		return;
	memcpy(msg, m, sizeof(*m));
	if (!vmbox_msg_send(vmq, msg))
		WRITE_ONCE(echoed, echoed + 1);
}

static void on_receive(void *cookie, unsigned int vmid, void *vmq, void *msg)
{
	expect(caller == current && vms[vmid].on, "a message while it is off", vmid);
	check(vmid, msg);
	send_back(vmid, msg);
	expect(!vmbox_msg_free(vmq, msg), "freeing", vmid);
}

static vmbox_cb_ops_t ops = {.on = on_on, .off = on_off, .receive = on_receive};

int backend_start(unsigned int mask)
{
	int err = vmbox_init(BOX_NAME, false, sizeof(struct message), BOX_COUNT, &box);

	if (err)
		return err;
	ok(vmbox_vms_mask(box) == mask, "the back-end is linked with all front-ends' VMs");
	vmbox_cb_ops_register(box, &ops, &box);
	return 0;
}

void backend_stop(void)
{
	if (box)
		vmbox_exit(box);
	box = NULL;
}
