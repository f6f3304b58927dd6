# SPDX-License-Identifier: Apache-2.0
"""vrpc between two Debian guests: calls whose answers are checked, time-outs, restarts of either side under load."""

import re

import pytest
from gics import on_gic
from linuxvm import PMEM_READ, nk_vm, same_pmem
from modtest import check_module, number, restarts_under_load, wait_more
from tally import did
from test_linux_nkops import no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

# The greater size of both ends is the link's; nobody serves the one without a name.
SYSTEM = PMEM_READ + """
&hyp { pmem-size = <0x200000>; };
&vm2_vdevs {
	direct: direct { compatible = "vrpc"; info = "test-direct"; server; };
	thread: thread { compatible = "vrpc"; info = "test-thread,2000"; server; };
	none: none { compatible = "vrpc"; info = ",wrong"; server; };
	loop: loop@s { compatible = "vrpc"; info = "test-loop,64"; server; };
	loop@c { peer-phandle = <&loop>; info = "test-loop,12K"; client; };
};
&vm3_vdevs {
	direct { peer-phandle = <&direct>; info = "test-direct,4K"; client; };
	thread { peer-phandle = <&thread>; info = "test-thread,100"; client; };
	none { peer-phandle = <&none>; client; };
};
"""
CALLS = 1500
RESTARTS = 4


def rows(machine, vm):
    """/proc/nk/vrpc: {info: (peer, OTUCRH, state, size)}."""
    head, *lines = machine.check(vm, "cat /proc/nk/vrpc").splitlines()
    assert head.startswith("Pr Id OTUCRH Sta Size Calls "), head
    found = {}
    for line in lines:
        match = re.fullmatch(r" *(\d+) +\d+ (\S{6}) +(\w+) +([0-9a-f]+) +\d+ +\d+ +\d+ (.*)", line)
        found[match[5]] = (int(match[1]), match[2], match[3], int(match[4], 16))
    return found


def check_files(machine):
    """Both are loaded; nobody calls."""
    assert rows(machine, 2) == {
        "test-direct": (3, "OSUC.D", "Rst", 4096 - 12), "test-thread,2000": (3, "OSUC.I", "Rst", 2000 - 12),
        ",wrong": (3, ".S...N", "Off", 1024 - 12), "test-loop,64": (2, "OSUC.D", "Rst", 12 * 1024 - 12),
        "test-loop,12K": (2, ".C...N", "Off", 12 * 1024 - 12)}
    assert rows(machine, 3) == {
        "test-direct,4K": (2, ".C...N", "Off", 4096 - 12), "test-thread,100": (2, ".C...N", "Off", 2000 - 12),
        "": (2, ".C...N", "Off", 1024 - 12)}


def check_calls(machine, calls=CALLS, timeout=300):
    check_module(machine, 2, "vrpc-test", "calls=1000")
    check_module(machine, 3, "vrpc-test", f"calls={calls}", timeout=timeout)
    check_files(machine)
    machine.check(3, "rmmod vrpc-test")
    did("vrpc", "calls with the right answer", 2 * calls)


def check_restarts(machine, turns=range(RESTARTS)):
    with same_pmem(machine):
        restarts_under_load(machine, "vrpc-test", 3, 2, turns, "load=1", "calls=1")


def check_vm_restart(machine):
    """The server's whole VM goes while there are calls."""
    again = number(machine, 3, "vrpc-test", "again")
    machine.mark(2)
    with same_pmem(machine):
        machine.nk_prompt("vm 2 restart")
        machine.wait_ready(2)
        machine.check(2, "modprobe vrpc-test calls=1")
        wait_more(machine, 3, "vrpc-test", "good")
    assert number(machine, 3, "vrpc-test", "again") > again
    assert number(machine, 3, "vrpc-test", "bad") == 0
    did("vrpc", "restarts of the server's VM under load")


@on_gic(3)
def test_vrpc(boot_linux, system_dts, gic):
    system = system_dts(nk_vm(2, [0], "nk-core") + nk_vm(3, [1], "nk-core") + SYSTEM)
    machine = boot_linux(system, gic=gic, cpus=2, mem=1024)
    check_calls(machine)
    check_restarts(machine, range(RESTARTS if gic == 3 else 2))
    if gic == 3:
        check_vm_restart(machine)
    for vm in 2, 3:
        machine.check(vm, "rmmod vrpc-test vrpc vlink-lib")
        no_complaints(machine, vm)
    assert machine.quit() == 0
