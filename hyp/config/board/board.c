// SPDX-License-Identifier: Apache-2.0
/* The board's device tree, read into struct cfg_board; the GIC is in gic.c. */
#include "config/board/board.h"
#include "lib/string.h"
#include "nk/smccc.h"

#define GICV2_CPUS_MAX 8

/* Adds a range that is not empty. Returns 0, or -1 when the list is full. */
static int add_range(struct range *list, u32 *n, u64 base, u64 end)
{
	if (base >= end)
		return 0;
	if (*n == CFG_RANGES_MAX)
		return -1;
	list[(*n)++] = (struct range){base, end - base};
	return 0;
}

int board_fail_reg(struct board_scan *s, const char *right, u32 arg)
{
	return dt_fail(s->err, s->w.fdt, s->w.node, "reg", &s->w.p[DTW_REG], right, arg);
}

/* Adds every region of the current node's reg; memory is rounded inwards, reserved outwards. */
static int add_regs(struct board_scan *s, struct range *list, u32 *n, bool inwards)
{
	struct range r;
	enum dtw_result ret;
	u32 i;

	for (i = 0; (ret = dtw_reg(&s->w, i, &r)) == DTW_OK; i++) {
		u64 base = inwards ? ALIGN_UP(r.base, PAGE_SIZE) : ALIGN_DOWN(r.base, PAGE_SIZE);
		u64 end = r.base + r.size;

		end = inwards ? ALIGN_DOWN(end, PAGE_SIZE) : ALIGN_UP(end, PAGE_SIZE);
		if (r.size && add_range(list, n, base, end))
			return board_fail_reg(s, "at most %u regions on a board", CFG_RANGES_MAX);
	}
	if (ret == DTW_BAD)
		return board_fail_reg(s, "pairs of address and size inside the address space", 0);
	return 0;
}

static int scan_cpu(struct board_scan *s)
{
	const struct dt_prop *reg = &s->w.p[DTW_REG];
	u32 cells = s->w.bus[s->w.depth - 1].address_cells;
	struct cfg_board *b = s->b;
	u64 mpidr;
	u32 i;

	if (cells < 1 || cells > 2 || !reg->data || reg->len != 4 * cells)
		return board_fail_reg(s, "the CPU's MPIDR, %u cell(s)", cells);
	mpidr = dt_cells(reg, 0, cells);
	if (mpidr & ~MPIDR_AFF_MASK)
		return board_fail_reg(s, "the affinity fields of an MPIDR", 0);
	for (i = 0; i < b->nr_cpus; i++)
		if (b->cpu_mpidr[i] == mpidr)
			return board_fail_reg(s, "an MPIDR of its own, CPU %u has this one", i);
	if (b->nr_cpus == NK_CPUS_MAX)
		return dt_fail(s->err, s->w.fdt, s->w.node, "reg", reg, "at most %d CPUs",
			       NK_CPUS_MAX);
	b->cpu_node[b->nr_cpus] = s->w.node;
	b->cpu_mpidr[b->nr_cpus++] = mpidr;
	return 0;
}

static bool is_psci(const struct dtw *w)
{
	return dtw_compatible(w, "arm,psci-0.2") || dtw_compatible(w, "arm,psci-1.0") ||
	       dtw_compatible(w, "arm,psci-1.1");
}

static int scan_node(struct board_scan *s)
{
	const struct dtw *w = &s->w;
	const char *type = dt_string(&w->p[DTW_DEVICE_TYPE]);

	if (w->node == s->b->console.node)
		s->console_irqs = dtw_irqs_of(w);
	if (!dtw_enabled(w))
		return 0;
	if (w->depth == 1 && type && !strcmp(type, "memory"))
		return add_regs(s, s->b->ram, &s->b->nr_ram, true);
	if (w->depth == 2 && dt_name_is(w->fdt, w->bus[1].node, "reserved-memory"))
		return add_regs(s, s->b->reserved, &s->b->nr_reserved, false);
	if (w->depth == 2 && type && !strcmp(type, "cpu") &&
	    dt_name_is(w->fdt, w->bus[1].node, "cpus"))
		return scan_cpu(s);
	if (s->timer_node < 0 && dtw_compatible(w, "arm,armv8-timer")) {
		s->timer_node = w->node;
		s->timer_irqs = dtw_irqs_of(w);
	}
	board_scan_inverter(s);
	return board_scan_gic(s);
}

/* The node that an alias of that length names, or -1. */
static int alias_node(const void *fdt, const char *name, size_t len)
{
	int aliases = fdt_subnode_offset(fdt, DT_ROOT, "aliases");
	struct dt_cursor c;

	if (aliases < 0)
		return -1;
	dt_props_of(&c, fdt, aliases);
	while (dt_next_prop(&c))
		if (strlen(c.name) == len && !memcmp(c.name, name, len) && dt_string(&c.p))
			return fdt_path_offset_namelen(fdt, c.p.data, c.p.len - 1);
	return -1;
}

/* The node /chosen calls standard output, or -1: a path or an alias, options behind a colon. */
static int stdout_node(const void *fdt, int chosen)
{
	struct dt_prop p = dt_get(fdt, chosen, "stdout-path");
	const char *path = dt_string(&p), *colon;
	size_t len;

	if (!path)
		return -1;
	colon = strchr(path, ':');
	len = colon ? (size_t)(colon - path) : strlen(path);
	return *path == '/' ? fdt_path_offset_namelen(fdt, path, len) : alias_node(fdt, path, len);
}

/* Takes the current node as PSCI's; usually right below the root, but /firmware has it too. */
static bool scan_psci(struct board_scan *s)
{
	const char *method;

	if (!dtw_enabled(&s->w) || !is_psci(&s->w))
		return false;
	s->psci_node = s->w.node;
	s->psci_method = dt_get(s->w.fdt, s->w.node, "method");
	method = dt_string(&s->psci_method);
	if (method && !strcmp(method, "smc"))
		s->b->psci = CFG_CONDUIT_SMC;
	return true;
}

/*
 * Before anything that can fail: what says that it did, and what ends the machine then. Options in
 * a form that is wrong are read as none; read_chosen() complains.
 */
static void read_first(struct board_scan *s, int chosen)
{
	struct dt_prop bootargs = {NULL, 0};
	bool console = false, psci = false;
	int wanted = -1;

	if (chosen >= 0) {
		bootargs = dt_get(s->b->fdt, chosen, "bootargs");
		wanted = stdout_node(s->b->fdt, chosen);
	}
	if (wanted < 0)
		wanted = alias_node(s->b->fdt, "serial0", strlen("serial0"));
	if (dt_string(&bootargs))
		s->b->bootargs = dt_string(&bootargs);
	dtw_start(&s->w, s->b->fdt);
	do {
		console = console || board_scan_console(s, wanted);
		psci = psci || scan_psci(s);
	} while (!(console && psci) && dtw_next(&s->w));
}

static int read_psci(struct board_scan *s)
{
	if (s->psci_node < 0) {
		if (s->b->nr_cpus == 1)
			return 0;
		return cfg_fail(s->err,
				"/psci: compatible: missing: a node with arm,psci-0.2 or newer");
	}
	if (s->b->psci == CFG_CONDUIT_NONE)
		return dt_fail(s->err, s->w.fdt, s->psci_node, "method", &s->psci_method,
			       "\"smc\", as an HVC of EL2 comes back to EL2");
	return 0;
}

/* An address of /chosen: one or two cells, both are in use. */
static int chosen_address(struct board_scan *s, int chosen, const char *name, u64 *value)
{
	struct dt_prop p = dt_get(s->b->fdt, chosen, name);

	*value = 0;
	if (!p.data)
		return 0;
	if (p.len != 4 && p.len != 8)
		return dt_fail(s->err, s->b->fdt, chosen, name, &p, "an address, one or two cells");
	*value = dt_number(&p);
	return 0;
}

bool board_has_ram(const struct cfg_board *b, const struct range *r)
{
	u32 i;

	for (i = 0; i < b->nr_ram; i++)
		if (r->base >= b->ram[i].base && r->size <= b->ram[i].size &&
		    r->base - b->ram[i].base <= b->ram[i].size - r->size)
			return true;
	return false;
}

static int read_chosen(struct board_scan *s, int chosen)
{
	struct cfg_board *b = s->b;
	struct dt_prop bootargs;
	u64 end;

	if (chosen < 0)
		return 0;
	bootargs = dt_get(b->fdt, chosen, "bootargs");
	if (bootargs.len > 0 && !dt_string(&bootargs))
		return dt_fail(s->err, b->fdt, chosen, "bootargs", &bootargs, "one string");
	if (chosen_address(s, chosen, "linux,initrd-start", &b->initrd.base) ||
	    chosen_address(s, chosen, "linux,initrd-end", &end))
		return -1;
	if (end == b->initrd.base)
		return 0;
	b->initrd.size = end - b->initrd.base;
	if (end < b->initrd.base || !board_has_ram(b, &b->initrd)) {
		b->initrd.size = 0;
		return dt_fail_at(s->err, b->fdt, chosen, "linux,initrd-end",
				  "0x%llx: behind linux,initrd-start and in RAM",
				  (unsigned long long)end);
	}
	return 0;
}

static int read_reservations(struct board_scan *s)
{
	u64 base, size;

	for (int i = 0; !fdt_get_mem_rsv(s->b->fdt, i, &base, &size) && size; i++) {
		if (base + size < base ||
		    add_range(s->b->reserved, &s->b->nr_reserved, ALIGN_DOWN(base, PAGE_SIZE),
			      ALIGN_UP(base + size, PAGE_SIZE)))
			return cfg_fail(s->err,
					"board device tree: memory reservations: 0x%llx: at most "
					"%d regions on a board, inside the address space",
					(unsigned long long)base, CFG_RANGES_MAX);
	}
	return 0;
}

/* One range of addresses that is no memory, and how to call it. */
struct board_frame {
	const char *name;
	struct range range;
};

#define BOARD_FRAMES_MAX (4 + CFG_REDIST_MAX)

/* What nk keeps, or guests may find emulated there. Returns how many of the BOARD_FRAMES_MAX are set. */
static u32 board_frames(const struct cfg_board *b, struct board_frame *frames)
{
	const struct cfg_gic *gic = &b->gic;
	u32 i, n = 0;

	frames[n++] = (struct board_frame){"interrupt controller's distributor", gic->dist};
	if (gic->version == 2)
		frames[n++] = (struct board_frame){"interrupt controller's CPU frame", gic->cpu};
	for (i = 0; i < gic->nr_redist; i++)
		frames[n++] = (struct board_frame){"interrupt controller's redistributors",
						   gic->redist[i]};
	if (b->console.node >= 0)
		frames[n++] = (struct board_frame){"console UART", b->console.reg};
	return n;
}

static int check_whole(struct board_scan *s)
{
	struct board_frame frames[BOARD_FRAMES_MAX];
	const struct cfg_board *b = s->b;
	u32 i, j, n = board_frames(b, frames);

	if (!b->nr_ram)
		return cfg_fail(s->err, "/memory: reg: missing: where RAM is");
	if (!b->nr_cpus)
		return cfg_fail(s->err, "/cpus: cpu: missing: a node for each CPU");
	if (b->gic.version == 2 && b->nr_cpus > GICV2_CPUS_MAX)
		return cfg_fail(s->err, "/cpus: cpu: %u: at most %d CPUs with a GICv2", b->nr_cpus,
				GICV2_CPUS_MAX);
	for (i = 0; i < n; i++)
		for (j = 0; j < b->nr_ram; j++)
			if (ranges_overlap(&frames[i].range, &b->ram[j]))
				return cfg_fail(s->err, "/memory: reg: 0x%llx: RAM without the %s",
						(unsigned long long)b->ram[j].base, frames[i].name);
	return 0;
}

static int scan_tree(struct board_scan *s)
{
	dtw_start(&s->w, s->b->fdt);
	while (dtw_next(&s->w))
		if (scan_node(s))
			return -1;
	return 0;
}

static const char *name_of(const void *fdt)
{
	struct dt_prop names = dt_get(fdt, DT_ROOT, "compatible");

	return dt_is_strings(&names) ? names.data : "unknown";
}

/* Reads what may not fail. */
static void begin_scan(struct board_scan *s, const void *fdt, int *chosen)
{
	struct cfg_board *b = s->b;

	memset(b, 0, sizeof(*b));
	b->console.node = -1;
	b->bootargs = "";
	s->err->text[0] = 0;
	s->err->unknown = NULL;
	s->gic_node = s->timer_node = s->psci_node = -1;
	b->fdt = fdt;
	b->name = name_of(fdt);
	*chosen = fdt_subnode_offset(fdt, DT_ROOT, "chosen");
	read_first(s, *chosen);
}

int cfg_board_console(struct cfg_board *b, const void *fdt, size_t size)
{
	struct cfg_error err;
	struct board_scan s = {.b = b, .err = &err};
	int chosen;

	if (fdt_check_full(fdt, size))
		return -1;
	begin_scan(&s, fdt, &chosen);
	return 0;
}

int cfg_board_parse(struct cfg_board *b, const void *fdt, size_t size, struct cfg_error *err)
{
	struct board_scan s = {.b = b, .err = err};
	int chosen;

	memset(b, 0, sizeof(*b));
	err->text[0] = 0;
	if (dt_check(fdt, size, "board device tree", err))
		return -1;
	begin_scan(&s, fdt, &chosen);
	if (scan_tree(&s) || read_reservations(&s))
		return -1;
	ranges_merge(b->ram, &b->nr_ram);
	ranges_merge(b->reserved, &b->nr_reserved);
	if (board_read_irqs(&s) || board_read_console_irqs(&s) || read_psci(&s) || check_whole(&s))
		return -1;
	return read_chosen(&s, chosen);
}
