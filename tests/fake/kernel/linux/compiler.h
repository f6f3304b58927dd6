/* SPDX-License-Identifier: Apache-2.0 */
/* What is read or written once, as something that sanitizers know to be meant so. */
#ifndef FAKE_KERNEL_COMPILER_H
#define FAKE_KERNEL_COMPILER_H

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, value) __atomic_store_n(&(x), value, __ATOMIC_RELAXED)

#define barrier() __asm__ volatile("" ::: "memory")
#define __printf(text, args) __attribute__((format(printf, text, args)))

#endif
