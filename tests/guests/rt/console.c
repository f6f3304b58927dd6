// SPDX-License-Identifier: Apache-2.0
/* PL011, polled, or nk's calls where there is none; printf and TAP. Source: ARM DDI 0183, chapter 3. */
#include <stdarg.h>

#include "nk/pl011.h"
#include "rt/dt.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

u64 uart_base = 0x09000000;
static bool by_call;
static u32 tests;
static u32 failures;

void console_init(void)
{
	u64 base, size;

	if (dt_reg(dt_compatible("arm,pl011"), 0, &base, &size))
		uart_base = base;
	else
		by_call = dt_compatible("nk,hypervisor") >= 0;
	if (by_call)
		return;
	write32(uart_base + PL011_IMSC, 0);
	write32(uart_base + PL011_LCR_H, PL011_LCR_H_8BIT | PL011_LCR_H_FEN);
	write32(uart_base + PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
}

static void put_raw(char c)
{
	if (by_call) {
		while (nk_call(NK_HC_CON_WRITE, (u64)&c, 1, 0, 0) != 1)
			cpu_relax();
		return;
	}
	while (read32(uart_base + PL011_FR) & PL011_FR_TXFF)
		cpu_relax();
	write32(uart_base + PL011_DR, (u8)c);
}

void putchar(char c)
{
	if (c == '\n')
		put_raw('\r');
	put_raw(c);
}

int pollchar(void)
{
	if (by_call)
		return (int)nk_call(NK_HC_CON_POLL, 0, 0, 0, 0);
	if (read32(uart_base + PL011_FR) & PL011_FR_RXFE)
		return -1;
	return (int)(read32(uart_base + PL011_DR) & 0xff);
}

int getchar(void)
{
	int c;

	while ((c = pollchar()) < 0)
		relax();
	return c;
}

u32 getline(char *line, u32 size)
{
	u32 n = 0;
	int c;

	while ((c = getchar()) != '\r' && c != '\n') {
		if (n + 1 < size)
			line[n++] = (char)c;
	}
	line[n] = '\0';
	return n;
}

static void put_padded(const char *s, int width, char pad)
{
	int l = (int)strlen(s);

	for (; l < width; l++)
		putchar(pad);
	while (*s)
		putchar(*s++);
}

static void put_number(u64 v, u32 base, bool negative, int width, char pad)
{
	char buf[24];
	char *p = buf + sizeof(buf);

	*--p = '\0';
	do {
		*--p = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (negative)
		*--p = '-';
	put_padded(p, width, pad);
}

static void put_integer(char type, bool is_long, va_list *ap, int width, char pad)
{
	u64 v = is_long ? va_arg(*ap, u64) : va_arg(*ap, u32);
	s64 s = is_long ? (s64)v : (s32)v;

	if (type == 'd')
		put_number(s < 0 ? -(u64)s : (u64)s, 10, s < 0, width, pad);
	else
		put_number(v, type == 'x' ? 16 : 10, false, width, pad);
}

static void vprintf_(const char *fmt, va_list *ap)
{
	for (; *fmt; fmt++) {
		bool is_long = false;
		char pad = ' ';
		int width = 0;

		if (*fmt != '%') {
			putchar(*fmt);
			continue;
		}
		if (*++fmt == '0')
			pad = *fmt++;
		while (*fmt >= '0' && *fmt <= '9')
			width = width * 10 + *fmt++ - '0';
		for (; *fmt == 'l'; fmt++)
			is_long = true;
		switch (*fmt) {
		case 's':
			put_padded(va_arg(*ap, const char *), width, ' ');
			break;
		case 'c':
			putchar((char)va_arg(*ap, int));
			break;
		case 'd':
		case 'u':
		case 'x':
			put_integer(*fmt, is_long, ap, width, pad);
			break;
		default:
			putchar(*fmt);
			break;
		}
	}
}

void printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf_(fmt, &ap);
	va_end(ap);
}

void note(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf_(fmt, &ap);
	va_end(ap);
	printf("\n");
}

static void result(bool good)
{
	tests++;
	failures += !good;
	printf("%sok %u - ", good ? "" : "not ", tests);
}

void ok(bool good, const char *fmt, ...)
{
	va_list ap;

	result(good);
	va_start(ap, fmt);
	vprintf_(fmt, &ap);
	va_end(ap);
	printf("\n");
}

void is_(u64 got, u64 want, const char *fmt, ...)
{
	va_list ap;

	result(got == want);
	va_start(ap, fmt);
	vprintf_(fmt, &ap);
	va_end(ap);
	if (got != want)
		printf(" (got 0x%lx, want 0x%lx)", got, want);
	printf("\n");
}

void skip(const char *why, const char *what)
{
	tests++;
	printf("ok %u - %s # SKIP %s\n", tests, what, why);
}

void tap_done(void)
{
	printf("1..%u\n", tests);
	printf("# %u of %u failed\n", failures, tests);
}
