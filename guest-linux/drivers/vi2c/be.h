/* SPDX-License-Identifier: GPL-2.0-only */
/* vi2c-be: what its files share. */
#ifndef VI2C_BE_H
#define VI2C_BE_H

#include <linux/list.h>
#include <vlx/vcall.h>
#include <vlx/vi2c-be.h>
#include "vi2c_common.h"

/* A back-end of one bus, for any number of VMs. */
struct vi2c_be {
	struct vcall_family family;
	struct vi2c_be_config config;
	struct list_head entry; /* of all; device.c */
};

/* be.c: serves the family's links with b->config, which is good. 0, or an error; -ENOLINK: there are none. */
int vi2c_be_open(struct vi2c_be *b);
void vi2c_be_close(struct vi2c_be *b);

/* be.c: no transfer is under way, and none begins until vi2c_be_resume(). */
void vi2c_be_suspend(void);
void vi2c_be_resume(void);

/* policy.c: whether the values of a policy are good, and each slave is one VM's. */
bool vi2c_policy_good(const struct vi2c_be_config *c);

/* Whether the VM may have that slave: an address, or VI2C_BE_TEN and one. */
bool vi2c_policy_allows(const struct vi2c_be_config *c, NkOsId vm, u32 slave);

/* Whether they have a slave for different VMs. */
bool vi2c_policy_conflict(const struct vi2c_be_config *a, const struct vi2c_be_config *b);

#endif
