// SPDX-License-Identifier: Apache-2.0
/* devc-vi2c-be: the policy's text. Source: VI2C(4D). */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "policy.h"

#define VM_LAST 31
#define TEN_LAST (VI2C_BE_TEN + 0x3ff)

struct reader {
	const char *at;
	const char *wrong; /* the first of it; then nothing is read any more */
	struct vi2c_be_config *config;
};

static void fail(struct reader *r, const char *at, const char *wrong)
{
	if (r->wrong)
		return;
	r->at = at;
	r->wrong = wrong;
}

static bool take(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	if (r->wrong || strncmp(r->at, word, n))
		return false;
	r->at += n;
	return true;
}

static unsigned long take_number(struct reader *r, int base)
{
	unsigned long value;
	char *end;

	if (r->wrong || !isxdigit((unsigned char)*r->at)) {
		fail(r, r->at, "a number is missing");
		return 0;
	}
	value = strtoul(r->at, &end, base);
	r->at = end;
	return value;
}

static bool overlap(const struct vi2c_be_rule *a, const struct vi2c_be_rule *b)
{
	if (a->vm == b->vm)
		return false;
	return a->slave == b->slave || a->slave == VI2C_BE_ALL || b->slave == VI2C_BE_ALL;
}

/* The kernel refuses it as well, but does not say which. */
static bool is_others(const struct reader *r, const struct vi2c_be_rule *rule)
{
	for (__u32 i = 0; i < r->config->nr_rules; i++)
		if (overlap(&r->config->rules[i], rule))
			return true;
	return false;
}

static void add_rule(struct reader *r, const char *at, unsigned int vm, unsigned int slave)
{
	struct vi2c_be_rule rule = {.vm = vm, .slave = slave};

	if (is_others(r, &rule))
		fail(r, at, "a slave of another VM too");
	if (r->config->nr_rules == VI2C_BE_RULES)
		fail(r, at, "there are too many slaves");
	if (!r->wrong)
		r->config->rules[r->config->nr_rules++] = rule;
}

static void read_slave(struct reader *r, unsigned int vm)
{
	const char *at = r->at;
	unsigned long slave = take_number(r, 0);

	if ((slave < VI2C_BE_FIRST || slave > VI2C_BE_LAST) &&
	    (slave < VI2C_BE_TEN || slave > TEN_LAST))
		fail(r, at, "a slave is 0x08 to 0x77, or with 10 bits 0xa000 to 0xa3ff");
	add_rule(r, at, vm, slave);
}

static void read_vm(struct reader *r)
{
	const char *at = r->at;
	unsigned long vm;

	if (!take(r, "vm"))
		fail(r, at, "vmN= is missing");
	vm = take_number(r, 10);
	if (!vm || vm > VM_LAST)
		fail(r, at, "a VM is vm1 to vm31");
	if (!take(r, "="))
		fail(r, r->at, "= is missing");
	at = r->at;
	if (take(r, "*")) {
		add_rule(r, at, vm, VI2C_BE_ALL);
		return;
	}
	do {
		read_slave(r, vm);
	} while (take(r, ","));
}

const char *policy_read(const char *text, struct vi2c_be_config *config, const char **where)
{
	struct reader r = {.at = text, .config = config};

	do {
		read_vm(&r);
	} while (take(&r, ";") && *r.at);
	if (!r.wrong && *r.at)
		fail(&r, r.at, "what is this?");
	*where = r.at;
	return r.wrong;
}
