/* SPDX-License-Identifier: Apache-2.0 */
/* The spinlock for host tests with threads; -include it, so that the others stay out. */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include <sched.h>

#include "lib/types.h"

typedef struct {
	u16 next;
	u16 owner;
} spinlock_t;

static inline void spin_lock(spinlock_t *lock)
{
	u16 ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket)
		sched_yield();
}

static inline void spin_unlock(spinlock_t *lock)
{
	__atomic_store_n(&lock->owner, (u16)(lock->owner + 1), __ATOMIC_RELEASE);
}

#endif
