# SPDX-License-Identifier: Apache-2.0
# Debian packages of the modules' sources and of the programs for guests.

.PHONY: deb
deb: $(TOOLS)
	$(Q)BUILD=$(BUILD) scripts/nk-deb --tool $(BUILD)/guest-linux/nk
## deb: build the Debian packages for Linux guests, build/nk-guest-dkms_VERSION_all.deb and nk-tools
