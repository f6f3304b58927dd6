/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's beginning and its end. */
#ifndef CORE_BOOT_MAIN_H
#define CORE_BOOT_MAIN_H

/* A VM has stopped for good: when it was the last one, the machine is turned off. */
void core_vm_gone(void);

/* Prints the one line of a wrong configuration, and ends the machine. */
struct cfg_error;
__attribute__((noreturn)) void config_fail(const struct cfg_error *err);

/* What nk's prompt can ask. */
extern const struct prompt_ops core_prompt_ops;

#endif
