// SPDX-License-Identifier: Apache-2.0
/*
 * Contract (of nk alone, where manuals leave a choice): in the emulated frames what is no register, or is not accessed in a size that it has,
 * reads as zero and changes nothing anywhere; a register changes what it names, and that alone.
 * Each offset in each size is read, and written with two patterns, and all state of all frames
 * compared with a model, from a state by chance. Arguments: seed=N.
 */
#include "holes/holes.h"
#include "rt/gic.h"

#define PAGE 0x1000

static struct frame frames[GIC_FRAMES_MAX];
static u32 nr_frames;
static u64 accesses;

/* Nothing is printed while frames are tried, since that is state of the UART. */
static struct {
	const char *what;
	const struct frame *f;
	u32 off, bytes;
	u64 got, want;
} first_bad;
static u32 bad;

static void complain(const char *what, const struct frame *f, u32 off, u32 bytes, u64 got, u64 want)
{
	if (bad++)
		return;
	first_bad.what = what;
	first_bad.f = f;
	first_bad.off = off;
	first_bad.bytes = bytes;
	first_bad.got = got;
	first_bad.want = want;
}

/* One line of the test, and the first of what was wrong. */
static void report(const struct frame *f, u32 page, const char *how)
{
	if (bad)
		note("%u times; first: %s of %s + 0x%x, %u bytes: 0x%lx, not 0x%lx", bad,
		     first_bad.what, first_bad.f->name, first_bad.off, first_bad.bytes,
		     first_bad.got, first_bad.want);
	is(bad, 0, "%s at 0x%lx, %s", f->name, f->base + page, how);
	bad = 0;
}

static void check_read(const char *what, const struct frame *f, u32 off, u32 bytes)
{
	u64 care, got = 0, want = f->read(f, off, bytes, &care);

	accesses++;
	if (probe_read(f->base + off, bytes, &got))
		complain("fault at a read", f, off, bytes, 1, 0);
	else if ((got ^ want) & care)
		complain(what, f, off, bytes, got, want & care);
}

static void write(const struct frame *f, u32 off, u32 bytes, u64 value)
{
	if (!f->write(f, off, bytes, &value))
		return;
	accesses++;
	if (probe_write(f->base + off, bytes, value))
		complain("fault at a write", f, off, bytes, 1, 0);
}

/* All state there is. */
static void compare(const struct frame *f, u32 n)
{
	u32 off;

	for (; n--; f++)
		for (off = 0; off < f->size; off += 4)
			if (f->is_state(f, off))
				check_read("state", f, off, 4);
}

/* Each register with a state is written by chance, in its size. */
static void stir(const struct frame *f, u32 n)
{
	u32 off;

	for (; n--; f++)
		for (off = 0; off < f->size; off += 4)
			if (f->is_state(f, off))
				write(f, off, 4, random_u64());
}

/* Every size at every offset that it can be at, but for single bytes and pairs: one in a word. */
static void each_size(const struct frame *f, u32 page,
		      void (*fn)(const struct frame *f, u32 off, u32 bytes, u64 arg), u64 arg)
{
	u32 off;

	for (off = page; off < page + PAGE; off += 4) {
		fn(f, off + (off / 4 + off / 16) % 4, 1, arg);
		fn(f, off + (off / 4) % 2 * 2, 2, arg);
		fn(f, off, 4, arg);
		if (off % 8 == 0)
			fn(f, off, 8, arg);
	}
}

static void read_one(const struct frame *f, u32 off, u32 bytes, u64 arg)
{
	(void)arg;
	check_read("read", f, off, bytes);
}

/* Only where nothing may happen: what the model keeps is the same afterwards. */
static void write_hole(const struct frame *f, u32 off, u32 bytes, u64 value)
{
	if (!f->takes(f, off, bytes))
		write(f, off, bytes, value);
}

static void write_any(const struct frame *f, u32 off, u32 bytes, u64 value)
{
	write(f, off, bytes, value);
}

/* Hardware faults before the frame is asked, so whether it does is not looked at. */
static void write_crooked(const struct frame *f, u32 off, u32 bytes, u64 value)
{
	if (f->takes(f, off, bytes))
		return;
	probe_write(f->base + off, bytes, value);
	accesses++;
}

/* Accesses that are not aligned: no register is there either. */
static void each_crooked(const struct frame *f, u32 page, u64 value)
{
	u32 off;

	for (off = page; off < page + PAGE - 8; off += 4) {
		write_crooked(f, off + 1, 2, value);
		write_crooked(f, off + 1 + off / 4 % 3, 4, value);
		write_crooked(f, off + off / 4 % 8, 8, value);
	}
}

static bool has_registers(const struct frame *f, u32 page)
{
	u32 off;

	for (off = page; off < page + PAGE; off += 4)
		if (f->is_state(f, off))
			return true;
	return false;
}

/* The pages with registers, from another state each time. of: n frames with all state. */
static void sweep_registers(const struct frame *f, const struct frame *of, u32 n, u64 pattern)
{
	u32 page;

	for (page = 0; page < f->size; page += PAGE) {
		if (!has_registers(f, page))
			continue;
		stir(of, n);
		each_size(f, page, write_hole, pattern);
		each_crooked(f, page, pattern);
		compare(of, n);
		report(f, page, "written where there is nothing");
		each_size(f, page, write_any, pattern);
		compare(of, n);
		report(f, page, "written");
	}
}

static void sweep(const struct frame *f, const struct frame *of, u32 n)
{
	u32 page;

	for (page = 0; page < f->size; page += PAGE)
		each_size(f, page, read_one, 0);
	compare(of, n);
	report(f, 0, "read");
	for (page = 0; page < f->size; page += PAGE)
		each_size(f, page, write_hole, ~0UL);
	compare(of, n);
	report(f, 0, "written where there is nothing");
	sweep_registers(f, of, n, ~0UL);
	sweep_registers(f, of, n, 0x5a5aa5a596963c3c);
}

static void uart(void)
{
	struct frame f;
	bool sent;

	uart_frame(&f);
	sent = uart_learn();
	each_size(&f, 0, read_one, 0);
	each_size(&f, 0, write_hole, ~0UL);
	each_crooked(&f, 0, ~0UL);
	compare(&f, 1);
	stir(&f, 1);
	each_size(&f, 0, write_any, 0x5a5aa5a596963c3c);
	compare(&f, 1);
	console_init();
	ok(sent, "UART: all was sent before");
	report(&f, 0, "read and written");
}

void guest_main(void)
{
	u32 i;

	gic_init();
	random_seed(arg_u64("seed", 1));
	nr_frames = gic_frames(frames);
	note("%u interrupts", gic_lines());
	gic_learn(frames, nr_frames);
	compare(frames, nr_frames);
	report(frames, 0, "as it was found");
	stir(frames, nr_frames);
	compare(frames, nr_frames);
	report(frames, 0, "by chance");
	/* Redistributors are one like the other: the last one is not the calling CPU's. */
	for (i = 0; i < nr_frames; i++)
		if (i == 0 || i == nr_frames - 1)
			sweep(&frames[i], frames, nr_frames);
	uart();
	note("%lu accesses", accesses);
	tap_done();
}
