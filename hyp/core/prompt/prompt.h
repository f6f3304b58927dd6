/* SPDX-License-Identifier: Apache-2.0 */
/* nk's own prompt: a few commands to look at the VMs and to steer them. */
#ifndef CORE_PROMPT_PROMPT_H
#define CORE_PROMPT_PROMPT_H

#include "config/model.h"

enum prompt_action {
	PROMPT_START,
	PROMPT_STOP,
	PROMPT_RESTART,
	PROMPT_SUSPEND,
	PROMPT_RESUME,
};

struct prompt_vm {
	const char *state; /* "running", "stopped", ... */
	u32 nr_vcpus;
	u32 nr_on; /* vCPUs that are switched on */
	u32 restarts; /* times it was started again */
	u32 held; /* how often it had to wait, see core/link/xirq.c */
	u32 nr_ram;
	struct prompt_ram {
		u64 base; /* IPA */
		u64 pa;
		u64 size;
	} ram[CFG_RAM_PIECES];
	const char *reason; /* why it stopped last, or NULL */
};

struct prompt_cpu {
	u64 mpidr;
	const char *state; /* "guest", "idle", "off", ... */
	u32 vm; /* whose vCPU it has; 0: none */
	u32 vcpu;
};

struct prompt_mem {
	u64 total; /* bytes of RAM on the board, less what is reserved */
	u64 free;
	u64 nk; /* nk itself, its tables included */
	u64 guests;
};

/*
 * What the prompt needs from the rest of nk. Called by console_irq(), at EL2, with no lock
 * held: they must not wait. Any may be NULL: then the prompt says that it cannot.
 */
struct prompt_ops {
	/* Fills *info, false if there is no VM id. */
	bool (*vm)(u32 id, struct prompt_vm *info);
	/* Asks for the change; NULL if it is under way, else a few words why not. */
	const char *(*vm_action)(u32 id, enum prompt_action action);
	/* Fills *info, false if there is no such CPU (they are numbered from 0). */
	bool (*cpu)(u32 cpu, struct prompt_cpu *info);
	void (*mem)(struct prompt_mem *info);
	/* start, stop, dump: NULL, or a few words why not. */
	const char *(*trace)(const char *what);
	/* Ends everything: QEMU, or the machine. Does not return. */
	void (*quit)(void);
	/* Resets the machine, and so starts nk anew. Does not return. */
	void (*reset)(void);
};

/* Context: boot. ops stays where it is. */
void prompt_init(const struct prompt_ops *ops);

/* One key typed at the prompt. Context: console_irq(). */
void prompt_key(u8 c);

/* The q key and the quit command. Context: console_irq(). */
void prompt_quit(void);

#endif
