# SPDX-License-Identifier: Apache-2.0
"""Debian guests that share CPUs."""

import re

import pytest
from gics import on_gic
from linuxvm import linux_vm, wait_for
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


@pytest.mark.soak
@pytest.mark.parametrize("name, vms", [("shared", range(2, 6)), ("schedule", (2, 3))])
def test_examples(boot, name, vms):
    machine = boot(EXAMPLES / f"{name}.dts", gic=3, cpus=2, mem=1024)
    for vm in vms:
        machine.wait_ready(vm, 120)
    machine.check(vms[0], "while :; do :; done & echo $!")
    for vm in vms:
        assert machine.check(vm, "hostname") == f"linux-{vm}"
    assert machine.quit() == 0


CYCLES = 3000


@on_gic(3)
def test_latency_beside_stress(boot, system_dts, gic):
    """cyclictest in the VM that comes first, beside stress-ng and a loop that spins: it gets each of its cycles, and
    they get done what they are to do. How late it was at the worst is printed, and depends on the host."""
    first = linux_vm(2, [0], initrd="rootfs-work", size=128 << 20) + "&vm2_vcpus { priority = <9>; };\n"
    rest = linux_vm(3, [0], initrd="rootfs-work", size=128 << 20) + linux_vm(4, [0])
    machine = boot(system_dts(first + rest, "latency"), gic=gic, cpus=1, mem=1024)
    for vm in 2, 3, 4:
        machine.wait_ready(vm, 120)
    machine.check(4, "while :; do :; done & echo $!")
    machine.check(3, "stress-ng --quiet --cpu 1 --cpu-ops 20 --vm 1 --vm-bytes 8M --vm-ops 100 --switch 1 "
                     "--switch-ops 500 >/tmp/stress 2>&1 && echo done >/tmp/done & echo $!")
    said = machine.check(2, f"cyclictest -q -m -t1 -p80 -i1000 -l{CYCLES} 2>&1", 120)
    cycles, worst = map(int, re.search(r"C:\s*(\d+) .*Max:\s*(\d+)", said).groups())
    print(f"GICv{gic}: {cycles} cycles, {worst} us late at the worst")
    assert cycles == CYCLES
    wait_for(machine, 3, "test -e /tmp/done", 1200)
    assert machine.check(3, "cat /tmp/stress") == ""
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
