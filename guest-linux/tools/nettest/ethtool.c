// SPDX-License-Identifier: Apache-2.0
/* nettest: what ethtool asks a driver, by the ioctl, as "name: value" lines. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "nettest.h"

static const char *interface;

static void ask(void *request)
{
	static int fd = -1;
	struct ifreq ifr = {.ifr_data = request};

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	strncpy(ifr.ifr_name, interface, sizeof(ifr.ifr_name) - 1);
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		fail(errno, "ethtool");
}

static void show_driver(void)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ethtool_ringparam ring = {.cmd = ETHTOOL_GRINGPARAM};

	ask(&info);
	ask(&ring);
	printf("driver: %s\nbus-info: %s\nn_stats: %u\n", info.driver, info.bus_info, info.n_stats);
	printf("ring: %u of %u, %u of %u\n", ring.rx_pending, ring.rx_max_pending, ring.tx_pending,
	       ring.tx_max_pending);
}

static void show_feature(const char *name, uint32_t cmd)
{
	struct ethtool_value value = {.cmd = cmd};

	ask(&value);
	printf("%s: %s\n", name, value.data ? "on" : "off");
}

static void show_stats(void)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ethtool_gstrings *names;
	struct ethtool_stats *stats;

	ask(&info);
	names = calloc(1, sizeof(*names) + info.n_stats * ETH_GSTRING_LEN);
	stats = calloc(1, sizeof(*stats) + info.n_stats * sizeof(stats->data[0]));
	if (!names || !stats)
		fail(ENOMEM, "stats");
	*names = (struct ethtool_gstrings){ETHTOOL_GSTRINGS, ETH_SS_STATS, info.n_stats};
	*stats = (struct ethtool_stats){ETHTOOL_GSTATS, info.n_stats};
	ask(names);
	ask(stats);
	for (uint32_t i = 0; i < info.n_stats; i++)
		printf("%.*s: %llu\n", ETH_GSTRING_LEN, (char *)&names->data[i * ETH_GSTRING_LEN],
		       (unsigned long long)stats->data[i]);
	free(names);
	free(stats);
}

int cmd_ethtool(char **argv)
{
	interface = argv[0];
	show_driver();
	show_feature("rx-checksum", ETHTOOL_GRXCSUM);
	show_feature("tx-checksum", ETHTOOL_GTXCSUM);
	show_feature("sg", ETHTOOL_GSG);
	show_feature("tso", ETHTOOL_GTSO);
	show_feature("gso", ETHTOOL_GGSO);
	show_feature("gro", ETHTOOL_GGRO);
	show_stats();
	return 0;
}

int cmd_offload(char **argv)
{
	static const uint32_t commands[] = {ETHTOOL_STXCSUM, ETHTOOL_SSG, ETHTOOL_STSO,
					    ETHTOOL_SGSO, ETHTOOL_SGRO};

	interface = argv[0];
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		struct ethtool_value value = {.cmd = commands[i], .data = !strcmp(argv[1], "on")};

		ask(&value);
	}
	return 0;
}
