/* SPDX-License-Identifier: Apache-2.0 */
/* Static bounds of the system: what the pools and tables are sized for. */
#ifndef LIB_LIMITS_H
#define LIB_LIMITS_H

#define NK_CPUS_MAX 16 /* physical CPUs */
#define NK_VCPUS_MAX 16 /* vCPUs of one VM */
#define NK_VM_ID_MAX 31 /* ids 2..31 are guests; 0 is idle time, 1 is nk itself */
#define NK_VM_ID_FIRST 2
#define NK_VM_IDS (NK_VM_ID_MAX + 1)
#define NK_NAME_MAX 32 /* bytes of a VM or image name, with the NUL */

#endif
