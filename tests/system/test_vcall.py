# SPDX-License-Identifier: Apache-2.0
"""Devices shared by calls between two Debian guests: clocks, power domains, thermal zones. One boot for all of them."""

import callclocks
import callpd
import callthermal
import callvclk
import callvrtc
import pytest
from gics import on_gic
from linuxvm import PMEM_READ, nk_vm, restart_vm
from test_linux_nkops import no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

BACK, FRONT = 2, 3
FAMILIES = callclocks, callpd, callvrtc, callthermal, callvclk
SYSTEM = PMEM_READ + "&hyp { pmem-size = <0x200000>; };\n" + "".join(family.SYSTEM for family in FAMILIES)
RESTARTS = 5


def check_families(machine, turns):
    """Each by itself, with so many restarts of modules; then they all go with a VM, and are there again."""
    for family in FAMILIES:
        family.check(machine, turns)
    for family in callpd, callthermal:
        family.check_awake(machine)
    restart_vm(machine, FRONT)
    for family in FAMILIES:
        family.check_front_again(machine)
    restart_vm(machine, BACK)
    for family in FAMILIES:
        family.check_again(machine)


def boot_families(boot_linux, system_dts, gic):
    system = system_dts(nk_vm(BACK, [0], "nk-core") + nk_vm(FRONT, [1], "nk-core") + SYSTEM)
    return boot_linux(system, gic=gic, cpus=2, mem=1024)


@on_gic(3)
def test_devices(boot_linux, system_dts, gic):
    machine = boot_families(boot_linux, system_dts, gic)
    check_families(machine, RESTARTS if gic == 3 else 1)
    machine.check(FRONT, "rmmod vlx-vcall vrpc vlink-lib")
    for vm in BACK, FRONT:
        no_complaints(machine, vm)
    assert machine.quit() == 0
