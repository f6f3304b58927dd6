/* SPDX-License-Identifier: Apache-2.0 */
/* Spelling advice for a name that nk does not know: on the host alone, EL2 has no such code. */
#ifndef CHECK_ADVICE_H
#define CHECK_ADVICE_H

#include "config/error.h"

/* The known name nearest to the unknown one; NULL when the error is about something else. */
const char *advice(const struct cfg_error *err);

#endif
