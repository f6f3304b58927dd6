// SPDX-License-Identifier: Apache-2.0
/*
 * wdt-test DEVICE: all that a driver of Linux's watchdog API has to do, in TAP; it leaves a watchdog that runs, of a
 * minute. wdt-test DEVICE TIMEOUT PRETIMEOUT: sets both, and then never pats.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static unsigned int count, failed;

static void ok(bool good, const char *text)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, text);
	failed += !good;
}

/* The value that the call takes is the one that it gives back, and that which is there. */
static void sets(int fd, unsigned long set, unsigned long get, int value, const char *text)
{
	int given = value, got = -1;

	ok(!ioctl(fd, set, &given) && given == value && !ioctl(fd, get, &got) && got == value,
	   text);
}

static void refuses(int fd, unsigned long set, int value, const char *text)
{
	ok(ioctl(fd, set, &value) == -1 && errno == EINVAL, text);
}

static void test_info(int fd)
{
	int all = WDIOF_KEEPALIVEPING | WDIOF_MAGICCLOSE | WDIOF_SETTIMEOUT | WDIOF_PRETIMEOUT;
	struct watchdog_info info = {0};
	int status = -1;

	ok(!ioctl(fd, WDIOC_GETSUPPORT, &info) && (info.options & all) == (unsigned int)all,
	   "GETSUPPORT: timeout, pretimeout, keepalive, magic close");
	printf("# identity \"%s\"\n", info.identity);
	ok(!ioctl(fd, WDIOC_GETBOOTSTATUS, &status), "GETBOOTSTATUS");
	printf("# bootstatus %#x\n", status);
}

static void test_timeouts(int fd)
{
	int left = -1;

	sets(fd, WDIOC_SETTIMEOUT, WDIOC_GETTIMEOUT, 60, "SETTIMEOUT, GETTIMEOUT: 60");
	sets(fd, WDIOC_SETPRETIMEOUT, WDIOC_GETPRETIMEOUT, 20, "SETPRETIMEOUT, GETPRETIMEOUT: 20");
	refuses(fd, WDIOC_SETPRETIMEOUT, 60, "SETPRETIMEOUT: not as long as the timeout");
	ok(!ioctl(fd, WDIOC_GETPRETIMEOUT, &left) && left == 20, "GETPRETIMEOUT: as it was");
	refuses(fd, WDIOC_SETTIMEOUT, 0, "SETTIMEOUT: not 0");
	sets(fd, WDIOC_SETTIMEOUT, WDIOC_GETTIMEOUT, 86400, "SETTIMEOUT: more than nk counts");
	sets(fd, WDIOC_SETTIMEOUT, WDIOC_GETTIMEOUT, 20, "SETTIMEOUT: down to the pretimeout");
	ok(!ioctl(fd, WDIOC_GETPRETIMEOUT, &left) && !left, "which is off then");
	sets(fd, WDIOC_SETTIMEOUT, WDIOC_GETTIMEOUT, 60, "SETTIMEOUT: a minute");
}

static void test_pats(int fd)
{
	int stop = WDIOS_DISABLECARD;

	ok(!ioctl(fd, WDIOC_KEEPALIVE, 0), "KEEPALIVE");
	ok(write(fd, "x", 1) == 1, "write: a pat");
	ok(ioctl(fd, WDIOC_SETOPTIONS, &stop) == -1 && errno == EBUSY, "SETOPTIONS: no way out");
	ok(write(fd, "V", 1) == 1, "write: the magic close");
	ok(!close(fd), "close");
}

static int never_pat(int fd, int timeout, int pretimeout)
{
	if (ioctl(fd, WDIOC_SETTIMEOUT, &timeout) || ioctl(fd, WDIOC_SETPRETIMEOUT, &pretimeout)) {
		perror("wdt-test");
		return 1;
	}
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2 && argc != 4) {
		fprintf(stderr, "Usage: wdt-test DEVICE [TIMEOUT PRETIMEOUT]\n");
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	if (argc == 4)
		return never_pat(fd, atoi(argv[2]), atoi(argv[3]));
	test_info(fd);
	test_timeouts(fd);
	test_pats(fd);
	printf("1..%u\n", count);
	return failed != 0;
}
