// SPDX-License-Identifier: Apache-2.0
/* xdp.o: BPF programs for network interfaces of guests, loaded there by `ip link set IF xdpgeneric obj FILE section NAME`. */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#define SECTION(name) __attribute__((section(name), used))
#define LARGE 1000

SECTION("pass") int xdp_pass(const struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

/* Large frames go no further. */
SECTION("small") int xdp_small(const struct xdp_md *ctx)
{
	return (long)ctx->data + LARGE > (long)ctx->data_end ? XDP_PASS : XDP_DROP;
}

/* Back to whom each came from: the addresses change places. */
SECTION("bounce") int xdp_bounce(const struct xdp_md *ctx)
{
	struct ethhdr *head = (struct ethhdr *)(long)ctx->data;

	if ((long)(head + 1) > (long)ctx->data_end)
		return XDP_DROP;
	for (int i = 0; i < ETH_ALEN; i++) {
		unsigned char byte = head->h_dest[i];

		head->h_dest[i] = head->h_source[i];
		head->h_source[i] = byte;
	}
	return XDP_TX;
}
