// SPDX-License-Identifier: Apache-2.0
/*
 * i2c-test DEVICE [FORBIDDEN]: transfers of each kind to the slaves of vi2c-test, in TAP. FORBIDDEN: a slave that this VM may not
 * have. i2c-test DEVICE -e ERRNO: whether a transfer to the sensor ends with that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "bus.h"

#define SENSOR 0x48
#define EEPROM 0x50
#define SMALL 0x51
#define BLOCKS 0x30
#define TEN 0x250
#define NOBODY 0x20

static unsigned int count, failed;

static void ok(bool good, const char *text)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, text);
	failed += !good;
}

/* An error that is to be, or 0. */
static void ends(int got, int want, const char *text)
{
	ok(got == want, text);
	if (got != want)
		printf("# %s, not %s\n", strerror(got), strerror(want));
}

static void test_plain(const struct bus *b)
{
	unsigned char page[] = {0x12, 0x40, 'a', 'b', 'c', 'd'}, got[4] = "";
	struct i2c_msg again = {.addr = EEPROM, .flags = I2C_M_RD, .len = 4, .buf = got};

	ends(bus_write(b, EEPROM, page, sizeof(page)), 0, "a write");
	ends(bus_write(b, EEPROM, page, 2), 0, "a write of an address");
	ends(bus_rdwr(b, &again, 1), 0, "a read");
	ok(!memcmp(got, "abcd", 4), "of what was written");
	memset(got, 0, sizeof(got));
	ends(bus_ask(b, EEPROM, 0, page, 2, got, 4), 0, "a write and a read in one transfer");
	ok(!memcmp(got, "abcd", 4), "of the same");
	ends(bus_write(b, EEPROM, "", 0), 0, "a write of nothing");
}

/* As many as a transfer may have, each with its own length: writes and reads by turns. */
static void test_many(const struct bus *b)
{
	unsigned char to[21][3], got[21][2] = {0};
	struct i2c_msg msgs[42];
	bool good = true;

	for (int i = 0; i < 21; i++) {
		memcpy(to[i], ((unsigned char[]){i * 2, i, ~i}), 3);
		msgs[i] = (struct i2c_msg){.addr = SMALL, .len = 3, .buf = to[i]};
	}
	ends(bus_rdwr(b, msgs, 21), 0, "21 writes");
	for (int i = 0; i < 21; i++) {
		msgs[2 * i] = (struct i2c_msg){.addr = SMALL, .len = 1, .buf = to[i]};
		msgs[2 * i + 1] = (struct i2c_msg){
			.addr = SMALL, .flags = I2C_M_RD, .len = 1 + i % 2, .buf = got[i]};
	}
	ends(bus_rdwr(b, msgs, 42), 0, "21 writes and reads by turns");
	for (int i = 0; i < 21; i++)
		good &= got[i][0] == i && (!(i % 2) || got[i][1] == (unsigned char)~i);
	ok(good, "of the same");
	for (int i = 0; i < 256; i++) /* as it was */
		good &= !bus_write(b, SMALL, ((unsigned char[]){i, i}), 2);
	ok(good, "256 writes");
}

static void test_long(const struct bus *b)
{
	static unsigned char to[2 + 64], got[8192], at[2];
	struct i2c_msg msgs[] = {
		{.addr = EEPROM, .flags = I2C_M_RD, .len = 8192, .buf = got},
		{.addr = EEPROM, .flags = I2C_M_RD, .len = 8192, .buf = got},
	};
	bool good = true;

	for (int page = 0; page < 128; page++) {
		to[0] = page >> 2;
		to[1] = page << 6;
		for (int i = 0; i < 64; i++)
			to[2 + i] = (page * 64 + i) * 2654435761U >> 24;
		good &= !bus_write(b, EEPROM, to, sizeof(to));
	}
	ok(good, "128 pages");
	ends(bus_ask(b, EEPROM, 0, at, 2, got, 8192), 0, "8192 bytes in one transfer");
	for (int i = 0; i < 8192; i++)
		good &= got[i] == (unsigned char)(i * 2654435761U >> 24);
	ok(good, "of the same");
	ends(bus_rdwr(b, msgs, 2), EMSGSIZE, "more than the link has room for");
}

static void test_ten(const struct bus *b)
{
	unsigned char to[] = {5, 'x', 'y'}, got[2];
	struct i2c_msg write = {.addr = TEN, .flags = I2C_M_TEN, .len = 3, .buf = to};

	ends(bus_rdwr(b, &write, 1), 0, "10 bits: a write");
	ends(bus_ask(b, TEN, I2C_M_TEN, to, 1, got, 2), 0, "10 bits: a write and a read");
	ok(!memcmp(got, "xy", 2), "of the same");
	write.addr = SENSOR;
	ends(bus_rdwr(b, &write, 1), ENXIO, "10 bits: another slave than the one with 7");
}

static void test_smbus(struct bus *b)
{
	union i2c_smbus_data data = {.byte = 0x60}, back = {0};

	ends(bus_smbus(b, SENSOR, I2C_SMBUS_WRITE, 0, I2C_SMBUS_QUICK, NULL), 0, "quick");
	ends(bus_smbus(b, SENSOR, I2C_SMBUS_WRITE, 1, I2C_SMBUS_BYTE_DATA, &data), 0,
	     "write byte data");
	ends(bus_smbus(b, SENSOR, I2C_SMBUS_READ, 1, I2C_SMBUS_BYTE_DATA, &back), 0,
	     "read byte data");
	ok(back.byte == 0x60, "of the same");
	ends(bus_smbus(b, SENSOR, I2C_SMBUS_WRITE, 0, I2C_SMBUS_BYTE, NULL), 0, "send byte");
	ends(bus_smbus(b, SENSOR, I2C_SMBUS_READ, 0, I2C_SMBUS_BYTE, &back), 0, "receive byte");
	ok(back.byte == 0x19, "the temperature's");
	data.word = 0x1234;
	ends(bus_smbus(b, SENSOR, I2C_SMBUS_WRITE, 2, I2C_SMBUS_WORD_DATA, &data), 0,
	     "write word data");
	ends(bus_smbus(b, SENSOR, I2C_SMBUS_READ, 2, I2C_SMBUS_WORD_DATA, &back), 0,
	     "read word data");
	ok(back.word == 0x1234, "of the same");
	back.word = 0x1234;
	ends(bus_smbus(b, SENSOR, I2C_SMBUS_WRITE, 2, I2C_SMBUS_PROC_CALL, &back), 0,
	     "process call");
}

static void test_blocks(struct bus *b)
{
	union i2c_smbus_data data = {.block = {5, 'h', 'e', 'l', 'l', 'o'}}, back = {0};
	unsigned char raw[1 + 32] = {1}, command = 3;
	struct i2c_msg msgs[] = {
		{.addr = BLOCKS, .len = 1, .buf = &command},
		{.addr = BLOCKS, .flags = I2C_M_RD | I2C_M_RECV_LEN, .len = 33, .buf = raw},
	};

	ends(bus_smbus(b, BLOCKS, I2C_SMBUS_WRITE, 3, I2C_SMBUS_BLOCK_DATA, &data), 0,
	     "write block");
	ends(bus_smbus(b, BLOCKS, I2C_SMBUS_READ, 3, I2C_SMBUS_BLOCK_DATA, &back), 0, "read block");
	ok(!memcmp(data.block, back.block, 6), "of the same");
	data.block[0] = 32;
	memset(data.block + 1, 0x55, 32);
	ends(bus_smbus(b, BLOCKS, I2C_SMBUS_WRITE, 4, I2C_SMBUS_BLOCK_DATA, &data), 0,
	     "write the longest block");
	ends(bus_smbus(b, BLOCKS, I2C_SMBUS_READ, 4, I2C_SMBUS_BLOCK_DATA, &back), 0, "read it");
	ok(!memcmp(data.block, back.block, 33), "of the same");
	ends(bus_rdwr(b, msgs, 2), 0, "a message whose slave says its length");
	ok(!memcmp(raw, "\5hello", 6), "of the first block");
	ends(bus_smbus(b, BLOCKS, I2C_SMBUS_READ, 200, I2C_SMBUS_BLOCK_DATA, &back), EPROTO,
	     "a length that is none");
	back.block[0] = 4;
	ends(bus_smbus(b, SMALL, I2C_SMBUS_READ, 16, I2C_SMBUS_I2C_BLOCK_DATA, &back), 0,
	     "read an I2C block");
	ok(!memcmp(back.block + 1, "\x10\x11\x12\x13", 4), "of numbers");
}

static void test_errors(struct bus *b)
{
	unsigned char byte[2] = {7};
	struct i2c_msg bent = {.addr = SENSOR, .len = 1, .buf = byte};
	static const unsigned short flags[] = {I2C_M_NOSTART,	   I2C_M_IGNORE_NAK,
					       I2C_M_REV_DIR_ADDR, I2C_M_NO_RD_ACK,
					       I2C_M_STOP,	   0};
	unsigned long functions = 0;
	bool good = true;

	ends(bus_write(b, NOBODY, byte, 1), ENXIO, "nobody there: NACK");
	ends(bus_ask(b, NOBODY, 0, byte, 1, byte, 1), ENXIO, "nobody there to read either");
	ends(bus_write(b, SENSOR, byte, 1), EREMOTEIO, "no such register: NACK of data");
	byte[0] = 0;
	for (const unsigned short *flag = flags; *flag; flag++) {
		bent.flags = *flag;
		good &= bus_rdwr(b, &bent, 1) == EOPNOTSUPP;
	}
	ok(good, "what bends the protocol");
	ok(!ioctl(b->fd, I2C_FUNCS, &functions) && functions & I2C_FUNC_I2C &&
		   functions & I2C_FUNC_10BIT_ADDR &&
		   !(functions & (I2C_FUNC_NOSTART | I2C_FUNC_PROTOCOL_MANGLING)),
	   "and is not said to be there");
}

/* Not in the first message nor in any other, and nothing of the others is done. */
static void test_forbidden(struct bus *b, int slave)
{
	unsigned char to[] = {0x12, 0x40, 'z'}, got = 0;
	struct i2c_msg msgs[] = {
		{.addr = EEPROM, .len = 3, .buf = to},
		{.addr = slave, .flags = I2C_M_RD, .len = 1, .buf = &got},
	};

	ends(bus_write(b, slave, to, 1), EPERM, "a slave of somebody else's: a write");
	ends(bus_rdwr(b, msgs + 1, 1), EPERM, "a read");
	bus_write(b, EEPROM, ((unsigned char[]){0x12, 0x40, 'a'}), 3);
	ends(bus_rdwr(b, msgs, 2), EPERM, "behind one of its own");
	ok(!bus_ask(b, EEPROM, 0, to, 2, &got, 1) && got == 'a', "of which nothing is done");
	ends(bus_smbus(b, slave, I2C_SMBUS_WRITE, 0, I2C_SMBUS_QUICK, NULL), EPERM, "quick");
	ends(bus_write(b, 0, to, 1), EPERM, "a call to all slaves");
}

int main(int argc, char **argv)
{
	struct bus b = {.fd = -1};

	if (argc < 2 || argc > 4) {
		fprintf(stderr, "Usage: i2c-test DEVICE [FORBIDDEN | -e ERRNO]\n");
		return 2;
	}
	b.fd = open(argv[1], O_RDWR);
	if (b.fd < 0) {
		perror(argv[1]);
		return 1;
	}
	if (argc == 4)
		return bus_write(&b, SENSOR, "", 1) != atoi(argv[3]);
	test_plain(&b);
	test_many(&b);
	test_long(&b);
	test_ten(&b);
	test_smbus(&b);
	test_blocks(&b);
	test_errors(&b);
	if (argc == 3)
		test_forbidden(&b, strtol(argv[2], NULL, 0));
	printf("1..%u\n", count);
	return failed != 0;
}
