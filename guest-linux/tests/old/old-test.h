/* SPDX-License-Identifier: Apache-2.0 */
/* The common header that drivers of old bring along; it declares once more what nk's headers have. */
#ifndef OLD_TEST_H
#define OLD_TEST_H

#include <nk/nk.h>
#include <nk/nkdev.h>
#include <nk/nkern.h>
#include <vlx/nkdevops.h>

extern NkDevOps nkops;

#define OLD_LINK "old-test"
#define OLD_RING_NB 64

#endif
