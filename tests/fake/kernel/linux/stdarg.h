/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_KERNEL_STDARG_H
#define FAKE_KERNEL_STDARG_H

#include <stdarg.h>

#endif
