// SPDX-License-Identifier: Apache-2.0
/* Matrices as the manual prints them, of columns that a fake nk has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>

#include <cmocka.h>

#include <nk/nkern.h>
#include "table.h"

/* Columns of rows: what the fake nk has, in any order of rows, by rising id. */
struct column {
	unsigned int row;
	struct nk_stat stat;
};

static const struct column *columns;
static unsigned int nr_columns, nr_rows, asked_matrix, asked_vm;
static struct nk_stat_vdev frames[100];
static int nr_frames;

int nk_monitor_stats(unsigned int matrix, NkOsId vm, unsigned int vcpu, nku32_f first,
		     struct nk_stat *to, unsigned int n)
{
	assert_int_equal(n, 1);
	asked_matrix = matrix;
	asked_vm = vm;
	if (vcpu >= nr_rows)
		return -1;
	for (unsigned int i = 0; i < nr_columns; i++) {
		if (columns[i].row == vcpu && columns[i].stat.id >= first) {
			*to = columns[i].stat;
			return 1;
		}
	}
	return 0;
}

int nk_monitor_vdevs(NkOsId vm, struct nk_stat_vdev *to, unsigned int n)
{
	if (nr_frames > 0)
		memcpy(to, frames,
		       sizeof(*to) * ((unsigned int)nr_frames < n ? (unsigned int)nr_frames : n));
	return nr_frames;
}

static const struct nk_monitoring info = {.nr_buckets = 4, .bucket_shift = 6, .hz = 26000000};

/* The matrix of that name, as it is read. */
static const char *read_matrix(const char *name, unsigned int vcpu)
{
	static struct seq_file seq;
	static struct table t;
	unsigned int i = 0;

	while (strcmp(matrices[i].name, name))
		assert_true(++i < nr_matrices);
	memset(&seq, 0, sizeof(seq));
	memset(&t, 0xa5, sizeof(t)); /* as a reader that goes back has it */
	t.matrix = &matrices[i];
	t.info = &info;
	t.vm = 3;
	t.vcpu = vcpu;
	for (table_begin(&t); t.at != TABLE_END; table_next(&t))
		table_show(&seq, &t);
	assert_int_equal(asked_matrix, matrices[i].stat);
	assert_int_equal(asked_vm, 3);
	return seq.buf;
}

#define HAS(rows, ...)                                                                             \
	static const struct column has[] = {__VA_ARGS__};                                          \
	columns = has;                                                                             \
	nr_columns = sizeof(has) / sizeof(has[0]);                                                 \
	nr_rows = rows

#define COUNT(r, i, n)                                                                             \
	{                                                                                          \
		.row = r, .stat = {.id = i, .count = n }                                           \
	}
#define TIMES(r, i, s, n, ...)                                                                     \
	{                                                                                          \
		.row = r, .stat = {.id = i, .count = n, .sum = s, .bucket = {__VA_ARGS__} }        \
	}

static void test_hwirq(void **state)
{
	HAS(2, COUNT(0, 0, 86886), COUNT(0, 26, 2028), COUNT(1, 0, 355113), COUNT(1, 6, 4),
	    COUNT(1, 287, 1), COUNT(1, NK_STAT_OTHER, 12));
	assert_string_equal(read_matrix("hwirq", 0),
			    "                                        CPU0         CPU1\n"
			    "IRQ-  0                                86886       355113\n"
			    "IRQ-  6                                    0            4\n"
			    "IRQ- 26                                 2028            0\n"
			    "IRQ-287                                    0            1\n"
			    "IRQ- other                                 0           12\n"
			    "TOTAL                                  88914       355130\n");
}

static void test_virq(void **state)
{
	HAS(2, COUNT(0, 0, 5), COUNT(0, 27, 1), COUNT(1, 27, 123456789012));
	assert_string_equal(
		read_matrix("virq", 0),
		"                                       VCPU0        VCPU1        TOTAL\n"
		"VIRQ-  0                                   5            0            5\n"
		"VIRQ- 27                                   1 123456789012 123456789013\n"
		"TOTAL                                      6 123456789012 123456789018\n");
}

static void test_ops(void **state)
{
	HAS(1, COUNT(0, NK_VCPU_OP_START, 1), COUNT(0, NK_VCPU_OP_TO_EL3, 7),
	    COUNT(0, NK_VCPU_OP_MIGRATE, 2), COUNT(0, NK_VCPU_OP_NR, 3));
	assert_string_equal(read_matrix("vcpu-ops", 0),
			    "                                       VCPU0        TOTAL\n"
			    "VCPU_START                                 1            1\n"
			    "TO_EL3                                     7            7\n"
			    "MIGRATE                                    2            2\n"
			    "OP-10                                      3            3\n"
			    "TOTAL                                     13           13\n");
	assert_string_equal(read_matrix("cpu-ops", 0),
			    "                                        CPU0\n"
			    "CPU_START                                  1\n"
			    "TO_EL3                                     7\n"
			    "OP- 9                                      2\n"
			    "OP-10                                      3\n"
			    "TOTAL                                     13\n");
}

static void test_hcall(void **state)
{
	HAS(1, COUNT(0, 6, 1), COUNT(0, 73, 2), COUNT(0, 97, 3), COUNT(0, NK_STAT_PSCI, 4));
	assert_string_equal(read_matrix("hcall", 0),
			    "                                       VCPU0\n"
			    "HCALL- 6 'timer_getfreq'                   1\n"
			    "HCALL-73 'vm_mem_verify_and_loc            2\n"
			    "HCALL-97                                   3\n"
			    "HCALL-127 'psci'                           4\n"
			    "TOTAL                                     10\n");
}

static void test_trap(void **state)
{
	HAS(1, COUNT(0, 0, 1), COUNT(0, 1, 2), COUNT(0, 22, 3), COUNT(0, 23, 4), COUNT(0, 24, 5),
	    COUNT(0, 36, 6), COUNT(0, 63, 7));
	assert_string_equal(read_matrix("trap", 0),
			    "                                       VCPU0\n"
			    "ESR.EC- 0                                  1\n"
			    "ESR.EC- 1 'WFI/WFE'                        2\n"
			    "ESR.EC-22 'HVC AArch64'                    3\n"
			    "ESR.EC-23 'SMC AArch64'                    4\n"
			    "ESR.EC-24 'MSR/MRS'                        5\n"
			    "ESR.EC-36 'DAbort EL0/1'                   6\n"
			    "ESR.EC-63                                  7\n"
			    "TOTAL                                     28\n");
}

static void test_vdev(void **state)
{
	HAS(1, COUNT(0, 0, 28), COUNT(0, 1, 507922), COUNT(0, 3, 2), COUNT(0, 4, 1), COUNT(0, 6, 9),
	    COUNT(0, 8, 1), COUNT(0, 199, 1));
	frames[0] = (struct nk_stat_vdev){0x10101000, 4096, NK_VDEV_GICD_V2, 0};
	frames[1] = (struct nk_stat_vdev){0x80a0000, 0x20000, NK_VDEV_GICR, 0};
	frames[2] = (struct nk_stat_vdev){0x9000000, 4096, NK_VDEV_UART, 0};
	frames[3] = (struct nk_stat_vdev){0x1000000000, 4096, NK_VDEV_NR, 0};
	nr_frames = 4;
	assert_string_equal(read_matrix("vdev-acc", 0),
			    "                                       VCPU0\n"
			    "arm,gic-v2/gicd-r@10101000                28\n"
			    "arm,gic-v2/gicd-w@10101000            507922\n"
			    "arm,gic-v3/gicr-w@80a0000                  2\n"
			    "arm,pl011-r@9000000                        1\n"
			    "vdev-r@1000000000                          9\n"
			    "vdev-r@?                                   1\n"
			    "vdev-w@?                                   1\n"
			    "TOTAL                                 507964\n");
	for (nr_frames = -1; nr_frames <= 100; nr_frames += 101)
		assert_non_null(strstr(read_matrix("vdev-acc", 0), "\nvdev-w@?  "));
	frames[99].kind = NK_VDEV_UART;
}

static void test_times(void **state)
{
	HAS(2, TIMES(1, 0, 249600, 3800, 2420, 1372, 5, 3), TIMES(1, 26, 364, 1, 0, 0, 0, 1));
	assert_string_equal(read_matrix("hwirq-exec", 1),
			    "                                      <2.4us       <4.9us       "
			    "<9.8us      >=9.8us      AVERAGE\n"
			    "IRQ-  0                                 2420         1372            "
			    "5            3        2.5us\n"
			    "IRQ- 26                                    0            0            "
			    "0            1         14us\n"
			    "TOTAL                                   2420         1372            "
			    "5            4        2.5us\n");
	assert_string_equal(read_matrix("hwirq-latency", 0),
			    "                                      <2.4us       <4.9us       "
			    "<9.8us      >=9.8us      AVERAGE\n"
			    "TOTAL                                      0            0            "
			    "0            0        0.0us\n");
	assert_string_equal(read_matrix("hcall-exec", 1),
			    "                                      <2.4us       <4.9us       "
			    "<9.8us      >=9.8us\n"
			    "HCALL- 0                                2420         1372            "
			    "5            3\n"
			    "HCALL-26 'mem_extent'                      0            0            "
			    "0            1\n"
			    "TOTAL                                   2420         1372            "
			    "5            4\n");
}

/* For programs: the next column of one vCPU, as nk has it, and its name with zeroes behind it. */
static void test_column(void **state)
{
	struct table t = {.vm = 3, .vcpu = 1, .info = &info};
	VlxStat column;

	HAS(2, COUNT(0, 2, 9), TIMES(1, 6, 300, 4, 3, 1), COUNT(1, NK_STAT_PSCI, 2));
	for (t.matrix = matrices; strcmp(t.matrix->name, "hcall-exec"); t.matrix++)
		;
	memset(&column, 0xa5, sizeof(column));
	assert_true(table_column(&t, 0, &column));
	assert_memory_equal(&column.stat, &has[1].stat, sizeof(column.stat));
	assert_memory_equal(column.label, "HCALL- 6 'timer_getfreq'\0\0\0\0\0\0\0", VLX_STAT_LABEL);
	assert_true(table_column(&t, 7, &column));
	assert_int_equal(column.stat.id, NK_STAT_PSCI);
	assert_false(table_column(&t, NK_STAT_PSCI + 1, &column));
	t.vcpu = 2;
	assert_false(table_column(&t, 0, &column));
}

static void test_vcpu_time(void **state)
{
	HAS(2, COUNT(0, NK_VCPU_TIME_EL1, 17), COUNT(1, NK_VCPU_TIME_EL2, 4),
	    COUNT(1, NK_VCPU_TIME_NR, 1));
	assert_string_equal(read_matrix("vcpu-time", 0),
			    "                                       VCPU0        VCPU1\n"
			    "EL1                                       17            0\n"
			    "EL2                                        0            4\n"
			    "OP- 2                                      0            1\n"
			    "TOTAL                                     17            5\n");
}

/* The number that a line of nk/hypercall.h gives a hypercall, or the line behind it. Returns whether it has one. */
static int read_number(FILE *file, const char *line, char *name, unsigned int *nr)
{
	char next[256];
	int n = sscanf(line, "#define NK_HC_%63s %u", name, nr);

	if (n == 1 && strchr(line, '\\') && fgets(next, sizeof(next), file))
		n += sscanf(next, "%u", nr);
	return n == 2 && *nr < NK_HC_LIMIT && strcmp(name, "LIMIT");
}

/* Each hypercall of nk/hypercall.h has its name, which is what nk calls it, too. */
static void test_names(void **state)
{
	FILE *file = fopen("hyp/include/nk/hypercall.h", "r");
	char line[256], name[64], label[TABLE_LABEL], should[128];
	unsigned int found = 0, named = 0, nr;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (!read_number(file, line, name, &nr))
			continue;
		for (char *c = name; *c; c++)
			*c = tolower(*c);
		snprintf(should, sizeof(should), "HCALL-%2u '%s'", nr, name);
		should[TABLE_LABEL - 1] = '\0';
		label_hcall(NULL, nr, label);
		assert_string_equal(label, should);
		found++;
	}
	fclose(file);
	for (nr = 0; nr < NK_HC_LIMIT; nr++) {
		label_hcall(NULL, nr, label);
		named += !!strchr(label, '\'');
	}
	assert_int_equal(named, found + 1); /* and PSCI */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hwirq),  cmocka_unit_test(test_virq),
		cmocka_unit_test(test_ops),    cmocka_unit_test(test_hcall),
		cmocka_unit_test(test_trap),   cmocka_unit_test(test_vdev),
		cmocka_unit_test(test_times),  cmocka_unit_test(test_names),
		cmocka_unit_test(test_column), cmocka_unit_test(test_vcpu_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
