// SPDX-License-Identifier: GPL-2.0-only
/*
 * VCLK(4D): clocks of this VM that others may use, as any consumer here does. A front-end's calls are a thread's, but for
 * enable and disable of clocks with `vl,use-fast-rpc`, which the interrupt of a second endpoint does.
 */
#include <linux/clk.h>
#include <linux/module.h>
#include <vlx/vcall.h>
#include "be.h"

static bool enable_all;
module_param(enable_all, bool, 0444);
MODULE_PARM_DESC(enable_all, "all exported clocks are on from the start");

/* A request was copied, and its clock found; its answer's result is what this returns. */
typedef int (*handler_t)(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
			 struct vclk_answer *a);

static int number(struct vclk_answer *a, long value)
{
	if (value < 0)
		return value;
	a->value = value;
	return 0;
}

static int do_find(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
		   struct vclk_answer *a)
{
	a->value = c->fast && x->has_fast ? VCLK_FAST : 0;
	return 0;
}

static bool is_possible(struct vclk_clock *c, struct vclk_clock *parent)
{
	return c != parent && !vclk_attach(parent) && clk_has_parent(c->clk, parent->clk);
}

static int do_parent(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
		     struct vclk_answer *a)
{
	struct vclk_clock *parent;
	u64 nr = 0;

	list_for_each_entry(parent, &x->clocks, entry) {
		if (!is_possible(c, parent) || nr++ != r->value[0])
			continue;
		a->clock = parent->id;
		return 0;
	}
	return -ENOENT;
}

static int do_get_parent(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
			 struct vclk_answer *a)
{
	struct clk *clk = clk_get_parent(c->clk);
	struct vclk_clock *parent;

	list_for_each_entry(parent, &x->clocks, entry) {
		if (!clk || vclk_attach(parent) || !clk_is_match(clk, parent->clk))
			continue;
		a->clock = parent->id;
		return 0;
	}
	return -ENOENT;
}

static int do_prepare(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
		      struct vclk_answer *a)
{
	return vclk_hold(x, c, r->value[0]);
}

static int do_unprepare(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
			struct vclk_answer *a)
{
	vclk_let_go(x, c);
	return 0;
}

static int do_get_rate(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
		       struct vclk_answer *a)
{
	a->value = clk_get_rate(c->clk);
	return 0;
}

static int do_round_rate(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
			 struct vclk_answer *a)
{
	return number(a, clk_round_rate(c->clk, r->value[0]));
}

static int do_get_accuracy(struct vclk_export *x, struct vclk_clock *c,
			   const struct vclk_request *r, struct vclk_answer *a)
{
	return number(a, clk_get_accuracy(c->clk));
}

static int do_get_phase(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
			struct vclk_answer *a)
{
	return number(a, clk_get_phase(c->clk));
}

static int do_get_duty(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
		       struct vclk_answer *a)
{
	return number(a, clk_get_scaled_duty_cycle(c->clk, VCLK_DUTY_SCALE));
}

static int do_set_parent(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
			 struct vclk_answer *a)
{
	struct vclk_clock *parent;

	if (!vclk_id_ok(&r->other))
		return -EINVAL;
	parent = vclk_find(x, &r->other);
	if (!parent || !is_possible(c, parent))
		return -EPERM;
	return clk_set_parent(c->clk, parent->clk);
}

static int do_set_rate(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
		       struct vclk_answer *a)
{
	return clk_set_rate(c->clk, r->value[0]);
}

static int do_set_phase(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
			struct vclk_answer *a)
{
	return r->value[0] < 360 ? clk_set_phase(c->clk, r->value[0]) : -EINVAL;
}

static int do_set_duty(struct vclk_export *x, struct vclk_clock *c, const struct vclk_request *r,
		       struct vclk_answer *a)
{
	if (r->value[0] > r->value[1] || r->value[1] > UINT_MAX)
		return -EINVAL;
	return clk_set_duty_cycle(c->clk, r->value[0], r->value[1]);
}

static const handler_t handlers[VCLK_COMMANDS] = {
	[VCLK_FIND] = do_find,
	[VCLK_PARENT] = do_parent,
	[VCLK_GET_PARENT] = do_get_parent,
	[VCLK_PREPARE] = do_prepare,
	[VCLK_UNPREPARE] = do_unprepare,
	[VCLK_GET_RATE] = do_get_rate,
	[VCLK_ROUND_RATE] = do_round_rate,
	[VCLK_GET_ACCURACY] = do_get_accuracy,
	[VCLK_GET_PHASE] = do_get_phase,
	[VCLK_GET_DUTY] = do_get_duty,
	[VCLK_SET_PARENT] = do_set_parent,
	[VCLK_SET_RATE] = do_set_rate,
	[VCLK_SET_PHASE] = do_set_phase,
	[VCLK_SET_DUTY] = do_set_duty,
};

static int serve(struct vclk_export *x, const struct vclk_request *r, struct vclk_answer *a)
{
	struct vclk_clock *c;
	int err;

	if (r->command >= VCLK_COMMANDS || !handlers[r->command] || !vclk_id_ok(&r->clock))
		return -EINVAL;
	c = vclk_find(x, &r->clock);
	if (!c)
		return -EPERM;
	mutex_lock(&x->lock);
	err = vclk_attach(c) ?: handlers[r->command](x, c, r, a);
	mutex_unlock(&x->lock);
	return err;
}

static int serve_fast(struct vclk_export *x, const struct vclk_request *r, struct vclk_answer *a)
{
	struct vclk_clock *c;

	if ((r->command != VCLK_ENABLE && r->command != VCLK_DISABLE) || !vclk_id_ok(&r->clock))
		return -EINVAL;
	c = vclk_find(x, &r->clock);
	if (!c || !c->fast)
		return -EPERM;
	return vclk_switch(x, c, r->command == VCLK_ENABLE);
}

static vrpc_size_t answer(struct vcall_end *end, vrpc_size_t size,
			  int (*serve)(struct vclk_export *x, const struct vclk_request *r,
				       struct vclk_answer *a))
{
	struct vclk_answer answer = {.result = -EINVAL};
	struct vclk_request request;

	if (size == sizeof(request)) {
		memcpy(&request, vrpc_data(end->vrpc), sizeof(request));
		answer.result = serve(end->private, &request, &answer);
	}
	memcpy(vrpc_data(end->vrpc), &answer, sizeof(answer));
	return sizeof(answer);
}

static vrpc_size_t call(void *end, vrpc_size_t size)
{
	return answer(end, size, serve);
}

static vrpc_size_t call_fast(void *end, vrpc_size_t size)
{
	return answer(end, size, serve_fast);
}

/* A front-end that has gone has nothing prepared or enabled. */
static void gone(struct vcall_end *end)
{
	struct vclk_export *x = end->private;
	struct vclk_clock *c;

	mutex_lock(&x->lock);
	list_for_each_entry(c, &x->clocks, entry)
		vclk_let_go(x, c);
	mutex_unlock(&x->lock);
}

/* One that cannot be on is said, and the others are. */
static void begin(struct vclk_export *x)
{
	struct vclk_clock *c;
	int err;

	mutex_lock(&x->lock);
	x->used = true;
	list_for_each_entry(c, &x->clocks, entry) {
		err = c->force || enable_all ? vclk_own(c) : 0;
		if (err)
			pr_err("vclk: vm%u: %s: cannot be on: error %d\n", x->vm, c->id.provider,
			       err);
	}
	mutex_unlock(&x->lock);
}

static int probe(struct vcall_end *end)
{
	struct vclk_export *x = vclk_export_of(vrpc_peer_id(end->vrpc));

	if (!x || x->used)
		return x ? -EBUSY : -ENODEV;
	end->private = x;
	begin(x);
	return 0;
}

static void remove(struct vcall_end *end)
{
	struct vclk_export *x = end->private;
	struct vclk_clock *c;

	gone(end);
	mutex_lock(&x->lock);
	x->used = false;
	list_for_each_entry(c, &x->clocks, entry) {
		vclk_disown(c);
		vclk_detach(c);
	}
	mutex_unlock(&x->lock);
}

static int probe_fast(struct vcall_end *end)
{
	struct vclk_export *x = vclk_export_of(vrpc_peer_id(end->vrpc));

	if (!x || x->has_fast)
		return x ? -EBUSY : -ENODEV;
	end->private = x;
	x->has_fast = true;
	return 0;
}

static void remove_fast(struct vcall_end *end)
{
	struct vclk_export *x = end->private;

	x->has_fast = false;
}

static struct vcall_family family = {
	.name = VCLK_NAME,
	.server = true,
	.room = sizeof(struct vclk_request),
	.probe = probe,
	.remove = remove,
	.down = gone,
	.call = call,
};

static struct vcall_family fast = {
	.name = VCLK_FAST_NAME,
	.server = true,
	.direct = true,
	.room = sizeof(struct vclk_request),
	.probe = probe_fast,
	.remove = remove_fast,
	.call = call_fast,
};

/* The fast endpoints are there when the others tell of them; and they go after all was given back. */
static int open_all(void)
{
	int err = vcall_open(&fast);

	if (err)
		return err;
	err = vcall_open(&family);
	if (err)
		vcall_close(&fast);
	return err;
}

static int __init vclk_be_init(void)
{
	int err = vclk_exports_read();

	if (err)
		return err;
	err = open_all();
	if (err)
		goto free;
	err = vclk_sleep_register();
	if (!err)
		return 0;
	vcall_close(&family);
	vcall_close(&fast);
free:
	vclk_exports_free();
	return err;
}

static void __exit vclk_be_exit(void)
{
	vclk_sleep_unregister();
	vcall_close(&family);
	vcall_close(&fast);
	vclk_exports_free();
}

module_init(vclk_be_init);
module_exit(vclk_be_exit);
MODULE_DESCRIPTION("Clocks of this VM for others");
MODULE_LICENSE("GPL");
