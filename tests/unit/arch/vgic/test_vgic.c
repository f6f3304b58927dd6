// SPDX-License-Identifier: Apache-2.0
/* The vGIC's contracts one by one, each on GICv2 and GICv3 with 1, 4 and 16 list registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_vgic_cases.h"

#define MANY 20

static void one_by_one(void **state)
{
	(void)state;
	set_bit(0, ISPENDR, A);
	assert_true(get_bit(0, ISPENDR, A));
	assert_false(get_bit(0, ISACTIVER, A));
	assert_int_equal(ack(0), A);
	assert_false(get_bit(0, ISPENDR, A));
	assert_true(get_bit(0, ISACTIVER, A));
	set_bit(0, ISPENDR, A);
	assert_true(get_bit(0, ISPENDR, A));
	takes(0, SPURIOUS);
	eoi(0, A);
	takes(0, A);
	takes(0, SPURIOUS);
}

static void crowd(void **state)
{
	u32 last = 0, before;

	(void)state;
	for (u32 i = 0; i < MANY; i++) {
		arm(40 + i, (i * 7 % MANY) * 8);
		set_bit(0, ISPENDR, 40 + i);
	}
	before = maintenance_calls;
	for (u32 i = 0; i < MANY; i++) {
		u32 id = ack(0);

		assert_in_range(id, 40, 40 + MANY - 1);
		assert_true((id - 40) * 7 % MANY * 8 >= last);
		last = (id - 40) * 7 % MANY * 8;
		eoi(0, id);
	}
	takes(0, SPURIOUS);
	/* No storm: with a single list register two for each, when it is taken and when it ends. */
	assert_true(maintenance_calls - before <= 2 * MANY);
}

/* A newcomer of a higher priority goes before those that have the list registers already. */
static void displaces(void **state)
{
	(void)state;
	for (u32 i = 0; i < MANY; i++) {
		arm(42 + i, 0xa0);
		set_bit(0, ISPENDR, 42 + i);
	}
	set_bit(0, ISPENDR, A);
	takes(0, A);
	for (u32 i = 0; i < MANY; i++) {
		u32 id = ack(0);

		assert_in_range(id, 42, 42 + MANY - 1);
		eoi(0, id);
	}
	takes(0, SPURIOUS);
}

static void nested(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		arm(40 + i, 0xf0 - i * 8);
		set_bit(0, ISPENDR, 40 + i);
		assert_int_equal(ack(0), 40 + i);
	}
	for (i = 0; i < MANY; i++)
		assert_true(get_bit(0, ISACTIVER, 40 + i));
	for (i = MANY; i--;) {
		eoi(0, 40 + i);
		assert_false(get_bit(0, ISACTIVER, 40 + i));
	}
	for (i = 0; i < MANY; i++) {
		set_bit(0, ISPENDR, 40 + i);
		takes(0, 40 + i);
	}
}

static void split_end(void **state)
{
	(void)state;
	set_vmcr(0, VMCR_EOIM, 0);
	for (u32 i = 0; i < MANY; i++) {
		arm(40 + i, 0x80);
		set_bit(0, ISPENDR, 40 + i);
		assert_int_equal(ack(0), 40 + i);
		eoi(0, 40 + i);
	}
	for (u32 i = 0; i < MANY; i++) {
		u32 id = 40 + i * 7 % MANY;

		assert_true(get_bit(0, ISACTIVER, id));
		dir(0, id);
		assert_false(get_bit(0, ISACTIVER, id));
	}
	takes(0, SPURIOUS);
	set_vmcr(0, 0, VMCR_EOIM);
}

static void levels(void **state)
{
	(void)state;
	set_edge(0, A, false);
	level(0, A, true);
	assert_int_equal(ack(0), A);
	eoi(0, A);
	assert_int_equal(ack(0), A);
	level(1, A, false); /* from another CPU, while active */
	eoi(0, A);
	takes(0, SPURIOUS);
	level(2, A, true);
	level(3, A, false);
	takes(0, SPURIOUS);
	level(0, A, true);
	set_bit(0, ICPENDR, A);
	assert_true(get_bit(0, ISPENDR, A));
	set_bit(1, ICENABLER, A);
	takes(0, SPURIOUS);
	set_bit(1, ISENABLER, A);
	assert_int_equal(ack(0), A);
	level(0, A, false);
	level(0, A, true); /* rises again while active */
	eoi(0, A);
	takes(0, A);
	level(0, A, false);
	takes(0, SPURIOUS);
	/* Pended by software while the line is down, and then the line moves. */
	set_bit(0, ISPENDR, A);
	level(0, A, true);
	level(0, A, false);
	assert_true(get_bit(0, ISPENDR, A));
	takes(0, A);
	takes(0, SPURIOUS);
}

static void edges(void **state)
{
	(void)state;
	level(0, A, true);
	level(0, A, false);
	takes(0, A);
	level(0, A, true);
	level(0, A, true);
	takes(0, A);
	takes(0, SPURIOUS);
	level(0, A, false);
	pulse(1, A);
	takes(0, A);
	takes(0, SPURIOUS);
}

static void disabled(void **state)
{
	(void)state;
	set_bit(0, ISPENDR, A);
	set_bit(0, ICENABLER, A);
	takes(0, SPURIOUS);
	assert_true(get_bit(0, ISPENDR, A));
	set_bit(2, ISENABLER, A);
	assert_int_equal(ack(0), A);
	set_bit(2, ICENABLER, A);
	assert_true(get_bit(1, ISACTIVER, A));
	set_bit(2, ISPENDR, A);
	eoi(0, A);
	assert_false(get_bit(1, ISACTIVER, A));
	takes(0, SPURIOUS);
	set_bit(0, ISENABLER, A);
	takes(0, A);
	/* All off at the distributor, then a group at the CPU interface. */
	set_bit(0, ISPENDR, A);
	wr(3, GICD + CTLR, 4, 0);
	takes(0, SPURIOUS);
	wr(3, GICD + CTLR, 4, 3);
	takes(0, A);
}

/* Interrupts of a group that is off do not keep others out, nor call for maintenance for ever. */
static void group_off(void **state)
{
	(void)state;
	wr(0, GICD + IGROUPR + 4, 4, 0x00ffff00); /* INTIDs 40..55 */
	set_vmcr(0, 0, VMCR_GRP_EN(1));
	for (u32 i = 42; i < 56; i++) {
		arm(i, 0x10);
		set_bit(0, ISPENDR, i);
	}
	takes(0, SPURIOUS);
	arm(58, 0x80); /* group 0 */
	set_bit(0, ISPENDR, 58);
	takes(0, 58);
	set_vmcr(0, VMCR_GRP_EN(1), 0);
	for (u32 i = 42; i < 56; i++) {
		u32 id = ack(0);

		assert_in_range(id, 42, 55);
		eoi(0, id);
	}
	takes(0, SPURIOUS);
}

static void moved(void **state)
{
	(void)state;
	set_target(0, A, 1);
	set_bit(0, ISPENDR, A);
	set_target(0, A, 2);
	takes(1, SPURIOUS);
	takes(2, A);
	set_bit(3, ISPENDR, A);
	assert_int_equal(ack(2), A);
	set_target(2, A, 3);
	set_bit(2, ISPENDR, A);
	takes(3, SPURIOUS);
	assert_true(get_bit(0, ISACTIVER, A));
	assert_true(get_bit(0, ISPENDR, A));
	eoi(2, A);
	takes(2, SPURIOUS);
	takes(3, A);
	assert_int_equal(ack(3), SPURIOUS);
}

static void from_afar(void **state)
{
	(void)state;
	set_bit(1, ISPENDR, A);
	set_bit(1, ICPENDR, A);
	takes(0, SPURIOUS);
	set_bit(1, ISPENDR, A);
	assert_int_equal(ack(0), A);
	set_bit(1, ICACTIVER, A);
	assert_false(get_bit(2, ISACTIVER, A));
	eoi(0, A);
	set_bit(1, ISPENDR, A);
	takes(0, A);
	set_bit(1, ISACTIVER, A);
	set_bit(1, ISPENDR, A);
	takes(0, SPURIOUS);
	set_bit(1, ICACTIVER, A);
	takes(0, A);
}

static void sgis(void **state)
{
	const struct config *c = *state;

	for (u32 i = 0; i < CPUS; i++)
		set_bit(i, ISENABLER, 5);
	send_sgi(0, 5, 1);
	takes(0, 5);
	send_sgi(1, 5, 1 | 4 | 8);
	takes(0, 5);
	takes(1, SPURIOUS);
	takes(2, 5);
	takes(3, 5);
	send_sgi(1, 5, 1);
	send_sgi(2, 5, 1);
	if (c->version == 2) {
		assert_int_equal(ack(0), 5 | 1 << 10);
		assert_int_equal(rd(0, GICD + SPENDSGIR + 5, 1), 4);
		send_sgi(3, 5, 1);
		eoi(0, 5 | 1 << 10);
		assert_int_equal(ack(0), 5 | 2 << 10);
		wr(0, GICD + CPENDSGIR + 5, 1, 8);
		eoi(0, 5 | 2 << 10);
		takes(0, SPURIOUS);
		wr(0, GICD + SPENDSGIR + 5, 1, 2);
		assert_int_equal(ack(0), 5 | 1 << 10);
		send_sgi(1, 5, 1); /* the same sender, while active */
		eoi(0, 5 | 1 << 10);
		assert_int_equal(ack(0), 5 | 1 << 10);
		eoi(0, 5 | 1 << 10);
	} else {
		takes(0, 5);
	}
	takes(0, SPURIOUS);
}

static void away(void **state)
{
	(void)state;
	set_bit(1, ISENABLER, PPI_HW);
	phys_line(1, PPI_HW, true);
	set_target(0, A, 1);
	set_target(0, B, 1);
	set_bit(0, ISPENDR, A);
	set_bit(0, ISPENDR, B);
	set_prio(1, PPI_HW, 0x10);
	assert_int_equal(ack(1), PPI_HW);
	unload(1);
	assert_false(phys[1][PPI_HW].active || phys[1][PPI_HW].enabled);
	assert_true(get_bit(0, ISPENDR, A));
	assert_true(get_bit(0, ISPENDR, B));
	set_bit(0, ISPENDR, C);
	set_target(0, C, 1);
	set_target(0, B, 2);
	takes(2, B);
	load(1);
	assert_true(phys[1][PPI_HW].active && phys[1][PPI_HW].enabled);
	phys_line(1, PPI_HW, false);
	takes(1, SPURIOUS); /* its priority is still active */
	eoi(1, PPI_HW);
	assert_false(phys[1][PPI_HW].active);
	takes(1, A);
	takes(1, C);
	takes(1, SPURIOUS);
}

static void stops(void **state)
{
	(void)state;
	set_bit(0, ISENABLER, SPI_HW);
	phys_line(0, SPI_HW, true);
	assert_true(phys[0][SPI_HW].active);
	set_bit(0, ISPENDR, A);
	for (u32 i = 0; i < CPUS; i++)
		unload(i);
	vgic_vm_stop(&vm);
	assert_false(phys[0][SPI_HW].active || phys[0][SPI_HW].enabled);
	pulse(0, B); /* nobody is there, and who comes later does not hear of it */
	for (u32 i = 0; i < CPUS; i++) {
		vgic_vcpu_reset(vm.vcpu[i]);
		load(i);
	}
	assert_false(get_bit(0, ISPENDR, B));
	pulse(0, B);
	assert_true(get_bit(0, ISPENDR, B));
	set_bit(0, ICPENDR, B);
	assert_false(get_bit(0, ISPENDR, A) || get_bit(0, ISENABLER, A));
	assert_int_equal(rd(0, GICD + CTLR, 4) & 3, 0);
	takes(0, SPURIOUS);
}

static void suspended(void **state)
{
	(void)state;
	assert_false(vgic_vcpu_pending(vm.vcpu[0]));
	set_bit(0, ISPENDR, A);
	assert_true(vgic_vcpu_pending(vm.vcpu[0]));
	set_vmcr(0, 0x80000000, 0xff000000);
	assert_false(vgic_vcpu_pending(vm.vcpu[0]));
	set_vmcr(0, 0xf8000000, 3);
	assert_false(vgic_vcpu_pending(vm.vcpu[0]));
	set_vmcr(0, 3, 0);
	assert_int_equal(ack(0), A);
	assert_false(vgic_vcpu_pending(vm.vcpu[0]));
	eoi(0, A);
}

static void choices(void **state)
{
	const struct config *c = *state;

	/* The only one awake of several targets takes it. */
	if (c->version == 3)
		wr(0, GICD + IROUTER + 8 * A, 8, BIT(31));
	else
		wr(0, GICD + ITARGETSR + A, 1, 0xf);
	unload(0);
	set_bit(3, ISPENDR, A);
	assert_int_equal(ack(1), A);
	eoi(1, A);
	load(0);
}

static void widths(void **state)
{
	const struct config *c = *state;

	wr(0, GICD + ISENABLER + 4, 1, 0xff);
	wr(0, GICD + ISENABLER + 4, 2, 0xffff);
	wr(0, GICD + ISENABLER, 8, ~0UL);
	wr(0, GICD + ISENABLER + 5, 4, ~0U);
	assert_int_equal(rd(0, GICD + ISENABLER + 4, 4), 3U << (A - 32));
	assert_int_equal(rd(0, GICD + ISENABLER + 4, 8), 0);
	wr(0, GICD + IPRIORITYR + A, 4, 0x12345678);
	assert_int_equal(rd(0, GICD + IPRIORITYR + A, 4), 0x10305078);
	assert_int_equal(rd(0, GICD + IPRIORITYR + B, 1), 0x50);
	assert_int_equal(rd(0, GICD + IPRIORITYR + A, 2), 0);
	wr(0, GICD + ISENABLER + 12, 4, ~0U); /* none such */
	assert_int_equal(rd(0, GICD + ISENABLER + 12, 4), 0);
	assert_int_equal(rd(0, GICD + TYPER, 4) & 31, SPIS / 32);
	if (c->version == 3) {
		wr(0, GICD + IROUTER + 8 * A, 4, 0x102);
		assert_int_equal(rd(0, GICD + IROUTER + 8 * A, 8), 0x102);
		assert_int_equal(rd(0, GICD + IROUTER + 8 * A + 4, 4), 0);
		assert_int_equal(rd(0, GICD + ISENABLER, 4), 0);
		for (u32 i = 0; i < CPUS; i++) {
			u64 typer = (u64)i << 32 | i << 8 | (i == CPUS - 1 ? 0x10 : 0);

			assert_int_equal(rd(0, GICR + i * KIB(128) + 8, 8), typer);
			assert_int_equal(rd(0, GICR + i * KIB(128) + 12, 4), i);
		}
		assert_int_equal(rd(0, GICR + 0x14, 4), 6);
		wr(0, GICR + 0x14, 4, 0);
		assert_int_equal(rd(0, GICR + 0x14, 4), 0);
	} else {
		assert_int_equal(rd(2, GICD + ITARGETSR, 4), 0x04040404);
		wr(0, GICD + ITARGETSR + A, 4, 0xf2040201);
		assert_int_equal(rd(0, GICD + ITARGETSR + A, 4), 0x02040201);
		assert_int_equal(rd(0, GICD + TYPER, 4) >> 5 & 7, CPUS - 1);
	}
}

/* Nothing at any offset and width does harm. */
static void everywhere(void **state)
{
	(void)state;
	for (u32 i = 0; i < vm.nr_mmio; i++) {
		const struct mmio_region *r = &vm.mmio[i];

		for (u64 off = 0; off < r->size; off += 4) {
			for (u32 size = 1; size <= 8; size *= 2) {
				if (off & (size - 1))
					continue;
				rd(1, r->base + off, size);
				wr(1, r->base + off, size, 0x0123456789abcdefUL);
				wr(1, r->base + off, size, ~0UL);
				rd(1, r->base + off, size);
			}
		}
	}
}

static struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(one_by_one, vgic_setup),
	cmocka_unit_test_setup(crowd, vgic_setup),
	cmocka_unit_test_setup(displaces, vgic_setup),
	cmocka_unit_test_setup(nested, vgic_setup),
	cmocka_unit_test_setup(split_end, vgic_setup),
	cmocka_unit_test_setup(levels, vgic_setup),
	cmocka_unit_test_setup(edges, vgic_setup),
	cmocka_unit_test_setup(disabled, vgic_setup),
	cmocka_unit_test_setup(group_off, vgic_setup),
	cmocka_unit_test_setup(moved, vgic_setup),
	cmocka_unit_test_setup(from_afar, vgic_setup),
	cmocka_unit_test_setup(sgis, vgic_setup),
	cmocka_unit_test_setup(away, vgic_setup),
	cmocka_unit_test_setup(stops, vgic_setup),
	cmocka_unit_test_setup(suspended, vgic_setup),
	cmocka_unit_test_setup(choices, vgic_setup),
	cmocka_unit_test_setup(widths, vgic_setup),
	cmocka_unit_test_setup(everywhere, vgic_setup),
};

int main(void)
{
	return vgic_cases(tests, ARRAY_SIZE(tests));
}
