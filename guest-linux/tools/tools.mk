# SPDX-License-Identifier: Apache-2.0
# Programs for guests: static, so that they run in any initramfs.

TOOLS := $(BUILD)/guest-linux/nk $(BUILD)/guest-linux/nk-vhost-user $(BUILD)/guest-linux/pipe-test $(BUILD)/guest-linux/wdt-test \
	$(BUILD)/guest-linux/evt-test $(BUILD)/guest-linux/rtc-test $(BUILD)/guest-linux/i2c-test \
	$(BUILD)/guest-linux/input-test $(BUILD)/guest-linux/buf-test $(BUILD)/guest-linux/devc-vi2c-be
TOOLS_CFLAGS := -std=gnu11 -Os -g -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Werror -fstack-protector-strong -D_FORTIFY_SOURCE=2 -Iguest-linux/include
# As the package that has it, whose version grows from commit to commit.
NK_TOOL_VERSION := $(call asked,TOOL_VERSION,scripts/nk-deb --print-version)
NK_TOOL_CFLAGS = $(TOOLS_CFLAGS) '-DNK_VERSION="$(NK_TOOL_VERSION)"'
NK_TOOL_SRCS := $(wildcard guest-linux/tools/nk/*.c)
NK_TOOL_DEPS := $(NK_TOOL_SRCS) $(wildcard guest-linux/tools/nk/*.h) guest-linux/include/vlx/shutdown.h \
	guest-linux/include/vlx/evtstats.h hyp/include/nk/handover.h hyp/include/nk/monitor.h \
	guest-linux/tools/tools.mk $(BUILD)/guest-linux/version

.PHONY: tools
tools: $(TOOLS)
## tools: build the programs for Linux guests, build/guest-linux/nk, and those that test them

# Changes with the version, and only then.
$(BUILD)/guest-linux/version: FORCE
	@mkdir -p $(@D)
	@echo '$(NK_TOOL_VERSION)' | cmp -s - $@ || echo '$(NK_TOOL_VERSION)' >$@
.PHONY: FORCE
FORCE:

$(BUILD)/guest-linux/nk: $(NK_TOOL_DEPS)
	@echo "  TOOL    $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CROSS_COMPILE)gcc $(NK_TOOL_CFLAGS) -static -s -o $@ $(NK_TOOL_SRCS)

# The same for this machine, for its tests.
$(BUILD)/host/nk: $(NK_TOOL_DEPS)
	@echo "  TOOL    $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(or $(HOSTCC),cc) $(NK_TOOL_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover \
		-o $@ $(NK_TOOL_SRCS)

$(BUILD)/guest-linux/nk-vhost-user: $(wildcard guest-linux/tools/nk-vhost-user/*.[ch]) \
		guest-linux/include/vlx/vlx-uvirtio.h hyp/include/nk/virtio.h guest-linux/tools/tools.mk
	@echo "  TOOL    $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CROSS_COMPILE)gcc $(TOOLS_CFLAGS) -static -s -o $@ $(filter %.c,$^)

VI2C_TOOL_DEPS := $(wildcard guest-linux/tools/devc-vi2c-be/*.[ch]) guest-linux/include/vlx/vi2c-be.h guest-linux/tools/tools.mk
VI2C_TOOL_SRCS := $(filter %.c,$(VI2C_TOOL_DEPS))
$(BUILD)/guest-linux/devc-vi2c-be: $(VI2C_TOOL_DEPS)
	@echo "  TOOL    $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CROSS_COMPILE)gcc $(TOOLS_CFLAGS) -static -s -o $@ $(VI2C_TOOL_SRCS)

# What only tests want; it is in no package, and nettest and linkbench in no initramfs but those of tests and benches.
define test_tool
$(BUILD)/guest-linux/$(1): $(wildcard guest-linux/tools/$(1)/*.[ch]) guest-linux/tools/command.h guest-linux/tools/tools.mk
	@echo "  TOOL    $$@"
	$(Q)mkdir -p $$(@D)
	$(Q)$$(CROSS_COMPILE)gcc $$(TOOLS_CFLAGS) -static -s -o $$@ $$(filter %.c,$$^)
endef
$(foreach t,linkbench nettest pipe-test wdt-test evt-test rtc-test i2c-test input-test buf-test,$(eval $(call test_tool,$(t))))

# BPF, which no GCC of Debian 12's compiles; its headers are this machine's, which are the same for all.
$(BUILD)/guest-linux/xdp.o: guest-linux/tools/xdp/xdp.c guest-linux/tools/tools.mk
	@echo "  TOOL    $@"
	$(Q)mkdir -p $(@D)
	$(Q)clang -target bpf -O2 -Wall -Wextra -Werror -I/usr/include/$$(gcc -print-multiarch) -c -o $@ $<
