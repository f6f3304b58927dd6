// SPDX-License-Identifier: Apache-2.0
/* SHA-256 against the examples of FIPS 180-4, and how it uses the CPU's instructions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/sha256.c"

static bool has_instructions;
static u64 blocks_by_instructions;

bool sha256_ce_present(void)
{
	return has_instructions;
}

void sha256_ce_blocks(u32 state[8], const void *data, u64 blocks)
{
	assert_int_not_equal(blocks, 0);
	blocks_by_instructions += blocks;
	portable_blocks(state, data, blocks);
}

static void assert_digest(const void *data, u64 size, const char *expected)
{
	u8 digest[SHA256_SIZE];
	char text[2 * SHA256_SIZE + 1];

	sha256(data, size, digest, NULL);
	for (int i = 0; i < SHA256_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(text, expected);
}

/* NIST's "Examples with intermediate values" and its one million letters. */
static void test_vectors(void **state)
{
	static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	static const char three[] =
		"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmn"
		"oijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
	char *million = malloc(1000000);

	memset(million, 'a', 1000000);
	assert_digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_digest(two, strlen(two),
		      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	assert_digest(three, strlen(three),
		      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
	assert_digest(million, 1000000,
		      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(million);
}

/* Lengths around the ends of blocks; digests by coreutils' sha256sum. */
static void test_lengths(void **state)
{
	static const struct {
		u64 size;
		const char *digest;
	} cases[] = {
		{55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
		{56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
		{63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
		{64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
		{65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"},
	};
	u8 data[65];

	memset(data, 'a', sizeof(data));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		/* An exact and odd buffer: nothing behind it is read, and any alignment will do. */
		u8 *exact = malloc(cases[i].size + 1);

		memcpy(exact + 1, data, cases[i].size);
		assert_digest(exact + 1, cases[i].size, cases[i].digest);
		free(exact);
	}
}

/* Whole blocks go to the instructions in one call's worth, then the padding. */
static void test_instructions(void **state)
{
	u8 data[300] = {0};
	u8 portable[SHA256_SIZE];
	u8 special[SHA256_SIZE];

	sha256(data, sizeof(data), portable, NULL);
	assert_int_equal(blocks_by_instructions, 0);
	has_instructions = true;
	sha256(data, sizeof(data), special, NULL);
	has_instructions = false;
	assert_int_equal(blocks_by_instructions, 5);
	assert_memory_equal(portable, special, SHA256_SIZE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_instructions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
