# SPDX-License-Identifier: Apache-2.0
# Costs in exact instruction counts, against their limits: tests/bench/nk-bench.

BENCH_OUT := $(BUILD)/bench

$(BENCH_OUT)/%.so: tests/bench/%.c tests/bench/plugin.c tests/bench/qemu-plugin.h
	@mkdir -p $(@D)
	@echo "  HOSTCC  $@"
	$(Q)cc -O2 -shared -fPIC -Wall -Wextra -Werror -fvisibility=hidden -o $@ $< tests/bench/plugin.c

.PHONY: bench bench-build
bench-build: $(BUILD)/nk.bin $(GUEST_OUT)/bench.bin $(GUEST_OUT)/xirqbench.bin $(BENCH_OUT)/count.so \
		$(GUEST_OUT)/victim.bin $(GUEST_OUT)/flood.bin $(BENCH_OUT)/exits.so $(BENCH_OUT)/walls.so $(BUILD)/deps/linux-cloud/vmlinuz $(BUILD)/initramfs.cpio

## bench: measure nk's costs in instructions, print them with their limits, write build/bench.json
bench: bench-build
	$(Q)BUILD=$(BUILD) tests/bench/nk-bench
