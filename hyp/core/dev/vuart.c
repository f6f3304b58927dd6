// SPDX-License-Identifier: Apache-2.0
/* The emulated PL011. Register names and bits: DDI 0183, chapter 3. */
#include "core/dev/vuart.h"

#include "arch/mmio.h"
#include "arch/vcpu.h"
#include "arch/vgic.h"
#include "core/console/console.h"
#include "lib/string.h"
#include "nk/pl011.h"

#define CR_RESET 0x300
#define IFLS_RESET 0x12

/* What is only kept: the bits that can be written. All else of these registers is RAZ/WI. */
static const u16 masks[VUART_REGS] = {
	[PL011_ILPR / 4] = 0x00ff,  [PL011_IBRD / 4] = 0xffff,	[PL011_FBRD / 4] = 0x003f,
	[PL011_LCR_H / 4] = 0x00ff, [PL011_CR / 4] = 0xff87,	[PL011_IFLS / 4] = 0x003f,
	[PL011_IMSC / 4] = 0x07ff,  [PL011_DMACR / 4] = 0x0007,
};

/* The interrupt's level and FR follow the registers. */
static void update_irq(struct vuart *u) __must_hold(&u->lock)
{
	u32 depth = u->reg[PL011_LCR_H / 4] & PL011_LCR_H_FEN ? VUART_FIFO : 1;
	bool line = (u->ris & u->reg[PL011_IMSC / 4]) != 0;
	u32 fr = 0;

	if (!u->rx_count)
		fr = PL011_FR_RXFE;
	else if (u->rx_count >= depth)
		fr = PL011_FR_RXFF;
	WRITE_ONCE(u->fr_rx, fr);
	if (line == u->line)
		return;
	u->line = line;
	vgic_set_level(u->vm, NULL, u->intid, line);
}

/* Of two callers, the later one sees what the console said last. */
static void update_tx(struct vuart *u) __must_hold(&u->lock)
{
	if (console_vm_full(u->vm_id))
		u->ris &= ~(u32)PL011_INT_TX;
	else
		u->ris |= PL011_INT_TX;
	update_irq(u);
}

/*
 * The guest's polling loop. While the transmitter is full, the guest that waits for it is also
 * the one that moves the output on, should the UART's interrupt be late.
 */
static u32 read_fr(struct vuart *u)
{
	u32 rx = READ_ONCE(u->fr_rx);

	if (likely(!console_vm_full(u->vm_id)))
		return rx | PL011_FR_TXFE;
	console_poll();
	return rx | (console_vm_full(u->vm_id) ? PL011_FR_TXFF | PL011_FR_BUSY : PL011_FR_TXFE);
}

int vuart_take(struct vuart *u, bool waits)
{
	int c = -1;

	spin_lock(&u->lock);
	if (u->rx_count) {
		c = u->rx[u->rx_head++ % VUART_RXQ];
		u->rx_count--;
	}
	if (!u->rx_count)
		u->ris &= ~(u32)(PL011_INT_RX | PL011_INT_RT);
	u->rsr = 0;
	u->awaited = waits && c < 0;
	update_irq(u);
	spin_unlock(&u->lock);
	return c;
}

static u32 read_dr(struct vuart *u)
{
	int c = vuart_take(u, false);

	return c < 0 ? 0 : (u32)c;
}

static u32 read_reg(struct vuart *u, u32 reg)
{
	/* PrimeCell: part 011, designer Arm, revision 3 (r1p5), whose FIFOs have 32 places. */
	static const u8 id[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	switch (reg) {
	case PL011_FR:
		return read_fr(u);
	case PL011_DR:
		return read_dr(u);
	case PL011_RSR:
		return u->rsr;
	case PL011_RIS:
		return READ_ONCE(u->ris);
	case PL011_MIS:
		return READ_ONCE(u->ris) & READ_ONCE(u->reg[PL011_IMSC / 4]);
	}
	if (reg >= PL011_ID)
		return id[(reg - PL011_ID) / 4];
	return reg / 4 < VUART_REGS ? READ_ONCE(u->reg[reg / 4]) : 0;
}

/* No lock while the console has the character: it may wake this UART or another VM's. */
static void write_dr(struct vuart *u, u32 value)
{
	console_vm_putc(u->vm_id, (u8)value);
	if (likely(!console_vm_full(u->vm_id) && (READ_ONCE(u->ris) & PL011_INT_TX)))
		return; /* as it was */
	spin_lock(&u->lock);
	update_tx(u);
	spin_unlock(&u->lock);
}

static void write_reg(struct vuart *u, u32 reg, u32 value)
{
	if (reg == PL011_DR) {
		write_dr(u, value);
		return;
	}
	spin_lock(&u->lock);
	if (reg / 4 < VUART_REGS)
		u->reg[reg / 4] = value & masks[reg / 4];
	if (reg == PL011_RSR)
		u->rsr = 0;
	if (reg == PL011_ICR)
		u->ris &= ~value;
	update_irq(u);
	spin_unlock(&u->lock);
}

/*
 * Bytes and halfwords of a register may be read, but only written from its lowest byte on. The
 * upper half of a 64-bit access is not there.
 */
static void vuart_access(struct arch_vcpu *v, struct mmio *m)
{
	struct vuart *u = m->region->opaque;
	u32 reg = (u32)m->offset & ~3U;

	(void)v;
	if (!m->write)
		m->value = read_reg(u, reg) >> (8 * (m->offset & 3));
	else if (reg == m->offset)
		write_reg(u, reg, (u32)m->value);
}

bool vuart_rx(struct vuart *u, u8 c)
{
	bool room;

	spin_lock(&u->lock);
	room = u->rx_count < VUART_RXQ;
	if (room) {
		u->rx[(u->rx_head + u->rx_count++) % VUART_RXQ] = c;
		/* A guest that cleared the interrupt with characters unread is told again. */
		u->ris |= PL011_INT_RX | PL011_INT_RT;
		update_irq(u);
	}
	spin_unlock(&u->lock);
	return room;
}

bool vuart_awaited(struct vuart *u)
{
	bool awaited;

	spin_lock(&u->lock);
	awaited = u->awaited && !(u->reg[PL011_IMSC / 4] & (PL011_INT_RX | PL011_INT_RT));
	u->awaited = false;
	spin_unlock(&u->lock);
	return awaited;
}

void vuart_tx_wake(struct vuart *u)
{
	spin_lock(&u->lock);
	update_tx(u);
	spin_unlock(&u->lock);
}

void vuart_reset(struct vuart *u)
{
	spin_lock(&u->lock);
	memset(u->reg, 0, sizeof(u->reg));
	u->reg[PL011_CR / 4] = CR_RESET;
	u->reg[PL011_IFLS / 4] = IFLS_RESET;
	u->ris = 0;
	u->rsr = 0;
	u->awaited = false;
	u->rx_head = 0;
	u->rx_count = 0;
	update_irq(u);
	spin_unlock(&u->lock);
}

void vuart_init(struct vuart *u, u32 vm_id, struct arch_vm *vm, u32 intid)
{
	memset(u, 0, sizeof(*u));
	spin_init(&u->lock, LOCK_VUART);
	u->vm_id = vm_id;
	u->vm = vm;
	u->intid = intid;
	vuart_reset(u);
}

int vuart_map(struct vuart *u, ipa_t base)
{
	return arch_vm_mmio_add(u->vm, base, VUART_SIZE, vuart_access, u, NK_VDEV_UART);
}
