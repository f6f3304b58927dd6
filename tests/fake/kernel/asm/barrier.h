/* SPDX-License-Identifier: Apache-2.0 */
/* Barriers between threads of the host. */
#ifndef FAKE_KERNEL_BARRIER_H
#define FAKE_KERNEL_BARRIER_H

/* As the kernel's, for the compiler's and ThreadSanitizer's eyes. */
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, value) __atomic_store_n(p, value, __ATOMIC_RELEASE)

/* ThreadSanitizer does not know fences; an exchange is one on all hosts that QEMU's tests run on. */
static inline void smp_mb(void)
{
	int word = 0;

	__atomic_exchange_n(&word, 1, __ATOMIC_SEQ_CST);
}

#endif
