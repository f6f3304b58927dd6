// SPDX-License-Identifier: GPL-2.0-only
/* nk's console: writing, reading keys, what was written before. */
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "core.h"

#define WRITE_CHUNK 256 /* characters with interrupts off */
#define FULL_TRIES 1000 /* how often the console may say that it has no room */
#define FULL_US 100

int nk_con_offer(const char *buf, int size)
{
	struct bounce b;
	int taken;

	size = min(size, WRITE_CHUNK);
	bounce_get(&b, size);
	memcpy(b.buf, buf, size);
	taken = nk_hcall2(NK_HC_CON_WRITE, bounce_ipa(&b), size);
	bounce_put(&b);
	return taken;
}
EXPORT_SYMBOL(nk_con_offer);

void nk_con_write(const char *buf, int size)
{
	int tries = FULL_TRIES;

	while (buf && size > 0 && tries) {
		int part = min(size, WRITE_CHUNK);
		int taken = nk_con_offer(buf, part);

		if (taken < 0)
			return;
		buf += taken;
		size -= taken;
		if (taken < part) {
			udelay(FULL_US);
			tries--;
		}
	}
}
EXPORT_SYMBOL(nk_con_write);

int nk_con_poll(void)
{
	return nk_hcall0(NK_HC_CON_POLL);
}
EXPORT_SYMBOL(nk_con_poll);

int nk_con_hist_read(nku64_f *ordnp, char *buf, int size)
{
	int room = clamp_t(int, size, 0, BOUNCE_OWN - sizeof(*ordnp));
	nku64_f *ordinal;
	struct bounce b;
	char *text;
	int got;

	if (!ordnp || (!buf && room))
		return -EINVAL;
	bounce_get(&b, BOUNCE_OWN);
	ordinal = b.buf;
	text = (char *)(ordinal + 1);
	*ordinal = *ordnp;
	got = nk_hcall3(NK_HC_CON_HIST_READ, bounce_ipa(&b), bounce_ipa(&b) + sizeof(*ordinal),
			room);
	if (got >= 0 && got <= room) {
		*ordnp = *ordinal;
		memcpy(buf, text, got);
	}
	bounce_put(&b);
	if (got < 0)
		return got == NK_PROP_PERMISSION ? -EACCES : -EIO;
	return got;
}
EXPORT_SYMBOL(nk_con_hist_read);

int nk_con_hist_getchar(nku64_f *ordnp)
{
	char c;

	return nk_con_hist_read(ordnp, &c, 1) == 1 ? (unsigned char)c : -1;
}
EXPORT_SYMBOL(nk_con_hist_getchar);

nku64_f nk_con_hist_boot_ordinal(void)
{
	return nk_hcall0(NK_HC_CON_HIST_BOOT);
}
EXPORT_SYMBOL(nk_con_hist_boot_ordinal);
