// SPDX-License-Identifier: Apache-2.0
/* The scheduler's decisions; see sched.h. */
#include "core/sched/sched.h"

static void to_end_of_line(struct sched *s, struct sched_entity *e)
{
	e->place = ++s->places;
	e->left = e->slice;
}

void sched_add(struct sched *s, u32 vm, struct sched_entity *e, u64 now)
{
	s->entity[vm] = e;
	if (!e->budget)
		return;
	s->limited |= 1U << vm;
	if (!e->refill_at) {
		e->budget_left = (s64)e->budget;
		e->refill_at = now + e->period;
	}
	if (e->budget_left <= 0)
		s->spent |= 1U << vm;
}

void sched_remove(struct sched *s, u32 vm)
{
	u32 keep = ~(1U << vm);

	s->ready &= keep;
	s->limited &= keep;
	s->spent &= keep;
	s->barred &= keep;
	s->entity[vm] = NULL;
	if (s->running == vm)
		s->running = 0;
}

void sched_wake(struct sched *s, u32 vm)
{
	to_end_of_line(s, s->entity[vm]);
	s->entity[vm]->waits_since = s->since;
	s->ready |= 1U << vm;
}

void sched_sleep(struct sched *s, u32 vm)
{
	s->ready &= ~(1U << vm);
}

void sched_yield_turn(struct sched *s, u32 vm)
{
	to_end_of_line(s, s->entity[vm]);
}

/* Who ran over its budget owes that to the next period; what was left is not kept. */
static void begin_periods(struct sched *s, u64 now)
{
	for (u32 m = s->limited; m; m &= m - 1) {
		u32 vm = (u32)__builtin_ctz(m);
		struct sched_entity *e = s->entity[vm];

		if (now < e->refill_at)
			continue;
		e->budget_left = MIN(e->budget_left, 0) + (s64)e->budget;
		e->refill_at += ((now - e->refill_at) / e->period + 1) * e->period;
		if (e->budget_left > 0)
			s->spent &= ~(1U << vm);
	}
}

void sched_charge(struct sched *s, u32 vm, u64 now)
{
	struct sched_entity *e = s->entity[vm];
	u64 ran = now - s->since;

	s->since = now;
	e->waits_since = now;
	if (e->left > ran)
		e->left -= ran;
	else
		to_end_of_line(s, e);
	if (!e->budget)
		return;
	e->budget_left -= (s64)ran;
	if (e->budget_left <= 0)
		s->spent |= 1U << vm;
}

void sched_account(struct sched *s, u64 now)
{
	if (s->running)
		sched_charge(s, s->running, now);
	s->since = now;
	if (s->limited)
		begin_periods(s, now);
}

/* The window that now is in, or NULL. */
static const struct sched_window *window_at(struct sched *s, u64 now)
{
	const struct sched_table *t = s->table;
	u64 at = now - s->frame_start;

	if (at >= t->frame) {
		s->frame_start += at / t->frame * t->frame;
		at = now - s->frame_start;
	}
	for (u32 i = 0; i < t->nr_windows; i++)
		if (at >= t->window[i].start && at < t->window[i].end)
			return &t->window[i];
	return NULL;
}

/* Of these, who may run in the window; those that it was made for come before others. */
static u32 in_window(struct sched *s, u64 now, u32 may)
{
	const struct sched_window *w = window_at(s, now);
	u32 own = w ? may & w->vms : 0;

	if (!w || own)
		return own;
	return w->others ? may : 0;
}

u32 sched_pick(struct sched *s, u64 now)
{
	u32 may = s->ready & ~s->spent & ~s->barred, best;
	const struct sched_entity *e;

	if (unlikely(s->table))
		may = in_window(s, now, may);
	s->turns = false;
	s->running = 0;
	if (!may)
		return 0;
	best = (u32)__builtin_ctz(may);
	e = s->entity[best];
	while (may &= may - 1) {
		u32 vm = (u32)__builtin_ctz(may);
		const struct sched_entity *other = s->entity[vm];

		if (other->priority < e->priority)
			continue;
		s->turns = other->priority == e->priority;
		if (s->turns && other->place > e->place)
			continue;
		best = vm;
		e = other;
	}
	s->running = best;
	return best;
}

/* The window's end, or the start of the next one. */
static u64 next_boundary(const struct sched *s, u64 now)
{
	const struct sched_table *t = s->table;
	u64 at = now - s->frame_start, next = t->frame;

	for (u32 i = 0; i < t->nr_windows; i++) {
		if (t->window[i].start > at)
			next = MIN(next, t->window[i].start);
		if (t->window[i].end > at)
			next = MIN(next, t->window[i].end);
	}
	return s->frame_start + next;
}

u64 sched_next(const struct sched *s, u64 now)
{
	u64 next = unlikely(s->table) ? next_boundary(s, now) : SCHED_NEVER;

	if (s->running) {
		const struct sched_entity *e = s->entity[s->running];

		if (s->turns)
			next = MIN(next, now + e->left);
		if (e->budget)
			next = MIN(next, MIN(now + (u64)e->budget_left, e->refill_at));
	}
	for (u32 m = s->spent & s->ready & ~s->barred; m; m &= m - 1)
		next = MIN(next, s->entity[__builtin_ctz(m)]->refill_at);
	return next;
}

bool sched_gains(const struct sched_entity *e, u32 here, u32 there, u64 now)
{
	u32 own = sched_level(e);

	return there < own || (there == own && here > own && now - e->waits_since >= e->slice);
}
