/* SPDX-License-Identifier: Apache-2.0 */
/* On the host, the C library's own. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <string.h>

#endif
