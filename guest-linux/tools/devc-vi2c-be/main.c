// SPDX-License-Identifier: Apache-2.0
/* devc-vi2c-be: serves an I2C bus of this VM to others, as VI2C(4D) has it: by the module vi2c-be, until it is ended. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "policy.h"

static const char usage[] =
	"Usage: devc-vi2c-be -dBUS -lVLINK [-aPOLICY]\n"
	"\n"
	"Serves /dev/i2c-BUS to the front-ends of the vlinks of that name, in the\n"
	"background until it is ended. POLICY is vm3=0x39,0x3c;vm4=0x6f, or vm3=* for\n"
	"all slaves; a slave is one VM's at the most. Without -a nobody may have any.\n";

static int complain(const char *text)
{
	fprintf(stderr, "devc-vi2c-be: %s\n", text);
	return -1;
}

static int read_bus(const char *text, struct vi2c_be_config *config)
{
	char *end;
	unsigned long bus = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || bus > 0x7fffffff)
		return complain("-d wants the number of a bus");
	config->bus = bus;
	return 0;
}

static int read_vlink(const char *text, struct vi2c_be_config *config)
{
	size_t n = strlen(text);

	if (!n || n >= sizeof(config->vlink))
		return complain("-l wants a name of 1 to 15 characters");
	memcpy(config->vlink, text, n + 1);
	return 0;
}

/* The text, and below it a mark where it is wrong. */
static int read_policy(const char *text, struct vi2c_be_config *config)
{
	const char *where, *wrong = policy_read(text, config, &where);

	if (!wrong)
		return 0;
	complain(wrong);
	fprintf(stderr, "  %s\n  %*s^\n", text, (int)(where - text), "");
	return -1;
}

static int read_option(int option, struct vi2c_be_config *config)
{
	switch (option) {
	case 'd':
		return read_bus(optarg, config);
	case 'l':
		return read_vlink(optarg, config);
	case 'a':
		return config->nr_rules ? complain("-a may be there once")
					: read_policy(optarg, config);
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		return -1;
	}
}

static const char *reason(int err)
{
	switch (err) {
	case EBUSY:
		return "the vlink is served already, or one of the slaves to another VM";
	case ENODEV:
		return "there is no such bus";
	case EOPNOTSUPP:
		return "the bus can do SMBus commands alone";
	case ENOLINK:
		return "there is no such vlink";
	default:
		return strerror(err);
	}
}

/* The open file is the back-end: it is this program's until its end. */
static int serve(const struct vi2c_be_config *config)
{
	int fd = open("/dev/" VI2C_BE_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		fprintf(stderr, "devc-vi2c-be: /dev/" VI2C_BE_DEVICE ": %s; is vi2c-be loaded?\n",
			strerror(errno));
		return 1;
	}
	if (ioctl(fd, VI2C_BE_START, config)) {
		fprintf(stderr, "devc-vi2c-be: bus %u, vlink %s: %s\n", config->bus, config->vlink,
			reason(errno));
		return 1;
	}
	if (daemon(0, 0)) {
		perror("devc-vi2c-be");
		return 1;
	}
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	struct vi2c_be_config config = {.bus = -1U};
	int option;

	while ((option = getopt(argc, argv, "d:l:a:h")) != -1)
		if (read_option(option, &config))
			return 2;
	if (optind == argc && config.bus != -1U && *config.vlink)
		return serve(&config);
	fputs(usage, stderr);
	return 2;
}
