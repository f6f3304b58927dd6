/* SPDX-License-Identifier: Apache-2.0 */
/* Three VMs, 2 to 4, and the devices of unit/dts/virtio, on RAM of the host. */
#ifndef VIRTIO_RIG_H
#define VIRTIO_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/calls/hypercall.h"
#include "core/virtio/priv.h"
#include "fake/core.h"
#include "fake/fake.h"

#define RIG_VMS 3
#define RIG_VCPUS 2
#define FIRST_VM 2
#define OWN 0x80000000UL /* RAM of each VM, in two pieces, of which the second one is elsewhere */
#define OWN_SIZE (2 * BLOCK_SIZE)
#define SECOND 0xc0000000UL
#define SECOND_SIZE BLOCK_SIZE
#define RIG_RAM_SIZE MIB(32)
#define XIRQ_INTID 600
#define GONE (~(u64)0)
#define MS (FAKE_HZ / 1000)
#define STAT_ON 15 /* a driver that is done with its negotiation */

/* In the order in which nk has them. */
enum { NET, DISK, CONSOLE, DISK_4, POOL, LOW, GRANTED, NR_DEVICES };

extern struct vm vms[RIG_VMS];
extern struct arch_vcpu rig_vcpu[RIG_VMS][RIG_VCPUS];

static inline struct vm *vm_of(u32 id)
{
	return &vms[id - FIRST_VM];
}

static inline struct virtio_dev *dev(u32 device)
{
	return &virtio_devs[device];
}

/* Group setup; setup: all VMs run, and nobody has done anything. */
int rig_make(void **state);
int rig_setup(void **state);

/* Accesses of the driver's, by vCPU 0 or another one. */
u64 rig_read(u32 device, u32 reg, u8 size);
void rig_write(u32 device, u32 reg, u8 size, u64 value);
void rig_write_by(u32 vcpu, u32 device, u32 reg, u8 size, u64 value);
u32 rd(u32 device, u32 reg);
void wr(u32 device, u32 reg, u32 value);

/* Whether that vCPU of the driver's waits for its device, and until when: 0, not at all. */
u64 waits(u32 device, u32 vcpu);

/* What of a device was posted to its back-end, and to its driver, since somebody asked. */
u32 posts(u32 device);
u32 irqs(u32 device);

/* An offer with two queues, 256 and 16; and what it has. */
struct nk_virtio_offer rig_offer(void);
void offered(u32 device);
struct nk_virtio_state state_of(u32 device);

/* The back-end does all that there is to do. */
void catch_up(u32 device);

/* A driver sets up queue `queue`; negotiates and sets up queue 0. The back-end has caught up then. */
void set_queue(u32 device, u32 queue, u32 size);
void negotiate(u32 device);

#endif
