// SPDX-License-Identifier: Apache-2.0
/*
 * The console's hypercalls: right ones, and each wrong argument. With the argument `talk`: says what
 * the history has of earlier starts of nk, and then echoes lines, read and written by the calls.
 * `denied`: says what comes of reading the history.
 */
#include "rt/nkcall.h"
#include "rt/rt.h"

#define CALL_MAX 4096
#define NOWHERE 0x1000000000 /* not RAM, and no device */
#define FAILED (~(u64)0)
#define BANNER "nk: nk " /* once a start, but for escape codes */
#define MARK "@page-crossing@"

static u8 history[0x20000] __aligned(4096);
static u64 cursor __aligned(8);

static s64 con_write(u64 buf, u64 size)
{
	return (s64)nk_call(NK_HC_CON_WRITE, buf, size, 0, 0);
}

static s64 hist_read(u64 ordinal, u64 buf, u64 size)
{
	return (s64)nk_call(NK_HC_CON_HIST_READ, ordinal, buf, size, 0);
}

static u64 hist_boot(void)
{
	return nk_call(NK_HC_CON_HIST_BOOT, 0, 0, 0, 0);
}

/* As the calls may take only a part. */
static void write_all(const char *text, u64 size)
{
	while (size) {
		s64 n = con_write((u64)text, size);

		if (n < 0)
			return;
		text += n;
		size -= (u64)n;
	}
}

/* All there is from an ordinal on, into history[]; returns how much. */
static u32 read_history(u64 from)
{
	u32 len = 0;
	s64 n;

	cursor = from;
	while (len + CALL_MAX <= sizeof(history)) {
		n = hist_read((u64)&cursor, (u64)history + len, CALL_MAX);
		if (n <= 0)
			break;
		len += (u32)n;
	}
	return len;
}

static u32 count(u32 len, const char *what)
{
	u32 size = (u32)strlen(what), found = 0;

	for (u32 i = 0; i + size <= len; i++)
		found += !memcmp(history + i, what, size);
	return found;
}

/* ---- tests ---- */

static void test_write(void)
{
	u64 end = ram_base() + ram_size();
	char *text = (char *)history + 4096 - 8; /* across a page's end */

	is(con_write(0, 0), 0, "nothing written from nowhere");
	is(con_write(NOWHERE, 1), FAILED, "write: not mapped");
	is(con_write(NOWHERE << 12, 1), FAILED, "write: beyond all addresses");
	is(con_write(uart_base, 4), FAILED, "write: a device");
	is(con_write(0, 1), FAILED, "write: 0");
	is(con_write(end - 1, 2), FAILED, "write: into the hole behind RAM");
	is(con_write(ram_base() - 1, 2), FAILED, "write: from before RAM");
	is(con_write(FAILED - 3, 4), FAILED, "write: to the last address");
	is(con_write(FAILED - 3, 8), FAILED, "write: wraps");
	memcpy(text, MARK "\n", sizeof(MARK));
	write_all(text, sizeof(MARK));
	memset(history, '#', 2 * CALL_MAX);
	ok(con_write((u64)history, 2 * CALL_MAX) <= CALL_MAX, "write: so much at once");
	write_all("\n", 1);
	is(nk_call(NK_HC_CON_POLL, 0, 0, 0, 0), FAILED, "nothing typed");
}

static void test_bad_reads(u64 before)
{
	u64 end = ram_base() + ram_size();

	cursor = before;
	is(hist_read(NOWHERE, (u64)history, 1), FAILED, "read: ordinal not mapped");
	is(hist_read(uart_base, (u64)history, 1), FAILED, "read: ordinal in a device");
	is(hist_read(end - 4, (u64)history, 1), FAILED, "read: half an ordinal");
	is(hist_read(FAILED - 3, (u64)history, 1), FAILED, "read: ordinal wraps");
	is(hist_read((u64)&cursor, NOWHERE, 1), FAILED, "read: buffer not mapped");
	is(hist_read((u64)&cursor, uart_base, 1), FAILED, "read: buffer in a device");
	is(hist_read((u64)&cursor, end - 1, 2), FAILED, "read: buffer into the hole behind RAM");
	is(hist_read((u64)&cursor, FAILED - 3, 8), FAILED, "read: buffer wraps");
	is(cursor, before, "read: no mistake moved the ordinal");
	is(hist_read((u64)&cursor, 0, 0), 0, "read: nothing to nowhere");
	is(cursor, before, "read: nothing moves no ordinal");
}

static void test_history(void)
{
	u64 boot = hist_boot(), future = boot + (1UL << 62);
	u32 len = read_history(boot);
	u64 end = cursor;

	is(boot, hist_boot(), "the boot's ordinal stays");
	is(end, boot + len, "so much was sent since nk started");
	is(count(len, BANNER), 1, "with nk's first line");
	is(count(len, "| \033[0m" MARK "\r\n"), 1, "and what we wrote, as it was sent");
	len = read_history(0);
	is(len, cursor, "there was nothing before"); /* as QEMU begins with zeroed RAM */
	test_bad_reads(boot);
	cursor = future;
	is(hist_read((u64)&cursor, (u64)history, 1), 0, "read: nothing there yet");
	is(cursor, future, "read: its ordinal stays");
	cursor = boot;
	ok(hist_read((u64)&cursor, (u64)history, 2 * CALL_MAX) <= CALL_MAX,
	   "read: so much at once");
	cursor = boot + 1;
	/* The buffer comes second: what is in the way is overwritten, not followed. */
	is(hist_read((u64)&cursor, (u64)&cursor, 8), 8, "read: onto the ordinal");
	is(cursor, boot + 9, "read: which is what remains");
}

/* ---- talk ---- */

static void talk(void)
{
	char line[80];
	u32 len = 0, before;

	before = count(read_history(0), BANNER);
	len = count(read_history(hist_boot()), BANNER);
	printf("con: nk began %u times before, %u now\n", before - len, len);
	len = 0;
	for (;;) {
		s64 c = (s64)nk_call(NK_HC_CON_POLL, 0, 0, 0, 0);

		if (c < 0)
			continue;
		line[len++ % sizeof(line)] = (char)c;
		if (c != '\n')
			continue;
		if (!strncmp(line, "off", 3))
			return;
		write_all("con: you typed ", 15);
		write_all(line, len);
		len = 0;
	}
}

static void denied(void)
{
	s64 result;

	memset(history, '#', sizeof(history));
	result = hist_read((u64)&cursor, (u64)history, CALL_MAX);
	printf("con: history gives %ld, %u characters changed\n", result,
	       CALL_MAX - count(CALL_MAX, "#"));
}

void guest_main(void)
{
	if (arg_flag("denied")) {
		denied();
		return;
	}
	if (arg_flag("talk")) {
		talk();
		return;
	}
	if (!under_nk()) {
		skip("no nk", "console calls");
		tap_done();
		return;
	}
	test_write();
	test_history();
	tap_done();
}
