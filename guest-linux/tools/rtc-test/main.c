// SPDX-License-Identifier: Apache-2.0
/*
 * rtc-test DEVICE: what programs ask of a clock, in TAP: time, alarm, interrupts each second and at a frequency. It sets the
 * clock back to where it was. rtc-test DEVICE SECONDS: sets an alarm, and waits for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtc.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 30000

static unsigned int count, failed;

static bool ok(bool good, const char *text)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, text);
	failed += !good;
	return good;
}

static time_t seconds_of(const struct rtc_time *t)
{
	struct tm tm = {
		.tm_sec = t->tm_sec,
		.tm_min = t->tm_min,
		.tm_hour = t->tm_hour,
		.tm_mday = t->tm_mday,
		.tm_mon = t->tm_mon,
		.tm_year = t->tm_year,
	};

	return timegm(&tm);
}

static struct rtc_time rtc_of(time_t seconds)
{
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return (struct rtc_time){
		.tm_sec = tm.tm_sec,
		.tm_min = tm.tm_min,
		.tm_hour = tm.tm_hour,
		.tm_mday = tm.tm_mday,
		.tm_mon = tm.tm_mon,
		.tm_year = tm.tm_year,
	};
}

/* -1: it cannot be read. */
static time_t now(int fd)
{
	struct rtc_time t;

	return ioctl(fd, RTC_RD_TIME, &t) ? -1 : seconds_of(&t);
}

static int set(int fd, time_t seconds)
{
	struct rtc_time t = rtc_of(seconds);

	return ioctl(fd, RTC_SET_TIME, &t);
}

/* The kinds of the next interrupt, RTC_UF and its like; 0: none came. */
static unsigned long next(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	unsigned long data;

	if (poll(&p, 1, WAIT_MS) != 1 || read(fd, &data, sizeof(data)) != sizeof(data))
		return 0;
	return data & 0xff;
}

static void test_time(int fd)
{
	struct rtc_time wrong = {.tm_mon = 12, .tm_mday = 1, .tm_year = 126};
	time_t begun = now(fd), then = begun + 86400 * 40;

	ok(begun > 0, "RD_TIME");
	ok(!set(fd, then), "SET_TIME");
	ok(now(fd) >= then && now(fd) < then + 60, "RD_TIME: it was set");
	ok(ioctl(fd, RTC_SET_TIME, &wrong) == -1 && errno == EINVAL, "SET_TIME: no 13th month");
	ok(!set(fd, begun + (now(fd) - then)), "SET_TIME: back");
}

static int alarm_in(int fd, int seconds)
{
	struct rtc_wkalrm alarm = {.enabled = 1, .time = rtc_of(now(fd) + seconds)};

	return ioctl(fd, RTC_WKALM_SET, &alarm);
}

static void test_alarm(int fd)
{
	time_t begun = now(fd);
	struct rtc_wkalrm alarm = {0};

	ok(!alarm_in(fd, 2), "WKALM_SET: in two seconds");
	ok(!ioctl(fd, RTC_WKALM_RD, &alarm) && alarm.enabled &&
		   seconds_of(&alarm.time) >= begun + 2,
	   "WKALM_RD");
	ok(next(fd) & RTC_AF, "the alarm");
	ok(now(fd) >= begun + 2, "not too early");
	ok(!ioctl(fd, RTC_WKALM_RD, &alarm) && !alarm.enabled, "once");
	ok(!alarm_in(fd, 3600) && !ioctl(fd, RTC_AIE_OFF, 0), "AIE_OFF");
}

static void test_ticks(int fd)
{
	time_t begun;
	int i;

	ok(!ioctl(fd, RTC_UIE_ON, 0), "UIE_ON");
	begun = now(fd);
	for (i = 0; i < 3 && next(fd) & RTC_UF; i++)
		;
	ok(i == 3 && now(fd) >= begun + 2, "three seconds");
	ok(!ioctl(fd, RTC_UIE_OFF, 0), "UIE_OFF");
	ok(!ioctl(fd, RTC_IRQP_SET, 16) && !ioctl(fd, RTC_PIE_ON, 0), "PIE_ON");
	for (i = 0; i < 8 && next(fd) & RTC_PF; i++)
		;
	ok(i == 8, "eight sixteenths");
	ok(!ioctl(fd, RTC_PIE_OFF, 0), "PIE_OFF");
	ok(ioctl(fd, RTC_WIE_ON, 0) == -1, "WIE_ON: this clock has none");
}

static int wait_for(int fd, int seconds)
{
	if (alarm_in(fd, seconds)) {
		perror("rtc-test");
		return 1;
	}
	printf("set\n");
	fflush(stdout);
	return !(next(fd) & RTC_AF);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "Usage: rtc-test DEVICE [SECONDS]\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	if (argc == 3)
		return wait_for(fd, atoi(argv[2]));
	test_time(fd);
	test_alarm(fd);
	test_ticks(fd);
	printf("1..%u\n", count);
	return failed != 0;
}
