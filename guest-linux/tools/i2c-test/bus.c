// SPDX-License-Identifier: Apache-2.0
/* i2c-test: calls of /dev/i2c-N. */
#include <errno.h>
#include <sys/ioctl.h>
#include "bus.h"

int bus_rdwr(const struct bus *b, struct i2c_msg *msgs, unsigned int nr)
{
	struct i2c_rdwr_ioctl_data rdwr = {.msgs = msgs, .nmsgs = nr};
	int done = ioctl(b->fd, I2C_RDWR, &rdwr);

	if (done < 0)
		return errno;
	return done == (int)nr ? 0 : EIO;
}

int bus_write(const struct bus *b, int slave, const void *data, unsigned short len)
{
	struct i2c_msg msg = {.addr = slave, .len = len, .buf = (void *)data};

	return bus_rdwr(b, &msg, 1);
}

int bus_ask(const struct bus *b, int slave, unsigned short flags, const void *data,
	    unsigned short len, void *answer, unsigned short answer_len)
{
	struct i2c_msg msgs[] = {
		{.addr = slave, .flags = flags, .len = len, .buf = (void *)data},
		{.addr = slave, .flags = flags | I2C_M_RD, .len = answer_len, .buf = answer},
	};

	return bus_rdwr(b, msgs, 2);
}

int bus_smbus(struct bus *b, int slave, int read, unsigned char command, int size,
	      union i2c_smbus_data *data)
{
	struct i2c_smbus_ioctl_data smbus = {
		.read_write = read,
		.command = command,
		.size = size,
		.data = data,
	};

	if (ioctl(b->fd, I2C_SLAVE_FORCE, (long)slave))
		return errno;
	return ioctl(b->fd, I2C_SMBUS, &smbus) < 0 ? errno : 0;
}
