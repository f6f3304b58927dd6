// SPDX-License-Identifier: Apache-2.0
/*
 * A shell of hypercalls, for drivers of tests that want to see vlinks from inside. One command a
 * line over the UART, one line of answer:
 *   look NAME|- PREVIOUS; hc NUMBER [A1 [A2 [A3 [A4]]]]; peek ADDR [BYTES]; poke ADDR VALUE [BYTES];
 *   exec ADDR; touch ADDR (until it is gone); text ADDR; flush LINK PAGE N; zero ADDR BYTES; irqs [clear]; spi INTID; set PROPERTY (to one byte, 1); property ID; dt; reset;
 *   off
 * Interrupts are cross interrupts, and the SPI that `spi` has named: each is counted.
 */
#include "nk/xirq.h"
#include "rt/dt.h"
#include "rt/gic.h"
#include "rt/nkcall.h"
#include "rt/psci.h"
#include "rt/rt.h"

static u32 first_intid, nr_xirqs;
static u32 counts[NK_XIRQ_NR];
static u32 spi, spi_count;
static char name[4096] __aligned(4096);

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();
	u32 n = IAR_ID(iar) - first_intid;

	(void)r;
	if (n < nr_xirqs)
		counts[n]++;
	else if (IAR_ID(iar) == spi)
		spi_count++;
	gic_eoi(iar);
}

static void take_edge(u32 intid)
{
	gic_set_edge(intid, true);
	gic_set_target(intid, 0);
	gic_bit(GICD_ISENABLER, intid);
}

static void xirqs_init(int node)
{
	int len;
	const fdt32_t *cells = dt_prop(node, "xirqs", &len);

	if (!cells || len != 8)
		return;
	first_intid = 32 + fdt32_ld(&cells[0]);
	nr_xirqs = fdt32_ld(&cells[1]);
	irq_handler = on_irq;
	for (u32 n = 0; n < nr_xirqs; n++)
		take_edge(first_intid + n);
	asm volatile("msr daifclr, #2");
}

static void show_dt(int node)
{
	u64 base = 0, size = 0;

	dt_reg(node, 0, &base, &size);
	printf("vlink: window 0x%lx 0x%lx xirqs %u %u\n", base, size, first_intid, nr_xirqs);
}

static void show_irqs(bool clear)
{
	printf("vlink: irqs");
	for (u32 n = 0; n < nr_xirqs; n++) {
		if (READ_ONCE(counts[n]))
			printf(" %u=%u", NK_XIRQ_FIRST + n, READ_ONCE(counts[n]));
		if (clear)
			WRITE_ONCE(counts[n], 0);
	}
	if (READ_ONCE(spi_count))
		printf(" %u=%u", spi, READ_ONCE(spi_count));
	if (clear)
		WRITE_ONCE(spi_count, 0);
	printf("\n");
}

static void listen(u32 intid)
{
	spi = intid;
	take_edge(intid);
	printf("vlink: listens\n");
}

static void look(const char *line)
{
	u32 len = 0;
	u64 prev;

	while (line[len] && line[len] != ' ')
		len++;
	memcpy(name, line, len);
	name[len] = '\0';
	prev = parse_u64(line + len, &line);
	printf("vlink: 0x%lx\n",
	       nk_call(NK_HC_VLINK_LOOKUP, strcmp(name, "-") ? (u64)name : 0, prev, 0, 0));
}

static void set(const char *property)
{
	static const u8 value = 1;

	memcpy(name, property, strlen(property) + 1);
	printf("vlink: 0x%lx\n", nk_call(NK_HC_PROP_SET, (u64)name, (u64)&value, 1, 0));
}

static void property(u64 id)
{
	u32 attr;

	name[0] = '\0';
	nk_call(NK_HC_PROP_ENUM, id, (u64)name, sizeof(name), (u64)&attr);
	printf("vlink: '%s'\n", name);
}

static void text(u64 addr)
{
	for (u32 i = 0; i < sizeof(name) - 1; i++) {
		name[i] = (char)read8(addr + i);
		if (!name[i])
			break;
	}
	printf("vlink: '%s'\n", name);
}

static void zero(u64 addr, u64 bytes)
{
	u64 dirty = 0;

	for (u64 end = addr + bytes; addr < end; addr += 8)
		dirty += read64(addr) != 0;
	printf("vlink: %lu words are not zero\n", dirty);
}

static void outcome(bool faulted, u64 value)
{
	if (faulted)
		printf("vlink: abort 0x%lx at 0x%lx\n", this_cpu()->fault.esr,
		       this_cpu()->fault.far);
	else
		printf("vlink: 0x%lx\n", value);
}

/* Grants a page and takes it back, so often, as fast as it can: "flushed N in MILLISECONDS". */
static void flush(u64 link, u64 page, u64 times)
{
	u64 begin = counter(), list, n;

	for (n = 0; n < times; n++) {
		list = page;
		if (nk_call(NK_HC_GRANT, link, (u64)&list, 1, 1) != 1 ||
		    nk_call(NK_HC_REVOKE, link, (u64)&list, 1, 0) != 1)
			break;
	}
	printf("vlink: flushed %lu in %lu\n", n, (counter() - begin) * 1000 / counter_hz());
}

/* Reads until it may not any more. */
static void touch(u64 addr)
{
	u64 end = counter() + 10 * counter_hz(), value;
	bool faulted = false;

	printf("vlink: touches\n");
	while (!faulted && counter() < end)
		faulted = probe_read(addr, sizeof(value), &value);
	outcome(faulted, value);
}

static void access(bool write, u64 addr, u64 value, u32 bytes)
{
	bool faulted = write ? probe_write(addr, bytes, value) : probe_read(addr, bytes, &value);

	outcome(faulted, value);
}

static void command(const char *line)
{
	u64 a[5] = {0};
	const char *p = line;

	while (*p && *p != ' ')
		p++;
	for (u32 i = 0; i < 5 && strncmp(line, "look", 4); i++)
		a[i] = parse_u64(p, &p);
	if (!strncmp(line, "look ", 5))
		look(line + 5);
	else if (!strncmp(line, "hc ", 3))
		printf("vlink: 0x%lx\n", nk_call((u32)a[0], a[1], a[2], a[3], a[4]));
	else if (!strncmp(line, "peek ", 5))
		access(false, a[0], 0, a[1] ? (u32)a[1] : 4);
	else if (!strncmp(line, "poke ", 5))
		access(true, a[0], a[1], a[2] ? (u32)a[2] : 4);
	else if (!strncmp(line, "touch ", 6))
		touch(a[0]);
	else if (!strncmp(line, "flush ", 6))
		flush(a[0], a[1], a[2]);
	else if (!strncmp(line, "exec ", 5))
		outcome(probe_exec(a[0]), 0);
	else if (!strncmp(line, "text ", 5))
		text(a[0]);
	else if (!strncmp(line, "zero ", 5))
		zero(a[0], a[1]);
	else if (!strncmp(line, "irqs", 4))
		show_irqs(line[4]);
	else if (!strncmp(line, "spi ", 4))
		listen((u32)a[0]);
	else if (!strncmp(line, "set ", 4))
		set(line + 4);
	else if (!strncmp(line, "property ", 9))
		property(a[0]);
	else if (!strcmp(line, "dt"))
		show_dt(dt_compatible("nk,hypervisor"));
	else if (!strcmp(line, "reset"))
		psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	else
		printf("vlink: unknown command\n");
}

void guest_main(void)
{
	char line[120];

	sleep_init(true);
	xirqs_init(dt_compatible("nk,hypervisor"));
	printf("vlink: ready\n");
	while (getline(line, sizeof(line)), strcmp(line, "off"))
		command(line);
}
