// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cross interrupts as Linux interrupts: a domain of ours on top of the GIC's, whose hardware numbers
 * are those of NkXIrq. Each is an edge triggered SPI; the hypervisor says which.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/mutex.h>
#include <linux/of_irq.h>
#include <dt-bindings/interrupt-controller/arm-gic.h>
#include "core.h"

#define FIRST_SPI 32 /* its INTID */

static struct irq_domain *domain;
static DEFINE_MUTEX(lock); /* who maps */

static struct irq_chip xirq_chip = {
	.name = "nk-xirq",
	.irq_mask = irq_chip_mask_parent,
	.irq_unmask = irq_chip_unmask_parent,
	.irq_eoi = irq_chip_eoi_parent,
	.irq_set_affinity = irq_chip_set_affinity_parent,
	.irq_set_type = irq_chip_set_type_parent,
	.irq_retrigger = irq_chip_retrigger_hierarchy,
	.irq_get_irqchip_state = irq_chip_get_parent_state,
	.irq_set_irqchip_state = irq_chip_set_parent_state,
	.flags = IRQCHIP_SKIP_SET_WAKE | IRQCHIP_AFFINITY_PRE_STARTUP,
};

static int xirq_translate(struct irq_domain *d, struct irq_fwspec *fwspec, unsigned long *hwirq,
			  unsigned int *type)
{
	if (fwspec->param_count != 1 || fwspec->param[0] < NK_XIRQ_FIRST ||
	    fwspec->param[0] >= NK_XIRQ_LIMIT)
		return -EINVAL;
	*hwirq = fwspec->param[0];
	*type = IRQ_TYPE_EDGE_RISING;
	return 0;
}

static int xirq_alloc(struct irq_domain *d, unsigned int virq, unsigned int nr, void *arg)
{
	struct irq_fwspec *fwspec = arg;
	long intid = nk_hcall1(NK_HC_XIRQ_PTOV, fwspec->param[0]);
	struct irq_fwspec parent = {
		.fwnode = d->parent->fwnode,
		.param_count = 3,
		.param = {GIC_SPI, intid - FIRST_SPI, IRQ_TYPE_EDGE_RISING},
	};

	if (nr != 1 || intid < FIRST_SPI)
		return -EINVAL;
	irq_domain_set_hwirq_and_chip(d, virq, fwspec->param[0], &xirq_chip, NULL);
	return irq_domain_alloc_irqs_parent(d, virq, 1, &parent);
}

static const struct irq_domain_ops xirq_domain_ops = {
	.translate = xirq_translate,
	.alloc = xirq_alloc,
	.free = irq_domain_free_irqs_common,
};

unsigned int xirq_virq(NkXIrq xirq)
{
	struct irq_fwspec fwspec = {
		.fwnode = domain->fwnode,
		.param_count = 1,
		.param = {xirq},
	};
	unsigned int virq;

	mutex_lock(&lock);
	virq = irq_create_fwspec_mapping(&fwspec);
	mutex_unlock(&lock);
	return virq;
}

int xirq_domain_init(struct device_node *node)
{
	struct device_node *gic = of_irq_find_parent(node);
	struct irq_domain *parent = gic ? irq_find_host(gic) : NULL;

	of_node_put(gic);
	if (!parent)
		return -ENODEV;
	domain = irq_domain_create_hierarchy(parent, 0, 0, of_node_to_fwnode(node),
					     &xirq_domain_ops, NULL);
	return domain ? 0 : -ENOMEM;
}

void xirq_domain_exit(void)
{
	for (NkXIrq xirq = NK_XIRQ_FIRST; xirq < NK_XIRQ_LIMIT; xirq++)
		irq_dispose_mapping(irq_find_mapping(domain, xirq));
	irq_domain_remove(domain);
}
