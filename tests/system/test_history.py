# SPDX-License-Identifier: Apache-2.0
"""The console's history survives a reset of the machine, and guests talk by calls."""

import pytest
from nklib import build, qemu
from test_guests import HISTORY, raw_vm

pytestmark = pytest.mark.system
STARTS = 3


@pytest.mark.parametrize("gic", [2, 3])
def test_over_resets(machines, nk, guest_programs, system_dts, gic):
    """The machine's RAM outlives its reset (QEMU's does), and nk finds there what it had sent."""
    del guest_programs
    system = system_dts(raw_vm("con", [0], bootargs="talk") + HISTORY, "talk")
    argv = qemu.argv(nk, build.bundle(system), "nk.panic=off", gic=gic, cpus=1, mem=512)
    machine = machines([arg for arg in argv if arg != "-no-reboot"])
    for start in range(STARTS):
        machine.wait_line(2, rf"^con: nk began {start} times before, 1 now$")
        machine.send(2, f"words {start}\n")
        machine.wait_line(2, rf"^con: you typed words {start}$")
        if start + 1 < STARTS:
            machine.reset()
    machine.send(2, "off\n")
    assert machine.wait_end() == 0


def test_permission(boot, guest_programs, system_dts):
    """Nobody reads the history unless the system tree says so."""
    del guest_programs
    machine = boot(system_dts(raw_vm("con", [0], bootargs="denied"), "denied"), cpus=1, mem=512)
    machine.wait_line(2, r"^con: history gives -3, 0 characters changed$")
    assert machine.wait_end() == 0
