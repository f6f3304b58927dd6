# SPDX-License-Identifier: Apache-2.0
# QEMU's virt machine: nk is its kernel, the system bundle its initrd, and QEMU writes the board's
# device tree. Needs qemu-system-arm 7.2 or later, nothing else.

# GIC version; CPUs; RAM in MiB; flavour of Debian's kernel for the guests; QEMU's CPU model.
GIC ?= 3
CPUS ?= 4
MEM ?= 2048
KERNEL ?= cloud
CPU ?= cortex-a57

QEMU_VIRT_MACHINE = --gic $(GIC) --cpus $(CPUS) --mem $(MEM) --cpu $(CPU)
QEMU_VIRT_ARGS = $(QEMU_VIRT_MACHINE) --kernel $(KERNEL)
