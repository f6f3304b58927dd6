# SPDX-License-Identifier: Apache-2.0
# The hypervisor: build/nk.elf and build/nk.bin, one binary for every board and both GIC versions.

HYP_CC := $(CROSS_COMPILE)gcc
HYP_OBJCOPY := $(CROSS_COMPILE)objcopy
HYP_NM := $(CROSS_COMPILE)nm

include scripts/libfdt.mk

HYP_VERSION := $(call asked,HYP_VERSION,git describe --always --dirty 2>/dev/null || echo unknown)
# A date that two builds of the same source agree on.
HYP_EPOCH := $(or $(SOURCE_DATE_EPOCH),$(call asked,EPOCH,git log -1 --format=%ct 2>/dev/null),0)
HYP_BUILD_DATE := $(call asked,BUILD_DATE,LC_ALL=C date -u -d @$(HYP_EPOCH) '+%a %b %e %H:%M:%S UTC %Y')
HYP_COMPILER := $(call asked,COMPILER,$(HYP_CC) --version 2>/dev/null | sed -n 1p)

HYP_CPPFLAGS := -DHYP_VERSION=\"$(HYP_VERSION)\" -Ihyp -Ihyp/include -Ihyp/arch/arm64/include -isystem $(LIBFDT_INC) -MMD -MP
HYP_CFLAGS := -std=gnu11 -g -ffreestanding -fno-pic -fno-pie -fno-common -fno-builtin-printf \
	-march=armv8-a -mgeneral-regs-only -mstrict-align -mno-outline-atomics -mcmodel=tiny \
	-fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fno-unwind-tables \
	-fstack-protector-strong -mbranch-protection=standard -fno-delete-null-pointer-checks \
	-ffunction-sections -fdata-sections \
	-Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter -Wvla
HYP_ASFLAGS := -D__ASSEMBLY__ -march=armv8-a -g
HYP_LDFLAGS := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--gc-sections -Wl,-z,noexecstack \
	-Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments -Wl,--orphan-handling=error

# All there is; what is in a folder gen is made into something else first, what is in checked is for nk-locks.
HYP_SRCS := $(sort $(shell find hyp \( -name gen -o -name checked \) -prune -o -name '*.[cS]' -print))
ifdef HYP_CHECKED
HYP_SRCS += $(wildcard hyp/arch/arm64/checked/*.c)
HYP_CPPFLAGS := -Ihyp/arch/arm64/checked $(HYP_CPPFLAGS)
HYP_LDFLAGS += $(addprefix -Xlinker --wrap=,trap_sync trap_hvc irq_handle run_requests arch_cpu_poll arch_cpu_wait \
	guest_enter arch_thread_switch arch_thread_restart)
endif
HYP_OBJS := $(addprefix $(BUILD)/,$(addsuffix .o,$(basename $(HYP_SRCS))))
HYP_LDS := $(BUILD)/hyp/nk.lds
HYP_OFFSETS := $(BUILD)/hyp/asm-offsets.h

.PHONY: hyp nk-locks
hyp: $(BUILD)/nk.bin

# Like nk, and a panic where a lock is taken or kept against the order (lib/locks.h). All of it is compiled anew.
nk-locks: $(LIBFDT)
	$(Q)$(MAKE) --no-print-directory hyp HYP_CHECKED=y BUILD=$(BUILD)/locks LIBFDT_DIR=$(LIBFDT_DIR)
## nk-locks: build build/locks/nk.bin, an nk that panics where locks are taken in a wrong order

# Small, but fast where guests go in and out, post and are posted to, and where a piece of work has to be short.
HYP_OPT := -Os
HYP_HOT := config/fdt/dt core/calls/hypercall core/calls/xirq core/link/xirq core/prop/prop core/vm/guest_mem \
	core/sched/cpu core/sched/sched core/monitor/ring \
	$(addprefix arch/arm64/,context mmio run thread timer trap watch boot/smp) $(addprefix arch/arm64/gic/,gic irq v2 v3) \
	$(addprefix arch/arm64/vgic/,fast irq lr v2 v3 vgic)
$(HYP_HOT:%=$(BUILD)/hyp/%.o): HYP_OPT := -O3

$(BUILD)/hyp/core/prop/version.o: HYP_CPPFLAGS += '-DHYP_BUILD_DATE="$(HYP_BUILD_DATE)"' \
	'-DHYP_COMPILER="$(HYP_COMPILER)"'

$(BUILD)/hyp/%.o: hyp/%.c hyp/hyp.mk | $(LIBFDT)
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(HYP_CC) $(HYP_CPPFLAGS) $(HYP_CFLAGS) $(HYP_OPT) -c -o $@ $<

$(BUILD)/hyp/%.o: hyp/%.S hyp/hyp.mk $(HYP_OFFSETS) | $(LIBFDT)
	@mkdir -p $(@D)
	@echo "  AS      $<"
	$(Q)$(HYP_CC) $(HYP_CPPFLAGS) -I$(BUILD)/hyp $(HYP_ASFLAGS) -c -o $@ $<

# Offsets of structures for assembly: the compiler prints them, a sed makes defines of them.
$(HYP_OFFSETS): hyp/arch/arm64/gen/asm-offsets.c hyp/hyp.mk | $(LIBFDT)
	@mkdir -p $(@D)
	$(Q)$(HYP_CC) $(HYP_CPPFLAGS) -MF $(@:.h=.d) -MT $@ $(HYP_CFLAGS) -O2 -S -o $(@:.h=.s) $<
	$(Q)sed -ne 's/^.*->\([A-Z0-9_]*\) #\{0,1\}\([0-9-]*\).*/#define \1 \2/p' $(@:.h=.s) > $@

$(HYP_LDS): hyp/arch/arm64/gen/nk.lds.S hyp/hyp.mk
	@mkdir -p $(@D)
	$(Q)$(HYP_CC) -E -P -x assembler-with-cpp -Ihyp -Ihyp/arch/arm64/include -D__ASSEMBLY__ -o $@ $<

# The symbol table of the backtraces is made from a first link, and sits behind all else, so that
# the second link moves nothing.
$(BUILD)/hyp/nk.pass1.elf: $(HYP_OBJS) $(HYP_LDS) $(LIBFDT)
	@echo "  LD      $@"
	$(Q)$(HYP_CC) $(HYP_CFLAGS) $(HYP_LDFLAGS) -T $(HYP_LDS) -o $@ $(HYP_OBJS) $(LIBFDT) -lgcc

$(BUILD)/hyp/syms.S: $(BUILD)/hyp/nk.pass1.elf scripts/nk-syms
	$(Q)$(HYP_NM) $< | scripts/nk-syms > $@

$(BUILD)/hyp/syms.o: $(BUILD)/hyp/syms.S
	$(Q)$(HYP_CC) $(HYP_ASFLAGS) -c -o $@ $<

$(BUILD)/nk.elf: $(BUILD)/hyp/syms.o $(HYP_OBJS) $(HYP_LDS)
	@echo "  LD      $@"
	$(Q)$(HYP_CC) $(HYP_CFLAGS) $(HYP_LDFLAGS) -T $(HYP_LDS) -o $@ $(HYP_OBJS) $(BUILD)/hyp/syms.o $(LIBFDT) -lgcc

$(BUILD)/nk.bin: $(BUILD)/nk.elf
	@echo "  BIN     $@"
	$(Q)$(HYP_OBJCOPY) -O binary $< $@

-include $(HYP_OBJS:.o=.d) $(HYP_OFFSETS:.h=.d)
