/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few declarations of QEMU's plugin interface that the plugins here use; Debian ships no header. What differs
 * between its version 1, of QEMU 7.2, and those since QEMU 9 is hidden behind plugin.c: our counter and
 * our insn_word(). Source: QEMU's docs/devel/tcg-plugins.rst and include/qemu/qemu-plugin.h, 7.2 and 10.0.
 */
#ifndef QEMU_PLUGIN_H
#define QEMU_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

typedef void (*qemu_plugin_udata_cb_t)(qemu_plugin_id_t id, void *userdata);
typedef void (*qemu_plugin_vcpu_udata_cb_t)(unsigned int vcpu, void *userdata);
typedef void (*qemu_plugin_vcpu_tb_trans_cb_t)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_tb_trans_cb_t cb);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    qemu_plugin_vcpu_udata_cb_t cb,
					    enum qemu_plugin_cb_flags flags, void *userdata);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_plugin_udata_cb_t cb, void *userdata);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

/* plugin.c: from here on, whatever QEMU's version is. Context: qemu_plugin_install() calls the first one. */
void plugin_init(const struct qemu_info_t *info);

/* The arguments that most plugins here have: vectors=ADDRESS, out=FILE. What is not there stays as it is. */
void plugin_arguments(int argc, char **argv, uint64_t *vectors, const char **out);
uint32_t insn_word(const struct qemu_plugin_insn *insn);
void count_insn(struct qemu_plugin_insn *insn); /* its executions, by any CPU */
uint64_t counted(void); /* executions of all that are counted, up to now */

#endif
