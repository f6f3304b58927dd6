/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* nk-vhost-user: the device's side, /dev/vlx-virtio. Each returns 0, or -1 with a line on stderr. */
#ifndef DEVICE_H
#define DEVICE_H

#include "server.h"

/* Claims the device, and maps the driver's memory. */
int device_open(struct server *s);

/* The device is there for its driver, as the back-end has described it. */
int device_register(struct server *s);

/* The next event, which is there. */
int device_event(struct server *s, struct vlx_virtio_event *event);
int device_ack(struct server *s, int result);

/* The driver sees s->config; changed: and is told. */
int device_config(struct server *s, bool changed);

/* It needs a reset. */
int device_breaks(struct server *s);

#endif
