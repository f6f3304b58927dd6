/* SPDX-License-Identifier: Apache-2.0 */
/* The real header's fields; the registers of the virtual interface are whoever links them (unit/arch/vgic). */
#include_next <arch/gic_hw.h>

#ifndef FAKE_GIC_HW_H
#define FAKE_GIC_HW_H

#define ich_elrsr fake_ich_elrsr
#define ich_eisr fake_ich_eisr
#define ich_misr fake_ich_misr
#define ich_hcr fake_ich_hcr
#define ich_hcr_write fake_ich_hcr_write
#define ich_vmcr fake_ich_vmcr
#define ich_vmcr_write fake_ich_vmcr_write
#define ich_lr_read fake_ich_lr_read
#define ich_lr_write fake_ich_lr_write
#define ich_apr_save fake_ich_apr_save
#define ich_apr_load fake_ich_apr_load
#define gic_hw_deactivate fake_gic_hw_deactivate

u32 ich_elrsr(void);
u32 ich_eisr(void);
u32 ich_misr(void);
u32 ich_hcr(void);
void ich_hcr_write(u32 v);
u32 ich_vmcr(void);
void ich_vmcr_write(u32 v);
u64 ich_lr_read(u32 i);
void ich_lr_write(u32 i, u64 lr);
void ich_apr_save(u32 apr[2 * ICH_APRS]);
void ich_apr_load(const u32 apr[2 * ICH_APRS]);
void gic_hw_deactivate(u32 iar);

#endif
