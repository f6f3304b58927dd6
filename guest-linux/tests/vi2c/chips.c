// SPDX-License-Identifier: GPL-2.0-only
/*
 * vi2c-test: slaves, as their data sheets have them. 0x48: a sensor like LM75; 0x50: an EEPROM like 24C256; 0x51, 0x52 and,
 * with 10 bits, 0x250: like 24C02, 0x51 with each byte its own number at first; 0x30: blocks of SMBus, by command, up to eight.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "chips.h"

struct chip {
	u16 addr;
	bool ten;
	int (*write)(struct chip *c, const u8 *data, u16 len);
	int (*read)(struct chip *c, struct i2c_msg *msg);
	/* An EEPROM's. */
	u8 *memory;
	u32 size, page, pointer_bytes;
	/* What is read next: of an EEPROM, of registers, of blocks. */
	u32 at;
};

static int eeprom_write(struct chip *c, const u8 *data, u16 len)
{
	u32 pointer = 0;

	if (len < c->pointer_bytes)
		return 0;
	for (u32 i = 0; i < c->pointer_bytes; i++)
		pointer = pointer << 8 | *data++;
	c->at = pointer % c->size;
	for (len -= c->pointer_bytes; len; len--) {
		c->memory[c->at] = *data++;
		c->at = (c->at & ~(c->page - 1)) | ((c->at + 1) & (c->page - 1));
	}
	return 0;
}

static int eeprom_read(struct chip *c, struct i2c_msg *msg)
{
	for (u16 i = 0; i < msg->len; i++) {
		msg->buf[i] = c->memory[c->at];
		c->at = (c->at + 1) % c->size;
	}
	return 0;
}

/* Temperature 25.5 degrees, configuration, 75 and 80 degrees. */
static u8 registers[][2] = {{0x19, 0x80}, {0, 0}, {0x4b, 0}, {0x50, 0}};

static int sensor_write(struct chip *c, const u8 *data, u16 len)
{
	if (!len)
		return 0;
	if (data[0] >= ARRAY_SIZE(registers))
		return -EREMOTEIO;
	c->at = data[0];
	for (u16 i = 1; i < len && i <= 2 && c->at; i++)
		registers[c->at][i - 1] = data[i];
	return 0;
}

static int sensor_read(struct chip *c, struct i2c_msg *msg)
{
	for (u16 i = 0; i < msg->len; i++)
		msg->buf[i] = registers[c->at][i % 2];
	return 0;
}

static u8 blocks[8][1 + I2C_SMBUS_BLOCK_MAX];

/* The command, and perhaps a count and so many bytes. */
static int block_write(struct chip *c, const u8 *data, u16 len)
{
	if (!len)
		return 0;
	c->at = data[0];
	if (len < 2 || c->at >= ARRAY_SIZE(blocks))
		return 0;
	if (data[1] > I2C_SMBUS_BLOCK_MAX || len < 2 + data[1])
		return -EREMOTEIO;
	memcpy(blocks[c->at], data + 1, 1 + data[1]);
	return 0;
}

static int block_read(struct chip *c, struct i2c_msg *msg)
{
	const u8 *block = blocks[c->at % ARRAY_SIZE(blocks)];

	if (c->at >= ARRAY_SIZE(blocks) && msg->flags & I2C_M_RECV_LEN)
		return -EPROTO; /* a length that is none */
	if (!(msg->flags & I2C_M_RECV_LEN)) {
		memcpy(msg->buf, block, min_t(u16, msg->len, sizeof(blocks[0])));
		return 0;
	}
	memcpy(msg->buf, block, 1 + block[0]);
	msg->len += block[0];
	return 0;
}

static u8 large[32768], small[256], other[256], ten[256];

static struct chip chips[] = {
	{.addr = 0x30, .write = block_write, .read = block_read},
	{.addr = 0x48, .write = sensor_write, .read = sensor_read},
	{
		.addr = 0x50,
		.write = eeprom_write,
		.read = eeprom_read,
		.memory = large,
		.size = sizeof(large),
		.page = 64,
		.pointer_bytes = 2,
	},
	{
		.addr = 0x51,
		.write = eeprom_write,
		.read = eeprom_read,
		.memory = small,
		.size = sizeof(small),
		.page = 16,
		.pointer_bytes = 1,
	},
	{
		.addr = 0x52,
		.write = eeprom_write,
		.read = eeprom_read,
		.memory = other,
		.size = sizeof(other),
		.page = 16,
		.pointer_bytes = 1,
	},
	{
		.addr = 0x250,
		.ten = true,
		.write = eeprom_write,
		.read = eeprom_read,
		.memory = ten,
		.size = sizeof(ten),
		.page = 16,
		.pointer_bytes = 1,
	},
};

static struct chip *find(const struct i2c_msg *msg)
{
	for (u32 i = 0; i < ARRAY_SIZE(chips); i++)
		if (chips[i].addr == msg->addr && chips[i].ten == !!(msg->flags & I2C_M_TEN))
			return &chips[i];
	return NULL;
}

int chips_message(struct i2c_msg *msg)
{
	struct chip *c = find(msg);

	if (!c)
		return -ENXIO;
	return msg->flags & I2C_M_RD ? c->read(c, msg) : c->write(c, msg->buf, msg->len);
}

void chips_reset(void)
{
	for (u32 i = 0; i < sizeof(small); i++)
		small[i] = i;
}
