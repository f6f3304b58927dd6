/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The manual's name of <nk/monitor.h>, for the records of events. */
#ifndef NK_NKEVENT_LOG_H
#define NK_NKEVENT_LOG_H

#include <nk/monitor.h>

#endif
