/* SPDX-License-Identifier: Apache-2.0 */
/* nk's own options: words of the board's /chosen/bootargs that start with "nk.". */
#ifndef CORE_BOOT_OPTIONS_H
#define CORE_BOOT_OPTIONS_H

#include "lib/types.h"

enum panic_action { PANIC_STOP, PANIC_OFF, PANIC_RESET };

struct options {
	enum panic_action panic; /* nk.panic=stop|off|reset */
	bool bench; /* nk.bench: print what the boot cost */
	bool times; /* nk.times: print how long each start of a VM took */
	bool color; /* nk.color=off */
	u32 focus; /* nk.focus=N, 0 when not given */
	u32 columns; /* nk.columns=N: of the terminal, 0 when not given */
};

extern struct options options;

/* Reads the options; unknown words starting with "nk." are reported. Context: boot. */
void options_parse(const char *bootargs);

#endif
