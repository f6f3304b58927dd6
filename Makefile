# SPDX-License-Identifier: Apache-2.0
# nk: `make help` lists the targets. Each part brings its own rules.

BUILD ?= build
CROSS_COMPILE ?= aarch64-linux-gnu-
Q := $(if $(V),,@)
# Pages of 2 MiB for large heaps, such as QEMU's with a bundle in it: clang-tidy takes half the time.
export GLIBC_TUNABLES ?= glibc.malloc.hugetlb=1
# $(call asked,NAME,COMMAND): what it prints, once for this make and those that it or a test below it starts.
asked = $(or $(NK_ASKED_$(1)),$(eval export NK_ASKED_$(1) := $(shell $(2)))$(NK_ASKED_$(1)))

.DELETE_ON_ERROR:
.SUFFIXES:

.PHONY: all
all: hyp
	@$(MAKE) --no-print-directory help

include hyp/hyp.mk
-include guest-linux/tools/tools.mk
-include scripts/scripts.mk
-include guest-linux/modules.mk
-include guest-linux/deb.mk
-include tests/unit/unit.mk
-include tests/fuzz/fuzz.mk
-include tests/guests/guests.mk
-include tests/bench/bench.mk
-include tests/tests.mk

.PHONY: clean
clean:
	$(Q)rm -rf $(BUILD)

.PHONY: help
help:
	@echo "Targets:"
	@grep -hE '^## [a-z-]+:' $(MAKEFILE_LIST) | sed 's/^## /  make /' | sort
## all: build build/nk.elf and build/nk.bin, list the targets
## clean: remove build/
## help: this list
