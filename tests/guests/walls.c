// SPDX-License-Identifier: Apache-2.0
/*
 * Touches any address on demand, so that a test driver can try the walls of a VM: one command a
 * line over the UART. Reports the abort that comes of it, bare and under nk.
 *   peek ADDR [BYTES]; poke ADDR VALUE [BYTES]; pair ADDR (LDP); exec ADDR; scan FROM TO STEP;
 *   try ADDR...: reads, writes and calls each, and reports what does not give its abort; zero ADDR BYTES;
 *   storm ADDR: a vector table there, where nothing is, and an abort; off
 */
#include "rt/psci.h"
#include "rt/rt.h"

static void outcome(const char *what, u64 addr, bool faulted, u64 value)
{
	if (faulted)
		printf("walls: %s 0x%lx faulted, esr 0x%lx, far 0x%lx\n", what, addr,
		       this_cpu()->fault.esr, this_cpu()->fault.far);
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

static bool strays(u64 addr, bool faulted, u64 iss)
{
	const struct cpu *c = this_cpu();

	return faulted && c->fault.esr == (iss | BIT(25) | 0x10) && c->fault.far == addr;
}

/* Each access to each address must give the external abort that the Arm ARM says (D19.2.37). */
static void try(const char *p)
{
	u32 n = 0;

	while (*p) {
		u64 addr = parse_u64(p, &p);

		n++;
		if (!strays(addr, probe_read(addr, 4, NULL), (u64)EC_DABT << 26))
			printf("walls: read of 0x%lx: esr 0x%lx\n", addr, this_cpu()->fault.esr);
		if (!strays(addr, probe_write(addr, 4, ~0UL), (u64)EC_DABT << 26 | BIT(6)))
			printf("walls: write to 0x%lx: esr 0x%lx\n", addr, this_cpu()->fault.esr);
		if (!strays(addr, probe_exec(addr), (u64)EC_IABT << 26))
			printf("walls: call of 0x%lx: esr 0x%lx\n", addr, this_cpu()->fault.esr);
	}
	printf("walls: tried %u\n", n);
}

static bool pair(u64 addr)
{
	u64 a, b;

	fault_begin();
	asm volatile("ldp %w0, %w1, [%2]" : "=&r"(a), "=&r"(b) : "r"(addr) : "memory");
	return fault_end();
}

/* From abort to abort, for ever. */
static void storm(u64 addr)
{
	printf("walls: storm\n");
	write_sysreg(vbar_el1, addr);
	isb();
	read32(addr);
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
	if (!strncmp(line, "try", 3)) {
		try(line + 3);
	} else if (!strncmp(line, "peek", 4)) {
		bool faulted = probe_read(a, b ? (u32)b : 4, &v);

		outcome("peek", a, faulted, v);
	} else if (!strncmp(line, "poke", 4)) {
		outcome("poke", a, probe_write(a, c ? (u32)c : 4, b), b);
	} else if (!strncmp(line, "pair", 4)) {
		outcome("pair", a, pair(a), 0);
	} else if (!strncmp(line, "storm", 5)) {
		storm(a);
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
	char line[160];

	sleep_init(false);
	printf("walls: ram 0x%lx 0x%lx\n", ram_base(), ram_size());
	do {
		printf("walls: ready\n");
		getline(line, sizeof(line));
	} while (command(line));
}
