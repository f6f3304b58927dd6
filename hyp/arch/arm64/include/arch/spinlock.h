/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ticket spinlock: fair, so a guest that traps in a tight loop cannot starve another CPU.
 * EL2 runs with interrupts masked, so no irqsave variants exist.
 */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include "arch/lock_check.h"
#include "lib/types.h"

typedef struct {
	u16 next;
	u16 owner;
	struct lock_check check;
} spinlock_t;

/* A free lock of that class, as an initialiser; and one in memory that was zeroed. */
#define SPINLOCK(class) ((spinlock_t){.check = {LOCK_CHECK(class)}})

static inline void spin_init(spinlock_t *lock, enum lock_class class)
{
	lock_check_init(&lock->check, class);
}

/* Takes the lock; spins in WFE until it is this CPU's turn. Acquire semantics. */
static inline void spin_lock(spinlock_t *lock) __acquires(lock)
{
	u16 ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
	u16 owner;

	__acquire(lock);
	lock_check_take(&lock->check);
	if (likely(__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) == ticket))
		return;
	for (;;) {
		/* The exclusive load arms the monitor: the owner's store wakes the WFE (Arm ARM B2.9.1). */
		__asm__ volatile("ldaxrh %w0, %1" : "=r"(owner) : "Q"(lock->owner) : "memory");
		if (owner == ticket)
			return;
		__asm__ volatile("wfe" ::: "memory");
	}
}

/* Releases a lock this CPU holds. Release semantics; its store wakes waiters. */
static inline void spin_unlock(spinlock_t *lock) __releases(lock)
{
	__release(lock);
	lock_check_release(&lock->check);
	__atomic_store_n(&lock->owner, (u16)(lock->owner + 1), __ATOMIC_RELEASE);
}

#endif
