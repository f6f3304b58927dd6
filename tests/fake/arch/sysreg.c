// SPDX-License-Identifier: Apache-2.0
#include "arch/sysreg.h"

#include <assert.h>
#include <string.h>

#define NR 16

/* Those that were written, and what tests do not have to set: 40 bits of physical addresses. */
static struct sysreg {
	const char *name;
	u64 value;
} regs[NR] = {{"id_aa64mmfr0_el1", 2}};

static struct sysreg *find(const char *name)
{
	struct sysreg *r = regs;

	while (r->name && strcmp(r->name, name))
		r++;
	assert(r < regs + NR - 1);
	return r;
}

void (*fake_during_tlbi)(void);

void fake_tlbi(void)
{
	void (*others)(void) = fake_during_tlbi;

	fake_during_tlbi = NULL; /* once */
	if (others)
		others();
}

u64 fake_sysreg_read(const char *name)
{
	return find(name)->value;
}

void fake_sysreg_write(const char *name, u64 value)
{
	*find(name) = (struct sysreg){name, value};
}
