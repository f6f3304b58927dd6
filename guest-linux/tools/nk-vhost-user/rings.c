// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk-vhost-user: rings that stand between a driver's and a back-end's: memory, eventfds, and who is told what. */
#define _GNU_SOURCE
#include "rings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"

#define PAGE 4096u
#define DRAIN_MS 900 /* a driver's reset waits for a second */

static uint64_t round_up(uint64_t size)
{
	return (size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

/* The same for all queues, so that it is the same in the next life of the driver: back-ends look where the last rings were. */
static uint64_t used_offset(const struct server *s)
{
	return round_up(SHADOW_AVAIL_BYTES(s->queue_size));
}

static uint64_t bytes_of_queue(const struct server *s)
{
	return used_offset(s) + round_up(SHADOW_USED_BYTES(s->queue_size));
}

uint64_t rings_avail(const struct server *s, unsigned int n)
{
	return s->rings.driver + n * bytes_of_queue(s);
}

uint64_t rings_used(const struct server *s, unsigned int n)
{
	return rings_avail(s, n) + used_offset(s);
}

/* No back-end can make it smaller, which would be a SIGBUS here. */
static int make_memory(struct server *s, struct region *r)
{
	r->fd = memfd_create("rings", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (r->fd < 0 || ftruncate(r->fd, (off_t)r->size) ||
	    fcntl(r->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return failed_errno(s, "memory for rings");
	r->here = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	return r->here == MAP_FAILED ? failed_errno(s, "memory for rings") : 0;
}

static void drop_memory(struct region *r)
{
	if (r->here && r->here != MAP_FAILED)
		munmap(r->here, r->size);
	if (r->fd >= 0)
		close(r->fd);
}

int rings_begin(struct server *s)
{
	drop_memory(&s->rings);
	s->rings = (struct region){RINGS_AT, s->nr_queues * bytes_of_queue(s), -1, NULL};
	return make_memory(s, &s->rings);
}

static int new_eventfd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return *fd < 0 ? -1 : 0;
}

static void signal_fd(struct server *s, int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		failed_errno(s, "eventfd");
}

static void drain_fd(int fd)
{
	uint64_t count;

	while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
}

static int broken(struct server *s, unsigned int n)
{
	return failed(s, "queue %u: %s: the device needs a reset", n, s->queue[n].shadow.broken);
}

static int new_slots(struct server *s, struct queue *q)
{
	free(q->slots);
	free(q->slot_of);
	q->slots = calloc(q->event.size, sizeof(*q->slots));
	q->slot_of = calloc(q->event.size, sizeof(*q->slot_of));
	return q->slots && q->slot_of ? 0 : failed_errno(s, "memory for a queue");
}

int rings_queue_begin(struct server *s, unsigned int n)
{
	struct queue *q = &s->queue[n];
	const struct vlx_virtio_event *e = &q->event;
	struct shadow *sh = &q->shadow;

	if (e->size > s->queue_size)
		return failed(s, "queue %u is larger than it may be", n);
	sh->event_idx = s->features & F_EVENT_IDX;
	sh->driver.avail = memory_at(s, e->driver, SHADOW_AVAIL_BYTES(e->size));
	sh->driver.used = memory_at(s, e->device, SHADOW_USED_BYTES(e->size));
	sh->back.avail = s->rings.here + (rings_avail(s, n) - s->rings.driver);
	sh->back.used = s->rings.here + (rings_used(s, n) - s->rings.driver);
	if (!sh->driver.avail || !sh->driver.used)
		return failed(s, "queue %u is not in the driver's memory", n);
	if (new_slots(s, q))
		return -1;
	if (new_eventfd(&q->back_kick) || new_eventfd(&q->back_call))
		return failed_errno(s, "eventfd");
	return shadow_init(sh, e->size, q->slots, q->slot_of) ? broken(s, n) : 0;
}

static void breaks(struct server *s, unsigned int n)
{
	broken(s, n);
	s->broken = true;
	device_breaks(s);
}

/* What a driver adds meanwhile comes to an end: there is no more than the queue holds. */
static void on_kick(struct server *s, unsigned int n)
{
	struct queue *q = &s->queue[n];
	int got;

	drain_fd(q->kick);
	do {
		got = shadow_take(&q->shadow);
		if (got < 0) {
			breaks(s, n);
			return;
		}
		if (got && shadow_wants_kick(&q->shadow))
			signal_fd(s, q->back_kick);
	} while (shadow_ask(&q->shadow));
}

static void on_call(struct server *s, unsigned int n)
{
	struct queue *q = &s->queue[n];
	int got;

	drain_fd(q->back_call);
	got = shadow_return(&q->shadow);
	if (got < 0) {
		breaks(s, n);
		return;
	}
	if (!got)
		return;
	s->fruitless = 0;
	if (shadow_wants_interrupt(&q->shadow))
		signal_fd(s, q->call);
}

void rings_queue_ready(struct server *s, unsigned int n)
{
	on_kick(s, n);
}

static bool is_open(const struct server *s, unsigned int n)
{
	return s->rings.here && s->queue[n].runs && !s->queue[n].shadow.broken;
}

void rings_poll(const struct server *s, struct pollfd *fds)
{
	for (unsigned int n = 0; n < s->nr_queues; n++) {
		const struct queue *q = &s->queue[n];
		bool open = is_open(s, n);

		fds[2 * n] = (struct pollfd){open ? q->kick : -1, POLLIN, 0};
		fds[2 * n + 1] = (struct pollfd){open ? q->back_call : -1, POLLIN, 0};
	}
}

void rings_look(struct server *s, const struct pollfd *fds)
{
	for (unsigned int n = 0; n < s->nr_queues; n++) {
		if (is_open(s, n) && fds[2 * n + 1].revents)
			on_call(s, n);
		if (is_open(s, n) && fds[2 * n].revents)
			on_kick(s, n);
	}
}

unsigned int rings_gone(struct server *s)
{
	unsigned int all = 0;

	for (unsigned int n = 0; n < s->nr_queues; n++) {
		if (is_open(s, n))
			on_call(s, n);
		if (is_open(s, n))
			all += shadow_in_flight(&s->queue[n].shadow);
	}
	return all;
}

/* It has no eventfd any more by which it could tell. */
int rings_queue_end(struct server *s, unsigned int n, uint16_t taken)
{
	struct shadow *sh = &s->queue[n].shadow;

	for (unsigned int ms = 0; !sh->broken && sh->seen != taken; ms++) {
		if (ms == DRAIN_MS)
			return -1;
		if (ms)
			poll(NULL, 0, 1);
		on_call(s, n);
	}
	return 0;
}
