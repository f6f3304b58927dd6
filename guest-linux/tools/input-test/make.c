// SPDX-License-Identifier: Apache-2.0
/* A device of /dev/uinput: what a kind of device has, events that are read, and those that come back. */
#include <errno.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "input.h"

#define SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define CONTACTS 10

struct bit {
	unsigned long set; /* UI_SET_* */
	int first, last;
};

struct axis {
	int code, min, max, fuzz, flat, resolution, value;
};

struct kind {
	const char *name;
	struct input_id id;
	const struct bit *bits;
	size_t nr_bits;
	const struct axis *axes;
	size_t nr_axes;
};

static const struct bit keyboard_bits[] = {
	{UI_SET_EVBIT, EV_KEY, EV_KEY},	     {UI_SET_EVBIT, EV_REP, EV_REP},
	{UI_SET_EVBIT, EV_MSC, EV_MSC},	     {UI_SET_EVBIT, EV_LED, EV_LED},
	{UI_SET_EVBIT, EV_SND, EV_SND},	     {UI_SET_KEYBIT, KEY_ESC, KEY_KPDOT},
	{UI_SET_MSCBIT, MSC_SCAN, MSC_SCAN}, {UI_SET_LEDBIT, LED_NUML, LED_SCROLLL},
	{UI_SET_SNDBIT, SND_BELL, SND_TONE},
};

static const struct bit mouse_bits[] = {
	{UI_SET_EVBIT, EV_KEY, EV_REL},
	{UI_SET_KEYBIT, BTN_LEFT, BTN_MIDDLE},
	{UI_SET_RELBIT, REL_X, REL_Y},
	{UI_SET_RELBIT, REL_WHEEL, REL_WHEEL},
};

static const struct bit touch_bits[] = {
	{UI_SET_EVBIT, EV_KEY, EV_KEY},
	{UI_SET_EVBIT, EV_ABS, EV_ABS},
	{UI_SET_KEYBIT, BTN_TOUCH, BTN_TOUCH},
	{UI_SET_PROPBIT, INPUT_PROP_DIRECT, INPUT_PROP_DIRECT},
};

static const struct axis touch_axes[] = {
	{ABS_X, 0, 1919, 0, 0, 12, 0},
	{ABS_Y, 0, 1079, 0, 0, 11, 0},
	{ABS_MT_SLOT, 0, CONTACTS - 1, 0, 0, 0, 0},
	{ABS_MT_TOUCH_MAJOR, 0, 255, 0, 0, 0, 0},
	{ABS_MT_TOUCH_MINOR, 0, 255, 0, 0, 0, 0},
	{ABS_MT_POSITION_X, 0, 1919, 8, 0, 12, 0},
	{ABS_MT_POSITION_Y, 0, 1079, 8, 0, 11, 0},
	{ABS_MT_TRACKING_ID, 0, 65535, 0, 0, 0, 0},
};

static const struct bit joystick_bits[] = {
	{UI_SET_EVBIT, EV_KEY, EV_KEY},
	{UI_SET_EVBIT, EV_ABS, EV_ABS},
	{UI_SET_KEYBIT, BTN_TRIGGER, BTN_TOP2},
};

static const struct axis joystick_axes[] = {
	{ABS_X, -127, 127, 4, 15, 0, 3},
	{ABS_Y, -127, 127, 4, 15, 0, -5},
};

static const struct bit headset_bits[] = {
	{UI_SET_EVBIT, EV_KEY, EV_KEY},
	{UI_SET_EVBIT, EV_SW, EV_SW},
	{UI_SET_KEYBIT, KEY_MEDIA, KEY_MEDIA},
	{UI_SET_SWBIT, SW_HEADPHONE_INSERT, SW_HEADPHONE_INSERT},
	{UI_SET_SWBIT, SW_MICROPHONE_INSERT, SW_MICROPHONE_INSERT},
};

#define ID(product)                                                                                \
	{                                                                                          \
		BUS_USB, 0x1234, product, 0x0102                                                   \
	}
#define KIND(kind, product) #kind, ID(product), kind##_bits, SIZE(kind##_bits)

static const struct kind kinds[] = {
	{KIND(keyboard, 1), NULL, 0},
	{KIND(mouse, 2), NULL, 0},
	{KIND(touch, 3), touch_axes, SIZE(touch_axes)},
	{KIND(joystick, 4), joystick_axes, SIZE(joystick_axes)},
	{KIND(headset, 5), NULL, 0},
};

static const struct kind *find(const char *name)
{
	for (size_t i = 0; i < SIZE(kinds); i++) {
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	}
	fprintf(stderr, "input-test: there is no kind %s\n", name);
	return NULL;
}

static int set_bits(int fd, const struct kind *k)
{
	for (size_t i = 0; i < k->nr_bits; i++) {
		for (int n = k->bits[i].first; n <= k->bits[i].last; n++) {
			if (ioctl(fd, k->bits[i].set, n))
				return -1;
		}
	}
	return 0;
}

static int set_axes(int fd, const struct kind *k)
{
	for (size_t i = 0; i < k->nr_axes; i++) {
		const struct axis *a = &k->axes[i];
		struct uinput_abs_setup setup = {
			.code = a->code,
			.absinfo = {a->value, a->min, a->max, a->fuzz, a->flat, a->resolution},
		};

		if (ioctl(fd, UI_ABS_SETUP, &setup))
			return -1;
	}
	return 0;
}

static int create(int fd, const struct kind *k, const char *name)
{
	struct uinput_setup setup = {.id = k->id};

	snprintf(setup.name, sizeof(setup.name), "%s", name);
	if (set_bits(fd, k) || set_axes(fd, k) || ioctl(fd, UI_DEV_SETUP, &setup))
		return -1;
	return ioctl(fd, UI_DEV_CREATE);
}

/* "TYPE CODE VALUE": an event. Returns -1 at the end. */
static int emit(int fd)
{
	struct input_event event = {};
	unsigned int type, code;
	char line[64];
	int value;

	if (!fgets(line, sizeof(line), stdin))
		return -1;
	if (sscanf(line, "%u %u %d", &type, &code, &value) != 3)
		return 0;
	event.type = type;
	event.code = code;
	event.value = value;
	return write(fd, &event, sizeof(event)) == sizeof(event) ? 0 : -1;
}

static int show_back(int fd)
{
	struct input_event event;

	if (read(fd, &event, sizeof(event)) != sizeof(event))
		return -1;
	print_event(&event);
	return 0;
}

/* Lines come from a terminal or a pipe, and not more than one is read ahead. */
static int serve(int fd)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
			       {.fd = fd, .events = POLLIN}};

	setvbuf(stdin, NULL, _IONBF, 0);
	while (poll(fds, SIZE(fds), -1) > 0) {
		if (fds[1].revents && show_back(fd))
			return -1;
		if (fds[0].revents && emit(fd))
			return feof(stdin) ? 0 : -1;
	}
	return -1;
}

int make_device(char **argv)
{
	const struct kind *k = find(argv[0]);
	int fd, err = -1;

	if (!k)
		return 2;
	fd = open("/dev/uinput", O_RDWR);
	if (fd >= 0 && !create(fd, k, argv[1]))
		err = serve(fd);
	if (err)
		perror("input-test: uinput");
	return err ? 1 : 0;
}
