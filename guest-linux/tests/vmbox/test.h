/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vmbox-test share. */
#ifndef VMBOX_TEST_H
#define VMBOX_TEST_H

#include <linux/types.h>
#include <vmbox.h>
#include "../tap.h"

#define BOX_NAME "test-mbox"
#define BOX_COUNT 64
#define WAIT_MS 10000 /* a bound on what comes in a moment */

struct message {
	u32 epoch; /* of the front-end: the numbers begin at 1 */
	u32 number;
	u32 sum; /* of the bytes */
	u8 bytes[52];
};

/* backend.c: sends each message back to where it came from. */
int backend_start(unsigned int vms);
void backend_stop(void);

/* frontend.c: sends messages and checks what comes back; so many, or without end. */
void test_frontend(unsigned int messages);
int load_start(void);
void load_stop(void);

#endif
