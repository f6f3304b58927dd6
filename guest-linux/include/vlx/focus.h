/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-focus: who has the focus, for drivers that share a keyboard or a display. The names are those of published drivers. */
#ifndef VLX_FOCUS_H
#define VLX_FOCUS_H

#include <linux/notifier.h>

/*
 * From then on nb is called with the id of the VM that has got the focus, and at once with that of the one that has it:
 * 0 where this VM may not know. Returns 0. Context: may sleep, as nb may.
 */
int focus_register_client(struct notifier_block *nb);

/* nb is not called any more when it returns. */
int focus_unregister_client(struct notifier_block *nb);

#endif
