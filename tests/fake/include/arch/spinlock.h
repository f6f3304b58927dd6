/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock for one thread or many. As the real one it is free when it is zero, and fair. It ends the
 * program when a thread takes what it has, or releases what it has not, and when one is still taken
 * at the program's end.
 */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include "lib/types.h"

typedef struct {
	u8 next;
	u8 owner;
	u16 thread; /* that has it, see fake_holds() */
} spinlock_t;

/* The order of locks is not looked at here: test_locks.py does. */
#define SPINLOCK(class) ((spinlock_t){0})
#define spin_init(lock, class) ((void)(lock))

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

#endif
