// SPDX-License-Identifier: Apache-2.0
/*
 * A peer of veth2 that breaks all rules: it goes through the handshake, writes nonsense into its side of the rings
 * and at anything else that both can write, goes away and begins anew, so many `rounds` and `seconds` at least from
 * `seed` on, once a line was typed. Then it is honest: it answers pings. Only for nk.
 */
#include "hostile-veth2/peer.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

#define STEPS 64

void guest_main(void)
{
	u32 rounds = (u32)arg_u64("rounds", 20), done, up = 0;
	char line[8];
	u64 end;

	mmu_on();
	random_seed(arg_u64("seed", 1));
	if (!links_find()) {
		printf("hostile: no links\n");
		return;
	}
	printf("hostile: ready\n");
	getline(line, sizeof(line));
	end = read_sysreg(cntvct_el0) + arg_u64("seconds", 0) * counter_hz();
	for (done = 0; done < rounds || read_sysreg(cntvct_el0) < end; done++) {
		if (links_up()) {
			chaos(STEPS);
			up++;
		}
		links_down();
	}
	printf("hostile: %u of %u rounds\n", up, done);
	for (;;) {
		if (links_up()) {
			printf("hostile: honest\n");
			honest();
		}
		links_down();
	}
}
