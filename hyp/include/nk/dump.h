/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The image of a VM that has stopped or is paused, for a VM that may get its property nk.vm.N.dump. Each
 * NK_HC_DUMP_* is refused with -1 while the VM runs, or is being loaded; and when what is there is not what
 * NK_HC_DUMP_INFO told of: a life has its generation, and each of its pauses one more.
 */
#ifndef NK_DUMP_H
#define NK_DUMP_H

#include "nk/types.h"

#define NK_DUMP_PAGE 4096 /* what NK_HC_DUMP_READ copies, at an address that is a multiple of it */
#define NK_CRASH_TEXT_MAX 512 /* of what a guest says at its end, by NK_HC_CRASH */

/* Why a VM has crashed; 0: it has not. */
#define NK_CRASH_FATAL 1 /* nk ended it */
#define NK_CRASH_PANIC 2 /* its guest said so */
#define NK_CRASH_WATCHDOG 3 /* it was not heard of in time */

struct nk_dump_info {
	nku64_f generation;
	nku64_f ram_base; /* guest-physical; of the first piece of its RAM */
	nku64_f ram_size;
	nku64_f note_base; /* where the guest keeps an ELF note about itself (NK_HC_CRASH_NOTE), 0: nowhere */
	nku64_f note_size;
	nku32_f nr_vcpus;
	nku32_f reason; /* NK_CRASH_* */
	nku32_f vcpu; /* the one that crashed */
	nku32_f more_ram; /* how many other pieces there are, by NK_HC_DUMP_RAM from 1 on */
};

/* A piece of RAM. */
struct nk_dump_ram {
	nku64_f base; /* guest-physical */
	nku64_f size;
};

struct nk_dump_vcpu {
	nku64_f x[31];
	nku64_f sp; /* the one in use */
	nku64_f pc;
	nku64_f pstate;
	nku64_f sp_el0;
	nku64_f sp_el1;
	nku64_f elr_el1;
	nku64_f spsr_el1;
	nku64_f esr_el1;
	nku64_f far_el1;
	nku64_f vbar_el1;
	nku64_f sctlr_el1;
	nku64_f tcr_el1;
	nku64_f ttbr0_el1;
	nku64_f ttbr1_el1;
	nku64_f tpidr_el0;
	nku64_f tpidr_el1;
	nku64_f mpidr;
	nku64_f on; /* 1: it was on; 0: all of this is old, or zero */
};

#endif
