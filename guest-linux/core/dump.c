// SPDX-License-Identifier: GPL-2.0-only
/* The end of this VM, and the memory of others that have ended. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/string.h>
#include <nk/dump.h>
#include "core.h"

static int errno_of(long ret)
{
	if (ret == NK_PROP_PERMISSION)
		return -EACCES;
	return ret ? -ESTALE : 0;
}

void nk_crash(const char *text)
{
	size_t size = strlen(text);
	struct bounce b;

	size = min_t(size_t, size, NK_CRASH_TEXT_MAX);
	bounce_get(&b, size);
	memcpy(b.buf, text, size);
	nk_hcall2(NK_HC_CRASH, bounce_ipa(&b), size);
	bounce_put(&b);
}
EXPORT_SYMBOL_GPL(nk_crash);

int nk_crash_note(NkPhAddr note, NkPhSize size)
{
	return nk_hcall2(NK_HC_CRASH_NOTE, note, size) ? -EINVAL : 0;
}
EXPORT_SYMBOL_GPL(nk_crash_note);

int nk_dump_info(NkOsId vm, struct nk_dump_info *info)
{
	struct bounce b;
	int err;

	bounce_get(&b, sizeof(*info));
	err = errno_of(nk_hcall2(NK_HC_DUMP_INFO, vm, bounce_ipa(&b)));
	memcpy(info, b.buf, sizeof(*info));
	bounce_put(&b);
	return err;
}
EXPORT_SYMBOL_GPL(nk_dump_info);

int nk_dump_vcpu(NkOsId vm, nku64_f generation, unsigned int vcpu, struct nk_dump_vcpu *regs)
{
	struct bounce b;
	int err;

	bounce_get(&b, sizeof(*regs));
	err = errno_of(nk_hcall(NK_HC_DUMP_VCPU, vm, generation, vcpu, bounce_ipa(&b)));
	memcpy(regs, b.buf, sizeof(*regs));
	bounce_put(&b);
	return err;
}
EXPORT_SYMBOL_GPL(nk_dump_vcpu);

int nk_dump_ram(NkOsId vm, nku64_f generation, unsigned int piece, struct nk_dump_ram *ram)
{
	struct bounce b;
	int err;

	bounce_get(&b, sizeof(*ram));
	err = errno_of(nk_hcall(NK_HC_DUMP_RAM, vm, generation, piece, bounce_ipa(&b)));
	memcpy(ram, b.buf, sizeof(*ram));
	bounce_put(&b);
	return err;
}
EXPORT_SYMBOL_GPL(nk_dump_ram);

int nk_dump_read(NkOsId vm, nku64_f generation, NkPhAddr address, void *page)
{
	struct bounce b;
	int err;

	bounce_get(&b, NK_DUMP_PAGE);
	err = errno_of(nk_hcall(NK_HC_DUMP_READ, vm, generation, address, bounce_ipa(&b)));
	if (!err)
		memcpy(page, b.buf, NK_DUMP_PAGE);
	bounce_put(&b);
	return err;
}
EXPORT_SYMBOL_GPL(nk_dump_read);

int nk_dump_end(NkOsId vm, nku64_f generation)
{
	return errno_of(nk_hcall2(NK_HC_DUMP_END, vm, generation));
}
EXPORT_SYMBOL_GPL(nk_dump_end);
