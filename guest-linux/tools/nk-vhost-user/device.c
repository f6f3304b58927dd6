// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk-vhost-user: the device, its memory, and two eventfds for each of its queues. */
#define _GNU_SOURCE
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <nk/virtio.h>

#define DEVICE "/dev/vlx-virtio"
#define API_USER 1

static int map_region(struct server *s, const struct vlx_virtio_vm_region *from)
{
	struct region *r = &s->region[s->nr_regions];
	void *here = mmap(NULL, from->size, PROT_READ | PROT_WRITE, MAP_SHARED, from->fd, 0);

	if (here == MAP_FAILED)
		return failed_errno(s, "memory");
	*r = (struct region){from->driver, from->size, from->fd, here};
	s->nr_regions++;
	return 0;
}

static int map_memory(struct server *s)
{
	struct vlx_virtio_vm_memory memory;

	if (ioctl(s->device, VLX_VIRTIO_MEMORY, &memory))
		return failed_errno(s, "memory of the driver");
	if (!memory.nr)
		return failed(s, "its node has no `share`, so none of the driver's memory is here");
	for (unsigned int i = 0; i < memory.nr && i < VLX_UVIRTIO_REGIONS; i++)
		if (map_region(s, &memory.region[i]))
			return -1;
	return 0;
}

void *memory_at(const struct server *s, uint64_t driver, uint64_t size)
{
	for (unsigned int i = 0; i < s->nr_regions; i++) {
		const struct region *r = &s->region[i];
		uint64_t offset = driver - r->driver;

		if (driver >= r->driver && offset <= r->size && size <= r->size - offset)
			return r->here + offset;
	}
	return NULL;
}

uint16_t used_index(const struct server *s, const struct queue *q)
{
	const volatile uint16_t *used = memory_at(s, q->event.device, 4);

	return used ? used[1] : 0;
}

unsigned int requests_in_flight(const struct server *s)
{
	unsigned int all = 0;

	for (unsigned int n = 0; n < s->nr_queues; n++) {
		const struct queue *q = &s->queue[n];
		const volatile uint16_t *avail = memory_at(s, q->event.driver, 4);

		if (q->set && avail)
			all += (uint16_t)(avail[1] - used_index(s, q));
	}
	return all;
}

static int claim(struct server *s)
{
	struct vlx_virtio_dev_reg reg = {.vm = s->vm, .api = API_USER};

	s->device = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (s->device < 0)
		return failed_errno(s, DEVICE " (is vlx-virtio-user loaded?)");
	snprintf(reg.name, sizeof(reg.name), "%s", s->name);
	if (!ioctl(s->device, VLX_VIRTIO_CLAIM, &reg))
		return 0;
	if (errno == ENODEV)
		return failed(s, "VM %u has no such device for this VM", s->vm);
	return failed_errno(s, "claim");
}

int device_open(struct server *s)
{
	return claim(s) || map_memory(s) ? -1 : 0;
}

static int make_eventfds(struct server *s, unsigned int n)
{
	struct queue *q = &s->queue[n];
	struct vlx_virtio_bind_eventfd kick;
	struct vlx_virtio_irqfd call;

	q->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	q->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (q->kick < 0 || q->call < 0)
		return failed_errno(s, "eventfd");
	kick = (struct vlx_virtio_bind_eventfd){n, q->kick};
	call = (struct vlx_virtio_irqfd){n, q->call};
	if (ioctl(s->device, VLX_VIRTIO_KICK, &kick) || ioctl(s->device, VLX_VIRTIO_IRQFD, &call))
		return failed_errno(s, "eventfds");
	return 0;
}

int device_register(struct server *s)
{
	struct vlx_virtio_dev_regs regs = {
		.device_id = s->device_id,
		.vendor_id = NK_VIRTIO_VENDOR,
		.features = s->offered,
		.config_size = s->config_size,
		.nr_queues = s->nr_queues,
		.flags = s->resumes ? VLX_UVIRTIO_RESUMES : 0,
	};

	memcpy(regs.config, s->config, sizeof(regs.config));
	for (unsigned int n = 0; n < s->nr_queues; n++) {
		regs.queue_max[n] = (uint16_t)s->queue_size;
		if (make_eventfds(s, n))
			return -1;
	}
	return ioctl(s->device, VLX_VIRTIO_REGISTER, &regs) ? failed_errno(s, "register") : 0;
}

int device_event(struct server *s, struct vlx_virtio_event *event)
{
	ssize_t got = read(s->device, event, sizeof(*event));

	return got == (ssize_t)sizeof(*event) ? 0 : failed_errno(s, "event");
}

int device_ack(struct server *s, int result)
{
	const struct vlx_virtio_load_ack ack = {.result = result};

	return ioctl(s->device, VLX_VIRTIO_ACK, &ack) ? failed_errno(s, "acknowledgement") : 0;
}

int device_config(struct server *s, bool changed)
{
	struct vlx_virtio_config config = {.size = s->config_size, .changed = changed};

	memcpy(config.config, s->config, sizeof(config.config));
	return ioctl(s->device, VLX_VIRTIO_CONFIG, &config) ? failed_errno(s, "config") : 0;
}

int device_breaks(struct server *s)
{
	uint32_t status = STATUS_NEEDS_RESET | 0xf;

	return ioctl(s->device, VLX_VIRTIO_STATUS, &status) ? failed_errno(s, "status") : 0;
}
