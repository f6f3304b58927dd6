// SPDX-License-Identifier: Apache-2.0
/*
 * QEMU plugin: how often each instruction of nk was done between the marks 100 and 101 of guests (exits.c says what they
 * are). Use under -icount:
 *   -plugin build/bench/profile.so,out=FILE
 * FILE gets a line "ADDRESS TIMES" for each that was done (nkprofile.py reads it).
 */
#include <stdio.h>
#include <string.h>

#include "qemu-plugin.h"

#define VA_NK 0x400000000000ULL /* arch/layout.h: VA_IMAGE */
#define WORDS (1 << 18) /* of the image: it has 1 MiB at most */
#define HINT(n) (0xd503201fU | (n) << 5)

/* Of each instruction: up to the last mark, and since. Guests may mark more often than nk runs. */
static struct count {
	uint64_t times, new;
	struct count *next; /* of those with new ones */
} counts[WORDS], *touched;
static const char *out = "profile.txt";

static void add_one(unsigned int vcpu, void *userdata)
{
	struct count *c = userdata;

	(void)vcpu;
	if (!c->new ++) {
		c->next = touched;
		touched = c;
	}
}

static void at_begin(unsigned int vcpu, void *userdata)
{
	static int on;

	(void)vcpu;
	(void)userdata;
	if (on++)
		return;
	memset(counts, 0, sizeof(counts));
	touched = NULL;
}

static void at_last(unsigned int vcpu, void *userdata)
{
	(void)vcpu;
	(void)userdata;
	for (; touched; touched = touched->next) {
		touched->times += touched->new;
		touched->new = 0;
	}
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t word = (qemu_plugin_insn_vaddr(insn) - VA_NK) / 4;
		uint32_t code = insn_word(insn);

		if (code == HINT(100))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, at_begin,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
		if (code == HINT(101))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, at_last,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
		if (word < WORDS)
			qemu_plugin_register_vcpu_insn_exec_cb(
				insn, add_one, QEMU_PLUGIN_CB_NO_REGS, &counts[word]);
	}
}

static void at_exit(qemu_plugin_id_t id, void *userdata)
{
	FILE *f = fopen(out, "w");

	(void)id;
	(void)userdata;
	if (!f)
		return;
	for (uint64_t i = 0; i < WORDS; i++)
		if (counts[i].times)
			fprintf(f, "%llx %llu\n", (unsigned long long)(VA_NK + 4 * i),
				(unsigned long long)counts[i].times);
	fclose(f);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id,
							       const struct qemu_info_t *info,
							       int argc, char **argv)
{
	uint64_t unused;

	plugin_init(info);
	plugin_arguments(argc, argv, &unused, &out);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
