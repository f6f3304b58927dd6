// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls: who is below us, and memory they can name. */
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include "core.h"

static DEFINE_PER_CPU(void *, own_bounce);

bool nk_is_there(void)
{
	struct arm_smccc_res res;

	arm_smccc_hvc(ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID, 0, 0, 0, 0, 0, 0, 0, &res);
	return (u32)res.a0 == NK_UID_0 && (u32)res.a1 == NK_UID_1 && (u32)res.a2 == NK_UID_2 &&
	       (u32)res.a3 == NK_UID_3;
}

/* nk answers in parts. */
NkPhSize nk_mem_extent(NkPhAddr paddr, NkPhSize size, bool write)
{
	NkPhSize done = 0, part;

	while (done < size) {
		part = nk_hcall3(NK_HC_MEM_EXTENT, paddr + done, size - done, write);
		if (!part || part > size - done)
			break;
		done += part;
	}
	return done;
}

int bounce_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		per_cpu(own_bounce, cpu) =
			(void *)__get_free_pages(GFP_KERNEL, get_order(BOUNCE_OWN));
		if (!per_cpu(own_bounce, cpu)) {
			bounce_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void bounce_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		free_pages((unsigned long)per_cpu(own_bounce, cpu), get_order(BOUNCE_OWN));
		per_cpu(own_bounce, cpu) = NULL;
	}
}

void bounce_get(struct bounce *b, size_t size)
{
	b->own = size <= BOUNCE_OWN;
	if (b->own) {
		local_irq_save(b->flags);
		b->buf = __this_cpu_read(own_bounce);
	} else {
		b->buf = kmalloc(size, (preemptible() ? GFP_KERNEL : GFP_ATOMIC) | __GFP_NOWARN);
	}
}

void bounce_put(struct bounce *b)
{
	if (b->own)
		local_irq_restore(b->flags);
	else
		kfree(b->buf);
}
