// SPDX-License-Identifier: Apache-2.0
/* One interrupt through its states. */
#include "gic/gictest.h"

static void one(u32 intid)
{
	u32 iar;

	arm(intid, 0x80);
	ok(nothing(), "intid %u: enabled, not pending: none", intid);
	pend(intid);
	ok(gic_test(GICD_ISPENDR, intid), "intid %u: pending is read back", intid);
	is(IAR_ID(gic_hppi()), intid, "intid %u: HPPIR", intid);
	ok(takes(intid, &iar), "intid %u: IAR", intid);
	ok(!gic_test(GICD_ISPENDR, intid), "intid %u: no more pending", intid);
	ok(gic_test(GICD_ISACTIVER, intid), "intid %u: active", intid);
	is(gic_rpr(), 0x80, "intid %u: RPR", intid);
	ok(nothing(), "intid %u: not twice", intid);
	gic_eoi(iar);
	ok(!gic_test(GICD_ISACTIVER, intid), "intid %u: no more active", intid);
	is(gic_rpr() & 0xf8, 0xf8, "intid %u: RPR is idle", intid);
	ok(nothing(), "intid %u: not again", intid);
	gic_bit(GICD_ICENABLER, intid);
}

/* Pending again while active: once more after the EOI. */
static void pend_while_active(u32 intid)
{
	u32 iar;

	arm(intid, 0x80);
	pend(intid);
	takes(intid, &iar);
	pend(intid);
	ok(gic_test(GICD_ISPENDR, intid) && gic_test(GICD_ISACTIVER, intid),
	   "intid %u: active and pending", intid);
	ok(nothing(), "intid %u: not while active", intid);
	gic_eoi(iar);
	ok(takes_and_ends(intid), "intid %u: again after EOI", intid);
	ok(nothing(), "intid %u: and no more", intid);
}

static void disable(u32 intid)
{
	u32 iar;

	gic_bit(GICD_ICENABLER, intid);
	pend(intid);
	ok(nothing() && gic_test(GICD_ISPENDR, intid), "disabled: pends, does not come");
	gic_bit(GICD_ISENABLER, intid);
	ok(takes_and_ends(intid), "enabled: comes");

	pend(intid);
	gic_bit(GICD_ICENABLER, intid);
	ok(nothing(), "disabled while pending: none");
	gic_bit(GICD_ISENABLER, intid);
	ok(takes_and_ends(intid), "enabled again: comes");

	pend(intid);
	takes(intid, &iar);
	gic_bit(GICD_ICENABLER, intid);
	pend(intid);
	ok(gic_test(GICD_ISACTIVER, intid), "disabled while active: stays active");
	gic_eoi(iar);
	ok(!gic_test(GICD_ISACTIVER, intid), "EOI of a disabled interrupt ends it");
	ok(nothing(), "pended while disabled and active: none");
	gic_bit(GICD_ISENABLER, intid);
	ok(takes_and_ends(intid), "enabled: once");
	ok(nothing(), "no more");
}

static void unpend(u32 intid)
{
	pend(intid);
	gic_bit(GICD_ICPENDR, intid);
	ok(nothing() && !gic_test(GICD_ISPENDR, intid), "ICPENDR takes a pending interrupt back");
	pend(intid);
	pend(intid);
	ok(takes_and_ends(intid) && nothing(), "pended twice: comes once");
}

static void software_active(u32 intid)
{
	u32 iar;

	gic_bit(GICD_ISACTIVER, intid);
	pend(intid);
	ok(nothing(), "made active by ISACTIVER: does not come");
	gic_bit(GICD_ICACTIVER, intid);
	ok(takes(intid, &iar), "ICACTIVER: comes");
	gic_bit(GICD_ICACTIVER, intid);
	ok(!gic_test(GICD_ISACTIVER, intid), "ICACTIVER ends it");
	gic_eoi(iar);
	ok(nothing(), "its EOI does no harm");
	pend(intid);
	ok(takes_and_ends(intid), "and it lives on");
}

static void switches(u32 intid)
{
	u32 on = read32(gicd + GICD_CTLR);

	pend(intid);
	write32(gicd + GICD_CTLR, gic_version == 3 ? 0x10 : 0);
	dsb();
	ok(nothing(), "distributor off: none");
	write32(gicd + GICD_CTLR, on);
	dsb();
	ok(takes_and_ends(intid), "distributor on: comes");
	pend(intid);
	if (gic_version == 3) {
		write_sysreg(ICC_IGRPEN1_EL1, 0);
		isb();
		ok(nothing(), "group 1 off at the CPU interface: none");
		write_sysreg(ICC_IGRPEN1_EL1, 1);
		isb();
	} else {
		write32(gicc + GICC_CTLR, 0);
		dsb();
		ok(nothing(), "CPU interface off: none");
		write32(gicc + GICC_CTLR, 1);
		dsb();
	}
	ok(takes_and_ends(intid), "CPU interface on: comes");
}

void test_delivery(void)
{
	one(SPI_A);
	if (nk || gic_version == 3)
		one(20);
	one(5);
	pend_while_active(SPI_A);
	if (nk || gic_version == 3)
		pend_while_active(20);
	pend_while_active(5);
	disable(SPI_A);
	unpend(SPI_A);
	software_active(SPI_A);
	switches(SPI_A);
}
