// SPDX-License-Identifier: Apache-2.0
/* The model of nk's PL011 when nobody types: DDI 0183, chapter 3. The data register prints. */
#include "holes/holes.h"
#include "nk/pl011.h"

#define REGS (0x4c / 4)
#define IDLE (PL011_FR_RXFE | PL011_FR_TXFE) /* of FR: nothing came, all is sent */

static const u16 masks[REGS] = {
	[PL011_ILPR / 4] = 0x00ff,  [PL011_IBRD / 4] = 0xffff,	[PL011_FBRD / 4] = 0x003f,
	[PL011_LCR_H / 4] = 0x00ff, [PL011_CR / 4] = 0xff87,	[PL011_IFLS / 4] = 0x003f,
	[PL011_IMSC / 4] = 0x07ff,  [PL011_DMACR / 4] = 0x0007,
};
static u32 kept[REGS];
static u32 raw;

static u32 value_of(u32 reg)
{
	static const u8 id[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	if (reg == PL011_FR)
		return IDLE;
	if (reg == PL011_RIS)
		return raw;
	if (reg == PL011_MIS)
		return raw & kept[PL011_IMSC / 4];
	if (reg >= PL011_ID)
		return id[(reg - PL011_ID) / 4];
	return reg / 4 < REGS ? kept[reg / 4] : 0;
}

static bool is_state(const struct frame *f, u32 off)
{
	(void)f;
	return off < 4 * REGS || off >= PL011_ID;
}

static bool takes(const struct frame *f, u32 off, u32 bytes)
{
	(void)f;
	(void)bytes;
	return off == PL011_DR || off == PL011_ICR ||
	       (off < 4 * REGS && !(off & 3) && masks[off / 4]);
}

static u64 uart_read(const struct frame *f, u32 off, u32 bytes, u64 *care)
{
	u64 value = value_of(off & ~3U) >> 8 * (off & 3);

	(void)f;
	*care = ~0UL;
	return bytes < 4 ? value & (BIT(8 * bytes) - 1) : value;
}

static bool uart_write(const struct frame *f, u32 off, u32 bytes, u64 *value)
{
	u32 v = (u32)(bytes < 4 ? *value & (BIT(8 * bytes) - 1) : *value);

	(void)f;
	if (off == PL011_DR)
		return false;
	if (off & 3)
		return true;
	if (off / 4 < REGS)
		kept[off / 4] = v & masks[off / 4];
	if (off == PL011_ICR)
		raw &= ~v;
	return true;
}

void uart_frame(struct frame *f)
{
	*f = (struct frame){"UART", uart_base, 0x1000, 0, is_state, takes, uart_read, uart_write};
}

bool uart_learn(void)
{
	u64 end = counter() + 10 * counter_hz();
	u32 i;

	while (read32(uart_base + PL011_FR) != IDLE && counter() < end)
		;
	for (i = 0; i < REGS; i++)
		kept[i] = masks[i] ? read32(uart_base + 4 * i) : 0;
	raw = read32(uart_base + PL011_RIS);
	return counter() < end;
}
