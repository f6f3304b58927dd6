# SPDX-License-Identifier: Apache-2.0
# Costs in exact instruction counts, against their limits: tests/bench/nk-bench.

BENCH_OUT := $(BUILD)/bench
BENCH_TOOLS := $(BUILD)/guest-linux/linkbench $(BUILD)/guest-linux/nettest

$(BENCH_OUT)/%.so: tests/bench/%.c tests/bench/plugin.c tests/bench/qemu-plugin.h
	@mkdir -p $(@D)
	@echo "  HOSTCC  $@"
	$(Q)cc -O2 -shared -fPIC -Wall -Wextra -Werror -fvisibility=hidden -o $@ $< tests/bench/plugin.c

# The guests that measure drivers: with our modules, and with the kernel's own network.
$(BENCH_OUT)/rootfs-link.cpio: MODULES := $(BUILD)/guest-linux/$(MODULES_WHOLE) $(DEPS)/workloads-$(MODULES_WHOLE)/modules \
		$(DEPS)/linux-$(MODULES_WHOLE)/virtio
$(BENCH_OUT)/rootfs-link.cpio: $(BUILD)/guest-linux/$(MODULES_WHOLE).stamp $(DEPS)/workloads-$(MODULES_WHOLE)/list \
		$(DEPS)/linux-$(MODULES_WHOLE)/$(KERNEL_LAST)
$(BENCH_OUT)/rootfs-virtio.cpio: MODULES := $(DEPS)/linux-$(MODULES_WHOLE)/virtio
$(BENCH_OUT)/rootfs-virtio.cpio: $(DEPS)/linux-$(MODULES_WHOLE)/$(KERNEL_LAST)
# A kernel that has struct pages for what is granted.
$(BENCH_OUT)/rootfs-grant.cpio: MODULES := $(BUILD)/guest-linux/cloud-13 $(DEPS)/linux-cloud-13/disk
$(BENCH_OUT)/rootfs-grant.cpio: $(BUILD)/guest-linux/cloud-13.stamp $(DEPS)/linux-cloud-13/$(KERNEL_LAST)
$(BENCH_OUT)/rootfs-link.cpio $(BENCH_OUT)/rootfs-virtio.cpio $(BENCH_OUT)/rootfs-grant.cpio: $(BUSYBOX) $(BENCH_TOOLS) \
		tests/bench/linkbench.init scripts/nk-initramfs
	@mkdir -p $(@D)
	@echo "  CPIO    $@"
	$(Q)BUILD=$(BUILD) scripts/nk-initramfs --output $@ --init tests/bench/linkbench.init $(MODULES:%=--modules %) \
		$(foreach tool,$(BENCH_TOOLS),--add $(tool):/usr/bin/$(notdir $(tool)))

.PHONY: bench bench-build bench-drivers-build
bench-build: $(BUILD)/nk.bin $(GUEST_OUT)/bench.bin $(GUEST_OUT)/xirqbench.bin $(GUEST_OUT)/virtiobench.bin $(GUEST_OUT)/share.bin $(GUEST_OUT)/givenbench.bin $(BENCH_OUT)/count.so \
		$(GUEST_OUT)/victim.bin $(GUEST_OUT)/flood.bin $(GUEST_OUT)/hello.bin $(BENCH_OUT)/exits.so $(BENCH_OUT)/profile.so $(BENCH_OUT)/walls.so $(BUILD)/deps/linux-cloud/vmlinuz $(BUILD)/initramfs.cpio $(BUILD)/deps/u-boot/u-boot.bin

bench-drivers-build: bench-build $(BENCH_OUT)/spans.so $(BENCH_OUT)/rootfs-link.cpio $(BENCH_OUT)/rootfs-virtio.cpio \
		$(BENCH_OUT)/rootfs-grant.cpio

## bench: measure what nk and its drivers cost, print it with its limits, write build/bench.json
bench: bench-drivers-build
	$(Q)BUILD=$(BUILD) tests/bench/nk-bench
