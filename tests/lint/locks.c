// SPDX-License-Identifier: Apache-2.0
/* What `make lint-sparse` must find: each line with a comment, and no other. See test_layers.py. */
#include "arch/spinlock.h"

struct counter {
	spinlock_t lock;
	u32 n;
};

static inline void add(struct counter *c) __must_hold(&c->lock)
{
	c->n++;
}

static void add_two(struct counter *c) __must_hold(&c->lock)
{
	add(c);
	add(c);
}

static void take(struct counter *c) __acquires(&c->lock)
{
	spin_lock(&c->lock);
}

static void give_back(struct counter *c) __releases(&c->lock)
{
	spin_unlock(&c->lock);
}

void right(struct counter *c)
{
	take(c);
	add(c);
	add_two(c);
	give_back(c);
}

void right_alone(struct counter *c)
{
	__acquire(&c->lock);
	add_two(c);
	__release(&c->lock);
}

void not_held(struct counter *c)
{
	add_two(c); /* context check failure */
}

void not_held_inline(struct counter *c)
{
	add(c); /* context check failure */
}

void not_held_any_more(struct counter *c)
{
	take(c);
	give_back(c);
	add_two(c); /* context check failure */
}

void not_held_by_pointer(struct counter *c, void (*fn)(struct counter *c) __must_hold(&c->lock))
{
	fn(c); /* context check failure */
}

void kept(struct counter *c) /* context imbalance */
{
	spin_lock(&c->lock);
}

void kept_at_times(struct counter *c) /* context imbalance */
{
	take(c);
	if (c->n)
		return;
	give_back(c);
}

void not_taken(struct counter *c) /* context imbalance */
{
	spin_unlock(&c->lock);
}

static void says_too_much(struct counter *c) __acquires(&c->lock) /* context imbalance */
{
	c->n++;
}

static void gives_back(struct counter *c) __must_hold(&c->lock) /* context imbalance */
{
	spin_unlock(&c->lock);
}
