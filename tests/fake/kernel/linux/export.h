/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is exported on the host. */
#ifndef FAKE_KERNEL_EXPORT_H
#define FAKE_KERNEL_EXPORT_H

#define EXPORT_SYMBOL_GPL(name) struct file

#endif
