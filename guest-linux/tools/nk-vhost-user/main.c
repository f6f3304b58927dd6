// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * nk-vhost-user: a VirtIO device of another VM is served by a vhost-user back-end, or by the kernel's vhost. This program
 * passes on what the driver sets up; of the data it sees nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "rings.h"

#define FRUITLESS_MAX 8

static const char usage[] =
	"usage: nk-vhost-user --vm N --name NAME --type blk|fs|net|rng|vsock|ID BACK-END "
	"[OPTION...]\n"
	"Serves the VirtIO device NAME of VM N by a back-end, which is one of:\n"
	"  --socket PATH         a vhost-user back-end, such as virtiofsd or qemu-storage-daemon\n"
	"  --tap NAME            the kernel's vhost-net, with this network device (type net)\n"
	"  --cid N               the kernel's vhost-vsock; the VM gets this CID (type vsock)\n"
	"Options:\n"
	"  --queues N            how many (default: 1 for blk and rng, 2 for fs and net, 3 for "
	"vsock)\n"
	"  --queue-size N        descriptors of each, a power of two (default 256)\n"
	"  --tag NAME            what the VM mounts (type fs)\n"
	"  --mac XX:XX:XX:XX:XX:XX  address of the VM's network device (type net)\n"
	"  --config-size N       bytes of the configuration space (type ID)\n"
	"  --resumes             whoever serves the device next goes on with what is in flight\n"
	"                        (type blk; type net with --tap)\n";

#define ID_BLK 2

/* Source: VirtIO 1.2, 5: device ids, and sizes of configuration spaces. */
static const struct type {
	const char *name;
	uint32_t id, queues, config_size;
} types[] = {
	{"net", 1, 2, 0},    {"blk", ID_BLK, 1, 60}, {"rng", 4, 1, 0},
	{"vsock", 19, 3, 8}, {"fs", 26, 2, 40},
};

int failed(const struct server *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "nk-vhost-user: %s: ", s->name ? s->name : "?");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return -1;
}

int failed_errno(const struct server *s, const char *what)
{
	return failed(s, "%s: %s", what, strerror(errno));
}

/* ------------------------------------------------------------------ what the driver does */

static int begin_queue(struct server *s, unsigned int n)
{
	struct queue *q = &s->queue[n];

	if (!q->set || q->runs)
		return 0;
	if (s->backend->queue_begin(s, n))
		return -1;
	q->runs = true;
	return 0;
}

static int begin_all(struct server *s)
{
	if (s->backend->begin(s))
		return -1;
	for (unsigned int n = 0; n < s->nr_queues; n++)
		if (begin_queue(s, n))
			return -1;
	s->lost = false;
	return s->backend->runs ? s->backend->runs(s, true) : 0;
}

static void signal_fd(struct server *s, int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		failed_errno(s, "eventfd");
}

/* Of what was kicked meanwhile nobody may know; nor the driver of the last that was done. */
static void signal_all(struct server *s)
{
	for (unsigned int n = 0; n < s->nr_queues; n++) {
		if (!s->queue[n].runs)
			continue;
		signal_fd(s, s->queue[n].kick);
		signal_fd(s, s->queue[n].call);
	}
}

/* The driver was there before this process was. Its configuration space may be another. */
static int goes_on(struct server *s, unsigned int were)
{
	failed(s, "goes on, with %u requests in flight", were);
	signal_all(s);
	return s->config_size ? device_config(s, true) : 0;
}

static int on_status(struct server *s, uint64_t status)
{
	bool ok = status & STATUS_DRIVER_OK, first = !s->told;
	unsigned int were;

	s->told = true;
	if (ok == s->driver_ok)
		return 0;
	s->driver_ok = ok;
	s->lost = s->broken = false;
	s->fruitless = 0;
	if (!ok)
		return 0;
	were = requests_in_flight(s);
	if (begin_all(s))
		return -1;
	return s->resumes && first ? goes_on(s, were) : 0;
}

static int on_ready(struct server *s, const struct vlx_virtio_event *event)
{
	struct queue *q = &s->queue[event->queue];

	q->event = *event;
	q->set = true;
	return s->driver_ok ? begin_queue(s, event->queue) : 0;
}

static int on_idle(struct server *s, unsigned int n)
{
	struct queue *q = &s->queue[n];
	bool ran = q->runs;

	q->set = q->runs = false;
	return ran ? s->backend->queue_end(s, n) : 0;
}

static int on_store(struct server *s, const struct vlx_virtio_event *event)
{
	if (!s->backend->store)
		return 0;
	if (s->backend->store(s, event->queue, event->size, event->value))
		return -1;
	return device_config(s, false);
}

static int handle(struct server *s, const struct vlx_virtio_event *event)
{
	switch (event->type) {
	case VLX_UVIRTIO_FEATURES:
		s->features = event->value;
		return 0;
	case VLX_UVIRTIO_QUEUE_READY:
		return on_ready(s, event);
	case VLX_UVIRTIO_QUEUE_IDLE:
		return on_idle(s, event->queue);
	case VLX_UVIRTIO_STATUS:
		return on_status(s, event->value);
	case VLX_UVIRTIO_STORE:
		return on_store(s, event);
	}
	return 0;
}

static void give_up(struct server *s)
{
	s->broken = true;
	device_breaks(s);
}

/* A request that no back-end survives would be given to each that comes. */
static void count_in_flight(struct server *s)
{
	unsigned int in_flight = rings_gone(s);

	failed(s, "%u requests were in flight", in_flight);
	if (!in_flight || ++s->fruitless < FRUITLESS_MAX)
		return;
	failed(s, "%u back-ends have gone with the same request: the device needs a reset",
	       s->fruitless);
	give_up(s);
}

static bool any_runs(const struct server *s)
{
	for (unsigned int n = 0; n < s->nr_queues; n++)
		if (s->queue[n].runs)
			return true;
	return false;
}

static void back_end_has_gone(struct server *s)
{
	if (has_rings(s) && any_runs(s))
		count_in_flight(s);
	s->lost = s->driver_ok;
	for (unsigned int n = 0; n < s->nr_queues; n++)
		s->queue[n].runs = false;
}

/* An error of the back-end's is not the end, if it may come back. */
static int on_event(struct server *s)
{
	struct vlx_virtio_event event;
	int result;

	if (device_event(s, &event))
		return -1;
	result = handle(s, &event);
	if (result && s->fd < 0) {
		back_end_has_gone(s);
		result = 0;
	}
	if (result && event.type != VLX_UVIRTIO_QUEUE_READY)
		device_breaks(s);
	return device_ack(s, result);
}

static void try_again(struct server *s)
{
	if (!begin_all(s)) {
		failed(s, "the back-end is back");
		signal_all(s);
	} else if (s->fd < 0) {
		back_end_has_gone(s);
	} else {
		give_up(s);
	}
}

/* For another back-end. */
static bool is_looking(const struct server *s)
{
	return s->lost && s->fd < 0 && !s->broken;
}

static int serve(struct server *s)
{
	for (;;) {
		struct pollfd fds[2 + 2 * QUEUES] = {
			{s->device, POLLIN, 0},
			{s->backend->look ? s->fd : -1, POLLIN, 0},
		};

		rings_poll(s, fds + 2);
		if (poll(fds, 2 + RINGS_FDS(s), is_looking(s) ? AGAIN_MS : -1) < 0) {
			if (errno != EINTR)
				return failed_errno(s, "poll");
			continue;
		}
		rings_look(s, fds + 2);
		if ((fds[0].revents & POLLIN) && on_event(s))
			return -1;
		if (fds[1].revents && s->fd >= 0 && s->backend->look(s))
			back_end_has_gone(s);
		if (is_looking(s))
			try_again(s);
	}
}

/* ------------------------------------------------------------------ options */

enum {
	OPT_VM = 1,
	OPT_NAME,
	OPT_TYPE,
	OPT_SOCKET,
	OPT_TAP,
	OPT_CID,
	OPT_QUEUES,
	OPT_QUEUE_SIZE,
	OPT_TAG,
	OPT_MAC,
	OPT_CONFIG_SIZE,
	OPT_RESUMES,
	OPT_HELP,
};

static const struct option options[] = {
	{"vm", required_argument, NULL, OPT_VM},
	{"name", required_argument, NULL, OPT_NAME},
	{"type", required_argument, NULL, OPT_TYPE},
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"tap", required_argument, NULL, OPT_TAP},
	{"cid", required_argument, NULL, OPT_CID},
	{"queues", required_argument, NULL, OPT_QUEUES},
	{"queue-size", required_argument, NULL, OPT_QUEUE_SIZE},
	{"tag", required_argument, NULL, OPT_TAG},
	{"mac", required_argument, NULL, OPT_MAC},
	{"config-size", required_argument, NULL, OPT_CONFIG_SIZE},
	{"resumes", no_argument, NULL, OPT_RESUMES},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

/* A number from low to high, into *to. */
static bool number(const char *text, uint32_t low, uint32_t high, uint32_t *to)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	*to = (uint32_t)value;
	return *text && !*end && value >= low && value <= high;
}

static bool set_type(struct server *s, const char *name)
{
	const struct type *t = types, *end = types + sizeof(types) / sizeof(*types);

	while (t < end && strcmp(t->name, name))
		t++;
	if (t == end) {
		s->nr_queues = s->nr_queues ? s->nr_queues : 1;
		return number(name, 1, 63, &s->device_id);
	}
	s->device_id = t->id;
	s->nr_queues = s->nr_queues ? s->nr_queues : t->queues;
	s->config_size = s->config_size ? s->config_size : t->config_size;
	return true;
}

static bool set_mac(struct server *s, const char *text)
{
	int used = 0;

	s->config_size = 6;
	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &s->config[0], &s->config[1],
		      &s->config[2], &s->config[3], &s->config[4], &s->config[5], &used) == 6 &&
	       !text[used];
}

static bool set_backend(struct server *s, const struct backend *b, const char *target)
{
	bool first = !s->backend;

	s->backend = b;
	s->target = target;
	return first;
}

static bool set(struct server *s, int option, char *arg, const char **type)
{
	switch (option) {
	case OPT_VM:
		return number(arg, 2, 31, &s->vm);
	case OPT_NAME:
		s->name = arg;
		return *arg && strlen(arg) < VLX_UVIRTIO_NAME;
	case OPT_TYPE:
		*type = arg;
		return true;
	case OPT_SOCKET:
		return set_backend(s, &vhost_user, arg);
	case OPT_TAP:
		return set_backend(s, &vhost_net, arg);
	case OPT_CID:
		return set_backend(s, &vhost_vsock, arg);
	case OPT_QUEUES:
		return number(arg, 1, QUEUES, &s->nr_queues);
	case OPT_QUEUE_SIZE:
		return number(arg, 1, 32768, &s->queue_size) &&
		       !(s->queue_size & (s->queue_size - 1));
	case OPT_TAG:
		s->tag = arg;
		return *arg && strlen(arg) <= 36;
	case OPT_MAC:
		return set_mac(s, arg);
	case OPT_CONFIG_SIZE:
		return number(arg, 0, VLX_UVIRTIO_CONFIG, &s->config_size);
	case OPT_RESUMES:
		s->resumes = true;
		return true;
	}
	return false;
}

/* What others keep books of, only the back-end knows. */
static bool can_resume(const struct server *s)
{
	return s->backend == &vhost_user ? s->device_id == ID_BLK : s->backend == &vhost_net;
}

static int usage_error(const char *what)
{
	if (what)
		fprintf(stderr, "nk-vhost-user: %s\n", what);
	fputs(usage, stderr);
	return 2;
}

/* What a file system's driver reads; virtiofsd has no configuration of its own. VirtIO 1.2, 5.11.4. */
static void fs_config(struct server *s)
{
	uint32_t requests = s->nr_queues - 1;

	memcpy(s->config, s->tag, strlen(s->tag));
	memcpy(s->config + 36, &requests, sizeof(requests));
}

static int run(struct server *s)
{
	for (unsigned int n = 0; n < QUEUES; n++)
		s->queue[n].back_kick = s->queue[n].back_call = -1;
	if (device_open(s) || s->backend->open(s))
		return 1;
	if (s->tag)
		fs_config(s);
	if (device_register(s))
		return 1;
	fprintf(stderr, "nk-vhost-user: %s of VM %u: %s %s\n", s->name, s->vm, s->backend->name,
		s->target);
	return serve(s) ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct server s = {
		.fd = -1,
		.tap = -1,
		.inflight = -1,
		.queue_size = 256,
		.rings = {.fd = -1},
	};
	const char *type = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == OPT_HELP)
			return fputs(usage, stdout) < 0;
		if (option == '?')
			return usage_error(NULL);
		if (!set(&s, option, optarg, &type))
			return usage_error(
				"an option's value is wrong, or there are two back-ends");
	}
	if (!s.vm || !s.name || !type || !s.backend || optind < argc)
		return usage_error("--vm, --name, --type and a back-end are needed");
	if (!set_type(&s, type))
		return usage_error("--type: blk, fs, net, rng, vsock, or a device id, 1 to 63");
	if ((s.device_id == 26) != !!s.tag)
		return usage_error("--tag goes with --type fs");
	if (s.resumes && !can_resume(&s))
		return usage_error("--resumes goes with --type blk, or net with --tap");
	return run(&s);
}
