// SPDX-License-Identifier: Apache-2.0
/* Names out of an ELF file: this program's own, whole, cut anywhere, and with bytes of its headers spoilt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/cpu.h"
#include "core/crash/priv.h"
#include "core/system.h"
#include "core/vm/vm.h"

#define HIGH BIT(55)

static struct bundle_image image = {.name = "elf"};
static u8 *whole;
static size_t size;
static struct cfg_vm cfg = {.symbols = "elf"};
static struct vm vm = {.cfg = &cfg};

extern const char __executable_start[];

const struct bundle_image *bundle_find(const struct bundle *b, const char *name)
{
	return strcmp(name, "elf") ? NULL : &image;
}

bool arch_cpu_poll(void)
{
	return true;
}

void far_away(void);

__attribute__((noinline)) void far_away(void)
{
	__asm__ volatile("nop");
}

static int load_self(void **state)
{
	FILE *f = fopen("/proc/self/exe", "rb");

	if (!f || fseek(f, 0, SEEK_END))
		return -1;
	size = (size_t)ftell(f);
	rewind(f);
	whole = malloc(size);
	if (!whole || fread(whole, 1, size, f) != size)
		return -1;
	fclose(f);
	vm.entry = (u64)__executable_start;
	return 0;
}

/* An image of that many bytes and no more. */
static void use(const u8 *data, size_t len)
{
	u8 *copy = malloc(len + !len);

	memcpy(copy, data, len);
	free((void *)image.data);
	image.data = copy;
	image.size = len;
}

static struct crash_place look(u64 address)
{
	struct crash_place places[2] = {{.address = 4}, {.address = address}};

	crash_symbols(&vm, places, 2);
	return places[1];
}

static void test_names(void **state)
{
	struct crash_place p;

	use(whole, size);
	p = look((u64)far_away + 1);
	assert_non_null(p.name);
	assert_string_equal(p.name, "far_away");
	assert_int_equal(p.offset, 1);
	p = look((u64)bundle_find + 4);
	assert_string_equal(p.name, "bundle_find");
	/* In no function; and where the kernel's half is, by its linked address, of which there is none. */
	assert_null(look(vm.entry + 8).name);
	assert_null(look(HIGH | (u64)far_away).name);
	cfg.symbols = NULL;
	assert_null(look((u64)far_away + 1).name);
	cfg.symbols = "elf";
}

static void test_cut(void **state)
{
	for (size_t len = 0; len < 256; len++) {
		use(whole, len);
		assert_null(look((u64)far_away + 1).name);
	}
	for (u32 i = 1; i < 64; i++) {
		use(whole, size * i / 64);
		look((u64)far_away + 1);
	}
}

static void test_spoilt(void **state)
{
	u64 shoff;

	memcpy(&shoff, whole + 40, sizeof(shoff));
	for (u32 i = 0; i < 64; i++)
		for (u32 value = 0; value < 256; value += 85) {
			use(whole, size);
			((u8 *)image.data)[i] = (u8)value;
			look((u64)far_away + 1);
		}
	/* Each word of the table of sections. */
	for (size_t at = shoff; at + 4 <= size; at += 4) {
		use(whole, size);
		memset((u8 *)image.data + at, 0xff, 4);
		look((u64)far_away + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_spoilt),
	};

	return cmocka_run_group_tests(tests, load_self, NULL);
}
