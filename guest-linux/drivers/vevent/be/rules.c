// SPDX-License-Identifier: GPL-2.0-only
/* vevent-be: the setup, which is the info of the first link that has one, behind "bootargs:". */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "be.h"

#define PREFIX "bootargs:"

static struct vevent_setup setup;
static struct vexpr_machine *machine; /* connect()'s, of which one runs at a time */

static const char *find_text(const VlinkDrv *drv)
{
	const char *info;
	Vlink *vlink;

	vlink_for_each(vlink, drv) {
		info = vlink_info(vlink);
		if (info && !strncmp(info, PREFIX, strlen(PREFIX)))
			return info;
	}
	return NULL;
}

static int allocate(const char *text)
{
	setup.text = kstrdup(text, GFP_KERNEL);
	setup.max_ops = strlen(text);
	setup.max_rules = vevent_setup_rules(text);
	setup.ops = kvcalloc(setup.max_ops, sizeof(*setup.ops), GFP_KERNEL);
	setup.rules = kvcalloc(setup.max_rules, sizeof(*setup.rules), GFP_KERNEL);
	machine = kzalloc(sizeof(*machine), GFP_KERNEL);
	return setup.text && setup.ops && setup.rules && machine ? 0 : -ENOMEM;
}

int vevent_rules_read(const VlinkDrv *drv)
{
	const char *text = find_text(drv);
	struct vevent_error error;
	int err;

	if (!text)
		return 0;
	if (strlen(text) > VEVENT_SETUP_LENGTH) {
		pr_err("vevent-be: the setup has more than %u characters\n", VEVENT_SETUP_LENGTH);
		return -E2BIG;
	}
	err = allocate(text);
	if (err)
		return err;
	err = vevent_setup_parse(&setup, strlen(PREFIX), &error);
	if (err)
		pr_err("vevent-be: the setup's column %u: %s: %.40s\n", error.column, error.why,
		       setup.text + error.column - 1);
	return err;
}

void vevent_rules_free(void)
{
	kfree(machine);
	kvfree(setup.rules);
	kvfree(setup.ops);
	kfree(setup.text);
}

static bool is_own(const struct input_dev *dev)
{
	return dev->phys && !strncmp(dev->phys, VEVENT_OWN, strlen(VEVENT_OWN));
}

const struct vevent_rule *vevent_rule_for(const struct input_dev *dev)
{
	const struct vevent_rule *rule;

	if (!setup.nr_rules || is_own(dev))
		return NULL;
	vevent_describe(dev, &machine->device);
	rule = vevent_setup_find(&setup, machine);
	return rule && !rule->native ? rule : NULL;
}
