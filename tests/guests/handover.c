// SPDX-License-Identifier: Apache-2.0
/*
 * VMs that hand CPUs to and fro as fast as they can, by nk's properties alone. Each has as many vCPUs on as it is to
 * have, and they keep values in all FP registers and say on which physical CPU they are. VM 2 asks, `rounds` times, by
 * chance (`seed`); the others follow until it sets t.end. Bare QEMU has none of this.
 */
#include "nk/handover.h"
#include "nk/prop.h"
#include "rt/nkcall.h"
#include "rt/psci.h"
#include "rt/rt.h"

#define DENIED ((u64)-3)

static struct worker {
	u32 go; /* it stays on while this is 1 */
	u32 on;
	u32 looks; /* counts what it did */
	u32 cpu; /* physical, at the last of them */
	u64 changed;
} workers[CPUS_MAX];

static u32 me, asked, done, withdrawn, denied, wrong;
static NkHandover table[CPUS_MAX];

static s64 get(const char *name, void *value, u64 size)
{
	s64 ret;

	while ((ret = (s64)nk_call(NK_HC_PROP_GET, (u64)name, (u64)value, size, 0)) == NK_PROP_BUSY)
		cpu_relax();
	return ret;
}

static u32 own(const char *what)
{
	static char name[64];
	char *to = name;
	u32 value = 0;

	memcpy(to, "nk.vm.", 6);
	to[6] = (char)('0' + me); /* 2 to 9 */
	memcpy(to + 7, what, strlen(what) + 1);
	return get(name, &value, sizeof(value)) == sizeof(value) ? value : 0;
}

static u32 bits(u32 mask)
{
	u32 n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

static void work(void *arg)
{
	struct worker *w = arg;
	u64 seed = 0x9e3779b97f4a7c15 * (u64)(w - workers + 1);

	write_sysreg(cpacr_el1, 3UL << 20);
	isb();
	__atomic_store_n(&w->on, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&w->go, __ATOMIC_ACQUIRE)) {
		fp_set(++seed);
		for (u32 i = 0; i < 300; i++)
			cpu_relax();
		w->changed += fp_differs(seed) != 0;
		w->cpu = (u32)nk_call(NK_HC_GET_CPUID, 0, 0, 0, 0);
		__atomic_add_fetch(&w->looks, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&w->on, 0, __ATOMIC_RELEASE);
}

static void turn_off(u32 i)
{
	__atomic_store_n(&workers[i].go, 0, __ATOMIC_RELEASE);
	if (!cpu_wait_off(i))
		wrong++;
}

/* What is refused now was taken away between the look and the call. */
static void turn_on(u32 i)
{
	s64 status;

	workers[i].go = 1;
	status = cpu_start(i, work, &workers[i]);
	if (status)
		workers[i].go = 0;
	denied += (u64)status == DENIED;
	wrong += status && (u64)status != DENIED;
}

/* As vlx-cpu-hotplug does it. Returns whether all is as it is to be. */
static bool follow(void)
{
	u32 target = own(".vcpus-target"), nr = bits(own(".cpus")), have = 1, i;

	for (i = 1; i < nr_cpus; i++)
		have += workers[i].go;
	for (i = nr_cpus - 1; i; i--) {
		bool on = workers[i].go;

		if (target ? on && !(target >> i & 1) : on && have > nr) {
			turn_off(i);
			return false;
		}
	}
	for (i = 1; i < nr_cpus; i++) {
		bool on = workers[i].go;

		if (target ? !on && target >> i & 1 : !on && have < nr) {
			turn_on(i);
			return false;
		}
	}
	return true;
}

static u32 nr_table(void)
{
	return (u32)(get("nk.cpus.handover", table, sizeof(table)) / (s64)sizeof(table[0]));
}

/* Nobody is where the VM is not the owner, if it was not that while they looked either. */
static void check_places(void)
{
	static NkHandover before[CPUS_MAX];
	u32 n = nr_table(), looks[CPUS_MAX], cpu, i;

	memcpy(before, table, sizeof(before));
	for (i = 1; i < nr_cpus; i++)
		looks[i] = __atomic_load_n(&workers[i].looks, __ATOMIC_ACQUIRE);
	for (i = 1; i < nr_cpus; i++) {
		u64 end = counter() + 20 * counter_hz();

		while (workers[i].on &&
		       __atomic_load_n(&workers[i].looks, __ATOMIC_ACQUIRE) < looks[i] + 2)
			if (counter() > end) {
				wrong++;
				break;
			}
		cpu = workers[i].cpu;
		nr_table();
		if (!workers[i].on || cpu >= n || !table[cpu].owner || table[cpu].owner == me ||
		    before[cpu].owner == me || table[cpu].number != before[cpu].number)
			continue;
		note("vCPU %u is on CPU %u, which is VM %u's", i, cpu, table[cpu].owner);
		wrong++;
	}
}

static u64 give(u32 cpu, u32 vm)
{
	NkHandoverGive request = {cpu, vm};

	return nk_call(NK_HC_PROP_SET, (u64) "nk.cpus.give", (u64)&request, sizeof(request), 0);
}

/* CPU 1 is in no handover-affinity of VM 2; only VM 2 may ask. */
static void mistakes(void)
{
	static const u32 words[3] = {2, 3, 0};
	u64 error = me == 2 ? (u64)NK_PROP_ERROR : (u64)NK_PROP_PERMISSION;

	is(give(1, 2), error, "a CPU that the VM does not name");
	is(give(99, 2), error, "a CPU there is not");
	is(give(~0u, 2), error, "nor will ever be");
	is(give(2, 31), error, "a VM there is not");
	is(give(2, ~0u), error, "nor will ever be");
	is(nk_call(NK_HC_PROP_SET, (u64) "nk.cpus.give", (u64)words, 4, 0), error,
	   "half a request");
	is(nk_call(NK_HC_PROP_SET, (u64) "nk.cpus.give", (u64)words, 0, 0), error, "none");
	is(nk_call(NK_HC_PROP_SET, (u64) "nk.cpus.handover", (u64)words, 8, 0),
	   (u64)NK_PROP_PERMISSION, "the table is not written");
}

/* Asks, follows until it is over, and looks whether that went as it should. */
static void round_of(u32 cpu, u32 to)
{
	u64 end = counter() + 60 * counter_hz();
	bool withdraws = random_u64() % 8 == 0;
	u32 from;

	nr_table();
	from = table[cpu].owner;
	if (give(cpu, to) != sizeof(NkHandoverGive))
		wrong++;
	asked += from != to;
	if (withdraws)
		give(cpu, from);
	do {
		follow();
		nr_table();
	} while (table[cpu].state == NK_HANDOVER_WAITING && counter() < end);
	if (from == to)
		return;
	/* What was asked for its owner again was too late for that if it was done at once: then it is another request. */
	done += table[cpu].state == NK_HANDOVER_DONE && table[cpu].owner == (withdraws ? from : to);
	withdrawn += table[cpu].state == NK_HANDOVER_WITHDRAWN && table[cpu].owner == from;
}

static void wait_over(u32 cpu)
{
	while (nr_table(), table[cpu].state == NK_HANDOVER_WAITING)
		follow();
}

/* Asked for just when its new owner turns a vCPU on for it. */
static void ask_back(u32 cpu, u32 to)
{
	u32 from;

	nr_table();
	from = table[cpu].owner;
	if (from == to)
		return;
	give(cpu, to);
	wait_over(cpu);
	for (u64 i = random_u64() % 4096; i; i--)
		cpu_relax();
	asked++;
	give(cpu, from);
	wait_over(cpu);
	done += table[cpu].state == NK_HANDOVER_DONE && table[cpu].owner == from;
}

/* A vCPU for which there is no CPU now. */
static void check_denied(void)
{
	u32 vcpus = own(".vcpus"), i;

	while (!follow())
		;
	for (i = 1; i < nr_cpus; i++) {
		if (workers[i].go || (own(".vcpus-target") && vcpus >> i & 1))
			continue;
		is(psci_call(PSCI_CPU_ON_64, cpus[i].mpidr, (u64)secondary_start, 0), DENIED,
		   "a vCPU without a CPU is not turned on");
		is(psci_status(PSCI_AFFINITY_INFO_64, cpus[i].mpidr, 0, 0), PSCI_AFFINITY_OFF,
		   "it is off");
		return;
	}
	note("there is a CPU for each");
}

static void decide(u32 rounds)
{
	u32 n = nr_table(), vms[CPUS_MAX] = {0}, cpu, vm;

	for (cpu = 0; cpu < n; cpu++)
		for (vm = 2; table[cpu].owner && vm < 8; vm++)
			if (give(cpu, vm) == sizeof(NkHandoverGive)) {
				vms[cpu] |= 1u << vm;
				give(cpu, table[cpu].owner); /* withdrawn, or it is given back */
				wait_over(cpu);
			}
	while (rounds) {
		cpu = (u32)random_u64() % n;
		vm = 2 + (u32)(random_u64() % 6);
		if (!(vms[cpu] >> vm & 1))
			continue;
		if (random_u64() % 2)
			round_of(cpu, vm);
		else
			ask_back(cpu, vm);
		check_places();
		rounds--;
	}
}

/* Whoever gives CPUs away begins when the others have looked at what they have at first. */
static void wait_for_others(void)
{
	u32 ready[2] = {0};

	while (!ready[0] || !ready[1]) {
		follow();
		get("t.ready3", &ready[0], sizeof(ready[0]));
		get("t.ready4", &ready[1], sizeof(ready[1]));
	}
}

static void say_ready(void)
{
	u32 ready = 1;

	nk_call(NK_HC_PROP_SET, me == 3 ? (u64) "t.ready3" : (u64) "t.ready4", (u64)&ready,
		sizeof(ready), 0);
}

void guest_main(void)
{
	u64 changed = 0;
	u32 end = 0, i;

	me = (u32)nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
	random_seed(arg_u64("seed", 1));
	mmu_on();
	check_denied();
	mistakes();
	if (me != 2)
		say_ready();
	if (me == 2) {
		wait_for_others();
		decide((u32)arg_u64("rounds", 100));
		end = 1;
		nk_call(NK_HC_PROP_SET, (u64) "t.end", (u64)&end, sizeof(end), 0);
		is(done + withdrawn, asked, "each request was met, or withdrawn");
		ok(done > asked / 2, "most were met");
		note("%u asked, %u done, %u withdrawn, %u times DENIED", asked, done, withdrawn,
		     denied);
	}
	while (!end) {
		follow();
		check_places();
		if (get("t.end", &end, sizeof(end)) != sizeof(end))
			end = 0;
	}
	for (i = 1; i < nr_cpus; i++) {
		if (workers[i].go)
			turn_off(i);
		changed += workers[i].changed;
	}
	is(changed, 0, "no register changed");
	is(wrong, 0, "nobody was where it should not be, and nothing was refused without a reason");
	tap_done();
}
