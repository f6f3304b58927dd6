/* SPDX-License-Identifier: Apache-2.0 */
/* i2c-test: an I2C bus as programs have it. Each returns 0, or an errno. */
#ifndef BUS_H
#define BUS_H

#include <linux/i2c.h>
#include <linux/i2c-dev.h>

struct bus {
	int fd;
};

int bus_rdwr(const struct bus *b, struct i2c_msg *msgs, unsigned int nr);
int bus_write(const struct bus *b, int slave, const void *data, unsigned short len);
/* Writes, then reads with a repeated start. */
int bus_ask(const struct bus *b, int slave, unsigned short flags, const void *data,
	    unsigned short len, void *answer, unsigned short answer_len);

/* An SMBus command to a slave: read is I2C_SMBUS_READ or _WRITE, size I2C_SMBUS_*_DATA. */
int bus_smbus(struct bus *b, int slave, int read, unsigned char command, int size,
	      union i2c_smbus_data *data);

#endif
