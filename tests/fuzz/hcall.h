/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of fuzz_hcall share. */
#ifndef FUZZ_HCALL_H
#define FUZZ_HCALL_H

#include "core/calls/hypercall.h"
#include "fake/core.h"
#include "fake/fake.h"

#define NR_VMS 3
#define FIRST_VM 2
#define NR_VCPUS 2
#define OWN 0x80000000UL
#define OWN_PAGES 4
#define GONE (~(u64)0)

extern struct vm vms[NR_VMS];

/* Ends the program if that is not so. */
void must(bool ok);

/* So many bytes of the input, as a number; zeroes behind its end. */
u64 take(u32 bytes);

/* What VM i is about to offer, at ipa: it makes sense for the most part. */
void virtio_write_offer(u32 i, u64 ipa);

/* What such calls want, of a kind that fuzz_hcall.c lists. */
u64 virtio_wanted(char want, u8 which);

/* After a hypercall of this number, one of those of VirtIO. */
void virtio_check(u32 i, u32 nr, const u64 *a, u64 result);

/* A driver's access to the registers of a device. */
void virtio_any_access(u32 who);

#endif
