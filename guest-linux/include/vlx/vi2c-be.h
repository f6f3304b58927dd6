/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * VI2C(4D): what devc-vi2c-be asks of vi2c-be, by /dev/vi2c-be. An open file is a back-end of one bus: it serves from
 * VI2C_BE_START on until the file is closed.
 */
#ifndef VLX_VI2C_BE_H
#define VLX_VI2C_BE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VI2C_BE_DEVICE "vi2c-be" /* in /dev */
#define VI2C_BE_VLINK 16 /* bytes of a vlink's name, with the NUL */
#define VI2C_BE_RULES 256

/* Slaves. Those of 7 bits that I2C keeps for itself are none; they are part of ALL. */
#define VI2C_BE_FIRST 0x08
#define VI2C_BE_LAST 0x77
#define VI2C_BE_TEN 0xa000 /* plus an address of 10 bits, up to 0x3ff, as Linux has them in names */
#define VI2C_BE_ALL 0xffff

struct vi2c_be_rule {
	__u16 vm;
	__u16 slave;
};

struct vi2c_be_config {
	__u32 bus; /* of /dev/i2c-N */
	__u32 nr_rules;
	char vlink[VI2C_BE_VLINK];
	struct vi2c_be_rule rules[VI2C_BE_RULES];
};

/*
 * 0, or errno: EINVAL: no policy, or it has one slave for two VMs; EBUSY: the file serves already, the vlink is served
 * already, or another back-end has one of the slaves for another VM; ENODEV: there is no such bus; EOPNOTSUPP: it can do
 * SMBus's commands alone; ENOLINK: there is no such vlink.
 */
#define VI2C_BE_START _IOW('N', 0xb2, struct vi2c_be_config)

#endif
