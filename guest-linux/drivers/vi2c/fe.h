/* SPDX-License-Identifier: GPL-2.0-only */
/* vi2c-fe: what its files share. */
#ifndef VI2C_FE_H
#define VI2C_FE_H

#include <linux/mutex.h>
#include <vlx/vcall.h>
#include "vi2c_common.h"

/* A bus of another VM. */
struct vi2c_fe {
	struct vcall_family family;
	struct vcall_end *end; /* NULL: its link was not found yet */
	struct device *dev;
	const char *vlink;
	u32 room;
	u32 functionality;
	struct i2c_adapter adap;
	struct work_struct add_work; /* the adapter, once the back-end is there */
	struct mutex lock; /* the next two */
	bool added;
	bool leaving;
	/* Under the adapter's own lock. */
	struct vi2c_request *request; /* of room bytes, as the answer */
	struct vi2c_answer *answer;
};

/* messages.c: whether they fit, and the request's and the answer's sizes. Returns 0, -EOPNOTSUPP or -EMSGSIZE. */
int vi2c_measure(const struct vi2c_fe *v, const struct i2c_msg *msgs, int nr, size_t *size,
		 size_t *answer_size);

/* After vi2c_measure(): v->request. */
void vi2c_pack(struct vi2c_fe *v, const struct i2c_msg *msgs, int nr);

/* Of v->answer, which has the right size: what was read. Returns how many were transferred, or an error. */
int vi2c_unpack(const struct vi2c_fe *v, struct i2c_msg *msgs, int nr);

#endif
