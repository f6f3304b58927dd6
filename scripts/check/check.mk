# SPDX-License-Identifier: Apache-2.0
# build/host/check, which looks at trees with nk's own code. Also a makefile by itself, which takes milliseconds when
# there is nothing to do: nk-bundle asks it each time.

BUILD ?= build
Q ?= @
ifndef LIBFDT_HOST
include scripts/libfdt.mk
endif

HOST_CC ?= gcc
HOST_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -Iscripts -Ihyp -Ihyp/include \
	-isystem $(LIBFDT_INC) -MMD -MP

# All that reads a board's and a system's tree.
CONFIG_SRCS := hyp/config/error.c $(wildcard hyp/config/fdt/*.c hyp/config/board/*.c hyp/config/system/*.c) \
	hyp/lib/printf.c hyp/lib/range.c

CHECK := $(BUILD)/host/check
CHECK_OBJS := $(patsubst %.c,$(BUILD)/host/%.o,$(wildcard scripts/check/*.c) $(CONFIG_SRCS))

$(CHECK): $(CHECK_OBJS) $(LIBFDT_HOST)
	$(Q)$(HOST_CC) -o $@ $^

$(BUILD)/host/%.o: %.c scripts/check/check.mk | $(LIBFDT_HOST)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_CFLAGS) -c -o $@ $<

-include $(CHECK_OBJS:.o=.d)
