/* SPDX-License-Identifier: Apache-2.0 */
/* Integer and address types, and the macros that everything uses. */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int32_t s32;
typedef int64_t s64;

/* Physical address; guest (intermediate) physical address. */
typedef u64 paddr_t;
typedef u64 ipa_t;

#define KIB(n) ((u64)(n) << 10)
#define MIB(n) ((u64)(n) << 20)
#define GIB(n) ((u64)(n) << 30)

#define PAGE_SHIFT 12
#define PAGE_SIZE KIB(4)
#define BLOCK_SIZE MIB(2) /* stage-2 level 2 block with the 4 KiB granule */

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* clang-format off */
#define ALIGN_DOWN(x, a) ((x) & ~((typeof(x))(a) - 1))
#define ALIGN_UP(x, a) ALIGN_DOWN((x) + (typeof(x))(a) - 1, a)
#define IS_ALIGNED(x, a) (((x) & ((typeof(x))(a) - 1)) == 0)
/* Each argument is evaluated once. */
#define MIN(a, b)                                                                                  \
	({                                                                                         \
		__typeof__((a) + (b)) min_a = (a), min_b = (b);                                    \
		min_a < min_b ? min_a : min_b;                                                     \
	})
#define MAX(a, b)                                                                                  \
	({                                                                                         \
		__typeof__((a) + (b)) max_a = (a), max_b = (b);                                    \
		max_a > max_b ? max_a : max_b;                                                     \
	})
#define BIT(n) ((u64)1 << (n))
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
/* clang-format on */

#define __printf_like(f, a) __attribute__((format(printf, f, a)))
/* Seldom called: for size, in a file that is compiled for speed. */
#define __cold __attribute__((cold))
#define __noreturn __attribute__((noreturn))
#define __packed __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
/*
 * What sparse is told of locks (`make lint-sparse`), at a function's prototype and at its definition: it is
 * called with the lock held, returns with it held, or gives it back. __acquire() and __release() say so
 * where no lock is needed, as nobody else is there. Locks are counted, and not told apart.
 */
#ifdef __CHECKER__
#define __must_hold(lock) __attribute__((context(lock, LINT_HELD, 1)))
#define __acquires(lock) __attribute__((context(lock, 0, 1)))
#define __releases(lock) __attribute__((context(lock, 1, 0)))
#define __acquire(lock) __context__(lock, 1)
#define __release(lock) __context__(lock, -1)
#else
#define __must_hold(lock)
#define __acquires(lock)
#define __releases(lock)
#define __acquire(lock) ((void)0)
#define __release(lock) ((void)0)
#endif
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))

/* How many bits are set. The compiler's own goes through SIMD registers, which are a guest's. */
static inline u32 popcount32(u32 v)
{
	v -= v >> 1 & 0x55555555;
	v = (v & 0x33333333) + (v >> 2 & 0x33333333);
	v = (v + (v >> 4)) & 0x0f0f0f0f;
	return v * 0x01010101 >> 24;
}

#endif
