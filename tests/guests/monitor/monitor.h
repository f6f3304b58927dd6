/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of monitor.c share. */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include "lib/types.h"
#include "nk/monitor.h"

#define SGI 3
#define SGIS 20
#define TIMERS 10

extern u64 me;
extern u32 fired; /* interrupts since do_sgis(), or do_timers(), began */

void enable(u32 mode);
void do_sgis(void);
void do_timers(void);
void do_sleeps(void);
u64 sum_of(const struct nk_cpu_times *t);

/* Switches monitoring under the load of other VMs: `switch` of the bootargs. VMs 3 to 5 have `load`. */
void switch_often(void);

/* Exits of all kinds until VM 2 has enough, none of which may be lost. */
void load(void);

/* What happens to VMs and CPUs, of VM 2 (`lives`), by VM 3 (`subject`), and hidden from VM 4 (`stranger`). */
void lives(void);
void subject(void);
void stranger(void);

#endif
