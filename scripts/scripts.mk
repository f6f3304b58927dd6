# SPDX-License-Identifier: Apache-2.0
# What the scripts bring: packages, running, testing, linting.

DEPS := $(BUILD)/deps
SETUP := BUILD=$(BUILD) scripts/nk-setup
BUSYBOX := $(DEPS)/busybox/busybox
INITRAMFS := $(BUILD)/initramfs.cpio
FLAVOURS := $(call asked,FLAVOURS,scripts/nk-setup --list kernels)
# One kernel is enough for the modules' extra warnings, as errors, and for those that only test nk; another one is for what
# it has no subsystem for.
MODULES_WHOLE := cloud
MODULES_REST := full-13
INITRAMFS_NK := $(FLAVOURS:%=$(BUILD)/initramfs-nk-%.cpio)
INITRAMFS_VIRTIO := $(FLAVOURS:%=$(BUILD)/initramfs-virtio-%.cpio)
INITRAMFS_WORK := $(FLAVOURS:%=$(BUILD)/initramfs-work-%.cpio)
INITRAMFS_BACK := $(FLAVOURS:%=$(BUILD)/initramfs-back-%.cpio)
INITRAMFS_SOUND := $(patsubst %,$(BUILD)/initramfs-sound-%.cpio,$(filter full%,$(FLAVOURS)))
# What an older linux-NAME may lack.
KERNEL_LAST := devices/list
KERNELS := $(FLAVOURS:%=$(DEPS)/linux-%/vmlinuz)
PYTHON := /usr/bin/python3
# The host's, or that of `nk-setup --qemu backports`; nklib has it from the environment.
QEMU ?= qemu-system-aarch64
export QEMU

$(BUSYBOX):
	$(Q)$(SETUP) --busybox

$(KERNELS): $(DEPS)/linux-%/vmlinuz:
	$(Q)$(SETUP) --kernel $*

# Only what needs restricted DMA pools has it built.
$(DEPS)/linux-pool/vmlinuz: scripts/guest/pool.config
	$(Q)$(SETUP) --pool-kernel
	$(Q)touch $@

$(DEPS)/board-trees/from:
	$(Q)$(SETUP) --board-trees

$(DEPS)/u-boot/u-boot.bin:
	$(Q)$(SETUP) --uboot

$(INITRAMFS): $(BUSYBOX) scripts/guest/init scripts/nk-initramfs
	@echo "  CPIO    $@"
	$(Q)BUILD=$(BUILD) scripts/nk-initramfs

# The same with our kernel modules and the kernel's own for disks, watchdogs, I2C, input and sound, for one kernel, in /lib/nk and our tools.
$(INITRAMFS_NK): $(BUILD)/initramfs-nk-%.cpio: $(BUILD)/guest-linux/%.stamp $(DEPS)/linux-%/$(KERNEL_LAST) $(BUSYBOX) \
		scripts/guest/init scripts/nk-initramfs $(TOOLS)
	@echo "  CPIO    $@"
	$(Q)BUILD=$(BUILD) scripts/nk-initramfs --output $@ --modules $(BUILD)/guest-linux/$* --modules $(DEPS)/linux-$*/disk --modules $(DEPS)/linux-$*/watchdog \
		--modules $(DEPS)/linux-$*/devices \
		$(foreach tool,$(TOOLS),--add $(tool):/usr/bin/$(notdir $(tool)))

# The same with the kernel's own modules for virtio-mmio and disks, for guests that have such devices.
$(FLAVOURS:%=$(DEPS)/linux-%/$(KERNEL_LAST)): $(DEPS)/linux-%/$(KERNEL_LAST):
	$(Q)$(SETUP) --kernel $*
$(INITRAMFS_VIRTIO): $(BUILD)/initramfs-virtio-%.cpio: $(DEPS)/linux-%/$(KERNEL_LAST) $(BUSYBOX) scripts/guest/init \
		scripts/nk-initramfs
	@echo "  CPIO    $@"
	$(Q)BUILD=$(BUILD) scripts/nk-initramfs --output $@ --modules $(DEPS)/linux-$*/virtio --modules $(DEPS)/linux-$*/disk

# Half of a guest's RAM is the most that its initramfs may have, and there is not much left of it beside Debian's programs: those that test
# devices are in initramfs-nk alone.
TOOLS_BESIDE := $(filter-out %/rtc-test %/i2c-test %/input-test %/buf-test %/devc-vi2c-be,$(TOOLS))
# As initramfs-nk, with programs of Debian's that tests of real workloads run.
$(FLAVOURS:%=$(DEPS)/workloads-%/list): $(DEPS)/workloads-%/list: scripts/guest/workloads.sh
	$(Q)$(SETUP) --workloads $*
	$(Q)touch $@
$(INITRAMFS_WORK): $(BUILD)/initramfs-work-%.cpio: $(DEPS)/workloads-%/list $(BUILD)/guest-linux/%.stamp \
		$(DEPS)/linux-%/$(KERNEL_LAST) $(BUSYBOX) scripts/guest/init scripts/nk-initramfs $(TOOLS_BESIDE) $(BUILD)/guest-linux/xdp.o
	@echo "  CPIO    $@"
	$(Q)BUILD=$(BUILD) scripts/nk-initramfs --output $@ --modules $(BUILD)/guest-linux/$* --modules $(<D)/modules \
		--modules $(DEPS)/linux-$*/disk --modules $(DEPS)/linux-$*/watchdog --modules $(DEPS)/linux-$*/virtio \
		$(foreach tool,$(TOOLS_BESIDE),--add $(tool):/usr/bin/$(notdir $(tool))) --add $(<D)/programs:/usr/sbin \
		--add $(BUILD)/guest-linux/xdp.o:/usr/lib/xdp.o \
		--add $(<D)/libraries:/lib/aarch64-linux-gnu \
		--add $(<D)/libraries/ld-linux-aarch64.so.1:/lib/ld-linux-aarch64.so.1

$(DEPS)/compiler/usr/bin/tcc:
	$(Q)$(SETUP) --compiler

# As initramfs-nk, with back-ends of VirtIO devices.
$(FLAVOURS:%=$(DEPS)/backends-%/list): $(DEPS)/backends-%/list: scripts/guest/workloads.sh
	$(Q)$(SETUP) --backends $*
	$(Q)touch $@
$(INITRAMFS_BACK): $(BUILD)/initramfs-back-%.cpio: $(DEPS)/backends-%/list $(BUILD)/guest-linux/%.stamp \
		$(DEPS)/linux-%/$(KERNEL_LAST) $(BUSYBOX) scripts/guest/init scripts/nk-initramfs $(TOOLS)
	@echo "  CPIO    $@"
	$(Q)BUILD=$(BUILD) scripts/nk-initramfs --output $@ --modules $(BUILD)/guest-linux/$* --modules $(<D)/modules \
		--modules $(DEPS)/linux-$*/disk --modules $(DEPS)/linux-$*/virtio \
		$(foreach tool,$(TOOLS),--add $(tool):/usr/bin/$(notdir $(tool))) --add $(<D)/programs:/usr/sbin \
		--add $(<D)/libraries:/lib/aarch64-linux-gnu \
		--add $(<D)/libraries/ld-linux-aarch64.so.1:/lib/ld-linux-aarch64.so.1

# As initramfs-nk, with ALSA's programs.
$(DEPS)/sound/alsa/alsa.conf:
	$(Q)$(SETUP) --sound
$(INITRAMFS_SOUND): $(BUILD)/initramfs-sound-%.cpio: $(BUILD)/guest-linux/%.stamp $(DEPS)/linux-%/$(KERNEL_LAST) $(BUSYBOX) \
		scripts/guest/init scripts/nk-initramfs $(TOOLS) $(DEPS)/sound/alsa/alsa.conf
	@echo "  CPIO    $@"
	$(Q)BUILD=$(BUILD) scripts/nk-initramfs --output $@ --modules $(BUILD)/guest-linux/$* --modules $(DEPS)/linux-$*/devices \
		$(foreach tool,$(TOOLS),--add $(tool):/usr/bin/$(notdir $(tool))) --add $(DEPS)/sound/programs:/usr/bin \
		--add $(DEPS)/sound/alsa:/usr/share/alsa --add $(DEPS)/sound/libraries:/lib/aarch64-linux-gnu \
		--add $(DEPS)/sound/libraries/ld-linux-aarch64.so.1:/lib/ld-linux-aarch64.so.1

.PHONY: setup
setup:
	$(Q)$(SETUP) --for build --libfdt
## setup: install the Debian packages that building needs

# What `make run` boots, and on what; see scripts/nk-run --help for more. What is not said is as the board has it.
MACHINE_ARGS = $(if $(BOARD),--board $(BOARD)) $(if $(GIC),--gic $(GIC)) $(if $(CPUS),--cpus $(CPUS)) \
	$(if $(MEM),--mem $(MEM)) $(if $(CPU),--cpu $(CPU))

.PHONY: check
check:
	$(Q)$(SETUP) --for run
	$(Q)BUILD=$(BUILD) scripts/nk-check $(MACHINE_ARGS) $(SYSTEM)
## check: say what is wrong with SYSTEM=FILE.dts, without booting (BOARD= GIC= CPUS= MEM= as for run, or BOARD=FILE.dtb)

.PHONY: run
run:
	$(Q)$(SETUP) --for run
	$(Q)BUILD=$(BUILD) scripts/nk-run $(MACHINE_ARGS) $(if $(SYSTEM),--system $(SYSTEM)) \
		$(if $(KERNEL),--kernel $(KERNEL)) $(if $(BOOT),--boot $(BOOT)) $(RUN_ARGS)
## run: boot SYSTEM=FILE.dts in QEMU (BOARD=qemu-virt|zcu102|versal GIC=2|3 CPUS=4 MEM=2048 KERNEL=cloud|full|cloud-13|full-13 BOOT=uboot)

KEYS ?= $(BUILD)/keys
.PHONY: keys image
keys:
	$(Q)$(SETUP) --for run
	$(Q)BUILD=$(BUILD) scripts/nk-image --only-keys --keys $(KEYS)
## keys: make keys that images are signed with, in KEYS=build/keys, unless there are some

image:
	$(Q)$(SETUP) --for run
	$(Q)BUILD=$(BUILD) scripts/nk-image --keys $(KEYS) $(if $(KERNEL),--kernel $(KERNEL)) $(IMAGE_ARGS) $(SYSTEM)
## image: make build/image/nk.itb of SYSTEM=FILE.dts, a signed FIT for U-Boot (KEYS= KERNEL=, IMAGE_ARGS= of nk-image)

include scripts/check/check.mk
include scripts/lint.mk
