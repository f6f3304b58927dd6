// SPDX-License-Identifier: Apache-2.0
/*
 * A VM with a part in memory ballooning: one command a line. What it holds it fills with a pattern
 * of its own; what it gets must be zero.
 *   take N: allocates; give N: frees those with the lowest numbers; keep: looks whether all it
 *   holds is as it was; adopt: finds out what it holds, as a host that started again has to;
 *   wrong: calls with wrong arguments; race N: frees the same pages on two vCPUs at once;
 *   touch: frees a page that the other vCPU is reading; restart; off
 */
#include "nk/balloon.h"
#include "rt/dt.h"
#include "rt/nkcall.h"
#include "rt/psci.h"
#include "rt/rt.h"

#define PAGES_MAX 4096
#define WORDS (4096 / sizeof(u64))
#define TOUCHES 1000

static u32 first, nr; /* PFNs of the region */
static u64 me;
static bool held[PAGES_MAX];
static u32 table[2 * NK_BALLOON_BATCH];
static u32 go, lost[2]; /* go: pages to free in a race; how often one was touched */

static u64 ctrl(u64 op, u64 frames, u64 count)
{
	return nk_call(NK_HC_BALLOON_CTRL, op, frames, count, 0);
}

static u64 *words(u32 page)
{
	return (u64 *)((u64)(first + page) << NK_BALLOON_PFN_SHIFT);
}

static u64 pattern(u32 page)
{
	return (u64)page << 32 | 0xba110000 | me;
}

/* Words that are not what they should be. */
static u64 wrong_words(u32 page, u64 want)
{
	const u64 *p = words(page);
	u64 n = 0;
	u32 i;

	for (i = 0; i < WORDS; i++)
		n += p[i] != want;
	return n;
}

static void fill(u32 page)
{
	u64 *p = words(page);
	u32 i;

	for (i = 0; i < WORDS; i++)
		p[i] = pattern(page);
}

static u32 count_held(void)
{
	u32 i, n = 0;

	for (i = 0; i < nr; i++)
		n += held[i];
	return n;
}

static void take(u32 n)
{
	u32 got = 0, odd = 0, calls = 0, part, i;
	u64 dirty = 0;

	do {
		part = (u32)ctrl(NK_BALLOON_ALLOC, (u64)table, n - got);
		calls++;
		for (i = 0; i < part; i++) {
			u32 page = table[i] - first;

			if (page >= nr || held[page]) {
				odd++;
				continue;
			}
			held[page] = true;
			dirty += wrong_words(page, 0);
			fill(page);
		}
		got += part;
	} while (part && got < n);
	printf("balloon: took %u of %u, %lu words not zero, %u odd, %u calls, holds %u\n", got, n,
	       dirty, odd, calls, count_held());
}

/* The next pages that are held, at most n, from *page on. Returns how many. */
static u32 list(u32 *frames, u32 n, u32 *page)
{
	u32 i = 0;

	for (; i < n && *page < nr; ++*page)
		if (held[*page])
			frames[i++] = first + *page;
	return i;
}

static void give(u32 n)
{
	u32 done = 0, page = 0, part, i;

	while (done < n) {
		part = list(table, MIN(n - done, (u32)NK_BALLOON_BATCH), &page);
		if (!part || ctrl(NK_BALLOON_FREE, (u64)table, part) != part)
			break;
		for (i = 0; i < part; i++)
			held[table[i] - first] = false;
		done += part;
	}
	printf("balloon: gave %u of %u, holds %u\n", done, n, count_held());
}

static void keep(void)
{
	u64 dirty = 0;
	u32 i;

	for (i = 0; i < nr; i++)
		if (held[i])
			dirty += wrong_words(i, pattern(i));
	printf("balloon: keeps %u, %lu words wrong\n", count_held(), dirty);
}

/* FREE skips what others hold, so all of it can be freed, and what comes back is known. */
static void adopt(void)
{
	u32 i, k, mine = 0;

	for (i = 0; i < nr; i += NK_BALLOON_BATCH) {
		for (k = 0; k < NK_BALLOON_BATCH; k++)
			table[k] = first + i + k;
		mine += (u32)ctrl(NK_BALLOON_FREE, (u64)table, NK_BALLOON_BATCH);
	}
	for (i = 0; i < nr; i++)
		held[i] = false;
	printf("balloon: had %u\n", mine);
	take(mine);
}

/* Nothing of this changes what is held. */
static void wrong(void)
{
	u64 end = ram_base() + ram_size(), bad = 0;
	u32 page = 0, n = list(table, 1, &page);
	static const u32 none[] = {0, 1, ~0u, 0x80000000};

	memset(&table[1], 0, sizeof(table) - sizeof(table[0]));
	bad += n != 1;
	bad += ctrl(6, (u64)table, 1) != 0;
	bad += ctrl(~0u, (u64)table, 1) != 0;
	bad += ctrl(NK_BALLOON_ALLOC | 1ul << 32, (u64)table, 1) != 0;
	bad += ctrl(NK_BALLOON_FREE, (u64)table, 1ul << 32 | 1) != 0;
	bad += ctrl(NK_BALLOON_ALLOC, (u64)table, 0) != 0;
	bad += ctrl(NK_BALLOON_FREE, (u64)table, 0) != 0;
	bad += ctrl(NK_BALLOON_ALLOC, 0, 1) != 0;
	bad += ctrl(NK_BALLOON_ALLOC, end, 1) != 0;
	bad += ctrl(NK_BALLOON_ALLOC, end - 4, 2) != 0;
	bad += ctrl(NK_BALLOON_FREE, end - 4, 2) != 0;
	bad += ctrl(NK_BALLOON_ALLOC, ram_base() - 4, 2) != 0;
	bad += ctrl(NK_BALLOON_ALLOC, ~0ul - 3, 2) != 0;
	bad += ctrl(NK_BALLOON_ALLOC, 1ul << 52, 1) != 0;
	bad += ctrl(NK_BALLOON_FREE, (u64)words(table[0] - first), 1) != 0;
	bad += ctrl(NK_BALLOON_FREE, (u64)none, 4) != 0;
	table[1] = first - 1;
	table[2] = first + nr;
	table[3] = (u32)((u64)table >> NK_BALLOON_PFN_SHIFT);
	bad += ctrl(NK_BALLOON_FREE, (u64)&table[1], 3) != 0;
	bad += ctrl(NK_BALLOON_FREE, (u64)&table[1], ~0u) != 0;
	/* At an odd address, and the same page several times. */
	table[1] = table[2] = table[3] = table[0];
	memcpy((u8 *)&table[100] + 1, table, 16);
	bad += ctrl(NK_BALLOON_FREE, (u64)&table[100] + 1, 4) != 1;
	held[table[0] - first] = false;
	bad += ctrl(NK_BALLOON_FREE, (u64)table, 1) != 0;
	printf("balloon: wrong: %lu of 22 not as they should be\n", bad);
	take(1);
}

static void racer(void *arg)
{
	u32 who = arg ? 1 : 0, n = READ_ONCE(go), i;

	cpus_meet(2);
	for (i = 0; i < n; i += 8)
		lost[who] += (u32)ctrl(NK_BALLOON_FREE, (u64)&table[i], MIN(n - i, 8u));
}

static void race(u32 n)
{
	u32 page = 0, i;
	s64 failed;

	n = list(table, MIN(n, (u32)NK_BALLOON_BATCH), &page);
	lost[0] = lost[1] = 0;
	go = n;
	failed = cpu_start(1, racer, &go);
	racer(NULL);
	failed |= !cpu_wait_off(1);
	for (i = 0; i < n; i++)
		held[table[i] - first] = false;
	printf("balloon: race: %u of %u gone%s\n", lost[0] + lost[1], n, failed ? ", failed" : "");
}

static void reader(void *arg)
{
	u32 page = *(u32 *)arg;
	u64 end = counter() + 10 * counter_hz();

	/* Not before the other one has seen it at work, however late it looks. */
	do {
		__atomic_add_fetch(&go, 1, __ATOMIC_RELEASE);
	} while (!probe_read((u64)words(page), 8, NULL) && counter() < end);
}

static void touch(void)
{
	u32 page = 0, n = list(table, 1, &page), which = table[0] - first;

	go = 0;
	if (!n || cpu_start(1, reader, &which))
		return;
	while (__atomic_load_n(&go, __ATOMIC_ACQUIRE) < TOUCHES)
		cpu_relax();
	n = (u32)ctrl(NK_BALLOON_FREE, (u64)table, 1);
	cpu_wait_off(1);
	held[which] = false;
	printf("balloon: %u freed, abort 0x%lx %s\n", n, cpus[1].fault.esr,
	       cpus[1].fault.far == (u64)words(which) ? "there" : "elsewhere");
}

static void command(const char *line)
{
	const char *p = line;
	u32 n;

	while (*p && *p != ' ')
		p++;
	n = (u32)parse_u64(p, &p);
	if (!strncmp(line, "take", 4))
		take(n);
	else if (!strncmp(line, "give", 4))
		give(n);
	else if (!strncmp(line, "keep", 4))
		keep();
	else if (!strncmp(line, "adopt", 5))
		adopt();
	else if (!strncmp(line, "wrong", 5))
		wrong();
	else if (!strncmp(line, "race", 4))
		race(n);
	else if (!strncmp(line, "touch", 5))
		touch();
	else if (!strncmp(line, "restart", 7))
		psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	else if (!strncmp(line, "off", 3))
		psci_system_off();
}

/* What the tree says of the region is what the calls say. */
static bool tree_agrees(void)
{
	int len;
	const fdt64_t *p = dt_prop(dt_compatible("nk,hypervisor"), "balloon", &len);

	if (!nr)
		return !p;
	return p && len == 16 && fdt64_ld(&p[0]) == (u64)first << NK_BALLOON_PFN_SHIFT &&
	       fdt64_ld(&p[1]) == (u64)nr << NK_BALLOON_PFN_SHIFT;
}

/* Only then does the host hold all of it. */
static bool first_life(void)
{
	static const char name[] = "nk.vm.2.state.running";
	u32 running = 0;

	return nk_call(NK_HC_PROP_GET, (u64)name, (u64)&running, sizeof(running), 0) ==
		       sizeof(running) &&
	       READ_ONCE(running) >> 1 == 1;
}

void guest_main(void)
{
	u64 dirty = 0, host = ctrl(NK_BALLOON_HOST, 0, 0);
	char line[40];
	u32 i;

	mmu_on();
	sleep_init(false);
	me = nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
	first = (u32)ctrl(NK_BALLOON_RGN_BASE, 0, 0);
	nr = (u32)ctrl(NK_BALLOON_RGN_SIZE, 0, 0);
	if (arg_flag("all") && first_life()) {
		for (i = 0; i < nr; i++) {
			held[i] = true;
			dirty += wrong_words(i, 0);
			fill(i);
		}
	}
	printf("balloon: ready, status %lu, host %lu, %u pages, tree %s, holds %u, %lu not zero, "
	       "took %lu\n",
	       ctrl(NK_BALLOON_STATUS, 0, 0), host, nr, tree_agrees() ? "agrees" : "differs",
	       count_held(), dirty, nr ? 0 : ctrl(NK_BALLOON_ALLOC, (u64)table, 4));
	for (;;) {
		getline(line, sizeof(line));
		command(line);
	}
}
