/* SPDX-License-Identifier: Apache-2.0 */
/* The smaller one, as a type. */
#ifndef FAKE_KERNEL_MINMAX_H
#define FAKE_KERNEL_MINMAX_H

#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))

#endif
