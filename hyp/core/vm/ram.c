// SPDX-License-Identifier: Apache-2.0
/* A short sorted list of free ranges; everything in it happens once, at boot. */
#include "core/vm/ram.h"
#include "arch/layout.h"

#define FREE_MAX (4 * CFG_RANGES_MAX)

static struct range free_list[FREE_MAX];
static u32 nr_free;
static u64 total;

static void remove_at(u32 i)
{
	nr_free--;
	for (; i < nr_free; i++)
		free_list[i] = free_list[i + 1];
}

static void insert_at(u32 i, u64 base, u64 size)
{
	if (nr_free == FREE_MAX)
		return; /* memory is lost, never given twice */
	for (u32 j = nr_free; j > i; j--)
		free_list[j] = free_list[j - 1];
	free_list[i].base = base;
	free_list[i].size = size;
	nr_free++;
}

void ram_reserve(u64 base, u64 size)
{
	u64 start = ALIGN_DOWN(base, PAGE_SIZE);
	u64 end = ALIGN_UP(base + size, PAGE_SIZE);

	if (!size)
		return;
	for (u32 i = 0; i < nr_free;) {
		struct range r = free_list[i];
		u64 r_end = r.base + r.size;

		if (end <= r.base || r_end <= start) {
			i++;
			continue;
		}
		remove_at(i);
		if (r.base < start)
			insert_at(i++, r.base, start - r.base);
		if (end < r_end)
			insert_at(i++, end, r_end - end);
	}
}

void ram_init(const struct cfg_board *board)
{
	nr_free = 0;
	for (u32 i = 0; i < board->nr_ram; i++) {
		u64 start = ALIGN_UP(board->ram[i].base, PAGE_SIZE);
		u64 end = MIN(ALIGN_DOWN(board->ram[i].base + board->ram[i].size, PAGE_SIZE),
			      BIT(PA_BITS_MAX));

		if (start < end)
			insert_at(nr_free, start, end - start);
	}
	for (u32 i = 0; i < board->nr_reserved; i++)
		ram_reserve(board->reserved[i].base, board->reserved[i].size);
	total = ram_free_bytes();
}

bool ram_take(u64 base, u64 size)
{
	for (u32 i = 0; i < nr_free; i++) {
		const struct range *r = &free_list[i];

		if (base < r->base || base - r->base > r->size || size > r->size - (base - r->base))
			continue;
		ram_reserve(base, size);
		return true;
	}
	return false;
}

/* The first of them that [base, base + size) touches, or NULL. */
static const struct range *find_touched(const struct range *avoid, u32 nr, u64 base, u64 size)
{
	const struct range want = {base, size};

	for (; nr--; avoid++)
		if (ranges_overlap(avoid, &want))
			return avoid;
	return NULL;
}

/* The lowest place in a free range. */
static bool fits(const struct range *range, u64 size, u64 align, const struct range *avoid,
		 u32 nr_avoid, u64 *base)
{
	const struct range *touched;

	*base = ALIGN_UP(range->base, align);
	while (*base >= range->base && *base <= range_end(range) &&
	       range_end(range) - *base >= size) {
		touched = find_touched(avoid, nr_avoid, *base, size);
		if (!touched)
			return true;
		*base = ALIGN_UP(range_end(touched), align);
	}
	return false;
}

bool ram_alloc(u64 size, u64 align, const struct range *avoid, u32 nr_avoid, u64 *base)
{
	for (u32 i = 0; i < nr_free; i++) {
		if (!fits(&free_list[i], size, align, avoid, nr_avoid, base))
			continue;
		ram_reserve(*base, size);
		return true;
	}
	return false;
}

bool ram_alloc_highest(u64 size, u64 align, u64 limit, const struct range *avoid, u32 nr_avoid,
		       u64 *base)
{
	for (u32 i = nr_free; i--;) {
		u64 end = MIN(free_list[i].base + free_list[i].size, limit);

		while (end >= size && ALIGN_DOWN(end - size, align) >= free_list[i].base) {
			u64 start = ALIGN_DOWN(end - size, align);
			const struct range *touched = find_touched(avoid, nr_avoid, start, size);

			if (touched) {
				end = touched->base;
				continue;
			}
			ram_reserve(start, size);
			*base = start;
			return true;
		}
	}
	return false;
}

bool ram_alloc_top(u64 size, u64 limit, u64 *base)
{
	return ram_alloc_highest(size, PAGE_SIZE, limit, NULL, 0, base);
}

const struct range *ram_free_range(u32 n)
{
	return n < nr_free ? &free_list[n] : NULL;
}

u64 ram_free_bytes(void)
{
	u64 sum = 0;

	for (u32 i = 0; i < nr_free; i++)
		sum += free_list[i].size;
	return sum;
}

u64 ram_largest(u64 align)
{
	u64 best = 0;

	for (u32 i = 0; i < nr_free; i++) {
		u64 start = ALIGN_UP(free_list[i].base, align);
		u64 end = ALIGN_DOWN(free_list[i].base + free_list[i].size, align);

		if (start < end && end - start > best)
			best = end - start;
	}
	return best;
}

u64 ram_total_bytes(void)
{
	return total;
}
