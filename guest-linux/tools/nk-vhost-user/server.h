/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* nk-vhost-user: a device of another VM, and the back-end that it is connected to. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vlx/vlx-uvirtio.h>

#define QUEUES VLX_UVIRTIO_QUEUES
#define F_EVENT_IDX (1ull << 29)
#define F_VERSION_1 (1ull << 32)
#define F_RING_PACKED (1ull << 34)
#define STATUS_DRIVER_OK 4
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
	bool quiet;

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
	struct queue queue[QUEUES];

	/* vhost-user's. */
	uint64_t protocol;
	int inflight; /* file of what was in flight, or -1 */
	uint64_t inflight_size;
};

/* An address of the driver's, in this program's memory; NULL: it is none for so many bytes. */
void *memory_at(const struct server *s, uint64_t driver, uint64_t size);

/* Prints "nk-vhost-user: DEVICE: MESSAGE[: errno]". Returns -1. */
int failed(const struct server *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
int failed_errno(const struct server *s, const char *what);

#endif
