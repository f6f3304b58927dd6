// SPDX-License-Identifier: Apache-2.0
/* Expressions of vevent's setup: each example of VEVENT_BE(4D), all operators and types, and what is said of wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../guest-linux/drivers/vevent/setup/expr.h"

/* A keyboard on USB. */
static void set_up(struct vexpr_machine *m)
{
	*m = (struct vexpr_machine){.device = {.texts = {"my_input_device", NULL, "say \"a\\b\""}}};
	m->device.words[VEXPR_WORD_ID] = 3;
	m->device.words[VEXPR_WORD_ID + 1] = 0x1234;
	m->device.words[VEXPR_WORD_ID + 2] = 0xffff;
	m->device.words[VEXPR_WORD_ID + 3] = 1;
	m->device.words[VEXPR_WORD_EVBIT] = 0x120013;
	m->device.words[VEXPR_WORD_KEYBIT] = 0xfffffffe;
	m->device.words[VEXPR_WORD_KEYBIT + 1] = 0xffffffff;
	m->device.words[VEXPR_WORD_KEYBIT + 3] = 0x100000;
	m->device.words[VEXPR_WORD_KEYBIT + 47] = 0x80000000;
	m->device.words[VEXPR_WORD_LEDBIT] = 7;
	m->device.words[VEXPR_WORD_SWBIT + 1] = 0x55;
}

static int parse(const char *text, struct vexpr_op *ops, unsigned int *at, struct vevent_error *e)
{
	*at = 0;
	return vexpr_parse(text, at, ops, strlen(text), e);
}

static bool is_true(const char *text)
{
	struct vexpr_op *ops = test_calloc(strlen(text), sizeof(*ops));
	struct vexpr_machine *m = test_malloc(sizeof(*m));
	struct vexpr_machine before;
	struct vevent_error error;
	unsigned int at;
	bool result;
	int nr;

	set_up(m);
	before = *m;
	nr = parse(text, ops, &at, &error);
	if (nr < 0)
		fail_msg("%s: column %u: %s", text, error.column, error.why);
	assert_int_equal(at, strlen(text));
	result = vexpr_eval(text, ops, nr, m);
	assert_memory_equal(&before.device, &m->device, sizeof(before.device));
	test_free(m);
	test_free(ops);
	return result;
}

static void assert_wrong(const char *text, unsigned int column, const char *why)
{
	struct vexpr_op *ops = test_calloc(strlen(text) + 1, sizeof(*ops));
	struct vevent_error error = {};
	unsigned int at;

	if (parse(text, ops, &at, &error) >= 0)
		fail_msg("%s: not found wrong", text);
	if (error.column != column || strcmp(error.why, why))
		fail_msg("%s: column %u: %s, not column %u: %s", text, error.column, error.why,
			 column, why);
	test_free(ops);
}

static void test_examples(void **state)
{
	(void)state;
	assert_false(is_true("(idev_evbit[1] & (u32)0x12) == (u32)0x2"));
	assert_false(is_true(
		"(idev_evbit[1..3] & (u32){0x12, 0xff00ff, 2}) == (u32){0x2, 0x5500aa, 2}"));
	assert_true(is_true("(idev_evbit[1..3] ^ idev_keybit[0..2]) != idev_swbit[2..4]"));
	assert_true(is_true("(idev_name == \"my_input_device\") && (idev_vendor != (u16)0x2345)"));
	assert_false(is_true("idev_id == (u16){0x12, 23, 76, 0}"));
	assert_true(is_true("!(idev_id == (u16){0x12, 23, 76, 0}) != false"));
	assert_wrong("(idev_evbit[1] & (u16)0x12) == (u32)0x2", 16,
		     "& wants two of u16 or of u32, and has u32 and u16");
	assert_wrong("idev_id != true", 9, "!= wants two of one type, and has u16[4] and bool");
}

static void test_fields(void **state)
{
	(void)state;
	assert_true(is_true("idev_id == (u16){3, 0x1234, 0xffff, 1}"));
	assert_true(is_true("idev_bustype == idev_id[0] && idev_vendor == idev_id[1]"));
	assert_true(is_true("idev_product == idev_id[2] && idev_version == idev_id[3]"));
	assert_true(is_true("idev_name != idev_uniq && idev_phys == \"\""));
	assert_true(is_true("idev_uniq == \"say \\\"a\\\\b\\\"\""));
	assert_false(
		is_true("idev_name == \"my_input_devic\" || idev_name == \"my_input_devicee\""));
	assert_true(is_true("idev_evbit == (u32)0x120013 && idev_ledbit == (u32)7"));
	assert_true(is_true("idev_keybit[0..3] == (u32){0xfffffffe, 0xffffffff, 0, 0x100000}"));
	assert_true(is_true("idev_keybit[47] == (u32)0x80000000 && idev_keybit[48] == (u32)0"));
	assert_true(is_true("idev_swbit == (u32){0, 0x55} && idev_swbit[1..2][0] == (u32)0x55"));
	assert_true(is_true(
		"idev_propbit == (u32)0 && idev_relbit == (u32)0 && idev_mscbit == (u32)0"));
	assert_true(is_true("idev_absbit == (u32){0,0,0,0} && idev_sndbit == (u32)0"));
	assert_true(is_true("idev_ffbit == (u32){0,0,0,0,0,0,0,0} && idev_evbit[65535] == (u32)0"));
}

static void test_operators(void **state)
{
	(void)state;
	assert_true(is_true("(u16)65535 + (u16)2 == (u16)1 && (u32)0 - (u32)1 == (u32)0xffffffff"));
	assert_true(is_true("(u16)1 - (u16)2 + (u16)3 == (u16)2"));
	assert_true(
		is_true("~(u16)0 == (u16)65535 && ~(u32){0, 1} == (u32){4294967295, 0xfffffffe}"));
	assert_true(is_true("((u32)6 & (u32)3) == (u32)2 && ((u32)6 | (u32)3) == (u32)7"));
	assert_true(is_true("((u32)6 ^ (u32)3) == (u32)5 && !false && (true || false)"));
	assert_true(is_true("(true == true) != (true == false) && (true != false)"));
	assert_true(is_true("((u16){1, 2, 3} + (u16){1, 1, 1})[1..2] == (u16){3, 4}"));
	assert_true(is_true("(u16){1, 2, 3}[2] == (u16)3 && (u16)9[0] == (u16)9"));
	assert_true(is_true("\"a\" != \"b\" && \"a\" == \"a\" && \"\\\\\" == \"\\\\\""));
	assert_true(is_true("  ( u32 ) { 1 , 2 } [ 1 ] == ( u32 )\t2\n"));
}

/* As C has it. */
static void test_precedence(void **state)
{
	(void)state;
	assert_true(is_true("true || false && false"));
	assert_false(is_true("(true || false) && false"));
	assert_true(is_true("((u32)1 | (u32)2 ^ (u32)2 & (u32)0) == (u32)3"));
	assert_true(is_true("((u32)1 & (u32)1 + (u32)1) == (u32)0"));
	assert_true(is_true("!false == true && ~(u16)1 + (u16)1 == (u16)65535"));
	assert_true(is_true("false ? false : false ? false : true"));
	assert_true(is_true("true ? true : true ? false : false"));
	assert_true(is_true("false || true ? true : false"));
	assert_true(is_true("(u16)1 == (u16)1 == true"));
	assert_wrong("idev_evbit & (u32)2 == (u32)2", 12,
		     "& wants two of u16 or of u32, and has u32 and bool");
}

static void test_choice_comma_assign(void **state)
{
	(void)state;
	assert_true(is_true("(true ? idev_vendor : idev_product) == (u16)0x1234"));
	assert_true(is_true("(false ? idev_vendor : idev_product) == (u16)0xffff"));
	assert_true(is_true("(true ? idev_name : \"b\") == \"my_input_device\""));
	assert_true(is_true("(false ? idev_keybit : idev_keybit)[0..1] != (u32){1, 2}"));
	assert_true(is_true("(false, true)"));
	assert_true(is_true("(u32){1, 2}, false ? false, false : (idev_name, true)"));
	assert_true(is_true("idev_vendor = (u16)5, idev_id == (u16){3, 5, 0xffff, 1}"));
	assert_true(is_true(
		"(idev_keybit[1..2] = (u32){7, 8}) == (u32){7, 8}, idev_keybit[2] == (u32)8"));
	assert_true(is_true("idev_vendor = idev_product = (u16)9, idev_id[1..2] == (u16){9, 9}"));
	assert_true(is_true("(idev_id) = (u16){1, 2, 3, 4}, idev_version == (u16)4"));
	/* What is not needed is not done. */
	assert_true(
		is_true("false && (idev_vendor = (u16)5) == (u16)5, idev_vendor == (u16)0x1234"));
	assert_true(
		is_true("true || (idev_vendor = (u16)5) == (u16)5, idev_vendor == (u16)0x1234"));
	assert_true(is_true(
		"true ? true : (idev_vendor = (u16)5) == (u16)5, idev_vendor == (u16)0x1234"));
}

static void test_wrong_types(void **state)
{
	(void)state;
	assert_wrong("idev_vendor", 1, "the expression is u16, and not bool");
	assert_wrong(" idev_id[1..2]", 2, "the expression is u16[2], and not bool");
	assert_wrong("true + false", 6, "+ wants two of u16 or of u32, and has bool and bool");
	assert_wrong("\"a\" | \"b\"", 5, "| wants two of u16 or of u32, and has text and text");
	assert_wrong("true && (u16)1", 6, "&& wants two of bool, and has bool and u16");
	assert_wrong("(u16)1 || true", 8, "|| wants bool before it, and has u16");
	assert_wrong("!(u16)1", 1, "! wants bool, and has u16");
	assert_wrong("~true", 1, "~ wants u16 or u32, and has bool");
	assert_wrong("idev_id == (u16){1, 2}", 9,
		     "== wants two of one type, and has u16[4] and u16[2]");
	assert_wrong("(u32)1 ? true : false", 8, "? wants bool before it, and has u32");
	assert_wrong("true ? true : (u16)1", 6, "?: wants two of one type, and has bool and u16");
	assert_wrong("idev_vendor = (u32)1, true", 13,
		     "= wants two of one type, and has u16 and u32");
	assert_wrong("(u16)1 = (u16)1, true", 8, "only a field of numbers can be assigned to");
	assert_wrong("idev_name = \"a\", true", 11, "only a field of numbers can be assigned to");
	assert_wrong("~idev_vendor = (u16)1, true", 14,
		     "only a field of numbers can be assigned to");
	assert_wrong("(true, idev_vendor) = (u16)1, true", 21,
		     "only a field of numbers can be assigned to");
	assert_wrong("idev_evbit[1] = (u32)1, true", 15, "idev_evbit has 1 elements");
}

static void test_wrong_values(void **state)
{
	(void)state;
	assert_wrong("", 1, "a value is missing at the end");
	assert_wrong("true &&", 8, "a value is missing at the end");
	assert_wrong("true && == true", 9, "a value is missing before this");
	assert_wrong("()", 2, "a value is missing before this");
	assert_wrong("idev_nam == \"a\"", 1, "no field has this name");
	assert_wrong("idev_vendor == 5", 16, "a number has (u16) or (u32) before it");
	assert_wrong("idev_vendor == (u16)", 21, "a number is missing");
	assert_wrong("idev_vendor == (u16)0x", 23, "a number is missing");
	assert_wrong("idev_vendor == (u16)0x1g", 24, "this is no digit");
	assert_wrong("idev_vendor == (u16)65536", 21, "the number is more than 65535");
	assert_wrong("idev_evbit == (u32)4294967296", 20, "the number is more than 4294967295");
	assert_wrong("idev_vendor == (u8)5", 17, "no field has this name");
	assert_wrong("idev_name == \"abc", 14, "the text has no end");
	assert_wrong("idev_name == \"abc\\", 14, "the text has no end");
	assert_wrong("idev_id == (u16){1, 2, 3 4}", 26, "a , or } is missing");
	assert_wrong("idev_id == (u16){}", 18, "a number is missing");
	assert_wrong(
		"idev_keybit == (u32){0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,"
		"0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8}",
		118, "an array has 48 elements at most");
}

static void test_wrong_structure(void **state)
{
	(void)state;
	assert_wrong("true false", 6, "an operator is missing before this");
	assert_wrong("true < false", 6, "an operator is missing before this");
	assert_wrong("true ! false", 6, "an operator is missing before this");
	assert_wrong("(true", 1, "the ( has no )");
	assert_wrong("true)", 5, "the ) has no (");
	assert_wrong("true ? (true : false)", 8, "the ( has no )");
	assert_wrong("true ? true", 6, "the ? has no :");
	assert_wrong("(true ? true)", 7, "the ? has no :");
	assert_wrong("idev_id[4] == (u16)1", 8, "there is no element 4 of 4");
	assert_wrong("idev_vendor[1] == (u16)1", 12, "there is no element 1 of 1");
	assert_wrong("idev_evbit[1..3][3] == (u32)1", 17, "there is no element 3 of 3");
	assert_wrong("(u16){1, 2}[2] == (u16)1", 12, "there is no element 2 of 2");
	assert_wrong("idev_id[2..1] == (u16)1", 8, "the first index is behind the last one");
	assert_wrong("idev_id[1.2] == (u16)1", 10, "a .. or ] is missing");
	assert_wrong("idev_id[(u16)1] == (u16)1", 9, "a number is missing");
	assert_wrong("idev_evbit[65536] == (u32)1", 12, "the number is more than 65535");
	assert_wrong("idev_keybit[0..48] == (u32)1", 12, "an array has 48 elements at most");
	assert_wrong("true[0]", 5, "only arrays of u16 and u32 have elements");
}

/* Where an expression ends, of several. */
static void test_end(void **state)
{
	struct vexpr_op ops[16];
	struct vevent_error error;
	unsigned int at = 6;

	(void)state;
	assert_true(vexpr_parse("false:true ? true : false : 2", &at, ops, 16, &error) > 0);
	assert_int_equal(at, 26);
	at = 0;
	assert_true(vexpr_parse("true:false", &at, ops, 16, &error) == 1);
	assert_int_equal(at, 4);
}

static char *repeat(const char *begin, const char *piece, unsigned int times, const char *end)
{
	char *text = calloc(1, strlen(begin) + times * strlen(piece) + strlen(end) + 1);

	strcat(text, begin);
	while (times--)
		strcat(text, piece);
	return strcat(text, end);
}

static void assert_deep(char *text, unsigned int column, const char *why)
{
	if (why)
		assert_wrong(text, column, why);
	else
		assert_true(is_true(text));
	free(text);
}

/* Long ones are no matter, deep ones have a bound. */
static void test_bounds(void **state)
{
	(void)state;
	assert_deep(repeat("true", " && true", 1000, ""), 0, NULL);
	assert_deep(repeat("true", ", true", 1000, ""), 0, NULL);
	assert_deep(repeat("", "!", 32, "true"), 0, NULL);
	assert_deep(repeat("", "!", 33, "true"), 33, "too many operators wait for others");
	assert_deep(repeat("", "(", 33, "true"), 33, "too many operators wait for others");
	assert_deep(repeat("", "idev_keybit == (", 11, "true"), 161,
		    "too many values wait for others");
}

/* A program that does not fit is an error, and nothing is written behind its room. */
static void test_room(void **state)
{
	static const char text[] = "true && true ? (u16){1, 2} == idev_id[0..1] : (u32)1 != (u32)2";
	struct vevent_error error;
	int nr = 0;

	(void)state;
	for (unsigned int max = 0; nr <= 0; max++) {
		struct vexpr_op *ops = test_calloc(max, sizeof(*ops));
		unsigned int at = 0;

		nr = vexpr_parse(text, &at, ops, max, &error);
		test_free(ops);
		assert_true(max < sizeof(text));
		if (nr < 0)
			assert_string_equal(error.why, "there is no room for more");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_choice_comma_assign),
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_wrong_values),
		cmocka_unit_test(test_wrong_structure),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
