// SPDX-License-Identifier: Apache-2.0
/* CPUs compared, with the identification registers of real ones. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/cpu_id.h"

#define CTR 0x84448004 /* 64 byte lines */
#define VTR_4 0x90080003 /* 4 list registers, 5 bits of priority */
#define VTR_16 0x9008000f
#define FIELD(n) (0xfUL << 4 * (n))

enum { PFR0 = CPU_ID(4, 0), PFR1 = CPU_ID(4, 1), DFR0 = CPU_ID(5, 0), ISAR0 = CPU_ID(6, 0) };
enum { ISAR1 = CPU_ID(6, 1), ISAR2 = CPU_ID(6, 2), MMFR0 = CPU_ID(7, 0), MMFR1 = CPU_ID(7, 1) };
enum { MMFR2 = CPU_ID(7, 2), ID_MMFR0 = CPU_ID(1, 4) };

/* From their technical reference manuals. */
static const struct cpu_id a53 = {
	.reg = {[PFR0] = 0x01002222,
		[DFR0] = 0x10305106,
		[ISAR0] = 0x11120,
		[MMFR0] = 0x1122,
		[ID_MMFR0] = 0x10201105},
	.ctr = CTR,
	.vtr = VTR_4,
};
static const struct cpu_id a72 = {
	.reg = {[PFR0] = 0x01002222,
		[DFR0] = 0x10305106,
		[ISAR0] = 0x11120,
		[MMFR0] = 0x1124,
		[ID_MMFR0] = 0x10201105},
	.ctr = CTR,
	.vtr = VTR_4,
};
static const struct cpu_id a76 = {
	.reg = {[PFR0] = 0x1100000011111112,
		[PFR1] = 0x10,
		[DFR0] = 0x10305408,
		[ISAR0] = 0x0000100010211120,
		[ISAR1] = 0x100001,
		[MMFR0] = 0x101122,
		[MMFR1] = 0x10212122,
		[MMFR2] = 0x1011,
		[ID_MMFR0] = 0x10201105},
	.ctr = CTR,
	.vtr = VTR_4,
};
/* Neoverse V1, but for its vector lengths. */
static const struct cpu_id v1 = {
	.reg = {[PFR0] = 0x1101110121111112,
		[PFR1] = 0x21,
		[DFR0] = 0x000001f210305519,
		[ISAR0] = 0x1011111110212120,
		[ISAR1] = 0x0011000001211032,
		[MMFR0] = 0x0000022200101125,
		[MMFR1] = 0x10212122,
		[MMFR2] = 0x1221011110111011},
	.ctr = CTR,
	.vtr = VTR_4,
};

static struct cpu_id with(const struct cpu_id *id, u32 reg, u64 clear, u64 set)
{
	struct cpu_id other = *id;

	other.reg[reg] = (other.reg[reg] & ~clear) | set;
	return other;
}

static struct cpu_id joined(const struct cpu_id *a, const struct cpu_id *b)
{
	struct cpu_id common = *a;

	cpu_id_join(&common, b);
	return common;
}

static void test_equal_cpus(void **state)
{
	static const struct cpu_id *const all[] = {&a53, &a72, &a76, &v1};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		struct cpu_id same = joined(all[i], all[i]);

		assert_null(cpu_id_lacks(all[i], all[i]));
		assert_memory_equal(&same, all[i], sizeof(same));
	}
}

static void test_big_and_little(void **state)
{
	struct cpu_id common = joined(&a53, &a72);

	(void)state;
	assert_null(cpu_id_lacks(&a53, &a72));
	assert_string_equal(cpu_id_lacks(&a72, &a53), "size of physical addresses");
	assert_int_equal(common.reg[MMFR0], 0x1122);
	assert_null(cpu_id_lacks(&a53, &a76));
	common = joined(&a76, &a53);
	assert_int_equal(common.reg[PFR0],
			 0x01001112); /* EL1 in AArch64 only; no CSV2, CSV3, RAS */
	assert_int_equal(common.reg[DFR0], 0x10305106);
	assert_int_equal(common.reg[ISAR0], 0x11120); /* no atomics, RDM, dot products */
	assert_int_equal(common.reg[ISAR1], 0);
	assert_int_equal(common.reg[MMFR0], 0x1122); /* no 16 KiB */
	assert_int_equal(common.reg[MMFR1], 0);
}

static void check_lacks(const struct cpu_id *first, struct cpu_id id, const char *what)
{
	const char *lacks = cpu_id_lacks(first, &id);

	if (what)
		assert_string_equal(lacks, what);
	else
		assert_null(lacks);
}

static void test_what_is_lacked(void **state)
{
	struct cpu_id id;

	(void)state;
	check_lacks(&v1, with(&v1, MMFR0, FIELD(0), 4), "size of physical addresses");
	/* 52 bits are not used. */
	id = with(&v1, MMFR0, FIELD(0), 6);
	check_lacks(&id, v1, NULL);
	check_lacks(&v1, with(&v1, MMFR0, FIELD(7), FIELD(7)), "4 KiB pages");
	check_lacks(&v1, with(&v1, MMFR0, FIELD(10), 1UL << 40), "4 KiB pages");
	check_lacks(&v1, with(&v1, MMFR0, FIELD(10), 0), NULL);
	check_lacks(&v1, with(&v1, ISAR1, FIELD(1) | FIELD(2), 0), "pointer authentication");
	id = with(&v1, ISAR1, FIELD(1) | FIELD(2), 0);
	check_lacks(&id, v1, NULL);
	check_lacks(&v1, with(&id, ISAR2, 0, 3UL << 12), NULL); /* APA3 */
	check_lacks(&v1, with(&v1, PFR0, 0, FIELD(4)), "floating point and SIMD registers");
	check_lacks(&v1, with(&v1, PFR0, 0, FIELD(5)), "floating point and SIMD registers");
	check_lacks(&v1, with(&v1, PFR0, FIELD(6), 0), "GIC system registers");
	id = v1;
	id.vtr = VTR_16;
	check_lacks(&v1, id, "GIC list registers and priorities");
	check_lacks(&id, v1, "GIC list registers and priorities");
	id.vtr = VTR_4 ^ 1U << 29;
	check_lacks(&v1, id, "GIC list registers and priorities");
	id = v1;
	id.ctr ^= 1 << 16;
	check_lacks(&v1, id, "size of cache lines");
	id = v1;
	id.vtr = 0; /* a GICv2 */
	check_lacks(&id, with(&id, PFR0, FIELD(6), 0), NULL);
}

static void test_granules(void **state)
{
	struct cpu_id id;

	(void)state;
	assert_int_equal(cpu_id_granules(&a53), 4 | 64);
	assert_int_equal(cpu_id_granules(&a76), 4 | 16 | 64);
	id = with(&v1, MMFR0, FIELD(5) | FIELD(6) | FIELD(7), 2UL << 20 | FIELD(6) | 1UL << 28);
	assert_int_equal(cpu_id_granules(&id), 4 | 16); /* LPA2, and no 64 KiB */
	id = with(&v1, MMFR0, FIELD(5) | FIELD(7), FIELD(7));
	assert_int_equal(cpu_id_granules(&id), 64);
}

/* Both orders of a and b give want, in one field of a register. */
static void check_field(u32 reg, u32 n, u64 a, u64 b, u64 want)
{
	struct cpu_id x = {.ctr = 0}, y = {.ctr = 0};

	x.reg[reg] = a << 4 * n;
	y.reg[reg] = b << 4 * n;
	assert_int_equal(joined(&x, &y).reg[reg], want << 4 * n);
	assert_int_equal(joined(&y, &x).reg[reg], want << 4 * n);
}

static void test_fields(void **state)
{
	(void)state;
	check_field(ISAR0, 5, 2, 3, 2); /* atomics */
	check_field(ISAR0, 15, 0xf, 8, 8); /* unsigned to the last */
	check_field(PFR0, 4, 0, 0xf, 0xf); /* FP: not there is less */
	check_field(PFR0, 5, 1, 0xf, 0xf);
	check_field(PFR0, 5, 1, 0, 0);
	check_field(DFR0, 9, 0, 0xf, 0xf); /* double lock */
	check_field(MMFR0, 6, 0, 0xf, 0xf); /* 64 KiB */
	check_field(MMFR0, 7, 1, 0, 0); /* 4 KiB with 52 bits */
	check_field(MMFR0, 5, 2, 1, 1); /* 16 KiB with 52 bits */
	check_field(ID_MMFR0, 7, 1, 0xf, 0xf); /* InnerShr */
	check_field(ISAR1, 1, 1, 1, 1); /* pointers signed by the same algorithm */
	check_field(ISAR1, 1, 3, 5, 0);
	check_field(ISAR1, 2, 1, 2, 0);
	check_field(ISAR1, 7, 1, 0, 0);
	check_field(ISAR2, 3, 5, 4, 0);
}

/* In whatever order CPUs come, the same is left, and one that comes again changes nothing. */
static void test_any_order(void **state)
{
	u32 turn, i;

	(void)state;
	srand(1);
	for (turn = 0; turn < 2000; turn++) {
		struct cpu_id id[3], a, b;

		for (i = 0; i < sizeof(id); i++)
			((u8 *)id)[i] = (u8)(rand() >> 8);
		for (i = 0; i < 3; i++)
			id[i].ctr = id[i].vtr = 0;
		a = joined(&id[0], &id[1]);
		a = joined(&a, &id[2]);
		b = joined(&id[2], &id[0]);
		b = joined(&b, &id[1]);
		assert_memory_equal(&a, &b, sizeof(a));
		b = joined(&a, &id[turn % 3]);
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_cpus),     cmocka_unit_test(test_big_and_little),
		cmocka_unit_test(test_what_is_lacked), cmocka_unit_test(test_granules),
		cmocka_unit_test(test_fields),	       cmocka_unit_test(test_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
