# SPDX-License-Identifier: Apache-2.0
# Programs for guests: static, so that they run in any initramfs.

TOOLS := $(BUILD)/guest-linux/nk
TOOLS_CFLAGS := -std=gnu11 -Os -g -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Werror -fstack-protector-strong -D_FORTIFY_SOURCE=2
NK_TOOL_SRCS := $(wildcard guest-linux/tools/nk/*.c)
NK_TOOL_DEPS := $(NK_TOOL_SRCS) $(wildcard guest-linux/tools/nk/*.h) guest-linux/tools/tools.mk

.PHONY: tools
tools: $(TOOLS)
## tools: build the programs for Linux guests, build/guest-linux/nk

$(BUILD)/guest-linux/nk: $(NK_TOOL_DEPS)
	@echo "  TOOL    $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CROSS_COMPILE)gcc $(TOOLS_CFLAGS) -static -s -o $@ $(NK_TOOL_SRCS)

# The same for this machine, for its tests.
$(BUILD)/host/nk: $(NK_TOOL_DEPS)
	@echo "  TOOL    $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(or $(HOSTCC),cc) $(TOOLS_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover \
		-o $@ $(NK_TOOL_SRCS)
