/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-pm-domain-be: domains that one VM may switch. */
#ifndef VPD_BE_H
#define VPD_BE_H

#include <linux/platform_device.h>
#include "vpd.h"

struct vpd_domain {
	struct list_head entry; /* of vpd_export.domains */
	char provider[VPD_PROVIDER];
	struct of_phandle_args args; /* its node is held */
	struct platform_device *pdev; /* that is in it; NULL: not yet */
	bool on; /* by the front-end */
	bool init_on; /* for good */
};

/* A node `vl,vpower-domain-be`. */
struct vpd_export {
	u32 vm;
	struct list_head domains;
};

/* Reads a node; 0, or an error, after which vpd_export_free() is to be called as well. */
int vpd_export_read(struct vpd_export *x, struct device_node *node);
void vpd_export_free(struct vpd_export *x);

#endif
