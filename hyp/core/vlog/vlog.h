/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Circular logs: what VMs and nk note for whoever looks later (nk/log.h; `logs` of the system tree's /hyp). They are in
 * nk's own RAM, and stay when VMs are restarted; a reset of the machine empties them.
 *
 * Each has a lock, held for one line that is added, or some characters that are copied out. nr: a log of
 * sys_config.vlog that is there; callers look first, and whether the VM may.
 */
#ifndef CORE_VLOG_VLOG_H
#define CORE_VLOG_VLOG_H

#include "config/error.h"
#include "lib/types.h"

struct vm;

/* A VM may add so many bytes to each log at once, and so many a second. */
#define VLOG_BURST 16384
#define VLOG_RATE 16384

/* Takes their RAM, wiped. Returns 0, or -1 with *err filled. Context: boot. */
int vlogs_create(struct cfg_error *err);

/*
 * Adds the first line of a VM's text, of size characters (1 to NK_LOG_TEXT), with a newline. Control characters of the
 * text become '?'; it has room for one more. Returns how many characters that was, or NK_LOG_LATER. Context: any.
 */
s64 vlog_write(u32 nr, u32 vm_id, u8 *text, u32 size);

/* Adds a line of nk's own to the first log, if there is one; as above. Context: any, but for the machine's end. */
void vlog_nk(char *line, u32 len);

/*
 * Copies at most size characters to the VM from the ordinal on that is at `ordinal`, or from the oldest line if they are not
 * there any more; the ordinal becomes that of the next one. Returns how many, 0 if there are none yet; fewer where the ring
 * ends; -1 when the memory is not the VM's. Context: the VM's CPU.
 */
u64 vlog_read(u32 nr, const struct vm *vm, ipa_t ordinal, ipa_t text, u64 size);

#endif
