/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Properties: results, attributes, bounds. Manual: NK_PROP_GET(3D), NK_PROP_SET, NK_PROP_ENUM. */
#ifndef NK_PROP_H
#define NK_PROP_H

#include <nk/types.h>

#define NK_PROP_ERROR (-1) /* bad address, bad value */
#define NK_PROP_UNKNOWN (-2)
#define NK_PROP_PERMISSION (-3)
#define NK_PROP_BUSY (-4) /* being written: NK_XIRQ_SYSCONF follows when that is over */

#define NK_PROP_NAME_LIMIT 64 /* bytes of a name, with its NUL */
#define NK_PROP_SIZE_LIMIT 4096 /* bytes of a value a VM may set; built-in trees are larger */

/* What the calling VM may do, and the bytes of the whole name with its NUL. */
typedef nku32_f NkPropAttr;
#define NK_PROP_ATTR_NLEN(attr) (0xffffU & (attr))
#define NK_PROP_ATTR_GET 0x10000
#define NK_PROP_ATTR_SET 0x20000
#define NK_PROP_ATTR_NOTIFY 0x40000

/* What is written to nk.vm.N.state.running; the last one is nk's own, for 0 and 1 in one request. */
#define NK_RUNNING_STOP 0
#define NK_RUNNING_START 1
#define NK_RUNNING_RESTART 2

/* What nk.version.api says. */
#define NK_API_MAJOR 12
#define NK_API_MINOR 1
#define NK_API_PATCH 0

#endif
