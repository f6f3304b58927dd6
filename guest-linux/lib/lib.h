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

/*
 * shake.c: the interrupt that tells of a change of the peer's state. Returns 0; -EBUSY where a driver has this end
 * already; -ENOMEM; -ENODEV.
 */
int vlink_shake_attach(Vlink *vlink);
void vlink_shake_detach(Vlink *vlink); /* its thread has ended, or was never there */
void vlink_shake_tell_other(const Vlink *vlink);

/* op.c: returns the first error; calls the others nevertheless where something is undone. */
int vlink_ops_run(Vlink *vlink, unsigned int idx);
void vlink_ops_free(Vlink *vlink);

/* session.c: called by the link's thread. */
void vlink_sessions_up(Vlink *vlink, void (*show_up)(Vlink *vlink));
void vlink_sessions_abort(Vlink *vlink);

/* resource.c: no handler of the link's runs any more. */
void vlink_xirqs_detach(Vlink *vlink);
void vlink_unmap_all(Vlink *vlink);

#endif
