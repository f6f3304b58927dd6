/* SPDX-License-Identifier: GPL-2.0-only */
/* vpd: what differs between Linux 6.1 and 6.12. */
#ifndef VPD_COMPAT_H
#define VPD_COMPAT_H

#include <linux/of.h>
#include <linux/pm_domain.h>

#ifdef GENPD_FLAG_OPP_TABLE_FW /* 6.8 and later look at a specifier and do not write it */
typedef const struct of_phandle_args vpd_args;
#else
typedef struct of_phandle_args vpd_args;
#endif

#endif
