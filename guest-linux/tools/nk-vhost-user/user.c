// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * nk-vhost-user: the front-end's side of vhost-user, over a UNIX socket. Source: QEMU's docs/interop/vhost-user. Addresses of
 * queues are passed on as the driver has them: the table of memory says "user addresses" that are the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "device.h"
#include "rings.h"

enum {
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	SET_MEM_TABLE = 5,
	SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9,
	SET_VRING_BASE = 10,
	GET_VRING_BASE = 11,
	SET_VRING_KICK = 12,
	SET_VRING_CALL = 13,
	GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16,
	SET_VRING_ENABLE = 18,
	GET_CONFIG = 24,
	SET_CONFIG = 25,
	GET_INFLIGHT_FD = 31,
	SET_INFLIGHT_FD = 32,
};

#define VERSION 1u
#define REPLY 4u
#define NEED_REPLY 8u
#define F_PROTOCOL_FEATURES (1ull << 30)
#define F_IN_ORDER (1ull << 35)
#define BLK_F_CONFIG_WCE (1ull << 11)
#define BLK_F_ZONED (1ull << 17)
#define P_REPLY_ACK (1ull << 3)
#define P_CONFIG (1ull << 9)
#define P_INFLIGHT (1ull << 12)
#define FDS_MAX (VLX_UVIRTIO_REGIONS + 1) /* the rings are one more */
#define CONFIG_BYTES VLX_UVIRTIO_CONFIG

struct header {
	uint32_t request, flags, size;
};

struct config {
	uint32_t offset, size, flags;
	uint8_t data[CONFIG_BYTES];
};

struct inflight {
	uint64_t size, offset;
	uint16_t queues, queue_size;
	uint32_t unused;
};

struct memory {
	uint32_t nr, unused;
	struct {
		uint64_t driver, size, user, offset;
	} region[FDS_MAX];
};

struct message {
	struct header header;
	union {
		uint64_t value;
		struct {
			uint32_t queue, number;
		} vring;
		struct {
			uint32_t queue, flags;
			uint64_t desc, used, avail, log;
		} addr;
		struct memory memory;
		struct config config;
		struct inflight inflight;
	} body;
} __attribute__((packed));

_Static_assert(sizeof(struct header) == 12, "header");
_Static_assert(offsetof(struct message, body) == 12, "no padding in front of the body");

static int lost(struct server *s, const char *what)
{
	failed(s, "%s: the back-end at %s has gone", what, s->target);
	close(s->fd);
	s->fd = -1;
	return -1;
}

/* With nr file descriptors. */
static int send_message(struct server *s, struct message *m, uint32_t request, uint32_t size,
			const int *fds, unsigned int nr)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {m, sizeof(m->header) + size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	m->header.request = request;
	m->header.flags = VERSION | (m->header.flags & NEED_REPLY);
	m->header.size = size;
	if (nr) {
		struct cmsghdr *c;

		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * nr);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nr);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * nr);
	}
	return sendmsg(s->fd, &msg, MSG_NOSIGNAL) == (ssize_t)iov.iov_len ? 0 : lost(s, "message");
}

static int fd_in(struct msghdr *msg)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static bool read_all(int fd, void *to, size_t size)
{
	return recv(fd, to, size, MSG_WAITALL) == (ssize_t)size;
}

/* Of a file that came with an answer: *fd, or nobody's, where fd is NULL. */
static void take_fd(struct msghdr *msg, int *fd)
{
	int got = fd_in(msg);

	if (fd)
		*fd = got;
	else if (got >= 0)
		close(got);
}

/* The answer to a request, of that size; *fd: the file that comes with it, or -1. */
static int get_answer(struct server *s, struct message *m, uint32_t request, uint32_t size, int *fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
		struct cmsghdr align;
	} control;
	struct iovec iov = {&m->header, sizeof(m->header)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};

	if (recvmsg(s->fd, &msg, MSG_WAITALL | MSG_CMSG_CLOEXEC) != (ssize_t)iov.iov_len)
		return lost(s, "answer");
	take_fd(&msg, fd);
	if (m->header.request != request || !(m->header.flags & REPLY) || m->header.size != size ||
	    !read_all(s->fd, &m->body, size))
		return lost(s, "answer that makes no sense");
	return 0;
}

/* With so many bytes there and back. */
static int ask(struct server *s, struct message *m, uint32_t request, uint32_t there, uint32_t back,
	       int *fd)
{
	m->header.flags = 0;
	if (send_message(s, m, request, there, NULL, 0))
		return -1;
	return get_answer(s, m, request, back, fd);
}

static int ask_value(struct server *s, uint32_t request, uint64_t *value)
{
	struct message m;

	if (ask(s, &m, request, 0, sizeof(m.body.value), NULL))
		return -1;
	*value = m.body.value;
	return 0;
}

/* With an answer, where the back-end gives one: it has done it. */
static int tell(struct server *s, struct message *m, uint32_t request, uint32_t size,
		const int *fds, unsigned int nr)
{
	bool reply = s->protocol & P_REPLY_ACK;

	m->header.flags = reply ? NEED_REPLY : 0;
	if (send_message(s, m, request, size, fds, nr))
		return -1;
	if (!reply)
		return 0;
	if (get_answer(s, m, request, sizeof(m->body.value), NULL))
		return -1;
	return m->body.value ? failed(s, "the back-end refuses request %u", request) : 0;
}

static int tell_value(struct server *s, uint32_t request, uint64_t value)
{
	struct message m;

	m.body.value = value;
	return tell(s, &m, request, sizeof(m.body.value), NULL, 0);
}

static int tell_vring(struct server *s, uint32_t request, unsigned int queue, uint32_t number)
{
	struct message m;

	m.body.vring.queue = queue;
	m.body.vring.number = number;
	return tell(s, &m, request, sizeof(m.body.vring), NULL, 0);
}

/* Which queue it is for is in the low byte; the other bits are 0: there is a file. */
static int tell_eventfd(struct server *s, uint32_t request, unsigned int queue, int fd)
{
	struct message m;

	m.body.value = queue;
	return tell(s, &m, request, sizeof(m.body.value), &fd, 1);
}

static int connect_to(struct server *s)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	strncpy(to.sun_path, s->target, sizeof(to.sun_path) - 1);
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return failed_errno(s, "socket");
	if (!connect(s->fd, (struct sockaddr *)&to, sizeof(to)))
		return 0;
	close(s->fd);
	s->fd = -1;
	return -1;
}

static int negotiate(struct server *s, uint64_t *features)
{
	const uint64_t known = P_REPLY_ACK | P_CONFIG | (has_rings(s) ? 0 : P_INFLIGHT);
	uint64_t offered = 0;
	struct message m;

	s->protocol = 0;
	if (ask_value(s, GET_FEATURES, features))
		return -1;
	if (*features & F_PROTOCOL_FEATURES) {
		if (ask_value(s, GET_PROTOCOL_FEATURES, &offered))
			return -1;
		if (tell_value(s, SET_PROTOCOL_FEATURES, offered & known))
			return -1;
		s->protocol = offered & known;
	}
	return tell(s, &m, SET_OWNER, 0, NULL, 0);
}

static int get_config(struct server *s)
{
	uint32_t bytes = (uint32_t)offsetof(struct config, data) + s->config_size;
	struct message m;

	if (!(s->protocol & P_CONFIG) || !s->config_size)
		return 0;
	m.body.config = (struct config){.size = s->config_size};
	if (ask(s, &m, GET_CONFIG, bytes, bytes, NULL))
		return -1;
	if (m.body.config.size != s->config_size)
		return failed(s, "the back-end has no configuration of %u bytes", s->config_size);
	memcpy(s->config, m.body.config.data, s->config_size);
	return 0;
}

/*
 * Of packed rings nobody but the back-end knows how far it was, so that none could take over. Nor is there one for a driver that
 * goes on with another life of the device, if that has state of its own: a cache's mode; or a request that must not be done
 * twice: an append to a zone. Events are this program's, and each request is returned by itself.
 */
static uint64_t device_features(const struct server *s, uint64_t features)
{
	const uint64_t never = F_PROTOCOL_FEATURES | F_RING_PACKED;

	if (!has_rings(s))
		return features & ~never;
	return (features & ~(never | F_IN_ORDER | BLK_F_CONFIG_WCE | BLK_F_ZONED)) | F_EVENT_IDX;
}

/* The driver is perhaps there already, and waits as well; told: that this waits. */
static bool waits_for_another(struct server *s, bool *told)
{
	if (!s->resumes) {
		failed_errno(s, s->target);
		return false;
	}
	if (!*told)
		failed(s, "waits for a back-end at %s", s->target);
	*told = true;
	poll(NULL, 0, AGAIN_MS);
	return true;
}

static int user_open(struct server *s)
{
	uint64_t features;
	bool told = false;

	if (strlen(s->target) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return failed(s, "%s: too long for a socket's name", s->target);
	while (connect_to(s) || negotiate(s, &features) || get_config(s))
		if (s->fd >= 0 || !waits_for_another(s, &told))
			return -1;
	s->offered = device_features(s, features);
	return 0;
}

static void add_region(struct memory *m, const struct region *r, int *fds)
{
	fds[m->nr] = r->fd;
	m->region[m->nr].driver = r->driver;
	m->region[m->nr].size = r->size;
	m->region[m->nr].user = r->driver;
	m->nr++;
}

/* A descriptor of the driver's may name the rings as well, so that nothing in them is believed. */
static int tell_memory(struct server *s)
{
	struct memory memory = {0};
	struct message m;
	int fds[FDS_MAX];

	for (unsigned int i = 0; i < s->nr_regions; i++)
		add_region(&memory, &s->region[i], fds);
	if (has_rings(s)) {
		if (rings_begin(s))
			return -1;
		add_region(&memory, &s->rings, fds);
	}
	m.body.memory = memory;
	return tell(s, &m, SET_MEM_TABLE, 8 + 32 * memory.nr, fds, memory.nr);
}

static int new_inflight(struct server *s, struct inflight *in)
{
	struct message m = {.body.inflight = *in};
	int fd = -1;

	if (ask(s, &m, GET_INFLIGHT_FD, sizeof(*in), sizeof(*in), &fd))
		return -1;
	if (fd < 0)
		return failed(s, "the back-end has no file for what is in flight");
	s->inflight = fd;
	s->inflight_size = m.body.inflight.size;
	return 0;
}

/* What was in flight when a back-end went away is in a file, which the next one gets. */
static int tell_inflight(struct server *s)
{
	struct inflight in = {
		.queues = (uint16_t)s->nr_queues,
		.queue_size = (uint16_t)s->queue_size,
	};
	struct message m;

	if (!(s->protocol & P_INFLIGHT))
		return 0;
	if (s->inflight < 0 && new_inflight(s, &in))
		return -1;
	in.size = s->inflight_size;
	m.body.inflight = in;
	return tell(s, &m, SET_INFLIGHT_FD, sizeof(in), &s->inflight, 1);
}

/* The driver hears of a configuration space that is another. */
static int compare_config(struct server *s)
{
	uint8_t before[CONFIG_BYTES];

	memcpy(before, s->config, sizeof(before));
	if (get_config(s))
		return -1;
	return memcmp(before, s->config, sizeof(before)) ? device_config(s, true) : 0;
}

/*
 * The back-end has gone, and this is perhaps another one. Which requests the last one had begun and not ended, none can be told
 * that keeps no books of it, unless the driver's rings say so.
 */
static int begin_again(struct server *s)
{
	uint64_t offered = 0;

	if (connect_to(s) || negotiate(s, &offered))
		return -1;
	if (s->features & ~(device_features(s, offered) | F_VERSION_1))
		return failed(s, "the back-end has come back with other features");
	if (s->lost && !has_rings(s) && !(s->protocol & P_INFLIGHT) && requests_in_flight(s))
		return failed(s, "requests were in flight, of which the back-end keeps no books: "
				 "the device needs a reset");
	return compare_config(s);
}

static int user_begin(struct server *s)
{
	uint64_t features = s->features & ~(has_rings(s) ? F_EVENT_IDX : 0);

	if (s->fd < 0) {
		if (begin_again(s))
			return -1;
	} else if (!s->lost && s->inflight >= 0) {
		close(s->inflight); /* the driver was reset: nothing is in flight */
		s->inflight = -1;
	}
	if (s->protocol)
		features |= F_PROTOCOL_FEATURES;
	return tell_value(s, SET_FEATURES, features) || tell_memory(s) || tell_inflight(s) ? -1 : 0;
}

/* Of a queue that is new: 0; of one that was served before: what was used of it, as all before is done, or in flight. */
static uint16_t base_of(const struct server *s, const struct queue *q)
{
	return s->lost && !has_rings(s) ? used_index(s, q) : 0;
}

static int tell_addresses(struct server *s, unsigned int n)
{
	const struct queue *q = &s->queue[n];
	struct message m = {0};

	m.body.addr.queue = n;
	m.body.addr.desc = q->event.desc;
	m.body.addr.avail = has_rings(s) ? rings_avail(s, n) : q->event.driver;
	m.body.addr.used = has_rings(s) ? rings_used(s, n) : q->event.device;
	return tell(s, &m, SET_VRING_ADDR, sizeof(m.body.addr), NULL, 0);
}

static int user_queue_begin(struct server *s, unsigned int n)
{
	const struct queue *q = &s->queue[n];

	if (has_rings(s) && rings_queue_begin(s, n))
		return -1;
	if (tell_vring(s, SET_VRING_NUM, n, q->event.size) ||
	    tell_vring(s, SET_VRING_BASE, n, base_of(s, q)) || tell_addresses(s, n) ||
	    tell_eventfd(s, SET_VRING_CALL, n, has_rings(s) ? q->back_call : q->call) ||
	    tell_eventfd(s, SET_VRING_KICK, n, has_rings(s) ? q->back_kick : q->kick) ||
	    (s->protocol && tell_vring(s, SET_VRING_ENABLE, n, 1)))
		return -1;
	if (has_rings(s))
		rings_queue_ready(s, n);
	return 0;
}

/* The answer comes when it has stopped. A back-end that is not there touches nothing. */
static int user_queue_end(struct server *s, unsigned int n)
{
	struct message m;

	if (s->fd < 0)
		return 0;
	m.body.vring.queue = n;
	m.body.vring.number = 0;
	if (ask(s, &m, GET_VRING_BASE, sizeof(m.body.vring), sizeof(m.body.vring), NULL))
		return -1;
	if (has_rings(s) && rings_queue_end(s, n, (uint16_t)m.body.vring.number))
		return lost(s, "requests that do not end");
	return 0;
}

static int user_store(struct server *s, uint32_t offset, uint32_t size, uint64_t value)
{
	struct message m;

	if (!(s->protocol & P_CONFIG) || s->fd < 0)
		return 0;
	m.body.config = (struct config){.offset = offset, .size = size};
	memcpy(m.body.config.data, &value, size);
	if (tell(s, &m, SET_CONFIG, (uint32_t)offsetof(struct config, data) + size, NULL, 0))
		return -1;
	return get_config(s);
}

/* It says nothing unless it is asked, so what there is to read is its end. */
static int user_look(struct server *s)
{
	char byte;

	if (recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN)
		return 0;
	lost(s, "nobody has asked it");
	return 1;
}

const struct backend vhost_user = {
	.name = "vhost-user",
	.open = user_open,
	.begin = user_begin,
	.queue_begin = user_queue_begin,
	.queue_end = user_queue_end,
	.store = user_store,
	.look = user_look,
};
