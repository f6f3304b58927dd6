// SPDX-License-Identifier: Apache-2.0
/*
 * input-test make KIND NAME: a device of Linux's input, until its input ends. Lines "TYPE CODE VALUE" are events, and so are
 * those that it prints: lights and sounds.
 * input-test watch NAME, send NAME TYPE CODE VALUE, and show NAME: with the node in /dev/input of a device of that name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "../command.h"
#include "input.h"

#define DIR_INPUT "/dev/input"
#define BYTES(count) (((count) + 7) / 8)

void print_event(const struct input_event *event)
{
	printf("%u %u %d\n", event->type, event->code, event->value);
	fflush(stdout);
}

static int open_if(const char *node, const char *name)
{
	char path[300], there[80] = "";
	int fd;

	snprintf(path, sizeof(path), DIR_INPUT "/%s", node);
	fd = open(path, O_RDWR);
	if (fd < 0)
		return -1;
	if (ioctl(fd, EVIOCGNAME(sizeof(there) - 1), there) >= 0 && !strcmp(there, name))
		return fd;
	close(fd);
	return -1;
}

static int open_device(const char *name)
{
	DIR *dir = opendir(DIR_INPUT);
	struct dirent *entry;
	int fd = -1;

	while (dir && fd < 0 && (entry = readdir(dir))) {
		if (!strncmp(entry->d_name, "event", 5))
			fd = open_if(entry->d_name, name);
	}
	if (dir)
		closedir(dir);
	if (fd < 0)
		fprintf(stderr, "input-test: no device in " DIR_INPUT " is %s\n", name);
	return fd;
}

/* Returns 0 when the device goes. */
static int watch(char **argv)
{
	int fd = open_device(argv[0]);
	struct input_event event;

	if (fd < 0)
		return 1;
	printf("watching\n");
	fflush(stdout);
	while (read(fd, &event, sizeof(event)) == sizeof(event))
		print_event(&event);
	return errno == ENODEV ? 0 : 1;
}

static int send_event(char **argv)
{
	struct input_event event = {
		.type = atoi(argv[1]), .code = atoi(argv[2]), .value = atoi(argv[3])};
	int fd = open_device(argv[0]);

	return fd < 0 || write(fd, &event, sizeof(event)) != sizeof(event);
}

static void show_bits(const char *what, int fd, unsigned long get, unsigned int count)
{
	unsigned char bits[BYTES(KEY_CNT)] = {0};

	if (ioctl(fd, get, bits) < 0)
		return;
	printf("%s", what);
	for (unsigned int n = 0; n < count; n++) {
		if (bits[n / 8] & 1 << n % 8)
			printf(" %u", n);
	}
	printf("\n");
}

static void show_axes(int fd)
{
	struct input_absinfo axis;
	unsigned char bits[BYTES(ABS_CNT)] = {0};

	if (ioctl(fd, EVIOCGBIT(EV_ABS, sizeof(bits)), bits) < 0)
		return;
	for (unsigned int n = 0; n < ABS_CNT; n++) {
		if (bits[n / 8] & 1 << n % 8 && !ioctl(fd, EVIOCGABS(n), &axis))
			printf("axis %u value %d min %d max %d fuzz %d flat %d resolution %d\n", n,
			       axis.value, axis.minimum, axis.maximum, axis.fuzz, axis.flat,
			       axis.resolution);
	}
}

/* What it has, and what is pressed, lit and plugged in. */
static int show(char **argv)
{
	int fd = open_device(argv[0]);
	struct input_id id = {0};

	if (fd < 0 || ioctl(fd, EVIOCGID, &id))
		return 1;
	printf("id %x %x %x %x\n", id.bustype, id.vendor, id.product, id.version);
	show_axes(fd);
	show_bits("pressed", fd, EVIOCGKEY(BYTES(KEY_CNT)), KEY_CNT);
	show_bits("lit", fd, EVIOCGLED(BYTES(LED_CNT)), LED_CNT);
	show_bits("switched", fd, EVIOCGSW(BYTES(SW_CNT)), SW_CNT);
	return 0;
}

static const struct command commands[] = {
	{"make", 2, make_device, "KIND NAME"},
	{"watch", 1, watch, "NAME"},
	{"send", 4, send_event, "NAME TYPE CODE VALUE"},
	{"show", 1, show, "NAME"},
};

int main(int argc, char **argv)
{
	return run_command("input-test", commands, sizeof(commands) / sizeof(*commands), argc,
			   argv);
}
