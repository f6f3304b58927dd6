# SPDX-License-Identifier: Apache-2.0
# What the scripts bring: packages, running, testing, linting.

DEPS := $(BUILD)/deps
LIBFDT ?= $(DEPS)/libfdt/usr/lib/aarch64-linux-gnu/libfdt.a
SETUP := BUILD=$(BUILD) scripts/nk-setup

$(LIBFDT):
	$(Q)$(SETUP) --libfdt
