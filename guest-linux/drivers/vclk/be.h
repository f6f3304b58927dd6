/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-clk-ctrl-be: clocks that one VM may use. */
#ifndef VCLK_BE_H
#define VCLK_BE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/of.h>
#include <linux/spinlock.h>
#include "vclk.h"

struct vclk_clock {
	struct list_head entry; /* of vclk_export.clocks */
	struct vclk_id id;
	struct of_phandle_args args; /* its node is held */
	struct clk *clk; /* NULL: its provider is not there yet */
	bool fast, force, s2r_suspend, s2r_resume; /* properties of its node */
	bool own; /* prepared and enabled for good, or since this VM has resumed */
	bool slept; /* the front-end had it prepared when this VM went to sleep, and may think so still */
	bool slept_enabled;
	/* By the front-end; written with the export's two locks, but `enabled` with `atomic` alone. */
	bool prepared, enabled;
};

/* A node `vl,vclk-be`. */
struct vclk_export {
	struct list_head entry; /* of vclk_exports */
	u32 vm;
	bool used; /* there is an endpoint to that VM */
	bool has_fast; /* a fast one too */
	struct list_head clocks; /* does not change */
	struct mutex lock;
	spinlock_t atomic; /* beside the lock, for what interrupts do */
};

/* export.c: reads all nodes of the tree; one that is wrong is said, and left. */
extern struct list_head vclk_exports;
int vclk_exports_read(void);
void vclk_exports_free(void);
struct vclk_export *vclk_export_of(u32 vm); /* or NULL */
struct vclk_clock *vclk_find(struct vclk_export *x, const struct vclk_id *id); /* or NULL */

/*
 * hold.c: what is prepared and enabled. Context: may sleep, with the export's lock, but for vclk_switch(). Each is
 * nothing where it is as asked for already.
 */
int vclk_attach(
	struct vclk_clock *c); /* gets it from its provider; -EAGAIN: that is not there yet */
void vclk_detach(struct vclk_clock *c);
int vclk_hold(struct vclk_export *x, struct vclk_clock *c, bool enable);
void vclk_let_go(struct vclk_export *x, struct vclk_clock *c);
int vclk_switch(struct vclk_export *x, struct vclk_clock *c, bool on); /* Context: any */
int vclk_own(struct vclk_clock *c); /* by this VM itself */
void vclk_disown(struct vclk_clock *c);
int vclk_sleep_register(void); /* this VM's sleep; until the other one */
void vclk_sleep_unregister(void);

#endif
