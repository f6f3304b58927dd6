// SPDX-License-Identifier: GPL-2.0-only
/* link-bench: calls whose answer is the request. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <vrpc.h>
#include "linkbench.h"

#define BUSY_MS 10000 /* a bound, which good runs do not come near */

static const char *const names[] = {"bench-thread", "bench-direct"}; /* by whether it is direct */
static struct vrpc_t *servers[ARRAY_SIZE(names)];

static vrpc_size_t answer(void *cookie, vrpc_size_t size)
{
	return size;
}

int rpc_start(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		int err = 0;

		servers[i] = vrpc_server_lookup(names[i], NULL);
		if (servers[i])
			err = vrpc_server_open(servers[i], answer, NULL, i);
		if (err)
			return err;
	}
	return 0;
}

void rpc_stop(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (!servers[i])
			continue;
		vrpc_close(servers[i]);
		vrpc_release(servers[i]);
		servers[i] = NULL;
	}
}

static int call(struct vrpc_t *vrpc, bool busy, u32 rounds)
{
	while (rounds--) {
		vrpc_size_t size = BENCH_BYTES;
		int err = busy ? vrpc_call_busy(vrpc, &size, BUSY_MS) : vrpc_call(vrpc, &size);

		if (err)
			return err;
		if (size != BENCH_BYTES)
			return -EBADMSG;
	}
	return 0;
}

int rpc_run(bool direct, bool busy, u32 rounds, u64 *ns)
{
	struct vrpc_t *vrpc = vrpc_client_lookup(names[direct], NULL);
	int err;

	if (!vrpc)
		return -ENODEV;
	err = vrpc_client_open(vrpc, NULL, NULL);
	if (!err)
		err = call(vrpc, busy, BENCH_WARM);
	if (!err) {
		bench_begin();
		err = call(vrpc, busy, rounds);
		*ns = bench_end();
	}
	vrpc_close(vrpc);
	vrpc_release(vrpc);
	return err;
}
