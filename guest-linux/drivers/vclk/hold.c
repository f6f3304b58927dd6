// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-clk-ctrl-be: what of a clock is prepared and enabled here, for the front-end and by this VM itself, and what becomes of it
 * in this VM's sleep. A front-end counts for itself; of it there is one at the most of each here, so that it can be given
 * back.
 */
#include <linux/clk.h>
#include <linux/of_clk.h>
#include <linux/suspend.h>
#include "be.h"

int vclk_attach(struct vclk_clock *c)
{
	struct clk *clk;

	if (c->clk)
		return 0;
	clk = of_clk_get_from_provider(&c->args);
	if (IS_ERR(clk))
		return PTR_ERR(clk) == -EPROBE_DEFER ? -EAGAIN : PTR_ERR(clk);
	c->clk = clk;
	return 0;
}

void vclk_detach(struct vclk_clock *c)
{
	clk_put(c->clk);
	c->clk = NULL;
}

/* A clock that is not prepared must not be enabled. */
static int switch_locked(struct vclk_clock *c, bool on)
{
	int err = 0;

	if (on == c->enabled)
		return 0;
	if (on)
		err = c->prepared ? clk_enable(c->clk) : -EINVAL;
	else
		clk_disable(c->clk);
	if (!err)
		c->enabled = on;
	return err;
}

int vclk_switch(struct vclk_export *x, struct vclk_clock *c, bool on)
{
	unsigned long flags;
	int err;

	spin_lock_irqsave(&x->atomic, flags);
	err = switch_locked(c, on);
	spin_unlock_irqrestore(&x->atomic, flags);
	return err;
}

static void set_prepared(struct vclk_export *x, struct vclk_clock *c, bool prepared)
{
	spin_lock_irq(&x->atomic);
	if (!prepared)
		switch_locked(c, false);
	c->prepared = prepared;
	spin_unlock_irq(&x->atomic);
}

int vclk_hold(struct vclk_export *x, struct vclk_clock *c, bool enable)
{
	int err = c->prepared ? 0 : clk_prepare(c->clk);

	if (err)
		return err;
	c->slept = false;
	set_prepared(x, c, true);
	err = enable ? vclk_switch(x, c, true) : 0;
	if (err)
		vclk_let_go(x, c);
	return err;
}

void vclk_let_go(struct vclk_export *x, struct vclk_clock *c)
{
	c->slept = false;
	if (!c->prepared)
		return;
	set_prepared(x, c, false);
	clk_unprepare(c->clk);
}

int vclk_own(struct vclk_clock *c)
{
	int err = c->own ? 0 : vclk_attach(c);

	err = err || c->own ? err : clk_prepare_enable(c->clk);
	if (!err)
		c->own = true;
	return err;
}

void vclk_disown(struct vclk_clock *c)
{
	if (!c->own)
		return;
	clk_disable_unprepare(c->clk);
	c->own = false;
}

static void suspend(struct vclk_export *x, struct vclk_clock *c)
{
	bool prepared = c->prepared, enabled = READ_ONCE(c->enabled);

	if (!c->s2r_suspend)
		return;
	vclk_disown(c);
	vclk_let_go(x, c);
	c->slept = prepared;
	c->slept_enabled = enabled;
}

/* What the front-end had is its own again, to be given back by it. */
static void resume(struct vclk_export *x, struct vclk_clock *c)
{
	int err;

	if (!c->s2r_resume)
		return;
	if (c->slept)
		err = vclk_hold(x, c, c->slept_enabled);
	else
		err = c->prepared ? 0 : vclk_own(c);
	if (err)
		pr_err("vclk: vm%u: %s: cannot be on: error %d\n", x->vm, c->id.provider, err);
}

static void for_all(void (*act)(struct vclk_export *x, struct vclk_clock *c))
{
	struct vclk_export *x;
	struct vclk_clock *c;

	list_for_each_entry(x, &vclk_exports, entry) {
		mutex_lock(&x->lock);
		list_for_each_entry(c, &x->clocks, entry)
			if (x->used)
				act(x, c);
		mutex_unlock(&x->lock);
	}
}

/* Before devices sleep and after they are awake, so that providers do what they are asked for. */
static int on_sleep(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == PM_SUSPEND_PREPARE || event == PM_HIBERNATION_PREPARE)
		for_all(suspend);
	else if (event == PM_POST_SUSPEND || event == PM_POST_HIBERNATION)
		for_all(resume);
	return NOTIFY_DONE;
}

static struct notifier_block sleep_nb = {.notifier_call = on_sleep};

int vclk_sleep_register(void)
{
	return register_pm_notifier(&sleep_nb);
}

void vclk_sleep_unregister(void)
{
	unregister_pm_notifier(&sleep_nb);
}
