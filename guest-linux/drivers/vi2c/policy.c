// SPDX-License-Identifier: GPL-2.0-only
/* vi2c-be: which VM may have which slave. By requirement no slave is two VMs'. Source: VI2C(4D). */
#include "be.h"

static bool is_slave(u32 slave)
{
	if (slave == VI2C_BE_ALL || (slave >= VI2C_BE_FIRST && slave <= VI2C_BE_LAST))
		return true;
	return slave >= VI2C_BE_TEN && slave <= VI2C_BE_TEN + 0x3ff;
}

static bool overlap(const struct vi2c_be_rule *a, const struct vi2c_be_rule *b)
{
	if (a->vm == b->vm)
		return false;
	return a->slave == b->slave || a->slave == VI2C_BE_ALL || b->slave == VI2C_BE_ALL;
}

static bool any_overlap(const struct vi2c_be_config *a, const struct vi2c_be_config *b)
{
	for (u32 i = 0; i < a->nr_rules; i++)
		for (u32 j = 0; j < b->nr_rules; j++)
			if (overlap(&a->rules[i], &b->rules[j]))
				return true;
	return false;
}

bool vi2c_policy_good(const struct vi2c_be_config *c)
{
	if (c->nr_rules > VI2C_BE_RULES)
		return false;
	for (u32 i = 0; i < c->nr_rules; i++)
		if (!is_slave(c->rules[i].slave))
			return false;
	return !any_overlap(c, c);
}

bool vi2c_policy_allows(const struct vi2c_be_config *c, NkOsId vm, u32 slave)
{
	for (u32 i = 0; i < c->nr_rules; i++) {
		const struct vi2c_be_rule *r = &c->rules[i];

		if (r->vm == vm && (r->slave == slave || r->slave == VI2C_BE_ALL))
			return true;
	}
	return false;
}

/* Whether slaves of the one bus are to be found on the other: it is the same, or leads there. */
static bool leads_to(u32 above, u32 bus)
{
	struct i2c_adapter *first = i2c_get_adapter(bus), *adap = first;
	bool found = above == bus;

	for (; adap && !found; adap = i2c_parent_is_i2c_adapter(adap))
		found = i2c_adapter_id(adap) == above;
	i2c_put_adapter(first);
	return found;
}

bool vi2c_policy_conflict(const struct vi2c_be_config *a, const struct vi2c_be_config *b)
{
	return any_overlap(a, b) && (leads_to(a->bus, b->bus) || leads_to(b->bus, a->bus));
}
