// SPDX-License-Identifier: GPL-2.0-only
/* vlx-clk-ctrl-fe: what the back-end is asked, and the notes of what it was asked for. */
#include <linux/minmax.h>
#include <linux/module.h>
#include "fe.h"

static unsigned int fast_ms = 100;
module_param(fast_ms, uint, 0644);
MODULE_PARM_DESC(fast_ms, "milliseconds that enable and disable look for an answer, 1 to 1000");

DEFINE_MUTEX(vclk_lock);
LIST_HEAD(vclk_all);
DEFINE_SPINLOCK(vclk_atomic);

static struct vclk_request request_of(const struct vclk *c, enum vclk_command command, u64 value,
				      u64 second)
{
	struct vclk_request r = {
		.command = command,
		.clock = c->id,
		.value = {value, second},
	};

	if (command == VCLK_SET_PARENT)
		r.other = c->parents[value];
	return r;
}

int vclk_exchange(struct vcall_end *end, struct vclk *c, enum vclk_command command, u64 value,
		  u64 second, struct vclk_answer *a)
{
	struct vclk_request r = request_of(c, command, value, second);

	return vcall(end, &r, sizeof(r), a, sizeof(*a));
}

/* A back-end may not give callers errors that mean something else to them, or to Linux. */
int vclk_result(const struct vclk_answer *a)
{
	switch (a->result) {
	case 0:
	case -EPERM:
	case -ENOENT:
	case -EAGAIN:
	case -EBUSY:
	case -EINVAL:
		return a->result;
	default:
		return -EREMOTEIO;
	}
}

int vclk_ask(struct vclk *c, enum vclk_command command, u64 value, u64 second,
	     struct vclk_answer *a)
{
	int err = vclk_exchange(c->end, c, command, value, second, a);

	return err ?: vclk_result(a);
}

static struct vclk_setting note(struct vclk *c, enum vclk_command command, struct vclk_setting new)
{
	struct vclk_setting *s = &c->set[command - VCLK_SET_PARENT], old;

	mutex_lock(&vclk_lock);
	old = *s;
	*s = new;
	mutex_unlock(&vclk_lock);
	return old;
}

/* Noted first: a back-end that comes back meanwhile is told the same twice, and not nothing. */
int vclk_set(struct vclk *c, enum vclk_command command, u64 value, u64 second)
{
	const struct vclk_setting new = {.made = true, .value = {value, second}};
	struct vclk_setting old = note(c, command, new);
	struct vclk_answer a;
	int err = vclk_ask(c, command, value, second, &a);

	if (err)
		note(c, command, old);
	return err;
}

int vclk_switch(struct vclk *c, enum vclk_command command)
{
	struct vclk_request r = request_of(c, command, 0, 0);
	struct vclk_answer a;
	int err = vcall_busy(c->fast, &r, sizeof(r), &a, sizeof(a), clamp(fast_ms, 1U, 1000U));

	return err ?: vclk_result(&a);
}
