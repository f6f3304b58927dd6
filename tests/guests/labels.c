// SPDX-License-Identifier: Apache-2.0
/*
 * Allocates of each kind on each of its vlinks, prints what it got, as the module labels-test does,
 * and waits to be restarted. Only for nk.
 */
#include "rt/nkcall.h"
#include "rt/rt.h"

#define LABEL 7
#define PDEV_BYTES 64
#define PMEM_BYTES 0x2000
#define XIRQS 2

void guest_main(void)
{
	u64 self = nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
	u64 link = 0;

	printf("labels-test: begin\n");
	while ((link = nk_call(NK_HC_VLINK_LOOKUP, 0, link, 0, 0)))
		printf("labels-test: at %lx pdev %lx pmem %lx pxirq %lu\n", link,
		       nk_call(NK_HC_PDEV_ALLOC, link, LABEL, PDEV_BYTES, 0),
		       nk_call(NK_HC_PMEM_ALLOC, link, LABEL, PMEM_BYTES, 0),
		       nk_call(NK_HC_PXIRQ_ALLOC, link, LABEL, self, XIRQS));
	printf("labels-test: done\n");
	for (;;)
		asm volatile("wfi");
}
