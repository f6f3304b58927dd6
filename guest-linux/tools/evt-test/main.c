// SPDX-License-Identifier: Apache-2.0
/*
 * evt-test FILE RECORDS: maps a ring of events (nk/monitor.h) as a program would, and follows nk for so many records, in TAP.
 * Who calls it sees to it that there are some. Ends by itself after a minute without any.
 */
#include <errno.h>
#include <fcntl.h>
#include <nk/monitor.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATIENCE 60 /* seconds */

static unsigned int count, failed;

struct ring {
	const struct nk_event_ring *head;
	const struct nk_event *records;
	size_t size;
};

/* What was read of it. */
struct tally {
	unsigned long long next;
	unsigned long long ticks;
	unsigned long good, lost, bad;
};

static void ok(bool good, const char *text)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, text);
	failed += !good;
}

static bool refuses(int fd, size_t size, int prot, int flags, int error)
{
	void *at = mmap(NULL, size, prot, flags, fd, 0);

	if (at == MAP_FAILED)
		return errno == error;
	munmap(at, size);
	return false;
}

static void test_refusals(const char *path, int fd, size_t size)
{
	int rw = open(path, O_RDWR);

	ok(refuses(fd, size, PROT_READ | PROT_WRITE, MAP_SHARED, EACCES), "not shared to write");
	ok(refuses(fd, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, EACCES), "not private to write");
	ok(rw < 0 || refuses(rw, size, PROT_READ, MAP_SHARED, EACCES),
	   "not of who may write later");
	ok(refuses(fd, 4 * size, PROT_READ, MAP_SHARED, EINVAL), "not beyond its end");
	if (rw >= 0)
		close(rw);
}

static bool map(struct ring *ring, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	void *at;

	ring->size = size > 0 ? size : 0;
	at = mmap(NULL, ring->size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return false;
	ring->head = at;
	ring->records = (const void *)((const char *)at + NK_EVENT_HEADER);
	return true;
}

static void test_head(const struct ring *ring, int fd)
{
	const struct nk_event_ring *head = ring->head;
	unsigned int nr = head->nr_records;
	static char page[NK_EVENT_HEADER];

	ok(head->magic == NK_EVENT_MAGIC && head->record_size == sizeof(struct nk_event), "magic");
	ok(nr && !(nr & (nr - 1)) &&
		   ring->size == NK_EVENT_HEADER + (size_t)nr * sizeof(struct nk_event),
	   "records");
	ok(head->cpu < head->nr_cpus && head->hz, "CPU and frequency");
	ok(pread(fd, page, sizeof(page), 0) == sizeof(page) &&
		   !memcmp(page, head, sizeof(head->magic)) &&
		   !memcmp(page + offsetof(struct nk_event_ring, vm_name), head->vm_name,
			   sizeof(head->vm_name)),
	   "it reads as it is mapped");
	ok(mprotect((void *)ring->head, ring->size, PROT_READ | PROT_WRITE) && errno == EACCES,
	   "it stays read-only");
	printf("# %u records, cpu %u, VM 2 is \"%.32s\"\n", nr, head->cpu, head->vm_name[2]);
}

static bool is_event(unsigned int type)
{
	return type < NK_EVT_NR || (type >= NK_EVT_ID_RANGE_USER_BASE &&
				    type < NK_EVT_ID_RANGE_USER_BASE + NK_EVT_NR_USER);
}

/* The next record, if it was whole while it was copied. */
static void take(const struct ring *ring, struct tally *t)
{
	unsigned int nr = ring->head->nr_records;
	struct nk_event event = ring->records[t->next % nr];
	unsigned long long head, first;

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	head = __atomic_load_n(&ring->head->head, __ATOMIC_ACQUIRE);
	first = head > nr - NK_EVENT_MARGIN ? head - nr + NK_EVENT_MARGIN : 0;
	if (t->next < first) {
		t->lost += first - t->next;
		t->next = first;
		return;
	}
	if (event.cpu != ring->head->cpu || event.vm >= NK_OS_LIMIT || !is_event(event.type) ||
	    event.ticks < t->ticks)
		t->bad++;
	t->ticks = event.ticks;
	t->next++;
	t->good++;
}

static void follow(const struct ring *ring, unsigned long wanted)
{
	struct tally t = {.next = __atomic_load_n(&ring->head->head, __ATOMIC_ACQUIRE)};

	while (t.good < wanted) {
		if (t.next >= __atomic_load_n(&ring->head->head, __ATOMIC_ACQUIRE)) {
			usleep(1000);
			continue;
		}
		alarm(PATIENCE);
		take(ring, &t);
	}
	printf("# %lu good, %lu lost\n", t.good, t.lost);
	ok(!t.bad, "each record that is whole is one of this CPU's, in their order");
	ok(wanted > ring->head->nr_records, "all around the ring");
}

int main(int argc, char **argv)
{
	struct ring ring;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "Usage: evt-test FILE RECORDS\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || !map(&ring, fd)) {
		perror(argv[1]);
		return 1;
	}
	setlinebuf(stdout);
	alarm(PATIENCE);
	test_refusals(argv[1], fd, ring.size);
	test_head(&ring, fd);
	follow(&ring, strtoul(argv[2], NULL, 10));
	printf("1..%u\n", count);
	return failed != 0;
}
