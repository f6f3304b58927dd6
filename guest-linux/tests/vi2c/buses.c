// SPDX-License-Identifier: GPL-2.0-only
/*
 * vi2c-test: what QEMU's virt machine has not: I2C buses. `bus` has the slaves of chips.c; the next one can do SMBus's
 * commands alone; the one behind it is a branch of `bus`, as behind a multiplexer.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include "chips.h"

static int bus = 1;
module_param(bus, int, 0444);
MODULE_PARM_DESC(bus, "number of the first one");

static int error;
module_param(error, int, 0644);
MODULE_PARM_DESC(error, "if not 0, the errno of each transfer");

static unsigned int delay;
module_param(delay, uint, 0644);
MODULE_PARM_DESC(delay, "milliseconds that each transfer takes");

static unsigned long transfers;
module_param(transfers, ulong, 0444);
MODULE_PARM_DESC(transfers, "how many were begun");

static int transfer(struct i2c_adapter *adap, struct i2c_msg *msgs, int nr)
{
	int err = -READ_ONCE(error);

	transfers++;
	if (delay)
		msleep(delay);
	for (int i = 0; !err && i < nr; i++)
		err = chips_message(&msgs[i]);
	return err ?: nr;
}

static u32 functionality(struct i2c_adapter *adap)
{
	return I2C_FUNC_I2C | I2C_FUNC_10BIT_ADDR | I2C_FUNC_SMBUS_EMUL |
	       I2C_FUNC_SMBUS_READ_BLOCK_DATA | I2C_FUNC_PROTOCOL_MANGLING | I2C_FUNC_NOSTART;
}

static int smbus_transfer(struct i2c_adapter *adap, u16 addr, unsigned short flags, char read_write,
			  u8 command, int size, union i2c_smbus_data *data)
{
	return -ENXIO;
}

static u32 smbus_functionality(struct i2c_adapter *adap)
{
	return I2C_FUNC_SMBUS_BYTE;
}

static struct i2c_adapter adapters[3];

static int branch_transfer(struct i2c_adapter *adap, struct i2c_msg *msgs, int nr)
{
	return i2c_transfer(&adapters[0], msgs, nr);
}

static const struct i2c_algorithm algorithms[] = {
	{.master_xfer = transfer, .functionality = functionality},
	{.smbus_xfer = smbus_transfer, .functionality = smbus_functionality},
	{.master_xfer = branch_transfer, .functionality = functionality},
};

static void remove(int nr)
{
	while (nr--)
		i2c_del_adapter(&adapters[nr]);
}

static int __init vi2c_test_init(void)
{
	chips_reset();
	for (int i = 0; i < ARRAY_SIZE(adapters); i++) {
		struct i2c_adapter *adap = &adapters[i];
		int err;

		adap->owner = THIS_MODULE;
		adap->algo = &algorithms[i];
		adap->nr = bus + i;
		adap->dev.parent = i == 2 ? &adapters[0].dev : NULL;
		snprintf(adap->name, sizeof(adap->name), "vi2c-test %d", i);
		err = i2c_add_numbered_adapter(adap);
		if (!err)
			continue;
		remove(i);
		return err;
	}
	return 0;
}

static void __exit vi2c_test_exit(void)
{
	remove(ARRAY_SIZE(adapters));
}

module_init(vi2c_test_init);
module_exit(vi2c_test_exit);
MODULE_DESCRIPTION("I2C buses with slaves, for tests");
MODULE_LICENSE("GPL");
