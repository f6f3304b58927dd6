// SPDX-License-Identifier: Apache-2.0
/* Distributor and redistributor registers: what is written is read back, at every width. */
#include "gic/gictest.h"

#define PIDR2_V2 0xfe8
#define PIDR2_V3 0xffe8
#define TYPER_NO1N BIT(25)

void test_identity(void)
{
	u32 typer = read32(gicd + GICD_TYPER);
	u32 m = prio_mask();

	is(read32(gicd + (gic_version == 3 ? PIDR2_V3 : PIDR2_V2)) >> 4 & 0xf, gic_version,
	   "PIDR2 names the architecture");
	ok((typer & 0x1f) <= 31, "TYPER: %u lines", gic_lines());
	if (gic_version == 2)
		is((typer >> 5 & 7) + 1, nr_cpus, "TYPER: CPU interfaces");
	is(m & 0xf0, 0xf0, "at least 16 priorities (mask 0x%x)", m);
	ok(((~m & 0xff) & ((~m & 0xff) + 1)) == 0, "priority bits are the high ones");
	is(read32(gicd + GICD_CTLR) & (gic_version == 3 ? 0x12 : 1), gic_version == 3 ? 0x12 : 1,
	   "CTLR is as written");
	write32(gicd + GICD_TYPER, ~typer);
	is(read32(gicd + GICD_TYPER), typer, "TYPER is read-only");
}

/* One word of a set and a clear register that show the same state. */
static void set_clear(const char *name, u32 set, u32 clear, u32 word, u32 mask)
{
	static const u32 pattern[] = {0, ~0u, 0x55555555, 0xaaaaaaaa, 0x80000001, 0x12345678};
	u64 s = gic_frame(word * 32) + set + word * 4;
	u64 c = gic_frame(word * 32) + clear + word * 4;
	u32 i, bad = 0;

	for (i = 0; i < ARRAY_SIZE(pattern); i++) {
		u32 p = pattern[i];

		write32(c, ~0u & mask);
		write32(s, p & mask);
		write32(s, 0);
		write32(c, 0);
		bad += (read32(s) & mask) != (p & mask);
		bad += (read32(c) & mask) != (p & mask);
		write32(c, p & 0xffff & mask);
		bad += (read32(s) & mask) != (p & ~0xffffu & mask);
		write32(c, ~0u & mask);
		bad += (read32(s) & mask) != 0;
	}
	is(bad, 0, "%s, word %u: set, clear, read back", name, word);
}

static void bit_registers(void)
{
	u32 spi = SPI_FIRST / 32;
	u32 mask = ~(u32)(BIT(SPI_FIRST % 32) - 1);

	set_clear("ENABLER", GICD_ISENABLER, GICD_ICENABLER, spi, mask);
	set_clear("PENDR", GICD_ISPENDR, GICD_ICPENDR, spi, mask);
	set_clear("ACTIVER", GICD_ISACTIVER, GICD_ICACTIVER, spi, mask);
	/* PPIs 16..25: no source of the virt machine is among them */
	set_clear("ENABLER", GICD_ISENABLER, GICD_ICENABLER, 0, 0x00ff0000);
	if (nk || gic_version == 3)
		set_clear("PENDR", GICD_ISPENDR, GICD_ICPENDR, 0, 0x00ff0000);
	set_clear("ACTIVER", GICD_ISACTIVER, GICD_ICACTIVER, 0, 0x00ff0000);
	if (gic_version == 3) {
		set_clear("SGI ENABLER", GICD_ISENABLER, GICD_ICENABLER, 0, 0x0000ffff);
		set_clear("SGI PENDR", GICD_ISPENDR, GICD_ICPENDR, 0, 0x0000ffff);
	}
	set_clear("SGI ACTIVER", GICD_ISACTIVER, GICD_ICACTIVER, 0, 0x0000ffff);
}

static void priorities(void)
{
	u32 m = prio_mask();
	u64 word = gicd + GICD_IPRIORITYR + SPI_A;
	u32 i, bad = 0;

	write32(word, 0x10305070);
	is(read32(word), 0x10305070, "IPRIORITYR: a word");
	write8(word + 1, 0xb0);
	is(read32(word), 0x1030b070, "IPRIORITYR: a byte leaves its neighbours");
	is(read8(word + 1), 0xb0, "IPRIORITYR: a byte read");
	for (i = 0; i < 256; i++) {
		gic_set_prio(SPI_B, (u8)i);
		bad += gic_get_prio(SPI_B) != (i & m);
	}
	is(bad, 0, "IPRIORITYR: each value, with the mask");
	bad = 0;
	for (i = 0; i < 32; i++)
		gic_set_prio(i, (u8)(i * 8));
	for (i = 0; i < 32; i++)
		bad += gic_get_prio(i) != (i * 8 & m);
	is(bad, 0, "IPRIORITYR of SGIs and PPIs");
	for (i = 0; i < 32; i++)
		gic_set_prio(i, 0xa0);
}

static void config(void)
{
	u64 word = gicd + GICD_ICFGR + (SPI_FIRST / 16 + 1) * 4;

	write32(word, 0xaaaaaaaa);
	is(read32(word) & 0xaaaaaaaa, 0xaaaaaaaa, "ICFGR: edge");
	write32(word, 0);
	is(read32(word) & 0xaaaaaaaa, 0, "ICFGR: level");
	write32(word, 0x82828282);
	is(read32(word) & 0xaaaaaaaa, 0x82828282, "ICFGR: mixed");
	write32(gic_frame(0) + GICD_ICFGR, 0);
	is(read32(gic_frame(0) + GICD_ICFGR) & 0xaaaaaaaa, 0xaaaaaaaa, "ICFGR: SGIs are edge");
}

static void group(void)
{
	u64 word = gicd + GICD_IGROUPR + SPI_FIRST / 32 * 4;
	u32 was = read32(word);

	write32(word, 0x0f0f0f0f);
	ok(read32(word) == 0x0f0f0f0f || read32(word) == was,
	   "IGROUPR: as written, or of one value (0x%x)", read32(word));
	write32(word, was);
}

static void beyond(void)
{
	u32 lines = gic_lines();
	u32 bad = 0;

	if (lines >= 992) {
		skip("all lines are there", "interrupts that do not exist are RAZ/WI");
		return;
	}
	write32(gicd + GICD_ISENABLER + 30 * 4, ~0u);
	bad += read32(gicd + GICD_ISENABLER + 30 * 4) != 0;
	write32(gicd + GICD_ISPENDR + 30 * 4, ~0u);
	bad += read32(gicd + GICD_ISPENDR + 30 * 4) != 0;
	write32(gicd + GICD_IPRIORITYR + 988, ~0u);
	bad += read32(gicd + GICD_IPRIORITYR + 988) != 0;
	is(bad, 0, "interrupts that do not exist are RAZ/WI");
}

static void targets_v2(void)
{
	u64 word = gicd + GICD_ITARGETSR + SPI_A;
	u32 all = nk ? (u32)BIT(nr_cpus) - 1 : 0xff;
	u32 i, bad = 0;

	for (i = 0; i < 32; i++) {
		if (nr_cpus > 1)
			bad += read8(gicd + GICD_ITARGETSR + i) != 1;
	}
	is(bad, 0, "ITARGETSR0..7: this CPU");
	if (nr_cpus == 1) {
		skip("one CPU", "ITARGETSR of SPIs");
		return;
	}
	write32(word, 0xffffffff);
	is(read32(word), all * 0x01010101, "ITARGETSR: only CPUs there are");
	write8(word + 2, 1);
	is(read32(word), (all * 0x01010101 & ~0x00ff0000u) | 0x00010000, "ITARGETSR: a byte");
	write32(word, 0);
	is(read32(word), 0, "ITARGETSR: nobody");
}

static void routes_v3(void)
{
	u64 r = gicd + GICD_IROUTER + 8 * SPI_A;

	write64(r, 0x0000000000000103);
	is(read64(r), 0x0000000000000103, "IROUTER: an affinity, 64 bits");
	write32(r, 0x80000000);
	if (!(read32(gicd + GICD_TYPER) & TYPER_NO1N))
		is(read32(r) & 0x80000000, 0x80000000, "IROUTER: 1 of N, 32 bits");
	write64(r, ~0UL);
	if (nk)
		is(read64(r) & ~0xff80ffffffUL, 0, "IROUTER: reserved bits are zero");
	write64(r, 0);
	is(read32(r + 4), 0, "IROUTER: high half");
	is(read32(gicd + GICD_ITARGETSR + SPI_A), 0, "ITARGETSR is RAZ with affinity routing");
}

void test_registers(void)
{
	bit_registers();
	priorities();
	config();
	group();
	beyond();
	if (gic_version == 2)
		targets_v2();
	else
		routes_v3();
}
