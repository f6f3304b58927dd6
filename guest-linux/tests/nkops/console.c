// SPDX-License-Identifier: GPL-2.0-only
/* The console, and what was written to it. */
#include <linux/string.h>
#include "test.h"

#define LINE "nkops-test wri\0tes this\n" /* the NUL goes nowhere */

/* Looks for the text among what was written since nk started. */
static bool in_history(const char *text)
{
	nku64_f ordinal = nkops.nk_cons_hist_boot_ordinal(), last = ordinal;
	size_t found = 0;
	int c;

	while ((c = nkops.nk_cons_hist_getchar(&ordinal)) >= 0) {
		if (ordinal <= last || !c)
			return false;
		last = ordinal;
		found = c == text[found] ? found + 1 : c == text[0];
		if (!text[found])
			return true;
	}
	return false;
}

void test_console(void)
{
	nku64_f ordinal = nkops.nk_cons_hist_boot_ordinal();
	nku64_f end = ~0ULL >> 1;
	char buf[32];

	ok(nkops.nk_cons_poll() == -1 && nk_con_poll() == -1, "nk_cons_poll: no key");
	nkops.nk_cons_write(LINE, sizeof(LINE) - 1);
	nk_cons_write(LINE, 0);
	ok(wait_until(in_history("nkops-test writes")), "nk_cons_write: it is in the history");
	ok(ordinal == nk_con_hist_boot_ordinal(), "nk_cons_hist_boot_ordinal: %llu", ordinal);
	ok(nkops.nk_cons_hist_getchar(NULL) == -1 && nk_con_hist_read(&end, NULL, 8) == -EINVAL,
	   "nk_cons_hist_getchar, nk_con_hist_read: no place for it");
	ok(nkops.nk_cons_hist_getchar(&end) == -1, "nk_cons_hist_getchar: nothing at the end");
	ordinal = nk_con_hist_boot_ordinal();
	ok(nk_con_hist_read(&ordinal, buf, sizeof(buf)) == sizeof(buf) &&
		   ordinal >= nk_con_hist_boot_ordinal() + sizeof(buf),
	   "nk_con_hist_read: %zu characters", sizeof(buf));
}
