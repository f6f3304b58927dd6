/* SPDX-License-Identifier: GPL-2.0-only */
/* The head of an ELF core: what stands before the memory of a VM. Knows nothing of Linux, for its test. */
#ifndef DUMP_CORE_H
#define DUMP_CORE_H

#include <nk/dump.h>

#define CORE_VCPUS_MAX 16
#define CORE_RAM_MAX 4 /* pieces of RAM */
#define CORE_NOTE_MAX 8192 /* of the guest's own note that is taken */

/* What it is made of. */
struct core {
	struct nk_dump_info info;
	struct nk_dump_vcpu vcpu[CORE_VCPUS_MAX];
	unsigned int nr_ram;
	struct nk_dump_ram ram[CORE_RAM_MAX];
	unsigned char
		note[CORE_NOTE_MAX]; /* where the guest keeps it; note_len of it are one, 0: none */
	unsigned int note_len;
};

/* How much of core->note is one note; 0: it is none. Sets note_len. max: how many bytes were read. */
void core_check_note(struct core *core, unsigned int max);

/* Bytes of the head: a multiple of NK_DUMP_PAGE; the memory follows, a piece behind the other. */
unsigned int core_head_size(const struct core *core);

/* Bytes of all pieces. */
unsigned long long core_ram_size(const struct core *core);

/* The guest-physical address of what is so many bytes behind the head, fewer than there are. */
unsigned long long core_address(const struct core *core, unsigned long long offset);

/* Writes it to head, which is zero. */
void core_head(const struct core *core, unsigned char *head);

#endif
