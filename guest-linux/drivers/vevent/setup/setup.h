/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The setup of vevent-be: which input devices there may be, for which VMs each is, and which of its events go to whom.
 * Source: VEVENT_BE(4D), "VEVENT SETUP SYNTAX". Nothing here is of the kernel alone.
 */
#ifndef VEVENT_SETUP_H
#define VEVENT_SETUP_H

#include "expr.h"

#define VEVENT_SETUP_LENGTH 16384 /* characters that a setup may have */
#define VEVENT_TYPES 0x20 /* types of events: EV_* of Linux */
#define VEVENT_VM_FIRST 2
#define VEVENT_VM_LAST 31

enum vevent_route { VEVENT_DROP, VEVENT_FOCUS, VEVENT_BROADCAST, VEVENT_LIST };

struct vevent_policy {
	u8 route;
	u32 vms; /* of VEVENT_LIST: bit N is VM N */
};

struct vevent_rule {
	unsigned int op, nr_ops; /* of the expression */
	bool native; /* the kernel's own, nothing is intercepted */
	u32 vms; /* topology: bit N is VM N */
	struct vevent_policy policies[VEVENT_TYPES];
};

/* The caller's text and room: as many steps as the text has characters are enough. */
struct vevent_setup {
	const char *text;
	struct vexpr_op *ops;
	struct vevent_rule *rules;
	unsigned int max_ops, max_rules;
	unsigned int nr_ops, nr_rules;
};

/* Returns how many rules a text may have at most. */
unsigned int vevent_setup_rules(const char *text);

/*
 * Reads s->text from its character `at` on into what the caller has made of the rest. Columns of *error count from the text's
 * first character. Returns 0 or -EINVAL.
 */
int vevent_setup_parse(struct vevent_setup *s, unsigned int at, struct vevent_error *error);

/* The first rule that m->device fits; NULL: there is none. */
const struct vevent_rule *vevent_setup_find(const struct vevent_setup *s, struct vexpr_machine *m);

/* The VMs that an event of that type goes to, while that one has the focus (0: none has). */
u32 vevent_recipients(const struct vevent_rule *rule, unsigned int type, unsigned int focus);

#endif
