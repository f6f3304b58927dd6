/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vlink-lib share. */
#ifndef VLINK_LIB_PRIV_H
#define VLINK_LIB_PRIV_H

#include <vlx/vlink-lib.h>

/* admin.c: the thread of a link. */
int vlink_admin_start(Vlink *vlink);
void vlink_admin_end(Vlink *vlink);
void vlink_set_target(Vlink *vlink, unsigned int target);
void vlink_wait_stopped(Vlink *vlink);

/* op.c: returns the first error; calls the others nevertheless where something is undone. */
int vlink_ops_run(Vlink *vlink, unsigned int idx);
void vlink_ops_free(Vlink *vlink);

/* session.c: called by the link's thread. */
void vlink_sessions_up(Vlink *vlink);
void vlink_sessions_abort(Vlink *vlink);

/* resource.c: no handler of the link's runs any more. */
void vlink_xirqs_detach(Vlink *vlink);
void vlink_unmap_all(Vlink *vlink);

#endif
