// SPDX-License-Identifier: Apache-2.0
/* What differs between QEMU's plugin interfaces; which one there is shows by its functions. */
#include <stdlib.h>
#include <string.h>

#include "qemu-plugin.h"

#define WEAK __attribute__((weak))
#define ADD_U64 0 /* enum qemu_plugin_op */

struct qemu_info_t {
	const char *target_name;
	struct {
		int min, cur;
	} version;
};

/* Version 1. */
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op, void *ptr,
						uint64_t imm) WEAK;
/* Version 2 and later. */
struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t size) WEAK;
/* Versions 1 and 2: returns the bytes. Version 3 and later: copies them, returns how many. */
void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t size);

__attribute__((visibility("default"))) int qemu_plugin_version;

static uint64_t total;
static int version;

/* Before QEMU looks at the version: 2 is one that all since QEMU 9 take. */
__attribute__((constructor)) static void choose_version(void)
{
	qemu_plugin_version = qemu_plugin_scoreboard_new ? 2 : 1;
}

void plugin_init(const struct qemu_info_t *info)
{
	version = info->version.cur;
}

void plugin_arguments(int argc, char **argv, uint64_t *vectors, const char **out)
{
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "vectors=", 8))
			*vectors = strtoull(argv[i] + 8, NULL, 0);
		else if (!strncmp(argv[i], "out=", 4))
			*out = strdup(argv[i] + 4);
	}
}

uint32_t insn_word(const struct qemu_plugin_insn *insn)
{
	uint32_t word = 0;
	const void *data = qemu_plugin_insn_data(insn, &word, sizeof(word));

	if (version < 3)
		memcpy(&word, data, sizeof(word));
	return word;
}

static void count(unsigned int vcpu, void *userdata)
{
	(void)vcpu;
	(void)userdata;
	total++;
}

/* What is inline since version 2 counts by CPU, whose number QEMU 10 does not know under -icount (see nk-bench). */
void count_insn(struct qemu_plugin_insn *insn)
{
	if (qemu_plugin_scoreboard_new)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, count, QEMU_PLUGIN_CB_NO_REGS, NULL);
	else
		qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64, &total, 1);
}

uint64_t counted(void)
{
	return total;
}
