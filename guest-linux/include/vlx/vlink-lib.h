/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vlink-lib: what drivers of vlinks have in common, as VLINK_LIB(4D) of the manual has it: finding a
 * driver's links, the handshake with the peer's driver, operations at each step of it, sessions of
 * those who use a link. lib/README.md draws the states.
 *
 * Where it goes further than the page, it says "ours". Context: may sleep, unless something else is said.
 */
#ifndef VLX_VLINK_LIB_H
#define VLX_VLINK_LIB_H

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/semaphore.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <nk/nkern.h>

typedef struct list_head VListHead;
typedef struct list_head VlListHead;
typedef spinlock_t VlSpinlock;
typedef atomic_t VlAtomic;
typedef struct task_struct VlThread;
typedef wait_queue_head_t VlinkWaitQueue;
typedef struct semaphore VlinkSem;

struct VlinkDrv;
struct Vlink;
struct VlinkSession;
struct vlink_shake;

typedef int (*VlinkDrvInit)(struct VlinkDrv *drv);
typedef void (*VlinkDrvCleanup)(struct VlinkDrv *drv);
typedef int (*VlinkInit)(struct Vlink *vlink);
typedef int (*VlinkSessionOp)(struct VlinkSession *session);
typedef bool (*VlinkWants)(const struct Vlink *vlink);
typedef int (*VlinkOp)(struct Vlink *vlink, void *cookie);

#define VLINK_DRV_TYPE_CLIENT 1
#define VLINK_DRV_TYPE_SERVER 2
#define VLINK_DRV_TYPE_SYMMETRIC 7 /* both, and each link has its sym_vlink */
#define VLINK_DRV_ON_DEMAND 8 /* ours: links stay stopped until vlink_start() */
#define VLINK_DRV_DEVICES 16 /* ours: UP makes a device: one that is up too often is taken down */

/* Of a driver. */
#define VLINK_DRV_CLEAN 0
#define VLINK_DRV_PROBED 1
#define VLINK_DRV_STOPPED 2
#define VLINK_DRV_STARTED 3

/* Of a link; the names beside CLEAN, STOPPED and UP are ours. */
#define VLINK_CLEAN 0 /* not initialized */
#define VLINK_STOPPED 1 /* OFF: uses nothing that is shared */
#define VLINK_RESET 2 /* RESET: waits for the peer */
#define VLINK_STARTED 3 /* ON, and the peer not yet */
#define VLINK_UP 4 /* both are ON */
#define VLINK_ABORTED 5 /* the peer has gone; waits for those who are in a session */

#define VLINK_OP_RESET 0 /* initialize what this side owns in shared memory */
#define VLINK_OP_START 1 /* about to be ON */
#define VLINK_OP_ABORT 2 /* the link is no longer up: wake up who waits */
#define VLINK_OP_STOP 3 /* nobody uses the link any more; undoes START */
#define VLINK_OP_CLEANUP 4 /* undoes vlink_init */
#define VLINK_OP_UP 5 /* both are ON; the peer may have sent already: look */
#define VLINK_OP_NR 6

typedef struct VlinkOpDesc {
	unsigned int idx;
	VlinkOp op; /* NULL ends an array */
} VlinkOpDesc;

typedef struct VlinkDrv {
	/* By the driver. */
	const char *name; /* of the links: `compatible` */
	VlinkDrvInit init; /* called by vlink_drv_startup() */
	VlinkDrvCleanup cleanup; /* called by vlink_drv_cleanup() */
	VlinkInit vlink_init; /* called by vlink_drv_startup(), for each link */
	unsigned int flags; /* VLINK_DRV_* */
	VlinkWants wants; /* ours: see vlink_drv_probe(); may be NULL */
	/* By the library. */
	unsigned int nr_units; /* servers, for a driver of servers or of both; else clients */
	void *private; /* the driver's */
	/* The library's own. */
	unsigned int nr_clients;
	unsigned int nr_servers;
	unsigned int state; /* VLINK_DRV_* */
	VListHead vlinks; /* in nk's order */
} VlinkDrv;

typedef struct Vlink {
	VlinkDrv *drv;
	NkDevVlink *nk_vlink; /* the peer may write to it at any time */
	struct Vlink *sym_vlink; /* the link the other way, of a symmetric driver */
	unsigned int server; /* 1: this endpoint is the server's */
	unsigned int unit; /* among the driver's servers, or clients */
	NkOsId id; /* of this VM */
	NkOsId id_peer;
	void *private; /* the driver's */
	/* The library's own. */
	volatile int *nk_state;
	volatile int *nk_state_peer;
	volatile unsigned int state; /* VLINK_*; by admin_thread alone, with state_lock held */
	volatile unsigned int state_target; /* VLINK_STOPPED or VLINK_UP */
	VlSpinlock state_lock; /* state, and by it the sessions' states */
	VlAtomic users; /* who is between vlink_session_enter() and _leave() */
	VlThread *admin_thread; /* performs all operations, one after the other */
	VlAtomic admin_event; /* admin_thread has something to look at */
	VlinkWaitQueue admin_event_wait;
	VlinkWaitQueue admin_comp_wait; /* for a change of state */
	VlinkSem sessions_lock; /* the list of sessions */
	VlinkSem sessions_start_lock; /* up once sessions may be created, or never will be */
	unsigned int sessions_started;
	VlinkWaitQueue sessions_end_wait; /* for users to become 0 */
	VlAtomic sessions_count;
	VListHead xirqs;
	VListHead sessions;
	VListHead ops[VLINK_OP_NR];
	VListHead link; /* of drv->vlinks */
	/* Ours. */
	NkPhAddr plink; /* the link's handle for nkops */
	int number; /* `link` of the system tree, among the links of that name */
	bool broken; /* by vlink_broken() or vlink_bounce(); from then until the peer goes OFF */
	struct vlink_shake *shake; /* the handshake's interrupt */
	unsigned long said; /* jiffies of the last line of vlink_broken() */
	struct ratelimit_state ups; /* with VLINK_DRV_DEVICES */
	VListHead maps;
} Vlink;

typedef struct VlinkSession {
	Vlink *vlink;
	volatile unsigned int state; /* VLINK_SESSION_* */
	VlAtomic entered;
	VlAtomic refcount;
	void *private; /* the caller's */
	VlinkSessionOp op_abort;
	VlListHead link; /* of vlink->sessions */
} VlinkSession;

#define VLINK_SESSION_NEW 0 /* the link has not been up since */
#define VLINK_SESSION_ALIVE 1
#define VLINK_SESSION_ABORTED 2 /* and never again anything else */

/*
 * Finds the links of drv->name that the driver is for. Of a link that has both endpoints in this VM a
 * driver for servers and clients gets two. drv->wants() is asked of each, which knows its peer and its info by then,
 * and leaves those it returns false for to other drivers. Returns 0; -ENOMEM; -EINVAL for a symmetric driver one of
 * whose links has no counterpart, and then there is nothing to undo.
 */
int vlink_drv_probe(VlinkDrv *drv);

/*
 * Calls drv->init(), then drv->vlink_init() for each link, and lets the handshakes begin. A link that
 * cannot be initialized stays VLINK_CLEAN, with a line in the log. Returns 0, what drv->init()
 * returned, or -ENOMEM. Whatever it returned, vlink_drv_cleanup() undoes it.
 */
int vlink_drv_startup(VlinkDrv *drv);

/* Stops all links, and returns when they are OFF: always 0. */
int vlink_drv_shutdown(VlinkDrv *drv);

/* After vlink_drv_shutdown(): frees all that the library has of the driver; the last is drv->cleanup(). */
void vlink_drv_cleanup(VlinkDrv *drv);

/* Ours: probe and startup; nothing is left when that failed. */
int vlink_drv_open(VlinkDrv *drv);

/* Ours: shutdown and cleanup. */
void vlink_drv_close(VlinkDrv *drv);

#define vlink_for_each(vlink, drv) list_for_each_entry(vlink, &(drv)->vlinks, link)

/*
 * From then on op is called at that step, by the link's own thread; those of RESET, START and UP in the
 * order of their registration, the others in reverse. A RESET or START that fails stops the link. From
 * vlink_init only. Returns 0, -ENOMEM, or -EINVAL for no such step.
 */
int vlink_op_register(Vlink *vlink, unsigned int idx, VlinkOp op, void *cookie);
int vlink_ops_register(Vlink *vlink, VlinkOpDesc *ops, void *cookie);
void vlink_op_perform(Vlink *vlink, unsigned int idx);

/* Says what state a link is in, as pr_debug() does. Returns 0. */
int vlink_dump(Vlink *vlink);

/*
 * A session of somebody who uses the link; op_abort (may be NULL) is called, by the link's thread, when
 * the link goes down while it is there; it may not create or release sessions. Returns 0; -ERESTARTSYS
 * after a signal; -ENXIO where the link is not initialized or its driver shuts down; -ENOMEM.
 */
int vlink_session_create(Vlink *vlink, void *private, VlinkSessionOp op_abort,
			 VlinkSession **psession);

/* Nobody has a reference to it any more. Returns 0. */
int vlink_session_release(VlinkSession *session);

/*
 * Ours. Of a driver with VLINK_DRV_ON_DEMAND: lets the handshake begin; stops the link and returns when
 * it is OFF. The one does not sleep; the other is not for operations of that link, which would wait
 * for themselves.
 */
void vlink_start(Vlink *vlink);
void vlink_stop(Vlink *vlink);

/*
 * Ours. As vlink_stop(), but does not wait, and so is for operations too: a link that has lost its peer
 * stays OFF when ABORT says this, until vlink_start(). Context: any.
 */
void vlink_stop_begin(Vlink *vlink);

/* Ours: returns 0 once both are ON; -ETIMEDOUT after so many jiffies, or -ERESTARTSYS. */
int vlink_wait_up(Vlink *vlink, unsigned long timeout);

/*
 * Ours: the peer broke a rule of what they share; why ends a line of the log, of which there is one in
 * ten seconds at the most. The link goes down, and comes up when the peer has gone OFF once. Context: any.
 */
void vlink_broken(Vlink *vlink, const char *why);

/*
 * Ours: the same, and nobody is to blame, so nothing is said: for links that go down together, or whose user
 * wants to begin anew. Context: any.
 */
void vlink_bounce(Vlink *vlink);

/* Ours: whether both are ON. Context: any. */
static inline bool vlink_is_up(const Vlink *vlink)
{
	return READ_ONCE(vlink->state) == VLINK_UP;
}

/*
 * Ours. The link's memory with that id, which the peer finds by it as well: in the pdev area, or pmem,
 * mapped until vlink_drv_cleanup(). NULL where there is none, or it has another size.
 */
void *vlink_pdev(Vlink *vlink, NkResourceId id, NkPhSize size);
void *vlink_pmem(Vlink *vlink, NkResourceId id, NkPhSize size);

/*
 * Ours: calls hdl when the peer triggers the cross interrupt of this side with that id while the link is
 * up, and not from the operation ABORT on; until vlink_drv_cleanup(). Returns the interrupt, or 0.
 */
NkXIrq vlink_xirq_attach(Vlink *vlink, NkResourceId id, NkXIrqHandler hdl, void *cookie,
			 const char *name);

/* Ours: the cross interrupt of the peer with that id, for vlink_trigger(); 0 for none. */
NkXIrq vlink_peer_xirq(const Vlink *vlink, NkResourceId id);

/* Ours. Context: any. */
static inline void vlink_trigger(const Vlink *vlink, NkXIrq xirq)
{
	nkops.nk_xirq_trigger(xirq, vlink->id_peer);
}

/* Ours: what the system tree has as info of this endpoint, and of the peer's; NULL for nothing. */
const char *vlink_info(const Vlink *vlink);
const char *vlink_peer_info(const Vlink *vlink);

/* Ours: wakes the link's thread. Context: any. */
void vlink_wakeup(Vlink *vlink);

/* Lets vlink_session_create() go on. vlink_drv_startup() does so when the links are ready. */
static inline void vlink_sessions_start(Vlink *vlink)
{
	vlink->sessions_started = 1;
	up(&vlink->sessions_start_lock);
}

/* The same for a link on which there will be no sessions: they get -ENXIO. */
static inline void vlink_sessions_cancel(Vlink *vlink)
{
	vlink->sessions_started = 0;
	up(&vlink->sessions_start_lock);
}

/*
 * While somebody is in a session, the link does not stop, so what is shared may be used if the session
 * was alive then. Context: any, as that of the next two.
 */
static inline void vlink_session_enter(VlinkSession *session)
{
	atomic_inc(&session->entered);
	atomic_inc(&session->vlink->users);
	smp_mb__after_atomic(); /* users, then the state; who aborts has it the other way round */
}

static inline void vlink_session_leave(VlinkSession *session)
{
	Vlink *vlink = session->vlink;

	atomic_dec(&session->entered);
	if (atomic_dec_and_test(&vlink->users))
		wake_up_all(&vlink->sessions_end_wait);
}

/* Returns 0 when it is alive, -1 for a new one, 1 for an aborted one; it was entered in any case. */
static inline int vlink_session_enter_and_test_alive(VlinkSession *session)
{
	unsigned int state;

	vlink_session_enter(session);
	state = READ_ONCE(session->state);
	if (state == VLINK_SESSION_ALIVE)
		return 0;
	return state == VLINK_SESSION_NEW ? -1 : 1;
}

static inline void vlink_session_get(VlinkSession *session)
{
	atomic_inc(&session->refcount);
}

static inline void vlink_session_put(VlinkSession *session)
{
	if (atomic_dec_and_test(&session->refcount))
		vlink_session_release(session);
}

/* Puts the last reference. */
static inline void vlink_session_destroy(VlinkSession *session)
{
	WARN_ON_ONCE(atomic_read(&session->refcount) != 1);
	vlink_session_put(session);
}

#endif
