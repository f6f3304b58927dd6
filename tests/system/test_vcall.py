# SPDX-License-Identifier: Apache-2.0
"""Devices shared by calls between two Debian guests: clocks, power domains, thermal zones. One boot for all of them."""

import callclocks
import callpd
import callthermal
import callvrtc
import pytest
from gics import on_gic
from linuxvm import PMEM_READ, nk_vm
from test_linux_nkops import no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

BACK, FRONT = 2, 3
FAMILIES = callclocks, callpd, callvrtc, callthermal
SYSTEM = PMEM_READ + "&hyp { pmem-size = <0x200000>; };\n" + "".join(family.SYSTEM for family in FAMILIES)
RESTARTS = 5


def restart_back(machine):
    machine.mark(BACK)
    machine.nk_prompt(f"vm {BACK} restart")
    machine.wait_ready(BACK)


@on_gic(3)
def test_devices(boot_linux, system_dts, gic):
    system = system_dts(nk_vm(BACK, [0], "nk-core") + nk_vm(FRONT, [1], "nk-core") + SYSTEM)
    machine = boot_linux(system, gic=gic, cpus=2, mem=1024)
    for family in FAMILIES:
        family.check(machine, RESTARTS if gic == 3 else 1)
    restart_back(machine)
    for family in FAMILIES:
        family.check_again(machine)
    machine.check(FRONT, "rmmod vlx-vcall vrpc vlink-lib")
    for vm in BACK, FRONT:
        no_complaints(machine, vm)
    assert machine.quit() == 0
