/* SPDX-License-Identifier: Apache-2.0 */
/* What a spinlock has for the check of lib/locks.h, and who looks: lock_check.c. */
#ifndef ARCH_LOCK_CHECK_H
#define ARCH_LOCK_CHECK_H

#include "lib/locks.h"
#include "lib/types.h"

struct lock_check {
	u32 class; /* enum lock_class */
};

#define LOCK_CHECK(name) .class = (name)

static inline void lock_check_init(struct lock_check *check, enum lock_class class)
{
	check->class = class;
}

/* This CPU takes the lock, or gives it back: a panic if it must not. Context: any. */
void lock_check_take(const struct lock_check *check);
void lock_check_release(const struct lock_check *check);

/* A panic if this CPU holds a lock. before: what it must not do then. Context: any. */
void lock_check_none(const char *before);

#endif
