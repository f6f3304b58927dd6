/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vlx-vcall share. */
#ifndef VCALL_PRIV_H
#define VCALL_PRIV_H

#include <vlx/vcall.h>

/* call.c: of clients. */
extern const struct vrpc_watch vcall_client_watch;
void vcall_set_up(struct work_struct *work);

/* event.c: returns 0 or an error, after which the other two undo what there is. */
int vcall_events_make(struct vcall_end *end);
void vcall_events_stop(struct vcall_end *end); /* event() is not called any more */
void vcall_events_free(struct vcall_end *end);

#endif
