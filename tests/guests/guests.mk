# SPDX-License-Identifier: Apache-2.0
# Test guests: every tests/guests/NAME.c is a program, linked with an assembly part NAME-asm.S, with
# its further parts in the folder NAME/, if there are such, and with the runtime in tests/guests/rt
# and libfdt into build/guests/NAME.bin, a raw binary for any page address.

GUEST_DIR := tests/guests
GUEST_OUT := $(BUILD)/guests
GUEST_CC := $(CROSS_COMPILE)gcc
GUEST_CFLAGS := -std=gnu11 -O2 -g -ffreestanding -fpie -mgeneral-regs-only -mstrict-align \
	-mno-outline-atomics -fno-stack-protector -fno-tree-loop-distribute-patterns \
	-fno-asynchronous-unwind-tables -Wall -Wextra -Werror -Ihyp -Ihyp/include -I$(GUEST_DIR) \
	-isystem $(LIBFDT_INC) -DSTACK_SIZE=16384 -DCPUS_MAX=16
GUEST_LDFLAGS := -nostdlib -pie -Wl,--no-dynamic-linker -Wl,-T,$(GUEST_DIR)/rt/guest.lds \
	-Wl,--build-id=none -Wl,-z,norelro -Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments

GUEST_RT := $(patsubst $(GUEST_DIR)/%,$(GUEST_OUT)/%.o,$(wildcard $(GUEST_DIR)/rt/*.S $(GUEST_DIR)/rt/*.c))
GUEST_NAMES := $(patsubst $(GUEST_DIR)/%.c,%,$(wildcard $(GUEST_DIR)/*.c))
GUEST_BINS := $(GUEST_NAMES:%=$(GUEST_OUT)/%.bin)

.PHONY: guests
## guests: build the EL1 test guests, build/guests/NAME.bin
guests: $(GUEST_BINS)

$(GUEST_OUT)/%.c.o: $(GUEST_DIR)/%.c $(GUEST_DIR)/guests.mk | $(LIBFDT)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(GUEST_OUT)/%.S.o: $(GUEST_DIR)/%.S $(GUEST_DIR)/guests.mk
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

guest-objs = $(patsubst $(GUEST_DIR)/%,$(GUEST_OUT)/%.o,$(wildcard $(GUEST_DIR)/$(1).c \
	$(GUEST_DIR)/$(1)-asm.S $(GUEST_DIR)/$(1)/*.c $(GUEST_DIR)/$(1)/*.S))

.SECONDEXPANSION:
$(GUEST_OUT)/%.elf: $$(call guest-objs,$$*) $(GUEST_RT) $(GUEST_DIR)/rt/guest.lds | $(LIBFDT)
	$(Q)$(GUEST_CC) $(GUEST_LDFLAGS) -o $@ $(filter %.o,$^) $(LIBFDT) -lgcc

$(GUEST_OUT)/%.bin: $(GUEST_OUT)/%.elf
	@echo "  GUEST   $@"
	$(Q)$(CROSS_COMPILE)objcopy -O binary $< $@

GUEST_OBJS := $(GUEST_RT) $(foreach n,$(GUEST_NAMES),$(call guest-objs,$(n)))
-include $(GUEST_OBJS:.o=.d)

.SECONDARY: $(GUEST_OBJS) $(GUEST_NAMES:%=$(GUEST_OUT)/%.elf)
