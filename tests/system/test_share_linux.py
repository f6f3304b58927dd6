# SPDX-License-Identifier: Apache-2.0
"""Debian guests that share CPUs."""

import pytest
from linuxvm import linux_vm
from nklib.machine import NK
from test_linux import check_guest
from test_panic import COUNTER

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux")]


def shared_linux(vm, cpus, given):
    return linux_vm(vm, cpus) + f"&vm{vm}_vcpus {{ {given} }};\n"


@pytest.mark.parametrize("gic", [2, 3])
def test_eight_on_two_cpus(boot, system_dts, gic):
    """Six with a vCPU, three on each CPU, and two with a vCPU on both. All work while some of them spin."""
    vms = range(2, 10)
    system = "".join(shared_linux(vm, [0, 1] if vm > 7 else [vm % 2], f"time-slice = <{vm * 1000}>;") for vm in vms)
    machine = boot(system_dts(system, "eight"), gic=gic, cpus=2, mem=1536)
    for vm in vms:
        machine.wait_ready(vm, 120)
    for vm in 2, 3:
        machine.check(vm, "while :; do :; done & echo $!")
    for vm in 4, 7, 8, 9:
        check_guest(machine, vm, cpus=1 + (vm > 7), mib=96, gic=gic)
    machine.nk_prompt("vm 9 restart")
    machine.mark(9)
    machine.wait_ready(9, 120)
    machine.nk_prompt("vm 8 suspend")
    machine.check(6, "echo here")
    machine.nk_prompt("vm 8 resume")
    machine.check(8, "echo back")
    assert not [line for line in machine.lines(NK) if "panic" in line or "ended" in line]
    assert machine.quit() == 0


def test_all_ids_on_four_cpus(boot, system_dts, guest_programs):
    """As many VMs as there are ids, of which two are Debian's."""
    del guest_programs
    vms = range(2, 32)
    system = "".join(shared_linux(vm, [0, 1, 2, 3], "priority = <2>;") if vm in (2, 31) else
                     COUNTER.format(vm=vm, cpu=vm % 4, given="") for vm in vms)
    machine = boot(system_dts(system, "all"), gic=3, cpus=4, mem=1024)
    for vm in 2, 31:
        machine.wait_ready(vm, 120)
        check_guest(machine, vm, cpus=4, mib=96, gic=3)
    for vm in vms:
        if vm not in (2, 31):
            machine.mark(vm)
            machine.wait_line(vm, r"^counter \d+$")
    assert len([line for line in machine.nk_prompt("vm") if "running" in line]) == len(vms)
    assert machine.quit() == 0
