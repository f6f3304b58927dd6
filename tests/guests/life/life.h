/* SPDX-License-Identifier: Apache-2.0 */
/* What VM 2 says of itself to VM 3, in properties. */
#ifndef LIFE_LIFE_H
#define LIFE_LIFE_H

#include "lib/types.h"

#define LIFE_REPORT "life.report"
#define LIFE_COMMAND "life.command" /* a word, written by VM 3, set to 0 by VM 2 */

enum life_command { LIFE_NONE, LIFE_SUSPEND, LIFE_RESTART, LIFE_STOP, LIFE_RESET };

struct life_report {
	u64 time; /* virtual */
	u64 behind; /* physical time less that */
	u64 gap; /* longest virtual time that nothing was seen of */
	u32 ticks; /* least of all CPUs */
	u32 ipis;
	u32 cycles; /* of the CPU that comes and goes */
	u32 wrong; /* time went back, a timer was early, a CPU did not start */
	u32 sysconfs; /* NK_XIRQ_SYSCONF that came */
	u32 pad;
};

/* The other VM's side. */
void life_control(void);

#endif
