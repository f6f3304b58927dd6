// SPDX-License-Identifier: Apache-2.0
/*
 * The model of nk's vGIC: what its manuals say, with nk's choices where they leave one. Nothing is
 * delivered here, so a state is only what was written. IHI 0048B 4.3, IHI 0069 12.9 and 12.11.
 */
#include "holes/holes.h"
#include "rt/gic.h"
#include "rt/timer.h"

#define PRIO_MASK 0xf8U
#define ROUTE_MASK 0x80ffffffU
#define INTIDS 1020

enum kind {
	RESERVED,
	CONST,
	CONTROL,
	GROUP,
	ENABLE,
	PENDING,
	ACTIVE,
	PRIO,
	CONFIG,
	TARGET,
	ROUTE,
	WAKER,
	SENDER,
	COMMAND, /* written in its size it does something else than keep a state */
};

struct reg {
	enum kind kind;
	u32 first; /* INTID */
	u32 sizes; /* sum of those that it has */
	bool set; /* of a pair that sets and clears */
};

static struct irq {
	bool bit[ACTIVE + 1]; /* GROUP, ENABLE, PENDING, ACTIVE */
	bool edge;
	u8 prio;
	u8 senders;
	u32 route; /* or GICv2's targets */
} spis[INTIDS], privs[CPUS_MAX][32];
static u32 control;
static bool asleep[CPUS_MAX];

static struct irq *irq_of(const struct frame *f, u32 id)
{
	return id < 32 ? &privs[f->cpu][id] : &spis[id];
}

/* Offsets 0x080 to 0xcff, the same in all frames that have them. */
static struct reg common(u32 off)
{
	static const enum kind bits[8] = {RESERVED, GROUP,   ENABLE, ENABLE,
					  PENDING,  PENDING, ACTIVE, ACTIVE};

	if (off < 0x400)
		return (struct reg){bits[off >> 7], (off & 0x7c) * 8, 4, !(off >> 7 & 1)};
	if (off < 0x800)
		return (struct reg){PRIO, off - GICD_IPRIORITYR, 1 | 4, false};
	if (off >= GICD_ICFGR && off < GICD_ICFGR_END)
		return (struct reg){CONFIG, (off & 0xfc) * 4, 4, false};
	return (struct reg){RESERVED, 0, 0, false};
}

static struct reg dist_v2(u32 off)
{
	if (off == 0)
		return (struct reg){CONTROL, 0, 4, false};
	if (off == GICD_TYPER || off == GICD_IIDR || off == GICD_V2_PIDR2)
		return (struct reg){CONST, 0, 4, false};
	if (off >= GICD_ITARGETSR && off < GICD_ICFGR && nr_cpus > 1)
		return (struct reg){TARGET, off - GICD_ITARGETSR, 1 | 4, false};
	if (off == GICD_SGIR)
		return (struct reg){COMMAND, 0, 4, false};
	if (off >= GICD_CPENDSGIR && off < GICD_SPENDSGIR_END)
		return (struct reg){SENDER, off & 15, 1 | 4, off >= GICD_SPENDSGIR};
	return common(off);
}

static struct reg dist_v3(u32 off)
{
	if (off == 0)
		return (struct reg){CONTROL, 0, 4, false};
	if (off == GICD_TYPER || off == GICD_IIDR || off == GICD_PIDR2)
		return (struct reg){CONST, 0, 4, false};
	if (off >= 0x6100 && off < GICD_IROUTER_END)
		return off & 7 ? (struct reg){RESERVED, 0, 0, false}
			       : (struct reg){ROUTE, (off - GICD_IROUTER) / 8, 4 | 8, false};
	return common(off);
}

static struct reg redist(u32 off)
{
	if (off >= GICR_SGI_FRAME)
		return common(off - GICR_SGI_FRAME);
	if (off == GICR_WAKER)
		return (struct reg){WAKER, 0, 4, false};
	if (off == GICR_TYPER)
		return (struct reg){CONST, 0, 4 | 8, false};
	if (off == 0x4 || off == 0xc || off == GICR_PIDR2)
		return (struct reg){CONST, 0, 4, false};
	return (struct reg){RESERVED, 0, 0, false};
}

/* Which interrupts a frame has registers of. */
static bool has(const struct frame *f, u32 id)
{
	if (f->base != gicd)
		return id < 32;
	return id < gic_lines() && (gic_version == 2 || id >= 32);
}

static struct reg reg_at(const struct frame *f, u32 off)
{
	const struct reg none = {RESERVED, 0, 0, false};
	struct reg r = none;

	if (gic_version == 3)
		r = f->base == gicd ? dist_v3(off) : redist(off);
	else if (f->base == gicd)
		r = dist_v2(off);
	else if (off == 0)
		r = (struct reg){COMMAND, 0, 4, false};
	if (r.kind >= GROUP && r.kind <= ROUTE && !has(f, r.first))
		return none;
	return r;
}

static bool is_state(const struct frame *f, u32 off)
{
	enum kind kind = reg_at(f, off).kind;

	return kind != RESERVED && kind != COMMAND;
}

static bool takes(const struct frame *f, u32 off, u32 bytes)
{
	struct reg r = reg_at(f, off);

	return r.kind != CONST && (r.sizes & bytes) && !(off & (bytes - 1));
}

/* Read once, they stay as they are. */
static u64 constant(u64 addr, u32 bytes)
{
	static struct {
		u64 addr, bytes, value;
	} seen[8 * CPUS_MAX];
	u32 i;

	for (i = 0; seen[i].bytes; i++)
		if (seen[i].addr == addr && seen[i].bytes == bytes)
			return seen[i].value;
	seen[i].addr = addr;
	seen[i].bytes = bytes;
	seen[i].value = bytes == 8 ? read64(addr) : read32(addr);
	return seen[i].value;
}

static bool sgi_of_v2(u32 id)
{
	return gic_version == 2 && id < 16;
}

/* The part of an interrupt in a register, and how many bits that has. */
static u64 part(const struct frame *f, const struct reg *r, u32 id)
{
	const struct irq *irq = irq_of(f, id);

	switch (r->kind) {
	case PRIO:
		return irq->prio;
	case CONFIG:
		return id < 16 ? 2 : irq->edge << 1; /* SGIs are edges */
	case TARGET:
		return id < 32 ? 1 : irq->route;
	case SENDER:
		return irq->senders;
	case PENDING:
		return sgi_of_v2(id) ? irq->senders != 0 : irq->bit[PENDING];
	default:
		return irq->bit[r->kind];
	}
}

static u32 width(enum kind kind)
{
	if (kind == PRIO || kind == TARGET || kind == SENDER)
		return 8;
	return kind == CONFIG ? 2 : 1;
}

/* The timer's interrupt is a physical one: its state is in the physical GIC. */
static u64 certain(const struct reg *r)
{
	if ((r->kind == PENDING || r->kind == ACTIVE) && !r->first)
		return ~BIT(PPI_VTIMER);
	return ~0UL;
}

static u64 gic_model_read(const struct frame *f, u32 off, u32 bytes, u64 *care)
{
	struct reg r = reg_at(f, off);
	u64 value = 0;
	u32 i, w = width(r.kind);

	*care = certain(&r);
	if (!(r.sizes & bytes))
		return 0;
	switch (r.kind) {
	case RESERVED:
	case COMMAND:
		return 0;
	case CONST:
		return constant(f->base + off, bytes);
	case CONTROL:
		return control | (gic_version == 3 ? 0x50 : 0);
	case WAKER:
		return asleep[f->cpu] ? 6 : 0;
	case ROUTE:
		return spis[r.first].route;
	default:
		for (i = 0; i < 8 * bytes / w; i++)
			if (has(f, r.first + i))
				value |= part(f, &r, r.first + i) << i * w;
		return value;
	}
}

static void write_bit(struct irq *irq, const struct reg *r, u32 id, bool on)
{
	if (r->kind == GROUP)
		irq->bit[GROUP] = on;
	else if (on && !(r->kind == ENABLE && sgi_of_v2(id)))
		irq->bit[r->kind] = r->set;
}

static void write_part(const struct frame *f, const struct reg *r, u32 id, u64 v)
{
	struct irq *irq = irq_of(f, id);

	switch (r->kind) {
	case PRIO:
		irq->prio = v & PRIO_MASK;
		break;
	case CONFIG:
		if (id >= 16)
			irq->edge = v >> 1 & 1;
		break;
	case TARGET:
		if (id >= 32)
			irq->route = v & (BIT(nr_cpus) - 1);
		break;
	case SENDER:
		v &= BIT(nr_cpus) - 1;
		irq->senders = (u8)(r->set ? irq->senders | v : irq->senders & ~v);
		break;
	default:
		write_bit(irq, r, id, v & 1);
	}
}

static bool gic_model_write(const struct frame *f, u32 off, u32 bytes, u64 *value)
{
	struct reg r = reg_at(f, off);
	u32 i, w = width(r.kind);

	if (!(r.sizes & bytes))
		return true;
	*value &= certain(&r);
	switch (r.kind) {
	case COMMAND:
		return false;
	case RESERVED:
	case CONST:
		return true;
	case CONTROL:
		control = *value & 3;
		return true;
	case WAKER:
		asleep[f->cpu] = *value & 2;
		return true;
	case ROUTE:
		spis[r.first].route = *value & ROUTE_MASK;
		return true;
	default:
		for (i = 0; i < 8 * bytes / w; i++)
			if (has(f, r.first + i))
				write_part(f, &r, r.first + i, *value >> i * w & (BIT(w) - 1));
		return true;
	}
}

static struct frame gic_frame_at(const char *name, u64 base, u32 size, u32 cpu)
{
	return (struct frame){name,	base,  size,	       cpu,
			      is_state, takes, gic_model_read, gic_model_write};
}

u32 gic_frames(struct frame *frames)
{
	u32 i, n = 0;

	frames[n++] = gic_frame_at("GICD", gicd, gic_version == 3 ? 0x10000 : 0x1000, 0);
	if (gic_version == 2)
		frames[n++] = gic_frame_at("GICC's second page", gicc + GICC_DIR, 0x1000, 0);
	for (i = 0; gic_version == 3 && i < nr_cpus; i++)
		frames[n++] = gic_frame_at("GICR", gicr + i * gicr_stride, 0x20000, i);
	return n;
}

void gic_learn(const struct frame *frames, u32 n)
{
	u32 i, off;
	u64 value;

	for (i = 0; i < n; i++) {
		for (off = 0; off < frames[i].size; off += 4) {
			struct reg r = reg_at(&frames[i], off);

			if (!is_state(&frames[i], off) || r.kind == CONST)
				continue;
			value = read32(frames[i].base + off);
			/* What clears would take away what the one that sets has told. */
			if (r.set || r.kind < ENABLE || (r.kind > ACTIVE && r.kind != SENDER))
				frames[i].write(&frames[i], off, 4, &value);
			else if (r.kind == ENABLE && !off)
				continue;
		}
	}
	for (i = 0; i < 16 && gic_version == 2; i++)
		privs[0][i].bit[ENABLE] = true;
}
