// SPDX-License-Identifier: GPL-2.0-only
/* nk's circular logs (nk/log.h). */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "core.h"

static int errno_of(long ret)
{
	switch (ret) {
	case NK_PROP_PERMISSION:
		return -EACCES;
	case NK_LOG_LATER:
		return -EAGAIN;
	default:
		return ret < 0 ? -EINVAL : ret;
	}
}

int nk_log_info(unsigned int log)
{
	return errno_of(nk_hcall1(NK_HC_LOG_INFO, log));
}
EXPORT_SYMBOL(nk_log_info);

int nk_log_write(unsigned int log, const char *text, int size)
{
	struct bounce b;
	long taken;

	if (size <= 0 || size > NK_LOG_TEXT)
		return -EINVAL;
	bounce_get(&b, size);
	memcpy(b.buf, text, size);
	taken = nk_hcall3(NK_HC_LOG_WRITE, log, bounce_ipa(&b), size);
	bounce_put(&b);
	return errno_of(taken);
}
EXPORT_SYMBOL(nk_log_write);

int nk_log_read(unsigned int log, nku64_f *ordnp, char *buf, int size)
{
	int room = clamp_t(int, size, 0, BOUNCE_OWN - sizeof(*ordnp));
	nku64_f *ordinal;
	struct bounce b;
	long got;

	if (!ordnp || (!buf && room))
		return -EINVAL;
	bounce_get(&b, BOUNCE_OWN);
	ordinal = b.buf;
	*ordinal = *ordnp;
	got = nk_hcall(NK_HC_LOG_READ, log, bounce_ipa(&b), bounce_ipa(&b) + sizeof(*ordinal),
		       room);
	if (got > 0 && got <= room) {
		*ordnp = *ordinal;
		memcpy(buf, ordinal + 1, got);
	}
	bounce_put(&b);
	return errno_of(got);
}
EXPORT_SYMBOL(nk_log_read);
