// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* Pauses that end when somebody wants that, so that what was switched on is switched off again. */
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "monitor.h"

#define LONGEST 3600 /* s of one poll() */

static int signals = -1; /* can be read when one has come */

void hold_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals >= 0)
		sigprocmask(SIG_BLOCK, &set, NULL);
}

static bool key_ends(void)
{
	char key;

	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q';
}

bool pause_until(double end, bool keys)
{
	struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
			       {.fd = keys ? STDIN_FILENO : -1, .events = POLLIN}};
	double wait;

	while ((wait = end - now()) > 0) {
		if (wait > LONGEST)
			wait = LONGEST;
		if (poll(fds, 2, (int)(wait * 1000) + 1) <= 0)
			continue;
		if (fds[0].revents || key_ends())
			return true;
	}
	return poll(fds, 1, 0) > 0;
}
