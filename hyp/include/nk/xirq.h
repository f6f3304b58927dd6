/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Cross interrupts. An NkXIrq below 1024 is an interrupt of the VM's own GIC by its INTID; those
 * from NK_XIRQ_FIRST on are cross interrupts, SPIs behind the ones of devices. The `nk` node of the
 * guest's tree says where they begin (`xirqs = <first-spi count>`), as does NK_HC_XIRQ_PTOV.
 */
#ifndef NK_XIRQ_H
#define NK_XIRQ_H

#include <nk/types.h>

#define NK_XIRQ_FIRST 1024
#define NK_XIRQ_SYSCONF NK_XIRQ_FIRST /* configuration changed: one for each VM */
#define NK_XIRQ_NR 256 /* of a VM, with NK_XIRQ_SYSCONF */
#define NK_XIRQ_LIMIT (NK_XIRQ_FIRST + NK_XIRQ_NR)

#endif
