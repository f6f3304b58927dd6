# SPDX-License-Identifier: Apache-2.0
# `make test`: one pytest run over all layers. TESTS= names files, -m or -k goes into PYTEST_ARGS.

SOAK_SECONDS ?= 3600
TESTS ?= tests
PYTEST_ARGS ?=
# More than there are CPUs: a third of the time of tests is waiting.
JOBS ?= $(shell echo $$(($$(nproc) * 3 / 2)))
# A bound is only ever reached by what is broken; tests that run beside others take longer.
NK_TIMEOUT_SCALE ?= $(if $(filter-out 1,$(JOBS)),3,1)
export NK_TIMEOUT_SCALE
PYTEST = BUILD=$(BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTHON) -m pytest $(if $(filter-out 1,$(JOBS)),-n $(JOBS) --dist loadgroup)

# All that several tests need, built by all CPUs before the first of them waits for something. What does not
# build is found again, and shown, by the test that needs it.
# One flavour of Debian 13's is enough, and it is the one that has all subsystems.
TEST_FLAVOURS := $(filter-out cloud-13,$(FLAVOURS))
TEST_BUILD = $(BUILD)/nk.bin $(CHECK) guests bench-build unit-build fuzz-build tools \
	$(TEST_FLAVOURS:%=$(BUILD)/guest-linux/%.stamp) $(BUILD)/initramfs.cpio \
	$(TEST_FLAVOURS:%=$(BUILD)/initramfs-nk-%.cpio) $(BUILD)/initramfs-virtio-cloud.cpio $(TEST_FLAVOURS:%=$(DEPS)/linux-%/vmlinuz)
TEST_WHOLE = $(filter tests,$(TESTS)$(PYTEST_ARGS))

.PHONY: test soak test-setup test-build
test-setup:
	$(Q)$(SETUP) --for test --libfdt --busybox --kernel cloud
test-build: $(TEST_BUILD)

test: test-setup
	$(if $(TEST_WHOLE),-$(Q)$(MAKE) --no-print-directory -k -j $(shell nproc) test-build)
	$(Q)$(PYTEST) $(PYTEST_ARGS) $(TESTS)
## test: run every layer of tests (FUZZ_SECONDS=5 JOBS=3 PYTEST_ARGS= TESTS=)

soak: test-setup
	$(if $(TEST_WHOLE),-$(Q)$(MAKE) --no-print-directory -k -j $(shell nproc) test-build)
	$(Q)SOAK_SECONDS=$(SOAK_SECONDS) SOAK_JOBS=$(JOBS) $(PYTEST) -m soak $(PYTEST_ARGS) $(TESTS)
## soak: run the long forms of tests for SOAK_SECONDS=3600 in all (JOBS=3 PYTEST_ARGS= TESTS=)

# For the tests: which unit tests, fuzzers and linters there are.
.PHONY: list-unit list-fuzz list-lint
list-unit:
	@echo $(UNIT_TESTS)
list-fuzz:
	@echo $(FUZZ_TARGETS)
list-lint:
	@echo $(LINT_TOOLS)
