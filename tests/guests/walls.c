/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Touches any address on demand, so that a test driver can try the walls of a VM: one command a
 * line over the UART. On bare QEMU a fault is reported; under nk it ends the VM.
 *   peek ADDR [BYTES]; poke ADDR VALUE [BYTES]; exec ADDR; scan FROM TO STEP; zero ADDR BYTES; off
 */
#include "rt/psci.h"
#include "rt/rt.h"

static void outcome(const char *what, u64 addr, bool faulted, u64 value)
{
	if (faulted)
		printf("walls: %s 0x%lx faulted, class 0x%x, far 0x%lx\n", what, addr, fault_ec(),
		       this_cpu()->fault.far);
	else
		printf("walls: %s 0x%lx ok 0x%lx\n", what, addr, value);
}

static void scan(u64 from, u64 to, u64 step)
{
	u64 a, faults = 0, good = 0;

	for (a = from; step && a < to; a += step) {
		if (probe_read(a, 4, NULL))
			faults++;
		else
			good++;
	}
	printf("walls: scan 0x%lx 0x%lx: %lu ok, %lu faulted\n", from, to, good, faults);
}

/* Whether memory is zero from ADDR on. */
static void zero(u64 addr, u64 bytes)
{
	u64 a, dirty = 0;

	for (a = addr; a < addr + bytes; a += 8)
		dirty += read64(a) != 0;
	printf("walls: zero 0x%lx: %lu words are not\n", addr, dirty);
}

static bool command(const char *line)
{
	u64 a, b, c, v = 0;
	const char *p = line;

	while (*p && *p != ' ')
		p++;
	a = parse_u64(p, &p);
	b = parse_u64(p, &p);
	c = parse_u64(p, &p);
	if (!strncmp(line, "peek", 4)) {
		bool faulted = probe_read(a, b ? (u32)b : 4, &v);

		outcome("peek", a, faulted, v);
	} else if (!strncmp(line, "poke", 4)) {
		outcome("poke", a, probe_write(a, c ? (u32)c : 4, b), b);
	} else if (!strncmp(line, "exec", 4)) {
		outcome("exec", a, probe_exec(a), 0);
	} else if (!strncmp(line, "scan", 4)) {
		scan(a, b, c);
	} else if (!strncmp(line, "zero", 4)) {
		zero(a, b);
	} else if (!strncmp(line, "off", 3)) {
		return false;
	} else if (*line) {
		printf("walls: unknown command\n");
	}
	return true;
}

void guest_main(void)
{
	char line[80];

	printf("walls: ram 0x%lx 0x%lx\n", ram_base(), ram_size());
	do {
		printf("walls: ready\n");
		getline(line, sizeof(line));
	} while (command(line));
}
