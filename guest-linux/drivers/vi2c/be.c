// SPDX-License-Identifier: GPL-2.0-only
/*
 * VI2C(4D): transfers that front-ends ask for, on a bus of this VM. A bus may come and go meanwhile: it is looked up each
 * time. What has no flag of vi2c's is not done: a message without its start could address any slave.
 */
#include <linux/rwsem.h>
#include <linux/slab.h>
#include "be.h"

#define FLAGS (VI2C_READ | VI2C_TEN | VI2C_RECV_LEN)
#define FUNCTIONS (I2C_FUNC_I2C | I2C_FUNC_10BIT_ADDR | I2C_FUNC_SMBUS_EMUL_ALL)

/* A front-end's: what is being transferred. */
struct front {
	u32 room;
	struct i2c_msg msgs[VI2C_MSGS];
	u32 nr_msgs;
	u32 answer_size;
	struct vi2c_answer *answer; /* of room bytes */
};

/* Held by who transfers, and for writing while the VM sleeps. */
static DECLARE_RWSEM(awake);

void vi2c_be_suspend(void)
{
	down_write(&awake);
}

void vi2c_be_resume(void)
{
	up_write(&awake);
}

static const struct vi2c_be *back_end_of(const struct vcall_end *end)
{
	return container_of(end->family, struct vi2c_be, family);
}

static int set_message(struct i2c_msg *to, const struct vi2c_msg *m)
{
	u16 limit = m->flags & VI2C_TEN ? 0x3ff : 0x7f;

	if (m->flags & ~FLAGS || m->addr > limit)
		return -EINVAL;
	if (m->flags & VI2C_RECV_LEN && (!(m->flags & VI2C_READ) || !m->len))
		return -EINVAL;
	to->addr = m->addr;
	to->len = m->len;
	to->flags = m->flags & VI2C_READ ? I2C_M_RD : 0;
	to->flags |= m->flags & VI2C_TEN ? I2C_M_TEN : 0;
	to->flags |= m->flags & VI2C_RECV_LEN ? I2C_M_RECV_LEN : 0;
	return 0;
}

/* The request's messages, with buffers in it and in the answer: neither can be the peer's any more. */
static int lay_out(struct front *f, struct vi2c_request *r, u32 size)
{
	u32 in, out;

	if (!r->count || r->count > VI2C_MSGS || size > f->room)
		return -EINVAL;
	in = struct_size(r, msgs, r->count);
	out = struct_size(f->answer, msgs, r->count);
	if (in > size)
		return -EINVAL;
	for (u32 i = 0; i < r->count; i++) {
		const struct vi2c_msg *m = &r->msgs[i];
		int err = set_message(&f->msgs[i], m);

		if (err)
			return err;
		f->msgs[i].buf = m->flags & VI2C_READ ? (u8 *)f->answer + out : (u8 *)r + in;
		in += vi2c_writes(m);
		out += vi2c_reads(m);
		if (in > size || out > f->room)
			return -EINVAL;
	}
	f->nr_msgs = r->count;
	f->answer_size = out;
	return in == size ? 0 : -EINVAL;
}

static bool may(const struct vcall_end *end, const struct front *f)
{
	for (u32 i = 0; i < f->nr_msgs; i++) {
		const struct i2c_msg *m = &f->msgs[i];
		u32 slave = m->flags & I2C_M_TEN ? VI2C_BE_TEN + m->addr : m->addr;

		if (!vi2c_policy_allows(&back_end_of(end)->config, vrpc_peer_id(end->vrpc), slave))
			return false;
	}
	return true;
}

static int transfer(u32 bus, struct front *f)
{
	struct i2c_adapter *adap = i2c_get_adapter(bus);
	int err;

	if (!adap)
		return -ENODEV;
	down_read(&awake);
	err = i2c_transfer(adap, f->msgs, f->nr_msgs);
	up_read(&awake);
	i2c_put_adapter(adap);
	return err;
}

/* A slave's length is added to a message's by its adapter. */
static void tell_lengths(struct front *f, const struct vi2c_request *r)
{
	for (u32 i = 0; i < f->nr_msgs; i++) {
		f->answer->msgs[i] = r->msgs[i];
		if (r->msgs[i].flags & VI2C_RECV_LEN)
			f->answer->msgs[i].len =
				min_t(u32, f->msgs[i].len, vi2c_reads(&r->msgs[i]));
	}
}

static int perform(struct vcall_end *end, struct front *f, const struct vi2c_request *r)
{
	int done;

	memset(f->answer, 0, f->answer_size);
	if (!may(end, f))
		return -EPERM;
	done = transfer(back_end_of(end)->config.bus, f);
	if (done < 0)
		return done;
	tell_lengths(f, r);
	f->answer->count = done;
	return 0;
}

static vrpc_size_t serve_transfer(struct vcall_end *end, struct vi2c_request *r, vrpc_size_t size)
{
	struct front *f = end->private;
	int err;

	f->answer_size = sizeof(*f->answer);
	f->answer->count = 0;
	err = lay_out(f, r, size);
	err = err ?: perform(end, f, r);
	f->answer->status = vi2c_status(err);
	memcpy(r, f->answer, f->answer_size);
	return f->answer_size;
}

static vrpc_size_t serve_info(struct vcall_end *end, void *to)
{
	struct i2c_adapter *adap = i2c_get_adapter(back_end_of(end)->config.bus);
	struct vi2c_info info = {.status = adap ? VI2C_OK : VI2C_NO_BUS};

	if (adap)
		info.functionality = i2c_get_functionality(adap) & FUNCTIONS;
	i2c_put_adapter(adap);
	memcpy(to, &info, sizeof(info));
	return sizeof(info);
}

static vrpc_size_t call(void *cookie, vrpc_size_t size)
{
	struct vcall_end *end = cookie;
	struct vi2c_request *r = vrpc_data(end->vrpc);

	if (size == sizeof(*r) && r->command == VI2C_INFO)
		return serve_info(end, r);
	if (size >= sizeof(*r) && r->command == VI2C_TRANSFER)
		return serve_transfer(end, r, size);
	*(struct vi2c_answer *)r = (struct vi2c_answer){.status = VI2C_INVALID};
	return sizeof(struct vi2c_answer);
}

static int probe(struct vcall_end *end)
{
	struct front *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	f->room = min_t(u32, vrpc_maxsize(end->vrpc), VI2C_ROOM_MAX);
	f->answer = kzalloc(f->room, GFP_KERNEL);
	if (!f->answer) {
		kfree(f);
		return -ENOMEM;
	}
	end->private = f;
	return 0;
}

static void remove(struct vcall_end *end)
{
	struct front *f = end->private;

	kfree(f->answer);
	kfree(f);
}

int vi2c_be_open(struct vi2c_be *b)
{
	int err;

	b->family = (struct vcall_family){
		.name = b->config.vlink,
		.own_links = true,
		.server = true,
		.room = VI2C_ROOM,
		.probe = probe,
		.remove = remove,
		.call = call,
	};
	err = vcall_open(&b->family);
	if (err || !list_empty(&b->family.ends))
		return err;
	vcall_close(&b->family);
	return -ENOLINK;
}

void vi2c_be_close(struct vi2c_be *b)
{
	vcall_close(&b->family);
}
