/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* nk-vhost-user: a device of another VM, and the back-end that it is connected to. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vlx/vlx-uvirtio.h>

#include "shadow.h"

#define QUEUES VLX_UVIRTIO_QUEUES
#define F_EVENT_IDX (1ull << 29)
#define F_VERSION_1 (1ull << 32)
#define F_RING_PACKED (1ull << 34)
#define STATUS_DRIVER_OK 4
#define AGAIN_MS 100 /* a back-end that is not there is looked for so often */
#define STATUS_NEEDS_RESET 64

/* A piece of the driver's memory. */
struct region {
	uint64_t driver, size;
	int fd;
	unsigned char *here;
};

struct queue {
	bool set; /* the driver has set it up, as in event */
	bool runs; /* the back-end has it */
	int kick, call; /* eventfds, for good */
	struct vlx_virtio_event event;

	/* With --resumes and vhost-user: rings.h. */
	struct shadow shadow;
	struct shadow_slot *slots;
	uint16_t *slot_of;
	int back_kick, back_call; /* the back-end's eventfds, or -1 */
};

struct server;

/* What serves the queues. Each returns 0, or -1 with a line on stderr. */
struct backend {
	const char *name;
	/* Finds out what device it is: features, config, number of queues, of the server. */
	int (*open)(struct server *s);
	/* The driver is there: features and memory. Again, when it was reset. */
	int (*begin)(struct server *s);
	int (*queue_begin)(struct server *s, unsigned int n);
	/* When it returns, the back-end touches nothing of the queue. */
	int (*queue_end)(struct server *s, unsigned int n);
	/* All queues run that will; or none does any more. May be NULL. */
	int (*runs)(struct server *s, bool runs);
	/* A store to the configuration space; s->config is what it is then. May be NULL. */
	int (*store)(struct server *s, uint32_t offset, uint32_t size, uint64_t value);
	/* There is something to read from s->fd: 1, the back-end has gone. May be NULL. */
	int (*look)(struct server *s);
};

extern const struct backend vhost_user, vhost_net, vhost_vsock;

struct server {
	/* By its options. */
	unsigned int vm;
	const char *name; /* of the device */
	const struct backend *backend;
	const char *target; /* socket, tap or CID */
	uint32_t device_id;
	uint32_t nr_queues;
	uint32_t queue_size;
	const char *tag; /* of a file system */
	bool resumes; /* whoever serves the device next goes on where this process was */

	int device; /* /dev/vlx-virtio */
	int fd; /* the back-end's; -1: it is not there */
	int tap;
	struct region region[VLX_UVIRTIO_REGIONS];
	unsigned int nr_regions;
	uint64_t offered; /* features */
	uint64_t features; /* that the driver has accepted */
	uint8_t config[VLX_UVIRTIO_CONFIG];
	uint32_t config_size;
	bool driver_ok;
	bool lost; /* the back-end went away while it had queues */
	bool broken; /* nothing goes on before a reset */
	bool told; /* of a status, since this process began */
	unsigned int fruitless; /* back-ends that have gone, since one has done anything */
	struct queue queue[QUEUES];

	/* vhost-user's. */
	uint64_t protocol;
	int inflight; /* file of what was in flight, or -1 */
	uint64_t inflight_size;
	struct region rings; /* for the back-end; `driver`: where it finds them */
};

/* An address of the driver's, in this program's memory; NULL: it is none for so many bytes. */
void *memory_at(const struct server *s, uint64_t driver, uint64_t size);

/* The used index of a queue of the driver's; 0 if there is none. */
uint16_t used_index(const struct server *s, const struct queue *q);

/* What the driver has made available and not got back, of all queues; it may lie. */
unsigned int requests_in_flight(const struct server *s);

/* Whether rings of this program's stand between the driver's and the back-end's. */
static inline bool has_rings(const struct server *s)
{
	return s->resumes && s->backend == &vhost_user;
}

/* Prints "nk-vhost-user: DEVICE: MESSAGE[: errno]". Returns -1. */
int failed(const struct server *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
int failed_errno(const struct server *s, const char *what);

#endif
