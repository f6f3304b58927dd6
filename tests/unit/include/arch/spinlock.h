/* SPDX-License-Identifier: Apache-2.0 */
/* On the host one thread runs: a lock only checks that it is taken and released in turn. */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include <assert.h>

#include "lib/types.h"

typedef struct {
	u16 next;
	u16 owner;
} spinlock_t;

static inline void spin_lock(spinlock_t *lock)
{
	assert(lock->next == lock->owner);
	lock->next++;
}

static inline void spin_unlock(spinlock_t *lock)
{
	assert((u16)(lock->owner + 1) == lock->next);
	lock->owner++;
}

#endif
