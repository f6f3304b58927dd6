/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime of the EL1 test guests: console, TAP, arguments, CPUs, memory. */
#ifndef RT_RT_H
#define RT_RT_H

#include "rt/exc.h"
#include "rt/sysreg.h"

/* The test itself; its return ends the VM by PSCI SYSTEM_OFF. Boot CPU, MMU off, IRQs masked. */
void guest_main(void);

/* Console: the PL011 of the device tree, polled. */
extern u64 uart_base;
void console_init(void);
void putchar(char c);
int getchar(void); /* waits */
int pollchar(void); /* -1: none */
/* A line without its end; returns its length. */
u32 getline(char *line, u32 size);
/* %c %s %d %u %x, with l, a width and 0; PL011 UART. */
void printf(const char *fmt, ...) __printf_like(1, 2);

/* From now on relax() sleeps, and getchar() by it: the boot CPU's; initializes the GIC. irqs: it will take interrupts. */
void sleep_init(bool irqs);
/* One turn of a loop that waits: for what is typed, or for the alarm. */
void relax(void);
/* When the virtual counter is there, relax() returns, until there is another alarm. */
void alarm_at(u64 when);

/* TAP version 12: the plan comes last. */
void ok(bool good, const char *fmt, ...) __printf_like(2, 3);
void skip(const char *why, const char *what);
void note(const char *fmt, ...) __printf_like(1, 2);
void tap_done(void);

/* One check with the two values in the line when they differ. */
#define is(got, want, ...) is_((u64)(got), (u64)(want), __VA_ARGS__)
void is_(u64 got, u64 want, const char *fmt, ...) __printf_like(3, 4);

/* Arguments: "name=value" words of /chosen/bootargs. */
u64 arg_u64(const char *name, u64 missing);
bool arg_flag(const char *name);

/* Whether nk runs us (the hypervisor UID), and not QEMU's bare machine. */
bool under_nk(void);

u64 image_base(void);
u64 image_end(void); /* with the bss */
extern u64 boot_dirt; /* OR of all words of the bss at entry */
u64 ram_base(void); /* of the first piece */
u64 ram_size(void);
bool ram_piece(u32 index, u64 *base, u64 *size);

void *memcpy(void *d, const void *s, size_t n);
void *memmove(void *d, const void *s, size_t n);
void *memset(void *d, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
char *strrchr(const char *s, int c);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
u64 parse_u64(const char *s, const char **end);

/* xorshift64*: every test's only source of chance. */
u64 random_u64(void);
void random_seed(u64 seed);

/* Identity map, write-back memory from 1 GiB up, device memory below; on the calling CPU. */
void mmu_on(void);

/* Secondary CPUs: needs mmu_on() on the boot CPU first; they start with the MMU on. */
extern u32 nr_cpus;
void cpus_find(void); /* fills cpus[] from the tree; the runtime calls it */
/* Starts cpus[index] in fn(arg) and waits for it to come up; PSCI status. A CPU that returns from fn turns itself off. */
s64 cpu_start(u32 index, void (*fn)(void *), void *arg);
bool cpu_wait_off(u32 index); /* false: still on after ten seconds */
/*
 * Waits until n CPUs have come here, as often as each of them does. A CPU that cpu_start() has seen
 * come up has done nothing of its fn() yet: who sends it something meets it first. False: one did not
 * come in ten seconds.
 */
bool cpus_meet(u32 n);

typedef struct {
	u32 v;
} spin_t;
void spin_lock(spin_t *l);
void spin_unlock(spin_t *l);

static inline u64 counter_hz(void)
{
	return read_sysreg(cntfrq_el0);
}
/* Busy, so that nothing else is needed. */
void delay_us(u64 us);

/* fp.S: fills q0 to q31 and FPSR by the seed; 0 if they still are so. FP/SIMD must not trap. */
void fp_set(u64 seed);
u64 fp_differs(u64 seed);

/* start.S */
void rt_main(const void *tree, u64 dirt);
void rt_secondary(struct cpu *c);
void secondary_start(void);

#endif
