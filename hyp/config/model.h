/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checked model of a machine and of the system that shares it: what config/ makes of the
 * board's and the system's device trees, and all that the rest of nk ever reads of them.
 *
 * Strings and blobs point into the trees, which stay in memory, unchanged, forever.
 */
#ifndef CONFIG_MODEL_H
#define CONFIG_MODEL_H

#include "config/error.h"
#include "lib/limits.h"
#include "lib/range.h"
#include "nk/log.h"

#define CFG_RANGES_MAX 64 /* RAM banks, or reserved areas, of a board */
#define CFG_REDIST_MAX 4 /* GICv3 redistributor regions */
#define CFG_CONSOLE_IRQS_MAX 6
#define CFG_RAM_PIECES 4 /* of a VM: `memory`, and `memory@1` to `memory@3` */
#define CFG_DEV_MAX 16 /* devices given to one VM */
#define CFG_DEVICES_MAX 64 /* and to all VMs together */
#define CFG_DEV_REGS_MAX 8
#define CFG_DEV_IRQS_MAX 16
#define CFG_DEV_RANGES_MAX (CFG_DEV_MAX * CFG_DEV_REGS_MAX)
#define CFG_VDEVS_MAX 512 /* vdev nodes in the whole system */
#define CFG_LINKS_MAX 1024 /* vlinks: an endpoint that names another makes two at most */
#define CFG_GRANTS_MAX 65536 /* pages that an endpoint may grant */
#define CFG_PROPS_MAX 256 /* user-defined properties */
#define CFG_PROP_NAME_MAX 63 /* characters */
#define CFG_WDTS_MAX 32 /* watchdogs of all VMs */
#define CFG_TABLES_MAX NK_CPUS_MAX /* time tables */
#define CFG_WINDOWS_MAX 32 /* of a time table */
#define CFG_VIRTIO_MAX 64 /* VirtIO devices of all VMs */
#define CFG_VIRTIO_VM_MAX 16 /* and of one */
#define CFG_VIRTIO_GRANTS_MAX 8192 /* pages that a VirtIO device's back-end may be granted */
#define CFG_VIRTIO_COMPATIBLE "vl,virtio-device,mmio"
#define CFG_US_MIN 100U /* of what the scheduler measures, in microseconds */
#define CFG_US_MAX 10000000U

enum cfg_crash_action { CFG_CRASH_STOP, CFG_CRASH_RESTART, CFG_CRASH_PANIC };

/* What is done when a VM has crashed. */
struct cfg_crash {
	enum cfg_crash_action action;
	u32 max_restarts; /* in restarts_time seconds; 0: there is no limit */
	u32 restarts_time;
	u32 dump_time; /* seconds that a restart waits for somebody to take the memory */
};

enum cfg_conduit { CFG_CONDUIT_NONE, CFG_CONDUIT_SMC };
enum cfg_trigger { CFG_TRIGGER_LEVEL, CFG_TRIGGER_EDGE };
enum cfg_uart {
	CFG_UART_NONE,
	CFG_UART_PL011,
	CFG_UART_16550,
	CFG_UART_DW_APB,
	CFG_UART_TEGRA,
	CFG_UART_TI,
	CFG_UART_CADENCE,
	CFG_UART_GENI,
	CFG_UART_MSM_DM,
	CFG_UART_IMX,
	CFG_UART_LPUART,
	CFG_UART_MVEBU,
	CFG_UART_MESON,
	CFG_UART_SCIF,
	CFG_UART_EXYNOS,
};

struct cfg_irq {
	u32 intid; /* GIC INTID: PPIs 16..31, SPIs 32.. */
	enum cfg_trigger trigger;
};

/* What has an interrupt's line inverted in front of the GIC, or not: bits of a register. */
struct cfg_inverter {
	paddr_t reg; /* 32 bits; mask 0: there is no such register */
	u32 mask;
	u32 value; /* of the bits in mask */
};

/* The UART that nk has as its console. */
struct cfg_console {
	enum cfg_uart type; /* NONE: there is none, or it is of no kind that nk knows */
	int node; /* offset in the board's tree; -1: there is none */
	struct range reg;
	/* What is not the same for all UARTs of a type. */
	u32 offset; /* of the registers in reg */
	u32 shift; /* they are 1 << shift bytes apart */
	u32 width; /* of an access to them, in bytes */
	u32 nr_irqs;
	struct cfg_irq irqs[CFG_CONSOLE_IRQS_MAX]; /* the first is what guests find at their UART */
	struct cfg_inverter inverter; /* of the first */
};

struct cfg_gic {
	u32 version; /* 2 or 3 */
	u32 phandle;
	u32 irq_cells; /* #interrupt-cells of its node */
	u32 address_cells; /* #address-cells of it, 0 if it says none */
	u32 front; /* phandle of a controller that leaves its interrupts to this one, 0: none */
	int node; /* offset in the board's tree */
	struct range dist;
	struct range cpu; /* GICv2: GICC */
	struct range hyp; /* GICv2: GICH */
	struct range vcpu; /* GICv2: GICV */
	u32 nr_redist;
	struct range redist[CFG_REDIST_MAX]; /* GICv3 */
	u64 redist_stride; /* 0: as GICR_TYPER says */
	struct cfg_irq maintenance;
};

/* What hardware there is: from the device tree the firmware passed. */
struct cfg_board {
	const void *fdt; /* for config alone */
	const char *name; /* the first of its names, such as "linux,dummy-virt" */
	u32 nr_ram;
	struct range ram[CFG_RANGES_MAX]; /* sorted, merged */
	u32 nr_reserved;
	struct range reserved[CFG_RANGES_MAX]; /* /reserved-memory and the header's list */
	u32 nr_cpus;
	u64 cpu_mpidr[NK_CPUS_MAX];
	int cpu_node[NK_CPUS_MAX]; /* offsets in fdt */
	enum cfg_conduit psci;
	struct cfg_gic gic;
	struct cfg_irq timer_phys; /* EL1 physical (non-secure) */
	struct cfg_irq timer_virt;
	struct cfg_irq timer_hyp;
	struct cfg_console console;
	struct range initrd; /* the system bundle; size 0: none */
	const char *bootargs; /* /chosen/bootargs, "" when absent */
};

struct cfg_device {
	const char *path; /* as written in `devices` */
	int node; /* offset in the board's tree */
	u64 moved; /* what is added to the board's addresses for the guest's; 0: it is where the board has it */
	u32 address_cells, size_cells; /* of its reg */
	u32 nr_regs;
	struct range regs[CFG_DEV_REGS_MAX]; /* page aligned; see cfg_device_pages() */
	u64 first[CFG_DEV_REGS_MAX]; /* addresses of the regions, as the CPU has them */
	u32 nr_irqs;
	struct cfg_irq irqs[CFG_DEV_IRQS_MAX];
};

/* A piece of a VM's RAM. */
struct cfg_ram {
	const char *name; /* of its node */
	bool has_base;
	bool has_pa;
	u64 size; /* bytes, a multiple of 2 MiB */
	u64 base; /* IPA; without it IPA = PA */
	u64 pa; /* without it anywhere */
};

struct cfg_vm {
	struct cfg_node node;
	int vplatform_node; /* -1 when absent or empty */
	u32 id;
	char name[NK_NAME_MAX];
	const char *kernel; /* image names in the bundle; NULL when absent */
	const char *initrd;
	const char *dtb;
	const char *bootargs; /* NULL when absent */
	bool has_kernel_offset; /* a raw binary: where from RAM base, else an Image header says it */
	bool has_dtb_offset; /* where from RAM base its tree is; else behind the images */
	bool has_gic; /* at addresses of its own, not the board's */
	bool has_uart; /* likewise, or none */
	u64 kernel_offset;
	u64 dtb_offset;
	struct range gic_dist; /* as the guest finds it: the distributor, */
	struct range gic_cpu; /* and GICv2's CPU interface, or GICv3's redistributors */
	struct range uart; /* emulated; size 0: there is none */
	u32 uart_intid; /* 0: there is none */
	u32 nr_ram;
	struct cfg_ram ram[CFG_RAM_PIECES]; /* images and tree are in the first, at least one */
	u32 nr_vcpus;
	u32 vcpu_cpu[NK_VCPUS_MAX]; /* physical CPU (index in cfg_board.cpu_mpidr) of each vCPU */
	u32 affinity; /* masks of physical CPUs */
	bool has_affinity; /* the tree names them, so other VMs may be there too */
	u32 handover_affinity; /* those of affinity that other VMs may have instead */
	u32 handover_ms; /* how long the VM may take to let one go */
	bool migration;
	u32 priority;
	u32 time_slice_us; /* of a turn among VMs of the same priority */
	u32 budget_us; /* of each CPU in each period; 0: no limit */
	u32 period_us;
	bool autostart; /* false: waits for somebody to start it */
	u32 boot_order; /* it starts before those with a higher one; 0: with all others that have none */
	u32 xirq_rate; /* times a second it may interrupt each CPU of other VMs */
	bool stray_ends; /* an access to nothing ends it, and gives it no abort */
	bool suspends_system; /* PSCI SYSTEM_SUSPEND is for it */
	struct cfg_crash crash;
	const char *symbols; /* image: an ELF file; NULL when absent */
	bool regions; /* properties say where its images are loaded */
	u32 nr_devices;
	struct cfg_device devices[CFG_DEV_MAX];
};

enum cfg_vdev_dir { CFG_VDEV_BOTH, CFG_VDEV_SERVER, CFG_VDEV_CLIENT };

/* One vlink endpoint, kept for the drivers. */
struct cfg_vdev {
	struct cfg_node node;
	u32 vm;
	const char *compatible; /* vlink name, 15 characters at most */
	u32 phandle; /* 0: none */
	u32 peer_phandle; /* 0: none */
	enum cfg_vdev_dir dir;
	bool clone_auto;
	u32 clone; /* #clone, 1 by default */
	s32 link; /* -1: not given */
	bool critical;
	u32 pdev_size; /* bytes for pdev chunks of each of its links; 0: not given */
	bool has_pmem_quota;
	u64 pmem_quota; /* bytes of pmem that each of its links may take */
	bool has_xirq_quota;
	u32 xirq_quota; /* cross interrupts of this VM that each of its links may take */
	u32 grants; /* pages it may have granted to the peer of each of its links at a time */
	s32 peer; /* index in vdevs of the end that peer_phandle names; -1: none */
	const char *info; /* strings with a NUL behind each, info_len bytes; they are one text */
	u32 info_len;
};

enum { CFG_SERVER, CFG_CLIENT };

/* A vlink; its name is the `compatible` of both ends. */
struct cfg_link {
	u16 end[2]; /* indices in vdevs: CFG_SERVER, CFG_CLIENT */
	s32 number; /* among the links of its name */
	u32 pdev_size; /* bytes */
	u64 pmem_size; /* bytes, a multiple of 4 KiB */
};

/* A property of the user's own, or other permissions for one of nk's. */
struct cfg_prop {
	const char *name;
	struct cfg_node node;
	int builtin; /* enum prop_builtin, or -1: the user's own */
	u32 vm; /* of a built-in one: the VM it belongs to, or 0 */
	u32 size;
	u32 allow_set; /* bit N: VM N; ~0: everybody */
	u32 allow_get;
	u32 allow_notify;
	bool has_set, has_get, has_notify; /* the node says so; else nobody, or as nk has it */
};

enum { CFG_WDT_CONFIG, CFG_WDT_COUNTER, CFG_WDT_STATE, CFG_WDT_PARTS };

/* A watchdog: three of the user's properties. */
struct cfg_wdt {
	u32 vm; /* whose it is */
	const char *name; /* name_len characters of it */
	int name_len;
	const struct cfg_prop *part[CFG_WDT_PARTS];
};

/* Memory that moves between VMs. */
struct cfg_balloon {
	struct cfg_node node;
	u32 host; /* VM that has all of it at first; 0: there is none */
	u32 takers; /* mask of VMs that may have what the host gave back */
	u64 size; /* bytes, a multiple of 2 MiB */
};

/* What nk keeps about what it does; see nk/monitor.h. */
#define CFG_EVENT_LOG 0x40000
#define CFG_EVENT_LOG_MAX 0x1000000

struct cfg_monitor {
	struct cfg_node node;
	bool on; /* the node is there */
	u32 log_size; /* bytes of records, for each CPU; a power of two or 0 */
	u32 enable; /* NK_MONITOR_*, at first */
	u32 nr_buckets;
	u32 first_bucket_ns;
	u32 matrices; /* bit NK_STAT_*; 0: no statistics are shown */
};

/* Who may run when, on some CPUs: times of a frame that is repeated. */
struct cfg_window {
	u32 start_us;
	u32 length_us;
	u32 vms; /* mask */
	bool others; /* what these leave is for all */
};

struct cfg_table {
	struct cfg_node node;
	u32 cpus; /* mask */
	u32 frame_us;
	u32 nr_windows;
	struct cfg_window window[CFG_WINDOWS_MAX]; /* by rising start; they do not overlap */
};

/* A circular log. */
struct cfg_vlog {
	struct cfg_node node;
	u32 size; /* bytes, a multiple of 4 KiB */
	u32 writers; /* masks of VMs */
	u32 readers;
};

/* A VirtIO device. */
struct cfg_virtio {
	struct cfg_node node;
	u32 vm; /* that has it, and its driver */
	u32 back; /* that serves it */
	const char *name;
	struct range reg; /* where vm has its registers */
	u32 intid; /* its interrupt there, an SPI */
	bool share; /* back has RAM of vm: all of it, */
	struct range pool; /* or these bytes of a piece, for this device alone; size 0: not so */
	u32 pool_piece;
	u32 grants; /* or pages that vm grants, so many at a time; 0: not so */
	u32 wait_ms; /* that a driver may wait for it to be there, from the start of vm's life on */
};

/* How to share the machine: from the bundle's system device tree. */
struct cfg_system {
	const void *fdt; /* for config alone */
	struct cfg_node hyp; /* the node `hyp`, if there is one */
	u64 pmem_size;
	struct cfg_balloon balloon;
	struct cfg_monitor monitor;
	u32 nr_vlogs;
	struct cfg_vlog vlog[NK_LOGS];
	u32 nr_tables;
	struct cfg_table table[CFG_TABLES_MAX];
	u32 nr_vms;
	struct cfg_vm vm[NK_VM_IDS]; /* by rising id, nr_vms of them */
	u32 nr_vdevs;
	struct cfg_vdev vdevs[CFG_VDEVS_MAX];
	u32 nr_links;
	struct cfg_link links[CFG_LINKS_MAX]; /* in the order VMs see them */
	u32 nr_props;
	struct cfg_prop props[CFG_PROPS_MAX];
	u32 nr_wdts, nr_virtio;
	struct cfg_wdt wdts[CFG_WDTS_MAX];
	struct cfg_virtio virtio[CFG_VIRTIO_MAX]; /* by rising id of the VM that has it */
};

/*
 * Reads the board's device tree into *b. Looks at every value once and bounds every count.
 * fdt: 4-byte aligned blob, size: bytes that may be read there.
 * Returns 0, or -1 with *err filled. Context: boot, one CPU. Source: Devicetree Specification,
 * and the bindings arm,gic, arm,gic-v3, arm,armv8-timer, arm,psci, arm,pl011.
 */
int cfg_board_parse(struct cfg_board *b, const void *fdt, size_t size, struct cfg_error *err);

/*
 * Reads of it what cfg_board_parse() reads first: options, console, PSCI. Returns 0, or -1 when it
 * is no tree. Context: also the MMU off and the code at another address than it was linked for.
 */
int cfg_board_console(struct cfg_board *b, const void *fdt, size_t size);

/*
 * Reads the system device tree into *s and checks it against the board: ids, images' names are
 * looked up later, CPUs, memory, devices.
 * Returns 0, or -1 with *err filled. Context: boot, one CPU. Source: dts/bindings.
 */
int cfg_system_parse(struct cfg_system *s, const void *fdt, size_t size, const struct cfg_board *b,
		     struct cfg_error *err);

/*
 * The pages of the VM's device of that index and of all others that are moved as far, each once whatever shares it, in rising
 * order and in as few ranges as there can be, ready to map. None for a device that came with an earlier one. r: room for
 * CFG_DEV_RANGES_MAX. Returns how many are set.
 */
u32 cfg_device_pages(const struct cfg_vm *vm, u32 index, struct range *r);

/* Where the guest sees the piece; size 0: the tree leaves that to nk. */
static inline struct range cfg_ram_seen(const struct cfg_ram *ram)
{
	if (!ram->has_base && !ram->has_pa)
		return (struct range){0, 0};
	return (struct range){ram->has_base ? ram->base : ram->pa, ram->size};
}

/* Bytes of a piece of the VM's RAM that are in none of its devices' pools: these are behind them, up to its end. */
u64 cfg_ram_below_pools(const struct cfg_system *s, const struct cfg_vm *vm, u32 piece);

/* Whether the SPI intid is one of the console's. */
bool cfg_console_has_irq(const struct cfg_console *c, u32 intid);

/* Where guests find their UART if they have no other place for it: on the page of the board's own. */
static inline paddr_t cfg_console_page(const struct cfg_console *c)
{
	return ALIGN_DOWN(c->reg.base, PAGE_SIZE);
}

#endif
