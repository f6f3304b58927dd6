/* SPDX-License-Identifier: GPL-2.0-only */
/* vi2c: requests and answers. The page has no layout; this one is ours. */
#ifndef VI2C_COMMON_H
#define VI2C_COMMON_H

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/i2c.h>
#include <linux/kernel.h>
#include <linux/types.h>

#define VI2C_ROOM (16384 - 12) /* bytes of a request or an answer, where no info says more */
#define VI2C_ROOM_MAX 32768 /* of which a bus of 100 kHz takes three seconds */
#define VI2C_MSGS 42 /* of a transfer, as many as programs may have */

enum vi2c_command {
	VI2C_INFO, /* what can the bus do? count is 0 */
	VI2C_TRANSFER,
};

#define VI2C_READ 1
#define VI2C_TEN 2 /* a 10-bit address */
#define VI2C_RECV_LEN 4 /* the slave's first byte says how many more there are, up to 32 */

struct vi2c_msg {
	u16 addr;
	u16 flags; /* VI2C_* */
	u16 len;
	u16 zero;
};

/* What is written follows the messages, without gaps. */
struct vi2c_request {
	u32 command; /* enum vi2c_command */
	u32 count; /* of messages */
	struct vi2c_msg msgs[];
};

/*
 * The messages of the request, each with its length afterwards. What was read follows them: of each message as many bytes
 * as it may have read at the most.
 */
struct vi2c_answer {
	u32 status; /* enum vi2c_status */
	u32 count; /* of messages that were transferred */
	struct vi2c_msg msgs[];
};

struct vi2c_info {
	u32 status;
	u32 functionality; /* I2C_FUNC_* of Linux */
};

static_assert(sizeof(struct vi2c_msg) == 8);
static_assert(sizeof(struct vi2c_request) == 8);
static_assert(sizeof(struct vi2c_answer) == 8);
static_assert(sizeof(struct vi2c_info) == 8);

enum vi2c_status {
	VI2C_OK,
	VI2C_PERMISSION, /* the policy does not have this slave for this VM */
	VI2C_NACK, /* nobody at this address */
	VI2C_NACK_DATA, /* the slave did not take all */
	VI2C_LOST, /* another master has the bus */
	VI2C_TIMEOUT,
	VI2C_BUSY,
	VI2C_PROTOCOL, /* the slave's length is none */
	VI2C_UNSUPPORTED,
	VI2C_INVALID,
	VI2C_NO_BUS,
	VI2C_ERROR, /* anything else */
};

static const int vi2c_errors[] = {
	[VI2C_OK] = 0,
	[VI2C_PERMISSION] = EPERM,
	[VI2C_NACK] = ENXIO,
	[VI2C_NACK_DATA] = EREMOTEIO,
	[VI2C_LOST] = EAGAIN,
	[VI2C_TIMEOUT] = ETIMEDOUT,
	[VI2C_BUSY] = EBUSY,
	[VI2C_PROTOCOL] = EPROTO,
	[VI2C_UNSUPPORTED] = EOPNOTSUPP,
	[VI2C_INVALID] = EINVAL,
	[VI2C_NO_BUS] = ENODEV,
	[VI2C_ERROR] = EIO,
};

/* Of 0, or an error below 0. */
static inline u32 vi2c_status(int err)
{
	for (u32 i = 0; i < ARRAY_SIZE(vi2c_errors); i++)
		if (vi2c_errors[i] == -err)
			return i;
	return VI2C_ERROR;
}

/* The other way round, of what a peer says. */
static inline int vi2c_error(u32 status)
{
	return status < ARRAY_SIZE(vi2c_errors) ? -vi2c_errors[status] : -EIO;
}

/* How many bytes it may read; 0 for one that writes. */
static inline u32 vi2c_reads(const struct vi2c_msg *m)
{
	if (!(m->flags & VI2C_READ))
		return 0;
	return m->len + (m->flags & VI2C_RECV_LEN ? I2C_SMBUS_BLOCK_MAX : 0);
}

static inline u32 vi2c_writes(const struct vi2c_msg *m)
{
	return m->flags & VI2C_READ ? 0 : m->len;
}

#endif
