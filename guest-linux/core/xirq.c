// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers of cross interrupts, masking them, sending them. Each handler is an action of its own on
 * a shared Linux interrupt, so /proc/interrupts shows all names.
 *
 * What is posted while nobody is attached waits for the first handler.
 *
 * Masking counts, as disable_irq() does: who masks twice has to unmask twice. It counts before a
 * handler is attached as well; when the last one is detached the interrupt is unmasked again.
 */
#include <linux/cpumask.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "core.h"

#define NO_CPU (-1)

struct slot {
	raw_spinlock_t lock;
	unsigned int virq; /* valid while there are handlers */
	unsigned int handlers;
	unsigned int masked;
	NkCpuMask cpus; /* what somebody asked for; 0: nobody did */
	bool kept; /* came while the first handler was being attached */
};

struct handler {
	NkXIrqId id;
	NkXIrq xirq;
	NkXIrqHandler fn;
	void *cookie;
	unsigned int virq;
	int cpu; /* where fn runs, or NO_CPU */
	bool live; /* masking is what it should be */
	bool dead; /* detached: not to be called any more */
	struct work_struct gone;
	char name[];
};

static struct slot slots[NK_XIRQ_NR];
static DEFINE_MUTEX(attach_lock); /* who changes the number of handlers */
static DEFINE_IDR(handlers);
static DEFINE_SPINLOCK(handlers_lock);
static struct workqueue_struct *detacher;

static struct slot *slot_of(NkXIrq xirq)
{
	return xirq >= NK_XIRQ_FIRST && xirq < NK_XIRQ_LIMIT ? &slots[xirq - NK_XIRQ_FIRST] : NULL;
}

/* Whether it is too early for the handler; then the interrupt is sent again. */
static bool keep(struct handler *h)
{
	struct slot *s = slot_of(h->xirq);
	unsigned long flags;
	bool early;

	if (likely(READ_ONCE(h->live)))
		return false;
	raw_spin_lock_irqsave(&s->lock, flags);
	early = !h->live;
	if (early)
		s->kept = true;
	raw_spin_unlock_irqrestore(&s->lock, flags);
	return early;
}

static irqreturn_t handle(int irq, void *cookie)
{
	struct handler *h = cookie;

	if (unlikely(keep(h)))
		return IRQ_HANDLED;
	WRITE_ONCE(h->cpu, smp_processor_id());
	smp_mb(); /* cpu, then dead: wait_handler() has it the other way round */
	if (likely(!READ_ONCE(h->dead)))
		h->fn(h->cookie, h->xirq);
	smp_store_release(&h->cpu, NO_CPU); /* what fn did, then that it is out: wait_handler() */
	return IRQ_HANDLED;
}

static void apply_affinity(unsigned int virq, NkCpuMask cpus)
{
	const unsigned long bits = cpus;
	cpumask_var_t mask;
	unsigned int cpu;

	if (!zalloc_cpumask_var(&mask, GFP_ATOMIC))
		return;
	for_each_set_bit(cpu, &bits, min_t(unsigned int, 32, nr_cpu_ids))
		cpumask_set_cpu(cpu, mask);
	if (cpumask_intersects(mask, cpu_online_mask))
		irq_set_affinity(virq, mask);
	free_cpumask_var(mask);
}

/* The first handler of an interrupt finds it masked as often as somebody asked for. */
static void set_live(struct handler *h)
{
	struct slot *s = slot_of(h->xirq);
	unsigned long flags;
	bool kept;

	raw_spin_lock_irqsave(&s->lock, flags);
	if (!s->handlers++) {
		s->virq = h->virq;
		for (unsigned int i = 0; i < s->masked; i++)
			disable_irq_nosync(h->virq);
	}
	WRITE_ONCE(h->live, true);
	kept = s->kept;
	s->kept = false;
	raw_spin_unlock_irqrestore(&s->lock, flags);
	if (kept)
		irq_set_irqchip_state(h->virq, IRQCHIP_STATE_PENDING, true);
}

static int give_id(struct handler *h)
{
	int id;

	idr_preload(GFP_KERNEL);
	spin_lock_irq(&handlers_lock);
	id = idr_alloc_cyclic(&handlers, h, 1, 0, GFP_NOWAIT);
	spin_unlock_irq(&handlers_lock);
	idr_preload_end();
	if (id < 0)
		return id;
	h->id = id;
	return 0;
}

static struct handler *take_id(NkXIrqId id)
{
	struct handler *h;
	unsigned long flags;

	spin_lock_irqsave(&handlers_lock, flags);
	h = idr_remove(&handlers, id);
	spin_unlock_irqrestore(&handlers_lock, flags);
	return h;
}

static void release(struct handler *h)
{
	struct slot *s = slot_of(h->xirq);

	mutex_lock(&attach_lock);
	raw_spin_lock_irq(&s->lock);
	if (!--s->handlers)
		s->masked = 0;
	raw_spin_unlock_irq(&s->lock);
	free_irq(h->virq, h);
	mutex_unlock(&attach_lock);
	kfree(h);
	module_put(THIS_MODULE);
}

static void release_later(struct work_struct *work)
{
	release(container_of(work, struct handler, gone));
}

static struct handler *new_handler(NkXIrq xirq, NkXIrqHandler fn, void *cookie, const char *name)
{
	size_t len = strlen(name);
	struct handler *h = kzalloc(struct_size(h, name, len + 1), GFP_KERNEL);

	if (!h)
		return NULL;
	h->xirq = xirq;
	h->fn = fn;
	h->cookie = cookie;
	h->cpu = NO_CPU;
	INIT_WORK(&h->gone, release_later);
	memcpy(h->name, name, len);
	return h;
}

/* What was posted before comes as soon as the first handler is there, and goes where it should. */
static int start_handler(struct handler *h)
{
	NkCpuMask cpus = READ_ONCE(slot_of(h->xirq)->cpus);
	int err;

	h->virq = xirq_virq(h->xirq);
	if (!h->virq)
		return -EINVAL;
	mutex_lock(&attach_lock);
	if (cpus)
		apply_affinity(h->virq, cpus);
	/* Lazily masked, what came meanwhile may come twice: from the GIC, and sent again by Linux. */
	irq_set_status_flags(h->virq, IRQ_DISABLE_UNLAZY);
	err = request_irq(h->virq, handle, IRQF_SHARED | IRQF_NO_THREAD, h->name, h);
	if (!err)
		set_live(h);
	mutex_unlock(&attach_lock);
	return err;
}

NkXIrqId nk_core_xirq_attach_named(NkXIrq xirq, NkXIrqHandler hdl, void *cookie, char *name)
{
	struct handler *h;
	NkXIrqId id;

	if (!slot_of(xirq) || !hdl || !name)
		return 0;
	h = new_handler(xirq, hdl, cookie, name);
	if (!h)
		return 0;
	if (give_id(h))
		goto no_id;
	id = h->id;
	__module_get(THIS_MODULE);
	if (start_handler(h))
		goto no_irq;
	return id;

no_irq:
	module_put(THIS_MODULE);
	take_id(id);
no_id:
	kfree(h);
	return 0;
}

NkXIrqId nk_core_xirq_attach(NkXIrq xirq, NkXIrqHandler hdl, void *cookie)
{
	char name[16];

	snprintf(name, sizeof(name), "xirq-%u", xirq);
	return nk_core_xirq_attach_named(xirq, hdl, cookie, name);
}

/* From an interrupt, where free_irq() cannot be called. The handler may be the one that asks. */
static void wait_handler(struct handler *h)
{
	int cpu;

	do {
		cpu = smp_load_acquire(&h->cpu); /* pairs with the release in handle() */
	} while (cpu != NO_CPU && cpu != smp_processor_id());
}

void nk_core_xirq_detach(NkXIrqId id)
{
	struct handler *h = take_id(id);

	if (!h)
		return;
	WRITE_ONCE(h->dead, true);
	smp_mb(); /* dead, then cpu: see handle() */
	if (in_task() && !irqs_disabled()) {
		release(h);
	} else {
		wait_handler(h);
		queue_work(detacher, &h->gone);
	}
}

int nk_xirq_wake(NkXIrqId id, bool wakes)
{
	struct handler *h;
	unsigned int virq;
	unsigned long flags;

	spin_lock_irqsave(&handlers_lock, flags);
	h = idr_find(&handlers, id);
	virq = h ? h->virq : 0;
	spin_unlock_irqrestore(&handlers_lock, flags);
	return virq ? irq_set_irq_wake(virq, wakes) : -EINVAL;
}
EXPORT_SYMBOL(nk_xirq_wake);

static void mask(NkXIrq xirq, bool wait)
{
	struct slot *s = slot_of(xirq);
	unsigned int virq = 0;
	unsigned long flags;

	if (!s)
		return;
	raw_spin_lock_irqsave(&s->lock, flags);
	s->masked++;
	if (s->handlers) {
		virq = s->virq;
		disable_irq_nosync(virq);
	}
	raw_spin_unlock_irqrestore(&s->lock, flags);
	if (wait && virq)
		synchronize_hardirq(virq);
}

/* Two handlers that mask each other's interrupt would wait for ever, so interrupts never wait. */
void nk_core_xirq_mask(NkXIrq xirq)
{
	mask(xirq, in_task());
}

void nk_core_xirq_mask_nosync(NkXIrq xirq)
{
	mask(xirq, false);
}

void nk_core_xirq_unmask(NkXIrq xirq)
{
	struct slot *s = slot_of(xirq);
	unsigned long flags;

	if (!s)
		return;
	raw_spin_lock_irqsave(&s->lock, flags);
	if (s->masked) {
		s->masked--;
		if (s->handlers)
			enable_irq(s->virq);
	}
	raw_spin_unlock_irqrestore(&s->lock, flags);
}

void nk_core_xirq_affinity(NkXIrq xirq, NkCpuMask cpus)
{
	struct slot *s = slot_of(xirq);
	unsigned int virq;
	unsigned long flags;

	if (!s || !cpus)
		return;
	raw_spin_lock_irqsave(&s->lock, flags);
	s->cpus = cpus;
	virq = s->handlers ? s->virq : 0;
	raw_spin_unlock_irqrestore(&s->lock, flags);
	if (virq)
		apply_affinity(virq, cpus);
}

void nk_core_xirq_trigger(NkXIrq xirq, NkOsId osid)
{
	nk_hcall2(NK_HC_XIRQ_POST, xirq, osid);
}

int xirq_init(void)
{
	for (int i = 0; i < NK_XIRQ_NR; i++)
		raw_spin_lock_init(&slots[i].lock);
	detacher = alloc_workqueue("nk-core", 0, 0);
	return detacher ? 0 : -ENOMEM;
}

void xirq_exit(void)
{
	destroy_workqueue(detacher);
}
