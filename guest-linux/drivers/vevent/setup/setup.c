// SPDX-License-Identifier: GPL-2.0-only
/* Setups: rules of an expression, a topology and a policy. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>
#include "parse.h"
#include "setup.h"

#define DEFAULT_TYPE VEVENT_TYPES
#define SEEN_DEFAULT (1ull << DEFAULT_TYPE)

struct reader {
	const char *text;
	unsigned int at;
	struct vevent_error *error;
};

/* The values of EV_* are Linux's, for good. */
static const struct {
	const char *name;
	u8 type;
} types[] = {
	{"KEY", 0x01}, {"REL", 0x02}, {"ABS", 0x03},	   {"MSC", 0x04},
	{"SW", 0x05},  {"LED", 0x11}, {"SND", 0x12},	   {"REP", 0x14},
	{"FF", 0x15},  {"PWR", 0x16}, {"FF_STATUS", 0x17}, {"DEFAULT", DEFAULT_TYPE},
};

static char here(struct reader *r)
{
	vevent_skip_spaces(r->text, &r->at);
	return r->text[r->at];
}

static bool take(struct reader *r, char c)
{
	if (here(r) != c)
		return false;
	r->at++;
	return true;
}

static bool take_word(struct reader *r, const char *word)
{
	unsigned int length = vevent_word(r->text + r->at);

	if (!vevent_word_is(r->text + r->at, length, word))
		return false;
	r->at += length;
	return true;
}

static int vm_list(struct reader *r, u32 *vms)
{
	unsigned int at;
	u32 id;
	int err;

	do {
		here(r);
		at = r->at;
		err = vevent_number(r->text, &r->at, U32_MAX, &id, r->error);
		if (err)
			return err;
		if (id < VEVENT_VM_FIRST || id > VEVENT_VM_LAST)
			return vevent_wrong(r->error, at, "the number of a VM is from %u to %u",
					    VEVENT_VM_FIRST, VEVENT_VM_LAST);
		if (*vms & 1u << id)
			return vevent_wrong(r->error, at, "VM %u is there already", id);
		*vms |= 1u << id;
	} while (take(r, ','));
	return 0;
}

static int topology(struct reader *r, struct vevent_rule *rule)
{
	char c = here(r);

	rule->native = take_word(r, "native");
	if (rule->native)
		return 0;
	if (!vevent_digit(c))
		return vevent_wrong(r->error, r->at, "native or numbers of VMs are missing");
	return vm_list(r, &rule->vms);
}

static int event_type(struct reader *r, u8 *type)
{
	here(r);
	for (unsigned int n = 0; n < ARRAY_SIZE(types); n++) {
		if (take_word(r, types[n].name)) {
			*type = types[n].type;
			return 0;
		}
	}
	return vevent_wrong(r->error, r->at, "no type of events has this name");
}

static int list_route(struct reader *r, const struct vevent_rule *rule,
		      struct vevent_policy *policy)
{
	unsigned int at = r->at;
	int err = vm_list(r, &policy->vms);

	policy->route = VEVENT_LIST;
	if (err || rule->native || !(policy->vms & ~rule->vms))
		return err;
	return vevent_wrong(r->error, at, "a VM of this list is not in the topology");
}

static int route(struct reader *r, const struct vevent_rule *rule, struct vevent_policy *policy)
{
	char c = here(r);

	if (take_word(r, "broadcast"))
		policy->route = VEVENT_BROADCAST;
	else if (take_word(r, "drop"))
		policy->route = VEVENT_DROP;
	else if (take_word(r, "focus"))
		policy->route = VEVENT_FOCUS;
	else if (vevent_digit(c))
		return list_route(r, rule, policy);
	else
		return vevent_wrong(r->error, r->at,
				    "broadcast, drop, focus or numbers of VMs are missing");
	return 0;
}

/* One type's; *seen has those that were there already. */
static int policy_event(struct reader *r, struct vevent_rule *rule, struct vevent_policy *fallback,
			u64 *seen)
{
	unsigned int at;
	u8 type;
	int err;

	here(r);
	at = r->at;
	err = event_type(r, &type);
	if (err)
		return err;
	if (*seen >> type & 1)
		return vevent_wrong(r->error, at, "this type is there already");
	*seen |= 1ull << type;
	if (!take(r, '-'))
		return vevent_wrong(r->error, r->at, "a - is missing");
	return route(r, rule, type == DEFAULT_TYPE ? fallback : &rule->policies[type]);
}

static bool rule_ends(struct reader *r)
{
	char c = here(r);

	return !c || c == ';';
}

/* It may be left out, with its : too; then all is dropped. */
static int policy(struct reader *r, struct vevent_rule *rule)
{
	struct vevent_policy fallback = {.route = VEVENT_DROP};
	u64 seen = 0;
	int err;

	if (!take(r, ':') || rule_ends(r))
		return 0;
	do {
		err = policy_event(r, rule, &fallback, &seen);
		if (err)
			return err;
	} while (take(r, '|'));
	for (unsigned int type = 0; type < VEVENT_TYPES; type++) {
		if (!(seen >> type & 1))
			rule->policies[type] = fallback;
	}
	return 0;
}

static int read_rule(struct vevent_setup *s, struct reader *r)
{
	struct vevent_rule *rule = &s->rules[s->nr_rules];
	int nr;

	if (s->nr_rules == s->max_rules)
		return vevent_wrong(r->error, r->at, "there is no room for more rules");
	*rule = (struct vevent_rule){.op = s->nr_ops};
	nr = vexpr_parse(s->text, &r->at, s->ops + s->nr_ops, s->max_ops - s->nr_ops, r->error);
	if (nr < 0)
		return nr;
	rule->nr_ops = nr;
	if (!take(r, ':'))
		return vevent_wrong(r->error, r->at, "a : and a topology are missing");
	nr = topology(r, rule) ?: policy(r, rule);
	if (nr)
		return nr;
	if (!rule_ends(r))
		return vevent_wrong(r->error, r->at, "a ; is missing before this");
	s->nr_ops += rule->nr_ops;
	s->nr_rules++;
	return 0;
}

unsigned int vevent_setup_rules(const char *text)
{
	unsigned int rules = 1;

	for (; *text; text++)
		rules += *text == ';';
	return rules;
}

int vevent_setup_parse(struct vevent_setup *s, unsigned int at, struct vevent_error *error)
{
	struct reader r = {.text = s->text, .at = at, .error = error};
	int err = 0;

	s->nr_ops = 0;
	s->nr_rules = 0;
	if (strlen(s->text) > VEVENT_SETUP_LENGTH)
		return vevent_wrong(error, VEVENT_SETUP_LENGTH, "the setup is too long");
	while (!err && here(&r)) {
		if (!take(&r, ';'))
			err = read_rule(s, &r);
	}
	return err;
}

const struct vevent_rule *vevent_setup_find(const struct vevent_setup *s, struct vexpr_machine *m)
{
	for (unsigned int n = 0; n < s->nr_rules; n++) {
		const struct vevent_rule *rule = &s->rules[n];

		if (vexpr_eval(s->text, s->ops + rule->op, rule->nr_ops, m))
			return rule;
	}
	return NULL;
}

u32 vevent_recipients(const struct vevent_rule *rule, unsigned int type, unsigned int focus)
{
	const struct vevent_policy *policy = &rule->policies[type % VEVENT_TYPES];

	switch (policy->route) {
	case VEVENT_FOCUS:
		return focus <= VEVENT_VM_LAST ? rule->vms & 1u << focus : 0;
	case VEVENT_BROADCAST:
		return rule->vms;
	case VEVENT_LIST:
		return policy->vms;
	default:
		return 0;
	}
}
