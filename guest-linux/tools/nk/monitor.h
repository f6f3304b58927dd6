/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* nk top, nk stat, nk trace: what they share. */
#ifndef NK_TOOL_MONITOR_H
#define NK_TOOL_MONITOR_H

#include <stdio.h>
#include <nk/monitor.h>
#include <vlx/evtstats.h>
#include "nk.h"

/* What the system tree must have, for the lines that say so. */
#define TREE_STATS "&hyp { monitoring { stats { compatible = \"vl,evt-stats\"; }; }; };"
#define TREE_RINGS "&hyp { monitoring { log-size = <0x40000>; }; };"

/*
 * enable.c: nk.monitoring.enable, a set of NK_MONITOR_*. enable_bits() sets and clears bits, and needs is what the tree
 * lacks where nk does not take it. They return NK_OK and *mode as it is then, or say what is wrong.
 */
int enabled(uint64_t *mode);
int enable_bits(const char *what, uint64_t set, uint64_t clear, const char *needs, uint64_t *mode);

/* Switches counters on, if they are off: *switched then. counters_off() undoes that. Returns NK_OK, or says why not. */
int counters_on(bool *switched);
void counters_off(bool switched);

/* What nk says of monitoring; hz is 0 where the tree has none. Returns 0 or -errno. */
int monitoring_info(struct nk_monitoring *info);

/* Why there are no counters, of one VM or at all, or no rings, and what to do. Returns NK_FAILED. */
int no_stats(const char *command);
int no_rings(const char *command);

/* pause.c: from here on SIGINT, SIGTERM and SIGHUP end pauses, and nothing else. */
void hold_signals(void);
/* Waits until then (by now()). Returns whether it was to end before: by such a signal; keys: or the key q. */
bool pause_until(double end, bool keys);

/* row.c: what a vCPU has counted in a matrix, by rising id. */
struct row {
	VlxStat *columns;
	size_t count;
};

/* Whether this VM may see what that vCPU has counted. */
bool is_counted(int vm, unsigned int vcpu);
/* Returns 0, and *row to be freed by row_free(), or -errno. */
int row_read(struct row *row, const char *matrix, int vm, unsigned int vcpu);
void row_free(struct row *row);
/* What the column of that id has counted since before; zeroes where there is none. */
VlxStat row_since(const struct row *row, const struct row *before, uint32_t id);

/* What a number has grown by; read while it is counted it may be less than before. */
static inline uint64_t counted(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* Exits, by what they are. */
enum kind { HYPERCALLS, TRAPS, ACCESSES, INTERRUPTS, KINDS };
extern const char *const kind_names[KINDS]; /* members of objects */

/* sample.c: what a vCPU had counted at a time. */
struct look {
	double at; /* by now() */
	struct row time; /* NK_VCPU_TIME_* */
	struct row virqs;
	struct row exits[KINDS]; /* times */
	bool known[KINDS]; /* the tree has the matrix */
};

/* Returns 0, and *look to be freed by look_free(), or -errno. */
int look_take(struct look *look, int vm, unsigned int vcpu);
void look_free(struct look *look);

/* A kind of exit: of one hypercall, say. */
struct exit {
	enum kind kind;
	VlxStat column;
};

/* What a vCPU has done between two looks, or what a VM's vCPUs have done in all. */
struct work {
	unsigned int vcpus;
	double seconds; /* of all of them */
	uint64_t ticks[NK_VCPU_TIME_NR];
	uint64_t virqs;
	struct exit *exits; /* dearest first, once they are sorted */
	size_t nr_exits;
	bool known[KINDS];
};

/* Adds what was between before and now, which is less before then. Returns NK_OK, or says that memory is short. */
int work_add(struct work *work, const struct look *before, const struct look *now);
void work_free(struct work *work);
void work_sort(struct work *work);
uint64_t work_count(const struct work *work, enum kind kind);
double work_rate(const struct work *work, uint64_t count); /* a second */
double exit_mean_us(const struct exit *exit, uint64_t hz); /* of one of them */

/* pcpu.c: what the physical CPUs did. */
struct cpu_time {
	unsigned int cpu;
	uint64_t idle;
	uint64_t vm[ID_LIMIT]; /* 1: nk */
};

struct cpu_times {
	uint64_t hz;
	struct cpu_time *cpus;
	size_t count;
	int nr_vms; /* columns of vm[], from 1 on */
};

/* Returns 0, and *times to be freed by cpu_times_free(), or -errno. */
int cpu_times_read(struct cpu_times *times);
void cpu_times_free(struct cpu_times *times);
/* What there was since before, and its sum. */
uint64_t cpu_time_since(const struct cpu_time *now, const struct cpu_time *before,
			struct cpu_time *passed);

/* A vCPU that is looked at: before and now an interval apart. */
struct watched {
	int vm;
	unsigned int vcpu;
	struct look before, now;
};

/* What nk top shows. */
struct picture {
	bool switched; /* counters are on for this alone */
	bool all; /* and not only what is this VM's own */
	struct cpu_times before, now;
	struct watched *vcpus; /* each VM's are one behind the other */
	size_t nr_vcpus;
};

/* picture.c: text on out, or JSON on stdout. Return NK_OK, or say that memory is short. */
int picture_text(const struct picture *picture, FILE *out);
int picture_json(const struct picture *picture);

#endif
