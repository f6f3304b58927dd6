// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-clk-ctrl-fe: a back-end that has come back knows nothing of this front-end. It is told of parents and rates, from the
 * root of the clocks' tree on, as a rate is one of the parent's; then what is prepared; then what is enabled, of clocks that
 * have the fast endpoint.
 */
#include <linux/kernel.h>
#include <linux/ratelimit.h>
#include "fe.h"

#define LEVELS 16 /* parents that are farther up are not looked at */

static const struct vclk *parent_of(const struct vclk *c)
{
	u64 index = c->set[0].value[0];
	const struct vclk *p;

	if (index >= c->nr_parents)
		return NULL;
	list_for_each_entry(p, &vclk_all, listed)
		if (vclk_id_same(&p->id, &c->parents[index]))
			return p;
	return NULL;
}

static unsigned int level_of(const struct vclk *c)
{
	unsigned int level = 0;

	while (level < LEVELS - 1 && (c = parent_of(c)))
		level++;
	return level;
}

/* What one clock is refused is no reason to tell nothing of the others. */
static int tell(struct vclk *c, enum vclk_command command, u64 value, u64 second)
{
	struct vclk_answer a;
	int err = vclk_exchange(c->end, c, command, value, second, &a);

	if (!err && a.result)
		pr_warn_ratelimited("vclk: %s: not as it was: error %d\n", c->id.provider,
				    vclk_result(&a));
	return err;
}

static int tell_all(struct vclk *c)
{
	int err = 0;

	for (int i = 0; !err && i < VCLK_SETTINGS; i++) {
		const struct vclk_setting *s = &c->set[i];

		if (s->made || (s->found && c->prepared))
			err = tell(c, VCLK_SET_PARENT + i, s->value[0], s->value[1]);
	}
	if (!err && c->prepared)
		err = tell(c, VCLK_PREPARE, !c->fast, 0);
	return err;
}

/* A disable of others meanwhile is sent behind this, or this is not sent. */
static int enable_again(struct vclk *c)
{
	unsigned long flags;
	int err;

	spin_lock_irqsave(&vclk_atomic, flags);
	err = c->enabled ? vclk_switch(c, VCLK_ENABLE) : 0;
	spin_unlock_irqrestore(&vclk_atomic, flags);
	return err;
}

/*
 * The two links come up in any order, and both ask for this: a clock that is not prepared yet is refused, and the other link's
 * up() has it enabled.
 */
static int enable_all(const struct vcall_end *end, const struct vcall_end *fast)
{
	struct vclk *c;
	int err = 0;

	list_for_each_entry(c, &vclk_all, listed) {
		if (!c->fast || (c->end != end && c->fast != fast) || !vcall_is_up(c->fast))
			continue;
		err = enable_again(c);
		if (err && err != -EINVAL)
			return err;
	}
	return 0;
}

static int tell_level(const struct vcall_end *end, unsigned int level)
{
	struct vclk *c;
	int err;

	list_for_each_entry(c, &vclk_all, listed) {
		err = c->end == end && level_of(c) == level ? tell_all(c) : 0;
		if (err)
			return err;
	}
	return 0;
}

int vclk_replay(struct vcall_end *end)
{
	int err = 0;

	mutex_lock(&vclk_lock);
	for (unsigned int level = 0; !err && level < LEVELS; level++)
		err = tell_level(end, level);
	err = err ?: enable_all(end, NULL);
	mutex_unlock(&vclk_lock);
	return err;
}

int vclk_replay_fast(struct vcall_end *fast)
{
	int err;

	mutex_lock(&vclk_lock);
	err = enable_all(NULL, fast);
	mutex_unlock(&vclk_lock);
	return err;
}
