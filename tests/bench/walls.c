// SPDX-License-Identifier: Apache-2.0
/*
 * QEMU plugin: what its neighbours cost a guest, in instructions of its own CPU. Use under -icount:
 *   -plugin build/bench/walls.so,vectors=ADDRESS,watched=ADDRESS,out=FILE
 * The addresses are nk's symbols `vectors` and `vectors_watched`. tests/guests/victim.c marks places with HINTs:
 *   102 from here on, 103 up to here, on the CPU that executes them; 105 its timer's interrupt; 106 an
 *   interrupt is taken, 107 it is done with.
 * FILE gets lines "NAME NUMBER": own (instructions of that CPU), nk (of them at EL2), interrupted (of
 * them between 106 and 107), exits (of that CPU), late (the most to 105 from where the guest's own work,
 * which any interrupt would have broken off, was left), starved (the most at EL2 with no instruction
 * of the guest in between), and longest (the longest that nk looked at no interrupt on any CPU: from a
 * vector, a WFI, or a read of ISR_EL1 to an ERET or another of these).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu-plugin.h"

#define CPUS 16
#define VECTORS_SIZE 0x800
#define VECTOR_LOWER 0x400
#define VA_NK 0x400000000000ULL /* arch/layout.h: VA_IMAGE */
#define VA_END 0x480000000000ULL
#define HINT(n) (0xd503201fU | (n) << 5)
#define WFI HINT(3)
#define ERET 0xd69f03e0U
#define READS_ISR(word) (((word) & ~31U) == 0xd538c100U) /* nk looks whether interrupts pend */

static struct {
	uint64_t own, nk, interrupted, exits, late, starved, longest;
} now, end;

static uint64_t stay[CPUS]; /* instructions since the CPU came to EL2 */
static uint64_t since_work, since_guest, vectors, watched;
static unsigned int victim = CPUS;
static int in_interrupt;
static const char *out = "walls.txt";

static void in_guest(unsigned int vcpu, void *userdata)
{
	(void)userdata;
	if (vcpu != victim)
		return;
	now.own++;
	now.interrupted += in_interrupt;
	since_work = in_interrupt ? since_work + 1 : 0;
	if (since_guest > now.starved)
		now.starved = since_guest;
	since_guest = 0;
}

static void in_nk(unsigned int vcpu, void *userdata)
{
	(void)userdata;
	stay[vcpu % CPUS]++;
	if (vcpu != victim)
		return;
	now.own++;
	now.nk++;
	since_work++;
	since_guest++;
}

static void at_vector(unsigned int vcpu, void *userdata)
{
	(void)userdata;
	now.exits += vcpu == victim;
	stay[vcpu % CPUS] = 0;
}

/* Whatever pends is taken now. */
static void at_leave(unsigned int vcpu, void *userdata)
{
	(void)userdata;
	if (stay[vcpu % CPUS] > now.longest)
		now.longest = stay[vcpu % CPUS];
	stay[vcpu % CPUS] = 0;
}

static void at_mark(unsigned int vcpu, void *userdata)
{
	int mark = *(int *)userdata;

	if (mark == 2) {
		victim = vcpu;
		memset(&now, 0, sizeof(now));
	}
	if (vcpu != victim)
		return;
	if (mark == 3) {
		end = now;
	} else if (mark == 5) {
		if (since_work > now.late)
			now.late = since_work;
	} else if (mark == 6 || mark == 7) {
		in_interrupt = mark == 6;
	}
}

/* Where a guest comes to nk. */
static int is_entry(uint64_t va)
{
	uint64_t at = va - watched < VECTORS_SIZE ? va - watched : va - vectors;

	return at < VECTORS_SIZE && at >= VECTOR_LOWER && !(at & 0x7f);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	static int numbers[] = {0, 1, 2, 3, 4, 5, 6, 7};
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t va = qemu_plugin_insn_vaddr(insn);
		int nk = va >= VA_NK && va < VA_END;
		uint32_t word = insn_word(insn);

		if (!nk && word >= HINT(100) && word <= HINT(107) && (word - HINT(100)) % 32 == 0)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, at_mark,
							       QEMU_PLUGIN_CB_NO_REGS,
							       &numbers[(word - HINT(100)) / 32]);
		if (nk && is_entry(va))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, at_vector,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
		qemu_plugin_register_vcpu_insn_exec_cb(insn, nk ? in_nk : in_guest,
						       QEMU_PLUGIN_CB_NO_REGS, NULL);
		if (nk && (word == WFI || word == ERET || READS_ISR(word)))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, at_leave,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
	}
}

static void at_exit(qemu_plugin_id_t id, void *userdata)
{
	FILE *f = fopen(out, "w");

	(void)id;
	(void)userdata;
	if (!f)
		return;
	fprintf(f,
		"own %llu\nnk %llu\ninterrupted %llu\nexits %llu\nlate %llu\nstarved %llu\nlongest "
		"%llu\n",
		(unsigned long long)end.own, (unsigned long long)end.nk,
		(unsigned long long)end.interrupted, (unsigned long long)end.exits,
		(unsigned long long)end.late, (unsigned long long)end.starved,
		(unsigned long long)end.longest);
	fclose(f);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id,
							       const struct qemu_info_t *info,
							       int argc, char **argv)
{
	plugin_init(info);
	plugin_arguments(argc, argv, &vectors, &out);
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "watched=", 8))
			watched = strtoull(argv[i] + 8, NULL, 0);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
