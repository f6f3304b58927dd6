// SPDX-License-Identifier: GPL-2.0-only
/*
 * vrpc-test: a thread for each client's end that calls without end, while servers come and go. What was aborted is
 * begun anew; anything but that is bad. /sys/module/vrpc_test/parameters tells how it goes.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include "test.h"

#define ENDS 2
#define PAUSE_EACH 8 /* calls, so that there is something beside them */

static const char *const names[ENDS] = {"test-direct", "test-thread"};
static struct loader {
	struct caller caller;
	struct task_struct *thread;
} loaders[ENDS];

static unsigned int good, again, bad;
module_param(good, uint, 0444);
MODULE_PARM_DESC(good, "calls of the load with the right answer");
module_param(again, uint, 0444);
MODULE_PARM_DESC(again, "calls that were aborted");
module_param(bad, uint, 0444);
MODULE_PARM_DESC(bad, "calls with a wrong answer or result");

static void note(struct caller *c, int err)
{
	if (!err) {
		WRITE_ONCE(good, good + 1);
		return;
	}
	if (err == -EAGAIN) {
		WRITE_ONCE(again, again + 1);
	} else {
		WRITE_ONCE(bad, bad + 1);
		pr_err_ratelimited("vrpc-test: call %u: error %d\n", c->number, err);
	}
	begin_epoch(c);
	usleep_range(1000, 2000);
}

static int load(void *data)
{
	struct caller *c = data;

	begin_epoch(c);
	while (!kthread_should_stop()) {
		note(c, call_echo(c, any_payload(c), 0));
		if (!(c->number % PAUSE_EACH))
			usleep_range(1000, 2000);
	}
	return 0;
}

static int start_one(struct loader *l, const char *name)
{
	l->caller.vrpc = vrpc_client_lookup(name, NULL);
	if (!l->caller.vrpc)
		return -ENODEV;
	if (vrpc_client_open(l->caller.vrpc, NULL, NULL))
		return -EINTR;
	l->thread = kthread_run(load, &l->caller, "vrpc-load");
	return PTR_ERR_OR_ZERO(l->thread);
}

int load_start(void)
{
	int err = 0;

	for (unsigned int i = 0; i < ENDS && !err; i++)
		err = start_one(&loaders[i], names[i]);
	if (err)
		load_stop();
	return err;
}

void load_stop(void)
{
	for (unsigned int i = 0; i < ENDS; i++) {
		struct loader *l = &loaders[i];

		if (!IS_ERR_OR_NULL(l->thread))
			kthread_stop(l->thread);
		l->thread = NULL;
		if (!l->caller.vrpc)
			continue;
		vrpc_close(l->caller.vrpc);
		vrpc_release(l->caller.vrpc);
		l->caller.vrpc = NULL;
	}
}
