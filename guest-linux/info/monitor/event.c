// SPDX-License-Identifier: GPL-2.0-only
/* An event as text: a line of what all have, and lines of what its kind has. */
#include "event.h"

typedef void show_fn(struct seq_file *seq, const void *payload);

static u64 pair(const nku32_f *half)
{
	return (u64)half[1] << 32 | half[0];
}

static void show_trap(struct seq_file *seq, const void *payload)
{
	const struct nk_event_trap *trap = payload;

	seq_printf(seq, "    pc: 0x%016llx\n", pair(trap->pc));
	seq_printf(seq, "    spsr: 0x%08x\n", trap->spsr);
	seq_printf(seq, "    esr: 0x%08x\n", trap->esr);
	if (trap->function)
		seq_printf(seq, "    function: 0x%08x\n", trap->function);
}

static void show_post(struct seq_file *seq, const void *payload)
{
	const struct nk_event_post *post = payload;

	seq_printf(seq, "    target: VM%u, VCPU%u\n", post->vm, post->vcpu);
	seq_printf(seq, "    irq: %u\n", post->irq);
}

static void show_irq(struct seq_file *seq, const void *payload)
{
	const struct nk_event_irq *irq = payload;

	seq_printf(seq, "    irq: %u\n", irq->irq);
}

static void show_virq(struct seq_file *seq, const void *payload)
{
	const struct nk_event_virq *virq = payload;

	if (virq->irq == ~0u)
		seq_puts(seq, "    physical IRQ id: none\n");
	else
		seq_printf(seq, "    physical IRQ id: %u\n", virq->irq);
	seq_printf(seq, "    virtual IRQ id: %u\n", virq->virq);
}

static void show_vdev(struct seq_file *seq, const void *payload)
{
	const struct nk_event_vdev *vdev = payload;

	seq_printf(seq, "    vdev ID: %u\n", vdev->vdev);
	seq_printf(seq, "    access size: %u bytes\n", vdev->size);
	seq_printf(seq, "    addr: 0x%016llx\n", pair(vdev->addr));
	seq_printf(seq, "    data: 0x%016llx\n", pair(vdev->data));
}

static void show_target(struct seq_file *seq, const void *payload)
{
	const struct nk_event_target *target = payload;

	seq_printf(seq, "    target: VM%u", target->vm);
	if (target->vcpu != ~0u)
		seq_printf(seq, ", VCPU%u", target->vcpu);
	seq_putc(seq, '\n');
}

/* What a guest has given, and of events that are newer than this module. */
static void show_words(struct seq_file *seq, const void *payload)
{
	const struct nk_event_user *user = payload;

	seq_printf(seq, "    data: 0x%016llx 0x%016llx 0x%08x\n", pair(&user->word[0]),
		   pair(&user->word[2]), user->word[4]);
}

static show_fn *show_of(unsigned int type)
{
	switch (type) {
	case NK_EVT_ID_IRQ_POST:
		return show_post;
	case NK_EVT_ID_IRQ_SELECT:
	case NK_EVT_ID_IRQ_SPURIOUS:
		return show_irq;
	case NK_EVT_ID_VIRQ_ASSERT:
		return show_virq;
	case NK_EVT_ID_VDEV_LOAD:
	case NK_EVT_ID_VDEV_STORE:
		return show_vdev;
	case NK_EVT_ID_IRQ_THROTTLE:
	case NK_EVT_ID_VCPU_SUSPEND_REQUEST:
	case NK_EVT_ID_VCPU_RESUME_REQUEST:
	case NK_EVT_ID_VM_SUSPEND_REQUEST:
	case NK_EVT_ID_VM_RESUME_REQUEST:
		return show_target;
	default:
		return type < NK_EVT_NR ? show_trap : show_words;
	}
}

void event_show(struct seq_file *seq, u64 number, const struct nk_event *event)
{
	const char *name = monitor_event_name(event->type);

	seq_printf(seq, "[%llu] %llu: CPU%u VM%u VCPU%u - ", number, event->ticks, event->cpu,
		   event->vm, event->vcpu);
	if (name)
		seq_printf(seq, "%s\n", name);
	else
		seq_printf(seq, "event_%u\n", event->type);
	show_of(event->type)(seq, event->payload);
}
