// SPDX-License-Identifier: Apache-2.0
/*
 * QEMU plugin: what happened in spans of a guest's work, on all CPUs. Use under -icount:
 *   -plugin build/bench/spans.so,vectors=ADDRESS,out=FILE
 * ADDRESS is nk's symbol `vectors`. A guest marks where a span begins and ends with HINT 104 and 105, at EL0 or EL1.
 * FILE gets a line for each span, in their order: "INSTRUCTIONS OF-NK SYNC-EXITS INTERRUPT-EXITS".
 */
#include <stdio.h>

#include "qemu-plugin.h"

#define VECTOR_SYNC 0x400
#define VECTOR_IRQ 0x480
#define VA_NK 0x400000000000ULL /* arch/layout.h: VA_IMAGE */
#define VA_END 0x480000000000ULL
#define HINT(n) (0xd503201fU | (n) << 5)
#define BEGIN HINT(104)
#define END HINT(105)
#define SPANS 64

struct counts {
	uint64_t all, nk, sync, irq;
};

static uint64_t vectors;
static struct counts now, begun, spans[SPANS];
static unsigned int ended;
static const char *out = "spans.txt";

static void add_one(unsigned int vcpu, void *counter)
{
	(void)vcpu;
	++*(uint64_t *)counter;
}

static void at_begin(unsigned int vcpu, void *userdata)
{
	(void)vcpu;
	(void)userdata;
	begun = now;
	begun.all = counted();
}

static void at_end(unsigned int vcpu, void *userdata)
{
	(void)vcpu;
	(void)userdata;
	if (ended == SPANS)
		return;
	spans[ended++] = (struct counts){
		.all = counted() - begun.all,
		.nk = now.nk - begun.nk,
		.sync = now.sync - begun.sync,
		.irq = now.irq - begun.irq,
	};
}

static void call_at(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_udata_cb_t function, void *data)
{
	qemu_plugin_register_vcpu_insn_exec_cb(insn, function, QEMU_PLUGIN_CB_NO_REGS, data);
}

static void look(struct qemu_plugin_insn *insn)
{
	uint64_t va = qemu_plugin_insn_vaddr(insn);
	uint32_t word = insn_word(insn);

	if (word == BEGIN)
		call_at(insn, at_begin, NULL);
	if (word == END)
		call_at(insn, at_end, NULL);
	count_insn(insn);
	if (va < VA_NK || va >= VA_END)
		return;
	if (va == vectors + VECTOR_SYNC)
		call_at(insn, add_one, &now.sync);
	if (va == vectors + VECTOR_IRQ)
		call_at(insn, add_one, &now.irq);
	call_at(insn, add_one, &now.nk);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
		look(qemu_plugin_tb_get_insn(tb, i));
}

static void at_exit(qemu_plugin_id_t id, void *userdata)
{
	FILE *f = fopen(out, "w");

	(void)id;
	(void)userdata;
	if (!f)
		return;
	for (unsigned int i = 0; i < ended; i++)
		fprintf(f, "%llu %llu %llu %llu\n", (unsigned long long)spans[i].all,
			(unsigned long long)spans[i].nk, (unsigned long long)spans[i].sync,
			(unsigned long long)spans[i].irq);
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
