# SPDX-License-Identifier: Apache-2.0
"""What scripts/nk-run and the tests share: QEMU, the console of many VMs, building."""
