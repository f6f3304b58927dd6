// SPDX-License-Identifier: Apache-2.0
/*
 * A VM that shows it lives: a line with a rising number ten times a second. At its start it looks
 * whether all its memory besides image and tree is zero, and its data as the image has it.
 * Commands, one a line: restart, restart2 (SYSTEM_RESET2), dirty (fill the memory), off.
 */
#include "rt/dt.h"
#include "rt/psci.h"
#include "rt/rt.h"

static u64 fresh = 0x1234567890abcdef;

static bool ours(u64 a, u64 *skip_to)
{
	u64 tree = (u64)dt, tree_end = tree + fdt_totalsize(dt);

	if (a >= image_base() && a < image_end()) {
		*skip_to = image_end();
		return true;
	}
	if (a >= ALIGN_DOWN(tree, 4096UL) && a < tree_end) {
		*skip_to = ALIGN_UP(tree_end, 4096UL);
		return true;
	}
	return false;
}

/* Calls for each page of a piece of RAM that holds neither image nor tree. */
static u64 each_page_of(u64 (*fn)(u64 page), u64 a, u64 end)
{
	u64 sum = 0, skip;

	while (a < end) {
		if (ours(a, &skip)) {
			a = skip;
			continue;
		}
		sum += fn(a);
		a += 4096;
	}
	return sum;
}

/* All pieces, the first one from there on. */
static u64 each_page(u64 (*fn)(u64 page), u64 from)
{
	u64 base, size, sum = each_page_of(fn, from, ram_base() + ram_size());
	u32 i;

	for (i = 1; ram_piece(i, &base, &size); i++)
		sum += each_page_of(fn, base, base + size);
	return sum;
}

static u64 dirt(u64 page)
{
	const u64 *p = (const u64 *)page;
	static u32 reported;
	u64 i, n = 0;

	for (i = 0; i < 512; i++)
		n += p[i] != 0;
	if (n && reported++ < 3)
		printf("counter: page 0x%lx is not zero\n", page);
	return n;
}

static u64 soil(u64 page)
{
	u64 *p = (u64 *)page;
	u64 i;

	for (i = 0; i < 512; i++)
		p[i] = 0xd1d1d1d1d1d1d1d1;
	return 512;
}

static void command(const char *line)
{
	if (!strcmp(line, "restart"))
		psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	else if (!strcmp(line, "restart2"))
		psci_call(PSCI_SYSTEM_RESET2_64, 0, 0, 0);
	else if (!strcmp(line, "off"))
		psci_system_off();
	else if (!strcmp(line, "dirty"))
		printf("counter: %lu words soiled\n", each_page(soil, image_end()));
	else if (*line)
		printf("counter: unknown command\n");
}

/* Takes what the UART has; runs a whole line. */
static void poll(char *line, u32 size, u32 *used)
{
	int c;

	while ((c = pollchar()) >= 0) {
		if (c == '\r' || c == '\n') {
			line[*used] = '\0';
			*used = 0;
			command(line);
		} else if (*used + 1 < size) {
			line[(*used)++] = (char)c;
		}
	}
}

void guest_main(void)
{
	char line[40];
	u32 used = 0;
	u64 n;

	/* On bare QEMU its boot loader lies below the image. */
	printf("counter: start, %lu words of ram not zero, bss %s, data %s\n",
	       each_page(dirt, under_nk() ? ram_base() : image_base()),
	       boot_dirt ? "not zero" : "zero", fresh == 0x1234567890abcdef ? "fresh" : "old");
	fresh = 0;
	sleep_init(false);
	for (n = 1;; n++) {
		u64 next = counter() + counter_hz() / 10;

		printf("counter %lu\n", n);
		alarm_at(next);
		while (counter() < next) {
			poll(line, sizeof(line), &used);
			relax();
		}
	}
}
