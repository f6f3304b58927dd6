// SPDX-License-Identifier: Apache-2.0
/*
 * QEMU plugin: what a guest's exits cost in instructions of nk, by what the exit was for, and how
 * long it is from one instruction of one guest to one of another. Use under -icount:
 *   -plugin build/bench/exits.so,vectors=ADDRESS,out=FILE
 * ADDRESS is nk's symbol `vectors`. Guests mark places with HINTs that nobody gave a meaning:
 *   100 from here on, 101 up to the last one of these; 102 a way begins, 103 it ends.
 * FILE gets "sync EXITS INSTRUCTIONS", "irq EXITS INSTRUCTIONS", "way TIMES INSTRUCTIONS"; the last
 * one counts those of all CPUs.
 */
#include <stdio.h>
#include <string.h>

#include "qemu-plugin.h"

#define CPUS 16
#define VECTOR_SYNC 0x400
#define VECTOR_IRQ 0x480
#define VA_NK 0x400000000000ULL /* arch/layout.h: VA_IMAGE */
#define VA_END 0x480000000000ULL
#define HINT(n) (0xd503201fU | (n) << 5)

enum { SYNC, IRQ, KINDS };

struct counts {
	uint64_t times[KINDS + 1];
	uint64_t instructions[KINDS + 1];
};

static uint64_t way_start, vectors;
static struct counts now, end;
static int kind[CPUS];
static bool on;
static const char *out = "exits.txt";

static void in_nk(unsigned int vcpu, void *userdata)
{
	(void)userdata;
	now.instructions[kind[vcpu % CPUS]]++;
}

static void at_vector(unsigned int vcpu, void *userdata)
{
	kind[vcpu % CPUS] = *(int *)userdata;
	now.times[kind[vcpu % CPUS]]++;
}

static void at_mark(unsigned int vcpu, void *userdata)
{
	(void)vcpu;
	switch (*(int *)userdata) {
	case 0:
		if (!on)
			memset(&now, 0, sizeof(now));
		on = true;
		break;
	case 1:
		end = now;
		break;
	case 2:
		way_start = counted();
		break;
	default:
		if (!way_start)
			break;
		now.instructions[KINDS] += counted() - way_start;
		now.times[KINDS]++;
		way_start = 0;
	}
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	static int numbers[] = {0, 1, 2, 3};
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t va = qemu_plugin_insn_vaddr(insn);
		uint32_t word = insn_word(insn);

		if (word >= HINT(100) && word <= HINT(103) && (word - HINT(100)) % 32 == 0)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, at_mark,
							       QEMU_PLUGIN_CB_NO_REGS,
							       &numbers[(word - HINT(100)) / 32]);
		count_insn(insn);
		if (va < VA_NK || va >= VA_END)
			continue;
		if (va == vectors + VECTOR_SYNC || va == vectors + VECTOR_IRQ)
			qemu_plugin_register_vcpu_insn_exec_cb(
				insn, at_vector, QEMU_PLUGIN_CB_NO_REGS,
				&numbers[va == vectors + VECTOR_IRQ]);
		qemu_plugin_register_vcpu_insn_exec_cb(insn, in_nk, QEMU_PLUGIN_CB_NO_REGS, NULL);
	}
}

static void at_exit(qemu_plugin_id_t id, void *userdata)
{
	static const char *const names[] = {"sync", "irq", "way"};
	FILE *f = fopen(out, "w");
	int i;

	(void)id;
	(void)userdata;
	if (!f)
		return;
	for (i = 0; i <= KINDS; i++)
		fprintf(f, "%s %llu %llu\n", names[i], (unsigned long long)end.times[i],
			(unsigned long long)end.instructions[i]);
	fclose(f);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id,
							       const struct qemu_info_t *info,
							       int argc, char **argv)
{
	plugin_init(info);
	plugin_arguments(argc, argv, &vectors, &out);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
