// SPDX-License-Identifier: GPL-2.0-only
/*
 * Atomic operations on words that VMs share. They order what is before and behind them, as drivers
 * use them in place of locks.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include "core.h"

static atomic_t *word(volatile nku32_f *ptr)
{
	BUILD_BUG_ON(sizeof(atomic_t) != sizeof(*ptr));
	return (atomic_t *)ptr;
}

nku32_f nk_core_mask2bit(nku32_f mask)
{
	return __ffs(mask);
}

nku32_f nk_core_bit2mask(nku32_f bit)
{
	return BIT(bit);
}

void nk_core_atomic_set(volatile nku32_f *mask, nku32_f set)
{
	atomic_fetch_or(set, word(mask));
}

void nk_core_atomic_clear(volatile nku32_f *mask, nku32_f clear)
{
	atomic_fetch_andnot(clear, word(mask));
}

nku32_f nk_core_clear_and_test(volatile nku32_f *mask, nku32_f clear)
{
	return atomic_fetch_andnot(clear, word(mask)) & ~clear;
}

void nk_core_atomic_add(volatile nku32_f *ptr, nku32_f val)
{
	atomic_add_return(val, word(ptr));
}

void nk_core_atomic_sub(volatile nku32_f *ptr, nku32_f val)
{
	atomic_sub_return(val, word(ptr));
}

nku32_f nk_core_sub_and_test(volatile nku32_f *ptr, nku32_f val)
{
	return atomic_sub_return(val, word(ptr));
}
