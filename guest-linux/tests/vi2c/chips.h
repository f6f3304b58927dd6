/* SPDX-License-Identifier: GPL-2.0-only */
/* vi2c-test: slaves on a bus that is memory. */
#ifndef CHIPS_H
#define CHIPS_H

#include <linux/i2c.h>

/* As they are new. */
void chips_reset(void);

/* A message to the slave that it is for, if there is one. Returns 0, -ENXIO: nobody is, -EREMOTEIO, -EPROTO. */
int chips_message(struct i2c_msg *msg);

#endif
