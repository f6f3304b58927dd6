// SPDX-License-Identifier: Apache-2.0
/* A ring of whole lines for each log: the oldest ones go where a new one needs room. */
#include "core/vlog/vlog.h"

#include "arch/cache.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/spinlock.h"
#include "core/system.h"
#include "core/vm/guest_mem.h"
#include "core/vm/ram.h"
#include "lib/bucket.h"
#include "lib/printf.h"
#include "lib/string.h"

#define US_PER_S 1000000
#define NK 0 /* who writes nk's own lines: no VM has this id */
#define PREFIX 32
#define READ_MAX                                                                                   \
	1024 /* characters a call: as many as are written in one, so the lock is not held for longer */
#define FAILED (~(u64)0)

static struct vlog {
	spinlock_t lock;
	u32 size;
	paddr_t base;
	u8 *ring;
	u64 first; /* ordinal of the oldest character: a line begins there */
	u64 end; /* and of the next one to come */
	u64 next; /* of who reads just now */
	struct bucket buckets[NK_VM_IDS];
} vlogs[NK_LOGS];

int vlogs_create(struct cfg_error *err)
{
	const struct cfg_vlog *cfg = sys_config.vlog;

	for (struct vlog *l = vlogs; l < vlogs + sys_config.nr_vlogs; l++, cfg++) {
		if (!ram_alloc_top(cfg->size, ~0UL, &l->base))
			return cfg_fail_at(err, &cfg->node, "size", "not free in one piece");
		l->ring = phys_to_virt(l->base);
		cache_wipe(l->ring, cfg->size);
		spin_init(&l->lock, LOCK_LOG);
		l->size = cfg->size;
	}
	return 0;
}

/* Readers' terminals do not obey it. Returns how long the first line is, with its newline. */
static u32 clean_line(u8 *text, u32 size)
{
	u32 len = 0;

	for (u8 before = 0; len < size && text[len] != '\n'; before = text[len++])
		if ((text[len] < ' ' && text[len] != '\t') || text[len] == 0x7f ||
		    (before == 0xc2 && text[len] < 0xa0)) /* U+0080 to U+009F */
			text[len] = '?';
	text[len] = '\n';
	return len + 1;
}

/* Lets go of the oldest lines, so that len characters more find room. */
static void make_room(struct vlog *l, u32 len)
{
	if (l->end + len <= l->size)
		return;
	l->first = MAX(l->first, l->end + len - l->size);
	while (l->ring[(l->first - 1) % l->size] != '\n')
		l->first++;
}

static void copy_in(struct vlog *l, const void *text, u32 len)
{
	u32 at = (u32)(l->end % l->size), part = MIN(len, l->size - at);

	memcpy(l->ring + at, text, part);
	memcpy(l->ring, (const u8 *)text + part, len - part);
	l->end += len;
}

/* Returns how many bytes of the log that took. */
static u32 add_line(struct vlog *l, u32 vm_id, const u8 *line, u32 len, u64 now)
	__must_hold(&l->lock)
{
	char prefix[PREFIX];
	u32 n = (u32)fmt_snprintf(prefix, PREFIX,
				  vm_id == NK ? "[%5u.%06u] nk: " : "[%5u.%06u] vm%u: ",
				  (u32)(now / US_PER_S), (u32)(now % US_PER_S), vm_id);

	make_room(l, n + len);
	copy_in(l, prefix, n);
	copy_in(l, line, len);
	return n + len;
}

s64 vlog_write(u32 nr, u32 vm_id, u8 *text, u32 size)
{
	struct vlog *l = &vlogs[nr];
	struct bucket *b = &l->buckets[vm_id];
	u32 len = clean_line(text, size);
	s64 taken = NK_LOG_LATER;
	u64 now;

	spin_lock(&l->lock);
	now = arch_time_us(); /* so later lines have later times */
	if (bucket_left(b, now, VLOG_RATE, VLOG_BURST)) {
		bucket_take(b, add_line(l, vm_id, text, len, now));
		taken = MIN(len, size);
	}
	spin_unlock(&l->lock);
	return taken;
}

void vlog_nk(char *line, u32 len)
{
	if (vlogs[0].size)
		vlog_write(0, NK, (u8 *)line, len);
}

u64 vlog_read(u32 nr, const struct vm *vm, ipa_t ordinal, ipa_t text, u64 size)
{
	struct vlog *l = &vlogs[nr];
	u64 done = FAILED;
	u32 at;

	spin_lock(&l->lock);
	if (guest_read(vm, &l->next, ordinal, sizeof(l->next)))
		goto out;
	l->next = MAX(l->next, l->first);
	at = (u32)(l->next % l->size);
	size = MIN(size, (u64)MIN(l->size - at, READ_MAX));
	size = l->next < l->end ? MIN(size, l->end - l->next) : 0;
	l->next += size;
	if (!guest_write(vm, text, l->ring + at, size) &&
	    !guest_write(vm, ordinal, &l->next, sizeof(l->next)))
		done = size;
out:
	spin_unlock(&l->lock);
	return done;
}
