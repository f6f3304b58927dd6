/* SPDX-License-Identifier: Apache-2.0 */
/* vlinks: stub */
#include "core/vlink.h"

int vlinks_create(struct cfg_error *err) { return 0; }
int vlinks_vm_create(struct vm *vm, struct cfg_error *err) { return 0; }
struct cfg_range vlinks_window(void) { return (struct cfg_range){0}; }
void vlinks_vm_stopped(struct vm *vm) {}
bool vlink_has_end(u32 n, u32 id) { return false; }
u64 vlinks_pmem_size(void) { return 0; }
u64 vlinks_pmem_used(void) { return 0; }
void vlink_hypevent(u32 id, const char *name, u32 event) {}
