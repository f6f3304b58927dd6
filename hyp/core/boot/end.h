/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the machine, and nk's last line, which says why it ended. */
#ifndef CORE_BOOT_END_H
#define CORE_BOOT_END_H

/* The numbers are part of the line: docs/guide/console.md. */
enum end_status {
	END_IN_ORDER = 0,
	END_CONFIG = 1, /* a configuration error */
	END_PANIC = 2,
	END_VM_FAILED = 3, /* the last VM has stopped, and nk had ended one */
};

/*
 * Stops the other CPUs, prints all that is queued and the last line, turns the machine off. When
 * two CPUs come here, the first one does it. Context: any, no lock of the console held.
 */
__attribute__((noreturn)) void end_machine(enum end_status status, const char *why);

/* The same, but the machine starts anew. */
__attribute__((noreturn)) void end_reset(void);

/* What the option nk.panic says, when the report is out. Context: the CPU that panicked. */
__attribute__((noreturn)) void end_panic(void);

#endif
