// SPDX-License-Identifier: GPL-2.0-only
/* vi2c-fe: Linux's messages as vi2c sends them, and what was read of them. */
#include <linux/string.h>
#include "fe.h"

/* I2C_M_DMA_SAFE is of a buffer here. What bends the protocol is not for a bus that others use too. */
#define FLAGS (I2C_M_RD | I2C_M_TEN | I2C_M_RECV_LEN | I2C_M_DMA_SAFE)

static struct vi2c_msg message(const struct i2c_msg *msg)
{
	struct vi2c_msg m = {.addr = msg->addr, .len = msg->len};

	m.flags = msg->flags & I2C_M_RD ? VI2C_READ : 0;
	m.flags |= msg->flags & I2C_M_TEN ? VI2C_TEN : 0;
	m.flags |= msg->flags & I2C_M_RECV_LEN ? VI2C_RECV_LEN : 0;
	return m;
}

int vi2c_measure(const struct vi2c_fe *v, const struct i2c_msg *msgs, int nr, size_t *size,
		 size_t *answer_size)
{
	*size = struct_size(v->request, msgs, nr);
	*answer_size = struct_size(v->answer, msgs, nr);
	for (int i = 0; i < nr; i++) {
		struct vi2c_msg m = message(&msgs[i]);

		if (msgs[i].flags & ~FLAGS)
			return -EOPNOTSUPP;
		*size += vi2c_writes(&m);
		*answer_size += vi2c_reads(&m);
	}
	return nr <= VI2C_MSGS && max(*size, *answer_size) <= v->room ? 0 : -EMSGSIZE;
}

void vi2c_pack(struct vi2c_fe *v, const struct i2c_msg *msgs, int nr)
{
	u8 *data = (u8 *)&v->request->msgs[nr];

	v->request->command = VI2C_TRANSFER;
	v->request->count = nr;
	for (int i = 0; i < nr; i++) {
		struct vi2c_msg m = message(&msgs[i]);

		v->request->msgs[i] = m;
		memcpy(data, msgs[i].buf, vi2c_writes(&m));
		data += vi2c_writes(&m);
	}
}

/* A slave that says how many bytes there are has added them to those that were asked for. */
static int take_length(struct i2c_msg *msg, u16 len, const u8 *data)
{
	if (!(msg->flags & I2C_M_RECV_LEN))
		return 0;
	if (data[0] > I2C_SMBUS_BLOCK_MAX || len != msg->len + data[0])
		return -EPROTO;
	msg->len = len;
	return 0;
}

int vi2c_unpack(const struct vi2c_fe *v, struct i2c_msg *msgs, int nr)
{
	const struct vi2c_answer *a = v->answer;
	const u8 *data = (const u8 *)&a->msgs[nr];
	int err = vi2c_error(a->status);

	if (err)
		return err;
	if (a->count > nr)
		return -EPROTO;
	for (u32 i = 0; i < a->count; i++) {
		u32 room = vi2c_reads(&v->request->msgs[i]);

		if (!room)
			continue;
		err = take_length(&msgs[i], a->msgs[i].len, data);
		if (err)
			return err;
		memcpy(msgs[i].buf, data, msgs[i].len);
		data += room;
	}
	return a->count;
}
