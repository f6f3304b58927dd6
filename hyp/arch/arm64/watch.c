// SPDX-License-Identifier: Apache-2.0
/*
 * Watched exits: see arch/watch.h.
 *
 * Each CPU's time is cut into pieces, at the counter's values where an exit begins and ends, where the CPU begins to
 * wait, and where another vCPU comes: nk's and idle time are added up here, and what is left of the time that passed
 * is the guest's (core_watch_left()). A vCPU that others run in the middle of an exit of, or that waits there, is away.
 */
#include "arch/watch.h"
#include "arch/cpu.h"
#include "arch/gic.h"
#include "arch/irq.h"
#include "arch/mmio.h"
#include "arch/sysreg.h"
#include "arch/trap.h"
#include "arch/upcall.h"
#include "nk/hypercall.h"

u64 watch_hvc(struct frame *f, u64 esr);
u64 watch_smc(struct frame *f, u64 esr);
void watch_abort(struct frame *f, u64 esr);
void watch_sync(struct frame *f, u64 esr);
void watch_serror(struct frame *f);
void watch_guest_irq(void);
void watch_leave(void);
void watch_leave_abort(void);
void watch_leave_irq(void);

extern const char vectors[], vectors_watched[];

u32 watch_mode;
u8 watch_buckets[65];
u8 watch_hwirq_map[WATCH_INTIDS];

/* What the records of most events have: where the guest is, and why it is not there. */
static void trap_event(u32 type, u64 esr, u32 function)
{
	core_event(type, read_sysreg(elr_el2), (u32)read_sysreg(spsr_el2) | esr << 32, function);
}

__attribute__((noinline)) void watch_event(u32 type)
{
	if (!watch_events())
		return;
	if (this_cpu_now()->vcpu)
		trap_event(type, read_sysreg(esr_el2), 0);
	else
		core_event(type, 0, 0, 0);
}

static void cpu_op(struct percpu *cpu, u32 op)
{
	if (cpu->watch.mode & NK_MONITOR_COUNTERS)
		cpu->watch.ops[op]++;
}

void watch_cpu_event(u32 type, u32 op)
{
	cpu_op(this_cpu_now(), op);
	watch_event(type);
}

static void vcpu_op(struct arch_vcpu *v, u32 op)
{
	if (watch_counts())
		v->watch.ops[op]++;
}

static inline void set_column(struct watch_vcpu *w, u32 kind, u32 id)
{
	w->pair = &w->columns[kind].pairs[w->columns[kind].map[id]];
}

static inline bool events_here(void)
{
	return this_cpu()->watch.mode & NK_MONITOR_EVENTS;
}

static inline struct arch_vcpu *begin(void)
{
	struct percpu *cpu = this_cpu();

	cpu->watch.mark = read_sysreg(cntpct_el0);
	return cpu->vcpu;
}

static void enter_event(struct arch_vcpu *v, u32 type, u64 esr, u32 function)
{
	v->watch.function = function;
	v->watch.more |= WATCH_EVENTS;
	trap_event(type, esr, function);
}

static __cold __attribute__((noinline)) u64 hvc_events(struct arch_vcpu *v, struct frame *f,
						       u64 esr)
{
	enter_event(v, NK_EVT_ID_TRAP_ENTER, esr, (u32)f->x[0]);
	trap_event(NK_EVT_ID_HYP_CALL, esr, v->watch.function);
	return trap_hvc(f);
}

/* HVC and SMC, by the vectors, which look at the vCPU's requests behind it. They return what these put into x0. */
u64 watch_hvc(struct frame *f, u64 esr)
{
	struct arch_vcpu *v = begin();
	u32 nr = (u32)f->x[0] - NK_HC_FID(0);

	set_column(&v->watch, WATCH_HCALL, MIN(nr, (u32)NK_STAT_PSCI));
	if (unlikely(events_here()))
		return hvc_events(v, f, esr);
	return trap_hvc(f);
}

static __cold __attribute__((noinline)) u64 smc_events(struct arch_vcpu *v, struct frame *f,
						       u64 esr)
{
	enter_event(v, NK_EVT_ID_TRAP_ENTER, esr, (u32)f->x[0]);
	return (u64)trap_smc(f);
}

u64 watch_smc(struct frame *f, u64 esr)
{
	struct arch_vcpu *v = begin();

	set_column(&v->watch, WATCH_TRAP, ESR_EC_SMC64);
	if (unlikely(events_here()))
		return smc_events(v, f, esr);
	return (u64)trap_smc(f);
}

static void vdev_event(const struct arch_vcpu *v)
{
	const struct mmio *m = &v->mmio;

	core_event(m->write ? NK_EVT_ID_VDEV_STORE : NK_EVT_ID_VDEV_LOAD,
		   m->region->base + m->offset, m->value, m->region->kind | (u32)m->size << 16);
}

static __cold __attribute__((noinline)) void abort_events(struct arch_vcpu *v, struct frame *f,
							  u64 esr)
{
	enter_event(v, NK_EVT_ID_TRAP_ENTER, esr, 0);
	mmio_abort(v, f, esr);
	if (v->mmio.region && watch_events())
		vdev_event(v);
}

/* A data abort: which register it was about is known afterwards, and counted by watch_leave_abort(). */
void watch_abort(struct frame *f, u64 esr)
{
	struct arch_vcpu *v = begin();

	v->mmio.region = NULL;
	if (unlikely(events_here()))
		abort_events(v, f, esr);
	else
		mmio_abort(v, f, esr);
}

static __cold __attribute__((noinline)) void sync_events(struct arch_vcpu *v, struct frame *f,
							 u64 esr)
{
	enter_event(v, NK_EVT_ID_TRAP_ENTER, esr, 0);
	if (esr_ec(esr) != ESR_EC_SYS64 || !sysreg_id_read(f, esr))
		trap_sync(f, esr);
}

/* All other synchronous exceptions; reads of ID registers only where events are recorded. */
void watch_sync(struct frame *f, u64 esr)
{
	struct arch_vcpu *v = begin();

	set_column(&v->watch, WATCH_TRAP, esr_ec(esr));
	if (unlikely(events_here()))
		sync_events(v, f, esr);
	else
		trap_sync(f, esr);
}

void watch_serror(struct frame *f)
{
	set_column(&begin()->watch, WATCH_TRAP, ESR_EC_SERROR);
	trap_serror(f);
}

static inline u32 irq_column(u32 intid)
{
	return watch_hwirq_map[MIN(intid, WATCH_INTIDS - 1U)];
}

static inline bool is_spurious(u32 intid)
{
	return intid >= GIC_SPURIOUS && intid <= GIC_SPECIAL_LAST;
}

static inline void count_irq(struct percpu *cpu, u32 intid, u32 column)
{
	cpu->watch.hwirqs[column]++;
	if (unlikely(is_spurious(intid)))
		cpu->watch.ops[NK_CPU_OP_SPURIOUS_IRQ]++;
}

__attribute__((noinline)) void watch_irq(u32 intid)
{
	struct percpu *cpu = this_cpu();

	if (cpu->watch.mode & NK_MONITOR_COUNTERS)
		count_irq(cpu, intid, irq_column(intid));
	if (unlikely(watch_events()))
		core_event(is_spurious(intid) ? NK_EVT_ID_IRQ_SPURIOUS : NK_EVT_ID_IRQ_SELECT,
			   intid, 0, 0);
}

static void handle_watched(u32 iar)
{
	watch_irq(gic_intid(iar));
	irq_handle_acked(this_cpu()->vcpu, iar);
}

static __cold __attribute__((noinline)) void irq_events(struct arch_vcpu *v)
{
	u32 iar;

	enter_event(v, NK_EVT_ID_INTR_ENTER, 0, 0);
	v->watch.more |= WATCH_IN_IRQ;
	iar = gic_ack();
	v->watch.pair = v->watch.columns[WATCH_HWIRQ].pairs + irq_column(gic_intid(iar));
	handle_watched(iar);
}

void watch_guest_irq(void)
{
	struct percpu *cpu = this_cpu();
	struct arch_vcpu *v = begin();
	u32 iar, column;

	if (unlikely(events_here())) {
		irq_events(v);
		return;
	}
	v->watch.more = WATCH_IN_IRQ;
	iar = gic_ack();
	column = irq_column(gic_intid(iar));
	v->watch.pair = v->watch.columns[WATCH_HWIRQ].pairs + column;
	count_irq(cpu, gic_intid(iar), column);
	irq_handle_acked(v, iar);
}

__attribute__((noinline)) void watch_el2_irq(void)
{
	watch_event(NK_EVT_ID_INTR_EL2_ENTER);
	cpu_op(this_cpu_now(), NK_CPU_OP_INTR_EL2);
	handle_watched(gic_ack());
	watch_event(NK_EVT_ID_INTR_EL2_LEAVE);
}

void watch_virq(struct arch_vcpu *v, u32 pirq, u32 virq)
{
	struct watch_vcpu *w = &v->watch;
	u32 column = w->virq_map[virq], mode = READ_ONCE(watch_mode);

	if (mode & NK_MONITOR_COUNTERS) {
		w->virqs[column]++;
		w->asserted = column;
		w->more |= WATCH_ASSERTED;
	}
	if (unlikely(mode & NK_MONITOR_EVENTS))
		core_event(NK_EVT_ID_VIRQ_ASSERT, pirq | (u64)virq << 32, 0, 0);
}

void watch_virq_filled(struct arch_vcpu *v, u32 pirq, u32 virq)
{
	struct watch_vcpu *w = &v->watch;

	for (u32 i = 0; i < w->nr_untaken; i++) {
		if (w->untaken[i] == virq) {
			w->untaken[i] = w->untaken[--w->nr_untaken];
			return;
		}
	}
	watch_virq(v, pirq, virq);
}

void watch_irq_away(struct arch_vcpu *t, u32 intid)
{
	if (watch_events())
		watch_post(t->vm, t->id, intid);
	if (watch_counts() && !READ_ONCE(t->watch.irq_since))
		WRITE_ONCE(t->watch.irq_since, this_cpu()->watch.mark);
}

/* The exit has asserted an interrupt: how long after it was taken. */
static void add_latency(struct watch_vcpu *w, u64 exec, u64 now)
{
	if (w->irq_since)
		watch_add(&w->vswitch[w->asserted], now - w->irq_since);
	else if (w->more & WATCH_IN_IRQ)
		watch_add(&w->latency[w->asserted], exec + w->away);
	w->irq_since = 0;
}

/* An exit in which others ran, or an interrupt's, or one that gave the guest one. */
static void count_more(struct watch_vcpu *w, u64 exec, u64 now)
{
	exec += w->before;
	watch_add(&w->pair->exec, exec);
	if (w->more & WATCH_AWAY)
		watch_add(&w->pair->wait, w->away);
	if (w->more & WATCH_ASSERTED)
		add_latency(w, exec, now);
	w->before = 0;
	w->away = 0;
}

/* Returns how long it took, and the counter's value. */
static inline u64 end_exit(struct percpu *cpu, u64 *now)
{
	u64 took;

	*now = read_sysreg(cntpct_el0);
	took = *now - cpu->watch.mark;
	cpu->watch.nk += took;
	cpu->watch.mark = 0;
	return took;
}

static __attribute__((noinline)) void leave_more(struct percpu *cpu, struct arch_vcpu *v)
{
	struct watch_vcpu *w = &v->watch;
	u64 now, took;

	if (w->more & WATCH_EVENTS && cpu->watch.mode & NK_MONITOR_EVENTS)
		trap_event(w->more & WATCH_IN_IRQ ? NK_EVT_ID_INTR_LEAVE : NK_EVT_ID_TRAP_LEAVE,
			   read_sysreg(esr_el2), w->function);
	if (cpu->watch.mode & NK_MONITOR_COUNTERS && !(w->more & WATCH_OFF)) {
		took = end_exit(cpu, &now);
		count_more(w, took, now);
	}
	w->more = 0;
}

static inline void leave(struct percpu *cpu, struct arch_vcpu *v)
{
	u64 now;

	if (unlikely(v->watch.more))
		leave_more(cpu, v);
	else
		watch_add(&v->watch.pair->exec, end_exit(cpu, &now));
}

/* The last thing of a watched exit, by the vectors. */
void watch_leave(void)
{
	struct percpu *cpu = this_cpu_now();

	leave(cpu, cpu->vcpu);
}

/* Of an access that nothing emulated the column is that of its exception class. */
void watch_leave_abort(void)
{
	struct percpu *cpu = this_cpu_now();
	struct arch_vcpu *v = cpu->vcpu;
	const struct mmio *m = &v->mmio;

	if (likely(m->region))
		v->watch.pair = v->watch.columns[WATCH_VDEV].pairs + m->region->column + m->write;
	else
		set_column(&v->watch, WATCH_TRAP, ESR_EC_DABT_LOW);
	leave(cpu, v);
}

/* An interrupt's exit that gave the guest one at once is in two cells, in the same bucket. */
void watch_leave_irq(void)
{
	struct percpu *cpu = this_cpu_now();
	struct watch_vcpu *w = &cpu->vcpu->watch;
	struct watch_cell *exec, *latency;
	u64 now, took;
	u32 bucket;

	if (unlikely(w->more != (WATCH_IN_IRQ | WATCH_ASSERTED) || w->irq_since)) {
		leave_more(cpu, cpu->vcpu);
		return;
	}
	exec = &w->pair->exec;
	latency = w->latency + w->asserted;
	took = end_exit(cpu, &now);
	bucket = watch_buckets[clz64(took)];
	exec->bucket[bucket]++;
	exec->sum += took;
	latency->bucket[bucket]++;
	latency->sum += took;
	w->more = 0;
}

/* Ends the piece of time that the CPU is in. */
static u64 cut(struct percpu *cpu)
{
	u64 now = read_sysreg(cntpct_el0), mark = cpu->watch.mark;

	if (cpu->watch.is_idle)
		cpu->watch.idle += now - mark;
	else if (mark)
		cpu->watch.nk += now - mark;
	cpu->watch.mark = now;
	return now;
}

/* v, if there is one, has come to where it waits in its exit, or goes on with that. */
static void away(struct arch_vcpu *v, u64 mark, u64 now)
{
	v->watch.before += mark ? now - mark : 0;
	v->watch.out = now;
	v->watch.more |= WATCH_AWAY;
}

static void back(struct arch_vcpu *v, u64 now)
{
	v->watch.away += now - v->watch.out;
	if (v->watch.out < this_cpu_now()->watch.since) { /* its exit began when nobody counted */
		v->watch.before = 0;
		v->watch.away = 0;
	}
}

static __attribute__((noinline)) void set_idle(struct percpu *cpu, bool idle)
{
	u64 mark = cpu->watch.mark, now;

	if (!(cpu->watch.mode & NK_MONITOR_COUNTERS)) {
		WRITE_ONCE(cpu->watch.is_idle, idle);
		return;
	}
	now = cut(cpu);
	WRITE_ONCE(cpu->watch.is_idle, idle);
	if (cpu->vcpu && idle)
		away(cpu->vcpu, mark, now);
	else if (cpu->vcpu)
		back(cpu->vcpu, now);
}

void watch_wait(void)
{
	struct percpu *cpu = this_cpu_now();

	watch_apply();
	cpu_op(cpu, NK_CPU_OP_IDLE);
	watch_event(NK_EVT_ID_CPU_IDLE_ENTER);
	set_idle(cpu, true);
	dsb(sy);
	__asm__ volatile("wfi" ::: "memory");
	set_idle(cpu, false);
	watch_event(NK_EVT_ID_CPU_IDLE_LEAVE);
	watch_el2_irq();
}

void watch_out(struct arch_vcpu *v)
{
	struct percpu *cpu = this_cpu_now();
	u64 mark = cpu->watch.mark, now;

	v->watch.nr_untaken = vgic_untaken(v, v->watch.untaken);
	watch_event(NK_EVT_ID_VCPU_SWITCH_OUT);
	if (!(cpu->watch.mode & NK_MONITOR_COUNTERS))
		return;
	now = cut(cpu);
	away(v, mark, now);
	core_watch_left(v, now);
}

void watch_in(struct arch_vcpu *v)
{
	struct percpu *cpu = this_cpu_now();

	v->watch.nr_untaken = 0;
	watch_event(NK_EVT_ID_VCPU_SWITCH_IN);
	vcpu_op(v, NK_VCPU_OP_SWITCH);
	if (!(cpu->watch.mode & NK_MONITOR_COUNTERS))
		return;
	back(v, cut(cpu));
}

static void forget_exit(struct watch_vcpu *w)
{
	w->irq_since = 0;
	w->before = 0;
	w->away = 0;
	w->more = 0;
}

__cold void watch_start(struct arch_vcpu *v)
{
	struct percpu *cpu = this_cpu_now();

	watch_apply();
	vcpu_op(v, NK_VCPU_OP_START);
	watch_event(NK_EVT_ID_VCPU_START);
	forget_exit(&v->watch);
	if (!(cpu->watch.mode & NK_MONITOR_COUNTERS))
		return;
	cut(cpu);
	cpu->watch.mark = 0;
}

__cold void watch_stop(struct arch_vcpu *v)
{
	vcpu_op(v, NK_VCPU_OP_STOP);
	watch_event(NK_EVT_ID_VCPU_STOP);
	if (this_cpu_now()->watch.mode & NK_MONITOR_COUNTERS)
		core_watch_left(v, cut(this_cpu_now()));
}

/* WFI traps while the CPU is watched: how long it lasts is seen, and that it happens. */
static void trap_waits(struct percpu *cpu, bool on)
{
	if (cpu->shared)
		return; /* arch_thread_settle() does it */
	cpu->hcr = on ? cpu->hcr | HCR_TWI : cpu->hcr & ~(u64)HCR_TWI;
	write_sysreg(cpu->hcr, hcr_el2);
}

__cold void watch_apply(void)
{
	struct percpu *cpu = this_cpu_now();
	u32 mode = READ_ONCE(watch_mode), old = cpu->watch.mode;
	u64 now = read_sysreg(cntpct_el0);

	/* It may have been away when nobody watched it come back. */
	if (cpu->vcpu)
		cpu->vcpu->watch.nr_untaken = 0;
	if (mode == old)
		return;
	if (old & NK_MONITOR_COUNTERS)
		core_watch_period(cpu->vcpu, cut(cpu), false);
	cpu->watch.mode = mode;
	cpu->watch.since = now;
	cpu->watch.mark = cpu->vcpu && !old ? 0 : now; /* that exit ends as it began */
	if (cpu->vcpu) {
		forget_exit(&cpu->vcpu->watch);
		cpu->vcpu->watch.more = mode & NK_MONITOR_COUNTERS ? 0 : WATCH_OFF;
	}
	if (mode & NK_MONITOR_COUNTERS)
		core_watch_period(cpu->vcpu, now, true);
	trap_waits(cpu, mode != 0);
	write_sysreg((u64)(mode ? vectors_watched : vectors), vbar_el2);
	isb();
}

void watch_vcpu_idle(struct arch_vcpu *v, bool idle)
{
	watch_event(idle ? NK_EVT_ID_VCPU_IDLE_ENTER : NK_EVT_ID_VCPU_IDLE_LEAVE);
	if (idle)
		vcpu_op(v, NK_VCPU_OP_IDLE);
}

void watch_moved(struct arch_vcpu *v)
{
	vcpu_op(v, NK_VCPU_OP_MIGRATE);
}

void watch_held(const struct arch_vcpu *v)
{
	if (watch_events())
		core_event(NK_EVT_ID_IRQ_THROTTLE, v->vm->id | (u64)v->id << 32, 0, 0);
}

void watch_post(const struct arch_vm *vm, u32 vcpu, u32 irq)
{
	core_event(NK_EVT_ID_IRQ_POST, vm->id | (u64)vcpu << 32, irq, 0);
}
