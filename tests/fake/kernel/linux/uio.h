/* SPDX-License-Identifier: Apache-2.0 */
/* A piece of the kernel's memory. */
#ifndef FAKE_KERNEL_UIO_H
#define FAKE_KERNEL_UIO_H

#include <stddef.h>

struct kvec {
	void *iov_base;
	size_t iov_len;
};

#endif
