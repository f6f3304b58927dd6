// SPDX-License-Identifier: Apache-2.0
#include "fake/fake.h"

#include <assert.h>
#include <sched.h>

static u32 nr_threads; /* that took a lock; atomic */
static s32 nr_taken; /* locks; atomic */

static u16 this_thread(void)
{
	static __thread u16 number;

	if (!number)
		number = (u16)__atomic_add_fetch(&nr_threads, 1, __ATOMIC_RELAXED);
	assert(number);
	return number;
}

bool fake_holds(const spinlock_t *lock)
{
	return __atomic_load_n(&lock->thread, __ATOMIC_RELAXED) == this_thread();
}

void spin_lock(spinlock_t *lock)
{
	u8 ticket;

	assert(!fake_holds(lock));
	ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket)
		sched_yield();
	assert(!lock->thread);
	__atomic_store_n(&lock->thread, this_thread(), __ATOMIC_RELAXED);
	__atomic_fetch_add(&nr_taken, 1, __ATOMIC_RELAXED);
}

void spin_unlock(spinlock_t *lock)
{
	assert(fake_holds(lock));
	__atomic_fetch_sub(&nr_taken, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&lock->thread, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&lock->owner, (u8)(lock->owner + 1), __ATOMIC_RELEASE);
}

static void __attribute__((destructor)) all_are_free(void)
{
	assert(!nr_taken);
}
