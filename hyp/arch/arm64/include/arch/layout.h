/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2's virtual address space (48 bits, 4 KiB granule). Read by C, assembly and the linker script.
 *
 * Each window sits in level-0 entries of its own, above every physical address that the identity
 * map of the boot code may need (RAM must lie below 64 TiB).
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#define VA_BITS 48
#define PA_BITS_MAX 46 /* identity addresses end below the first window */

#define VA_IMAGE 0x400000000000 /* nk's own sections, each with its permissions */
#define VA_FDT 0x480000000000 /* the board's device tree, read-only */
#define VA_STACKS 0x500000000000 /* per-CPU stacks between guard pages */
#define VA_DEVICES 0x600000000000 /* device registers, mapped one by one */
#define VA_PHYS 0x800000000000 /* all RAM but nk's image: VA = VA_PHYS + PA, never executable */

#define STACK_PAGES 4
#define STACK_STRIDE (16 * 4096) /* distance of one stack to the next, guard pages between */

#define IMAGE_SIZE_MAX 0x200000 /* one level-3 table */

#endif
