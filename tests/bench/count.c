// SPDX-License-Identifier: Apache-2.0
/*
 * QEMU plugin: counts executed instructions, all of them, and from the first execution of one
 * instruction word to the last of another. Use under -icount, where CPUs run in turn:
 *   -plugin build/bench/count.so,start=0xfa405a4d,end=0xd4000002,out=FILE
 * start's default is the first word of an arm64 kernel with an EFI stub, which nothing else has;
 * end's is HVC #0, so that the last one is the guest's SYSTEM_OFF.
 * FILE gets the lines "total N", "start N", "end N", "between N".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu-plugin.h"

static uint64_t first, last;
static uint32_t start_word = 0xfa405a4d;
static uint32_t end_word = 0xd4000002;
static const char *out = "count.txt";

static void at_start(unsigned int vcpu, void *userdata)
{
	(void)vcpu;
	(void)userdata;
	if (!first)
		first = counted();
}

static void at_end(unsigned int vcpu, void *userdata)
{
	(void)vcpu;
	(void)userdata;
	if (first)
		last = counted();
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint32_t word = insn_word(insn);

		count_insn(insn);
		if (word == start_word)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, at_start,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
		if (word == end_word)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, at_end, QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
	}
}

static void at_exit(qemu_plugin_id_t id, void *userdata)
{
	FILE *f = fopen(out, "w");

	(void)id;
	(void)userdata;
	if (!f)
		return;
	fprintf(f, "total %llu\nstart %llu\nend %llu\nbetween %llu\n",
		(unsigned long long)counted(), (unsigned long long)first, (unsigned long long)last,
		(unsigned long long)(last - first));
	fclose(f);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id,
							       const struct qemu_info_t *info,
							       int argc, char **argv)
{
	int i;

	plugin_init(info);
	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "start=", 6))
			start_word = (uint32_t)strtoul(argv[i] + 6, NULL, 0);
		else if (!strncmp(argv[i], "end=", 4))
			end_word = (uint32_t)strtoul(argv[i] + 4, NULL, 0);
		else if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
