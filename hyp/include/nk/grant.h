/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Grants: a VM lets the peer of a vlink have single pages of its own RAM, readable or writable, and
 * takes them back. The peer finds them in the link's window of its own address space; the
 * address there is what a grant is named by, on both sides. NK_HC_GRANT_NEXT sets bit 0 of those that the peer may
 * write.
 */
#ifndef NK_GRANT_H
#define NK_GRANT_H

#define NK_GRANT_CALL 512 /* pages a hypercall moves or looks at, at most: 2 MiB */
#define NK_GRANT_BATCH 64 /* pages it looks at together; of VirtIO's a call has no more */

/* NK_HC_GRANT: how the peer may use it. */
#define NK_GRANT_READ 0
#define NK_GRANT_WRITE 1

/* NK_HC_GRANT_NEXT: whose grants. */
#define NK_GRANT_OWN 0 /* of the caller's pages */
#define NK_GRANT_PEERS 1 /* of the peer's, to the caller */
#define NK_GRANT_WINDOW 2 /* beside these: where it may be granted, and how many pages */

#endif
