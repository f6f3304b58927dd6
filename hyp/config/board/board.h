/* SPDX-License-Identifier: Apache-2.0 */
/* The board tree's parts, shared by config/board*.c. */
#ifndef CONFIG_BOARD_BOARD_H
#define CONFIG_BOARD_BOARD_H

#include "config/fdt/walk.h"
#include "nk/gic.h"

#define BOARD_INVERTER_REGS 2

/* What one walk over the tree gathers and is read when its end is reached. */
struct board_scan {
	struct cfg_board *b;
	struct cfg_error *err;
	struct dtw w;
	struct dtw_irqs gic_irqs;
	struct dtw_irqs timer_irqs;
	struct dtw_irqs console_irqs;
	struct {
		u32 phandle; /* 0: none */
		u32 nr_regs;
		struct range regs[BOARD_INVERTER_REGS]; /* a bit for each SPI, from the first on */
	} inverter;
	int gic_node; /* negative: none yet */
	int timer_node;
	struct dt_prop psci_method;
	int psci_node;
};

/* Says what would be right for the current node's reg, with at most one %u. Returns -1. */
int board_fail_reg(struct board_scan *s, const char *right, u32 arg);

/*
 * Takes the current node as the console if it is the wanted one, or the first PL011 when none is wanted (wanted < 0).
 * Returns whether it was. What nk has no driver for has type NONE.
 */
bool board_scan_console(struct board_scan *s, int wanted);

/*
 * Takes the current node as what inverts interrupts, if it is that. Its interrupts are the GIC's, but those that are low
 * or falling are turned round (Linux: drivers/irqchip/irq-mtk-sysirq.c).
 */
void board_scan_inverter(struct board_scan *s);

/*
 * The index-th interrupt of a device, if it goes through that, and what is to be set for it. Returns whether it does. Context:
 * behind the walk.
 */
bool board_inverted_irq(const struct board_scan *s, const struct dtw_irqs *irqs, u32 index,
			struct cfg_irq *irq, struct cfg_inverter *inverter);

/* Reads the console's interrupts, once the GIC is known. Returns 0, or -1 with the error filled. */
int board_read_console_irqs(struct board_scan *s);

/* Takes the current node as the GIC if it is one. Returns 0, or -1 with the error filled. */
int board_scan_gic(struct board_scan *s);

/* Reads the interrupts of the GIC and the timer, once the GIC is known. */
int board_read_irqs(struct board_scan *s);

/* Whether all of a range, which does not wrap, is in one piece of the board's RAM. */
bool board_has_ram(const struct cfg_board *b, const struct range *r);

#endif
