// SPDX-License-Identifier: Apache-2.0
/* What vlx-virtio-net believes of a frame's header: each one that there can be, with each set of features. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../../guest-linux/drivers/virtio/net_head.h"

#define BIT(n) ((u64)1 << (n))
#define CSUM BIT(VIRTIO_NET_F_CSUM)
#define TSO4 BIT(VIRTIO_NET_F_HOST_TSO4)
#define TSO6 BIT(VIRTIO_NET_F_HOST_TSO6)
#define ECN BIT(VIRTIO_NET_F_HOST_ECN)
#define NEEDS VIRTIO_NET_HDR_F_NEEDS_CSUM
#define GSO_ECN VIRTIO_NET_HDR_GSO_ECN

/* What is taken; all else is not. The flags that are none of a driver's change nothing. */
static const struct {
	u8 needs, gso;
	u64 features;
} good[] = {
	{0, VIRTIO_NET_HDR_GSO_NONE, 0},
	{NEEDS, VIRTIO_NET_HDR_GSO_NONE, CSUM},
	{NEEDS, VIRTIO_NET_HDR_GSO_TCPV4, CSUM | TSO4},
	{NEEDS, VIRTIO_NET_HDR_GSO_TCPV6, CSUM | TSO6},
	{NEEDS, VIRTIO_NET_HDR_GSO_TCPV4 | GSO_ECN, CSUM | TSO4 | ECN},
	{NEEDS, VIRTIO_NET_HDR_GSO_TCPV6 | GSO_ECN, CSUM | TSO6 | ECN},
};

static bool is_good(u8 flags, u8 gso, u64 accepted)
{
	for (u32 n = 0; n < sizeof(good) / sizeof(*good); n++)
		if ((flags & NEEDS) == good[n].needs && gso == good[n].gso &&
		    (good[n].features & accepted) == good[n].features)
			return true;
	return false;
}

static void test_all(void **state)
{
	const u64 bits[] = {CSUM, TSO4, TSO6, ECN};

	(void)state;
	for (u32 set = 0; set < 16; set++) {
		u64 accepted = ~(CSUM | TSO4 | TSO6 | ECN);

		for (u32 n = 0; n < 4; n++)
			accepted |= set >> n & 1 ? bits[n] : 0;
		for (u32 n = 0; n < 0x10000; n++) {
			struct virtio_net_hdr head = {.flags = (u8)n, .gso_type = (u8)(n >> 8)};

			assert_int_equal(vnet_head_ok(&head, accepted),
					 is_good(head.flags, head.gso_type, accepted));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
