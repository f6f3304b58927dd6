/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Asking a VM to shut itself down: the property "nk.vm.N.shutdown" of one byte, which the system tree
 * has where that is wanted. Who asks writes its own VM id; vlx-shutdown in VM N writes the two others.
 */
#ifndef VLX_SHUTDOWN_H
#define VLX_SHUTDOWN_H

#define VLX_SHUTDOWN_PROP "nk.vm.%u.shutdown"
#define VLX_SHUTDOWN_LISTENS 0
#define VLX_SHUTDOWN_HEARD 0xff /* and is on its way */

#endif
