// SPDX-License-Identifier: Apache-2.0
/* Copies from and to guests. */
#include "core/vm/guest_mem.h"
#include "arch/stage2.h"
#include "lib/string.h"

#define LOW_BITS 0x0101010101010101
#define HIGH_BITS 0x8080808080808080

typedef u64 __attribute__((may_alias)) string_word;

/* Bytes from ipa to the end of its page, at most size. */
static u64 in_page(ipa_t ipa, u64 size)
{
	return MIN(size, PAGE_SIZE - (ipa & (PAGE_SIZE - 1)));
}

static bool is_accessible(const struct vm *vm, ipa_t ipa, u64 size, bool write)
{
	if (ipa + size < ipa)
		return false;
	while (size) {
		u64 n = in_page(ipa, size);

		if (!stage2_guest_ptr(&vm->arch, ipa, write))
			return false;
		ipa += n;
		size -= n;
	}
	return true;
}

bool guest_readable(const struct vm *vm, ipa_t ipa, u64 size)
{
	return is_accessible(vm, ipa, size, false);
}

bool guest_writable(const struct vm *vm, ipa_t ipa, u64 size)
{
	return is_accessible(vm, ipa, size, true);
}

int guest_read(const struct vm *vm, void *dst, ipa_t src, u64 size)
{
	u8 *to = dst;

	if (src + size < src)
		return -1;
	while (size) {
		u64 n = in_page(src, size);
		const void *from = stage2_guest_ptr(&vm->arch, src, false);

		if (!from)
			return -1;
		memcpy(to, from, n);
		to += n;
		src += n;
		size -= n;
	}
	return 0;
}

int guest_write(const struct vm *vm, ipa_t dst, const void *src, u64 size)
{
	const u8 *from = src;

	if (dst + size < dst)
		return -1;
	while (size) {
		u64 n = in_page(dst, size);
		void *to = stage2_guest_ptr(&vm->arch, dst, true);

		if (!to)
			return -1;
		memcpy(to, from, n);
		from += n;
		dst += n;
		size -= n;
	}
	return 0;
}

/* Where the first NUL among n characters is, or n. s: 8-byte aligned. */
static u32 find_nul(const char *s, u32 n)
{
	u32 i;

	for (i = 0; i + 8 <= n; i += 8) {
		u64 word = *(const string_word *)(s + i);
		u64 nul = (word - LOW_BITS) & ~word & HIGH_BITS;

		if (nul)
			return i + (u32)__builtin_ctzll(nul) / 8;
	}
	while (i < n && s[i])
		i++;
	return i;
}

int guest_read_string(const struct vm *vm, char *dst, ipa_t src, u32 max)
{
	u32 len = 0, end;

	do {
		u32 n = (u32)in_page(src + len, max - len);
		const void *from = stage2_guest_ptr(&vm->arch, src + len, false);

		if (!from || src + len < src)
			return -1;
		/* Looked at where it was copied to: the guest may change it meanwhile. */
		memcpy(dst + len, from, n);
		len += n;
		end = find_nul(dst, len);
	} while (end == len && len < max);
	return end < len ? (int)end : -1;
}
