/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PL011 that each VM sees. Source: Arm PrimeCell UART (PL011) Technical Reference Manual,
 * DDI 0183, revision r1p5; where software made for QEMU's virt machine depends on it, QEMU's
 * behaviour: it sends whatever CR says, the speed has no effect, and the receive interrupt
 * comes with the first character at every level of IFLS (the timeout interrupt likewise).
 *
 * Locking: the interrupt's level changes with the registers, so the vGIC's lock is taken inside. The console
 * is not called with a vuart's lock held, and calls in here with none held.
 */
#ifndef CORE_DEV_VUART_H
#define CORE_DEV_VUART_H

#include "arch/spinlock.h"
#include "lib/types.h"

#define VUART_SIZE PAGE_SIZE
#define VUART_FIFO 32 /* what the guest sees of the queue below */
#define VUART_REGS (0x4c / 4)
#define VUART_RXQ 2048 /* characters typed ahead of the guest; a power of two */

struct arch_vm;

struct vuart {
	spinlock_t lock;
	u32 vm_id;
	struct arch_vm *vm;
	u32 intid;
	bool line; /* the interrupt's level as last told to the vGIC */
	u32 fr_rx; /* RXFE and RXFF of FR; read without the lock */
	u32 ris; /* raw interrupts */
	u32 rsr;
	u32 reg[VUART_REGS]; /* those that only keep what is written, by offset / 4 */
	u32 rx_head;
	u32 rx_count;
	bool awaited; /* a hypercall found none */
	u8 rx[VUART_RXQ];
};

/*
 * Makes the UART of VM vm_id, and resets it. intid: its SPI, level. Without registers it is the keys that are typed, for
 * vuart_take(), and has no interrupt. Context: before the VM runs.
 */
void vuart_init(struct vuart *u, u32 vm_id, struct arch_vm *vm, u32 intid);

/*
 * The VM finds its registers in the page at base (arch_vm_mmio_add()). Returns 0, or -1 when the VM has no room for another
 * region. Context: before the VM runs.
 */
int vuart_map(struct vuart *u, ipa_t base);

/* Reset values, empty FIFO, interrupt low: before vgic_vm_stop(). Context: no vCPU on, no lock held. */
void vuart_reset(struct vuart *u);

/*
 * A character for the guest. Those that find the FIFO full wait in the queue; false when that
 * is full too and the character is lost. Context: any, no lock held.
 */
bool vuart_rx(struct vuart *u, u8 c);

/*
 * Takes the next of those characters, as a read of DR does; -1: none. waits: then vuart_awaited() says so of the next one.
 * Context: any, no lock held.
 */
int vuart_take(struct vuart *u, bool waits);

/*
 * Whether the guest waits to be told of a character: it has found none by a vuart_take() that says so, and has the receive
 * interrupts masked. It is told once. Context: any, no lock held.
 */
bool vuart_awaited(struct vuart *u);

/* The console has, or has no more, room for the VM's output. Context: any, no lock held. */
void vuart_tx_wake(struct vuart *u);

#endif
