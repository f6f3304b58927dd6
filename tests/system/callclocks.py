# SPDX-License-Identifier: Apache-2.0
"""Clocks: those that do nothing, for a consumer in the tree. Part of test_vcall."""

from modtest import check_module

FRONT = 3
SYSTEM = """
&vm3_vplatform {
	docile: docile-node { compatible = "vl,vclk-docile"; #clock-cells = <2>; };
	still: still { compatible = "vl,vclk-docile"; #clock-cells = <0>; };
	consumer { compatible = "nk,test-consumer"; clocks = <&docile 12 1>, <&still>, <&docile 12 1>; };
	other { compatible = "nk,nobody"; clocks = <&docile 12 2>; assigned-clocks = <&docile 13 0>; };
};
"""


def check(machine, turns):
    """Each specifier is a clock; the driver can be taken away and comes back."""
    for _ in range(turns):
        machine.check(FRONT, "modprobe vclk-docile")
        check_module(machine, FRONT, "vclk-test")
        machine.check(FRONT, "rmmod vclk-test; mount -t debugfs debugfs /sys/kernel/debug; "
                             "(cd /sys/kernel/debug/clk; cat docile-node:12:1/clk_rate docile-node:12:2/clk_rate still/clk_rate >/tmp/rates); "
                             "umount /sys/kernel/debug; rmmod vclk-docile")
        assert machine.check(FRONT, "cat /tmp/rates").split() == ["1", "0", "1000001"]


def check_front_again(machine):
    """Nothing of it stays."""


def check_again(machine):
    """Nothing of it was the other VM's."""
