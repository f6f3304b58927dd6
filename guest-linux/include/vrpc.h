/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * VRPC(4D): calls from the client's end of a vlink "vrpc" to its server's end, one at a time.
 *
 * Where it goes further than the page, it says "ours". Context: may sleep, unless something else is said.
 */
#ifndef VRPC_H
#define VRPC_H

#include <nk/nkern.h>

typedef unsigned int vrpc_size_t; /* bytes */

struct vrpc_t; /* an endpoint */
struct vrpc_links; /* all of one name and side */

/* Labels of a link that are free for drivers on top, from here on: of pmem, and of cross interrupts. */
#define VRPC_PMEM_BASE 1
#define VRPC_PXIRQ_BASE 2

/*
 * The request is in vrpc_data(), and the answer is to be there when the function returns its size. Context: a
 * thread, or, of a server that is open for direct calls, an interrupt. It may not open, close or release.
 */
typedef vrpc_size_t (*vrpc_call_t)(void *cookie, vrpc_size_t size);

/* Context: may sleep, call, close and release. */
typedef void (*vrpc_ready_t)(void *cookie);

/*
 * Finds an endpoint that nobody has looked up, behind last, or from the first one on where that is NULL. Its own
 * info begins with that name; NULL is the name of an endpoint without one. Returns NULL for none. It is the
 * caller's until vrpc_release().
 */
struct vrpc_t *vrpc_server_lookup(const char *name, struct vrpc_t *last);
struct vrpc_t *vrpc_client_lookup(const char *name, struct vrpc_t *last);

/*
 * Ours: links that have a name of their own instead of "vrpc", for drivers whose page says so. All of that name in which
 * this VM is the server, or the client, are the caller's; where infos say no size, requests and answers have that many
 * bytes. vrpc_links_lookup() is as the two above. Returns them, or ERR_PTR() of -EBUSY: they are somebody's already;
 * -ENAMETOOLONG; -ENOMEM.
 */
struct vrpc_links *vrpc_links_open(const char *name, bool server, vrpc_size_t size);
struct vrpc_t *vrpc_links_lookup(struct vrpc_links *links, struct vrpc_t *last);

/* All of them were released. */
void vrpc_links_close(struct vrpc_links *links);

/* Gives it back; it is closed, or never was open. */
void vrpc_release(struct vrpc_t *vrpc);

/* The VM at the other end. Context: any, as that of the next five. */
NkOsId vrpc_peer_id(struct vrpc_t *vrpc);

/*
 * The buffer of requests and answers, and its size. It is memory of this side: a call copies what it sends
 * and what it gets, so nothing in there changes under its reader's hands.
 */
void *vrpc_data(struct vrpc_t *vrpc);
vrpc_size_t vrpc_maxsize(struct vrpc_t *vrpc);

/* Ours, as older drivers have them: the link's handle and its descriptor, which the peer may write. */
NkPhAddr vrpc_plink(struct vrpc_t *vrpc);
NkDevVlink *vrpc_vlink(struct vrpc_t *vrpc);

/*
 * Ours: who is told of an open endpoint's link, each time. Both may sleep, but not call, open, close or release: the
 * link's own thread waits for them. A server gets calls of a client only between up() and down(), or shortly before
 * up(); down() may come without an up().
 */
struct vrpc_watch {
	void (*up)(void *cookie); /* the peer is there */
	void (*down)(void *cookie); /* no more, and no call is under way */
};

/* Before it is opened, until vrpc_release(). */
void vrpc_watch(struct vrpc_t *vrpc, const struct vrpc_watch *watch, void *cookie);

/* Ours: what is behind the first comma of the own info, or NULL. */
const char *vrpc_info(struct vrpc_t *vrpc);

/*
 * From now on call() is what the client calls, from its interrupt where direct is not 0, else from a thread. Returns
 * 0, or -EFAULT: no server, open already, no call, no memory.
 */
int vrpc_server_open(struct vrpc_t *vrpc, vrpc_call_t call, void *cookie, int direct);

/*
 * Connects. Without a ready() it returns when the server is there, or -EFAULT after a signal; with one it returns
 * at once, and ready() is called once, when the server is there. Of an endpoint that is open, it waits for
 * the server's return in the same way. Returns 0, or -EFAULT for no client.
 */
int vrpc_client_open(struct vrpc_t *vrpc, vrpc_ready_t ready, void *cookie);

/*
 * Disconnects; a call that is under way ends with -EAGAIN, and one that is being answered is waited for. Nothing
 * is called back from then on. May be called for an endpoint that is not open.
 */
void vrpc_close(struct vrpc_t *vrpc);

/*
 * Sends the first *size bytes of vrpc_data() and waits for the answer, whose bytes are there then, and their number
 * in *size. Two threads' calls take turns, but have one buffer: who has several threads has a lock.
 * Returns 0; -EAGAIN: the server is not there, or went away before it has answered, the request is still in the
 * buffer; -EFAULT: the request is greater than vrpc_maxsize(), no client, or the caller was killed.
 */
int vrpc_call(struct vrpc_t *vrpc, vrpc_size_t *size);

/*
 * Ours: the same, for so long at the most; then -ETIMEDOUT, as of vrpc_call_busy(). It sleeps.
 */
int vrpc_call_timeout(struct vrpc_t *vrpc, vrpc_size_t *size, nku32_f timeout_ms);

/*
 * The same without sleeping: it looks until timeout_ms have passed, then gives -ETIMEDOUT. A call that timed out
 * may still be made, and keeps the server busy: the next one waits for its end first, as part of its own time.
 * Context: any, with interrupts off too.
 */
int vrpc_call_busy(struct vrpc_t *vrpc, vrpc_size_t *size, nku32_f timeout_ms);

#endif
