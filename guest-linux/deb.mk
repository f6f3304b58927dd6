# SPDX-License-Identifier: Apache-2.0
# Debian packages of the modules' sources and of the programs for guests. A package's program has the C library of
# the system that it is installed on.

DEB_TOOL := $(BUILD)/guest-linux/deb/nk

$(DEB_TOOL): $(NK_TOOL_DEPS)
	@echo "  TOOL    $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CROSS_COMPILE)gcc $(NK_TOOL_CFLAGS) -fPIE -pie -Wl,-z,relro,-z,now -s -o $@ $(NK_TOOL_SRCS)

.PHONY: deb
deb: $(DEB_TOOL)
	$(Q)BUILD=$(BUILD) scripts/nk-deb --tool $(DEB_TOOL)
## deb: build the Debian packages for Linux guests, build/nk-guest-dkms_VERSION_all.deb and nk-tools
