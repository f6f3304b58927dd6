# SPDX-License-Identifier: Apache-2.0
"""Debian guests that share CPUs."""

import pytest
from linuxvm import linux_vm
from nklib.machine import NK
from test_linux import EXAMPLES, check_guest
from test_panic import COUNTER

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux")]


def shared_linux(vm, cpus, given):
    return linux_vm(vm, cpus) + f"&vm{vm}_vcpus {{ {given} }};\n"


def test_eight_on_two_cpus(boot, system_dts):
    """Six with a vCPU, three on each CPU, and two with a vCPU on both. All work while some of them spin."""
    vms = range(2, 10)
    system = "".join(shared_linux(vm, [0, 1] if vm > 7 else [vm % 2], f"time-slice = <{vm * 1000}>;") for vm in vms)
    machine = boot(system_dts(system, "eight"), gic=2, cpus=2, mem=1536)
    for vm in vms:
        machine.wait_ready(vm, 120)
    for vm in 2, 3:
        machine.check(vm, "while :; do :; done & echo $!")
    for vm in 4, 7, 8, 9:
        check_guest(machine, vm, cpus=1 + (vm > 7), mib=96, gic=2)
    machine.nk_prompt("vm 9 restart")
    machine.mark(9)
    machine.wait_ready(9, 120)
    machine.nk_prompt("vm 8 suspend")
    machine.check(6, "echo here")
    machine.nk_prompt("vm 8 resume")
    machine.check(8, "echo back")
    assert not [line for line in machine.lines(NK) if "panic" in line or "ended" in line]
    assert machine.quit() == 0


@pytest.mark.parametrize("name, vms", [("shared", range(2, 6)), ("schedule", (2, 3))])
def test_examples(boot, name, vms):
    machine = boot(EXAMPLES / f"{name}.dts", gic=3, cpus=2, mem=1024)
    for vm in vms:
        machine.wait_ready(vm, 120)
    machine.check(vms[0], "while :; do :; done & echo $!")
    for vm in vms:
        assert machine.check(vm, "hostname") == f"linux-{vm}"
    assert machine.quit() == 0


def test_all_ids_on_four_cpus(boot, system_dts, guest_programs):
    """As many VMs as there are ids, of which one is Debian's."""
    del guest_programs
    vms = range(2, 32)
    system = shared_linux(2, [0, 1, 2, 3], "priority = <2>;")
    system += "".join(COUNTER.format(vm=vm, cpu=vm % 4, given="").replace('"counter"', '"walls"') for vm in vms[1:])
    machine = boot(system_dts(system, "all"), gic=3, cpus=4, mem=1024)
    machine.wait_ready(2, 120)
    check_guest(machine, 2, cpus=4, mib=96, gic=3)
    for vm in vms[1:]:
        machine.wait_line(vm, r"^walls: ready$")
        machine.send(vm, "peek 0x40000000\r")
        machine.wait_line(vm, r"^walls: peek 0x40000000 ok")
    assert len([line for line in machine.nk_prompt("vm") if "running" in line]) == len(vms)
    assert machine.quit() == 0
