# SPDX-License-Identifier: Apache-2.0
# libfdt, for nk and for programs of the host.

LIBFDT_DIR := $(BUILD)/deps/libfdt
LIBFDT := $(LIBFDT_DIR)/usr/lib/aarch64-linux-gnu/libfdt.a
LIBFDT_INC := $(LIBFDT_DIR)/usr/include
LIBFDT_HOST := $(LIBFDT_DIR)/host/libfdt.a

$(LIBFDT) $(LIBFDT_HOST) &:
	$(Q)BUILD=$(BUILD) scripts/nk-setup --libfdt
