# SPDX-License-Identifier: Apache-2.0
"""Watchdogs of VMs whose guests hang: in programs without an operating system, with interrupts masked on all vCPUs."""

import re

import pytest
from nklib.machine import NK
from tally import did
from test_guests import raw_vm

pytestmark = pytest.mark.guests

RAM = 0x00400000
START = r"^watchdog: start, restarted (\d), expired (\d+), heap (\d+), pmem (\d+)$"
WATCHDOG = """
	nk.vm.{vm}.wdt.dog.config {{
		size = <16>;
		allow-set = "{setters}";
		allow-get = "{vm}";
		allow-notify = "{vm}";
		cell-value = <{load}>,<{boot}>,<{bark}>,<{mode}>;
	}};
	nk.vm.{vm}.wdt.dog.counter {{
		size = <4>;
		allow-set = "{vm}";
	}};
	nk.vm.{vm}.wdt.dog.state {{
		size = <4>;
		allow-set = "";
		allow-get = "{vm}";
		allow-notify = "{vm}";
	}};
"""


def watchdog(vm, load, boot=0, bark=0, mode=1, setters=""):
    """Its properties, which only the VM itself uses."""
    return WATCHDOG.format(vm=vm, load=load, boot=boot, bark=bark, mode=mode, setters=setters)


MEMORY = """
	nk.memory.heap.used { allow-get = "2,4"; };
	nk.memory.pmem.used { allow-get = "2,4"; };
"""
# VM 2 stops patting, VM 4 never begins; VM 3 shares a CPU with the first, VM 5 has one for itself.
HANG = (raw_vm("watchdog", [0, 1], vm=2, bootargs="pats=3", size=RAM) + raw_vm("counter", [0], vm=3, size=RAM)
        + raw_vm("watchdog", [1], vm=4, size=RAM) + raw_vm("counter", [2], vm=5, size=RAM)
        + "&hyp { pmem-size = <0x100000>; };\n&hyp_property {"
        + watchdog(2, load=100000, boot=1000000, bark=20000) + watchdog(4, load=100000, boot=300000) + MEMORY + "};\n"
        + "".join(f'&vm{vm} {{ name = "vm-{vm}"; }};\n' for vm in (2, 3, 4, 5)))


def check_restarts(machine, vm, times):
    """Each of its lives but the first is because of the watchdog, and none takes of nk's memory. On a slow machine some
    are over before they have said so."""
    lives = [[-1, -1]]
    while lives[-1][1] < times:
        lives.append(list(map(int, machine.wait_line(vm, START, timeout=60).groups())))
        assert lives[-1][1] > lives[-2][1]
    assert all(restarted == (expired > 0) for restarted, expired, *_ in lives[1:])
    assert all(memory == lives[1][2:] for _, _, *memory in lives[1:])


def check_neighbour(machine, vm):
    """It goes on, and never began anew."""
    machine.mark(vm)
    last = int(machine.wait_line(vm, r"^counter (\d+)$", timeout=60)[1])
    said = [line for line in machine.lines(vm) if line.startswith("counter")]
    assert sum("start" in line for line in said) == 1
    assert [int(line.split()[1]) for line in said[1:last + 1]] == list(range(1, last + 1))


def hang(boot, system_dts, gic, times):
    machine = boot(system_dts(HANG, "hang"), gic=gic, cpus=3, mem=512)
    for vm in 2, 4:
        check_restarts(machine, vm, times)
    for vm in 3, 5:
        check_neighbour(machine, vm)
    assert "watchdog: hangs" in "\n".join(machine.lines(2))
    said = "\n".join(machine.lines(NK))
    assert re.search(r"vm2 vm-2: watchdog dog: expired$", said, re.M), said
    assert re.search(r"vm2 vm-2: crashed, \d+ times now: its watchdog expired$", said, re.M), said
    assert machine.quit() == 0
    did("watchdog", "restarts of a hung VM, its neighbours untouched", 2 * times)


@pytest.mark.parametrize("gic", [2, 3])
def test_hang(boot, system_dts, guest_programs, gic):
    del guest_programs
    hang(boot, system_dts, gic, 10)


@pytest.mark.soak
@pytest.mark.parametrize("gic", [2, 3])
def test_hang_long(boot, system_dts, guest_programs, gic):
    del guest_programs
    hang(boot, system_dts, gic, 100)
