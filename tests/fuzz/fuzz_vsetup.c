// SPDX-License-Identifier: Apache-2.0
/*
 * The input is a setup of vevent's. A wrong one is told with a column that it has; a good one's programs run for several
 * devices, and change nothing of them. The room for steps is what is promised to be enough.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../guest-linux/drivers/vevent/setup/setup.h"

static void run(const struct vevent_setup *s, struct vexpr_machine *m, u8 fill)
{
	struct vexpr_device before;
	const struct vevent_rule *rule;

	memset(m->device.words, fill, sizeof(m->device.words));
	m->device.texts[0] = "a name";
	before = m->device;
	rule = vevent_setup_find(s, m);
	assert(!memcmp(&before, &m->device, sizeof(before)));
	assert(!rule || rule->native || rule->vms);
	for (unsigned int type = 0; rule && type < VEVENT_TYPES; type++)
		for (unsigned int focus = 0; focus < 34; focus++)
			assert(rule->native ||
			       !(vevent_recipients(rule, type, focus) & ~rule->vms));
}

/* Each expression leaves the same truth value each time. */
static void run_all(const struct vevent_setup *s, struct vexpr_machine *m)
{
	for (unsigned int n = 0; n < s->nr_rules; n++) {
		const struct vexpr_op *ops = s->ops + s->rules[n].op;
		bool first = vexpr_eval(s->text, ops, s->rules[n].nr_ops, m);

		assert(m->stack[0] == first);
		assert(vexpr_eval(s->text, ops, s->rules[n].nr_ops, m) == first);
	}
}

static void check(struct vevent_setup *s, struct vexpr_machine *m)
{
	struct vevent_error error = {};

	if (vevent_setup_parse(s, 0, &error)) {
		assert(error.column >= 1 && error.column <= strlen(s->text) + 1);
		assert(*error.why && strcmp(error.why, "there is no room for more"));
		assert(strcmp(error.why, "there is no room for more rules"));
		return;
	}
	assert(s->nr_ops <= s->max_ops && s->nr_rules <= s->max_rules);
	run(s, m, 0);
	run(s, m, 0xff);
	run(s, m, 0x5a);
	run_all(s, m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vexpr_machine *m = calloc(1, sizeof(*m));
	char *text = calloc(1, size + 1);
	struct vevent_setup s = {.text = text};

	memcpy(text, data, size);
	s.max_ops = strlen(text);
	s.max_rules = vevent_setup_rules(text);
	s.ops = calloc(s.max_ops, sizeof(*s.ops));
	s.rules = calloc(s.max_rules, sizeof(*s.rules));
	check(&s, m);
	free(s.rules);
	free(s.ops);
	free(text);
	free(m);
	return 0;
}
