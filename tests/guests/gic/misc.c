// SPDX-License-Identifier: Apache-2.0
/* Split EOI, the UART's level, and real IRQ exceptions. */
#include "gic/gictest.h"
#include "nk/pl011.h"
#include "rt/dt.h"

void test_eoimode(void)
{
	u32 a, b;

	gic_set_eoimode(true);
	arm(SPI_A, 0x80);
	arm(SPI_B, 0xa0);
	pend(SPI_A);
	takes(SPI_A, &a);
	pend(SPI_B);
	ok(nothing(), "EOImode 1: before the priority drop the lower one waits");
	gic_eoi(a);
	ok(gic_test(GICD_ISACTIVER, SPI_A), "EOI leaves it active");
	is(gic_rpr() & 0xf8, 0xf8, "EOI drops the priority");
	pend(SPI_A);
	ok(takes(SPI_B, &b), "the lower one comes, not the active one");
	gic_eoi(b);
	ok(nothing(), "the active one does not come");
	gic_dir(a);
	ok(!gic_test(GICD_ISACTIVER, SPI_A) && gic_test(GICD_ISACTIVER, SPI_B),
	   "DIR ends it, and no other");
	ok(takes(SPI_A, &a), "and it comes again");
	gic_eoi(a);
	gic_dir(a);
	gic_dir(b);
	ok(!gic_test(GICD_ISACTIVER, SPI_A) && !gic_test(GICD_ISACTIVER, SPI_B), "both ended");
	ok(nothing(), "nothing left");
}

/* More dropped and still active than list registers, ended in another order. */
static void many_dropped(void)
{
	u32 iar[12], i, bad = 0;

	gic_set_eoimode(true);
	for (i = 0; i < 12; i++) {
		arm(SPI_FIRST + i, 0x80);
		pend(SPI_FIRST + i);
		bad += !takes(SPI_FIRST + i, &iar[i]);
		gic_eoi(iar[i]);
	}
	for (i = 0; i < 12; i++)
		bad += !gic_test(GICD_ISACTIVER, SPI_FIRST + i);
	is(bad, 0, "12 dropped and active");
	for (i = 0, bad = 0; i < 12; i++) {
		u32 k = i * 5 % 12;

		gic_dir(iar[k]);
		bad += gic_test(GICD_ISACTIVER, SPI_FIRST + k);
	}
	is(bad, 0, "DIR in another order ends each");
	for (i = 0, bad = 0; i < 12; i++) {
		pend(SPI_FIRST + i);
		bad += !takes(SPI_FIRST + i, &iar[i]);
		gic_eoi(iar[i]);
		gic_dir(iar[i]);
	}
	is(bad, 0, "each can come again");
	gic_set_eoimode(false);
}

/* The PL011's transmit interrupt is a level: FIFO has room. Source: DDI 0183, 2.8. */
static void uart_level(bool up)
{
	write32(uart_base + PL011_IMSC, up ? PL011_INT_TX : 0);
	dsb();
}

/* The second cell of its interrupt, an SPI. */
static u32 uart_intid(void)
{
	return 32 +
	       fdt32_ld((const fdt32_t *)dt_prop(dt_compatible("arm,pl011"), "interrupts", NULL) +
			1);
}

void test_uart_level(void)
{
	u32 intid = uart_intid();
	u32 iar;

	many_dropped();
	quiet();
	note("a line, so that the transmit interrupt is raised");
	gic_set_edge(intid, false);
	gic_set_target(intid, 0);
	arm(intid, 0x80);
	uart_level(true);
	ok(gic_test(GICD_ISPENDR, intid), "UART: its level pends");
	gic_bit(GICD_ICPENDR, intid);
	ok(gic_test(GICD_ISPENDR, intid), "UART: ICPENDR cannot clear a level");
	ok(takes(intid, &iar), "UART: comes");
	ok(gic_test(GICD_ISACTIVER, intid), "UART: active");
	gic_eoi(iar);
	ok(takes(intid, &iar), "UART: level still up: again");
	uart_level(false);
	ok(!gic_test(GICD_ISPENDR, intid), "UART: level down while active: not pending");
	gic_eoi(iar);
	ok(nothing(), "UART: not again");
	uart_level(true);
	uart_level(false);
	ok(nothing(), "UART: up and down before it is taken: none");
	uart_level(true);
	gic_bit(GICD_ICENABLER, intid);
	ok(nothing(), "UART: disabled: none");
	gic_bit(GICD_ISENABLER, intid);
	ok(takes(intid, &iar), "UART: enabled with the level up: comes");
	write32(uart_base + PL011_ICR, 0x7ff);
	dsb();
	gic_eoi(iar);
	ok(nothing(), "UART: cleared at the source: not again");
	uart_level(false);
	gic_bit(GICD_ICENABLER, intid);
}

static u32 taken, wrong;

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (IAR_ID(iar) == SPURIOUS)
		return;
	if (IAR_ID(iar) == SPI_A || IAR_ID(iar) == 3)
		taken++;
	else
		wrong++;
	gic_eoi(iar);
}

void test_exceptions(void)
{
	u32 i;

	irq_handler = on_irq;
	arm(SPI_A, 0x80);
	arm(3, 0x80);
	irq_enable();
	for (i = 0; i < 500; i++) {
		pend(SPI_A);
		isb();
		pend(3);
		isb();
	}
	delay_us(100);
	irq_disable();
	is(taken, 1000, "1000 interrupts pended one by one, taken as exceptions");
	is(wrong, 0, "and no other");
	taken = 0;
	for (i = 0; i < 200; i++) {
		pend(SPI_A);
		wfi();
		irq_enable();
		isb();
		irq_disable();
	}
	is(taken, 200, "WFI with one pending goes on, 200 times");
	irq_handler = NULL;
}
