# SPDX-License-Identifier: Apache-2.0
"""CPUs that are not like the first one. QEMU's are all alike, so nk is made to remember another first
one by way of QEMU's GDB stub."""

import tempfile

import pytest
from nklib import build, qemu
from nklib.machine import NK
from nklib.rsp import Rsp, qemu_args
from test_panic import COUNTER, STEP, Symbols, stop_at

pytestmark = pytest.mark.guests

PFR0, ISAR1, MMFR0 = 0x20, 0x31, 0x38  # as CPU_ID() of arch/cpu_id.h
CTR, VTR = 64, 65  # behind them in struct cpu_id
# What is changed of the first one, and what it then has that the next CPU lacks.
OTHERS = [
    (MMFR0, lambda value: value + 1, "size of physical addresses"),
    (ISAR1, lambda value: value | 1 << 4, "pointer authentication"),
    (VTR, lambda value: value ^ 0x1f, "GIC list registers and priorities"),
    (CTR, lambda value: value ^ 1 << 16, "size of cache lines"),
]


def test_cpus_unlike_the_first(machines, nk, guest_programs, system_dts):
    del guest_programs
    last = len(OTHERS) + 1
    system = system_dts(COUNTER.format(vm=2, cpu=0, given="") +
                        COUNTER.format(vm=3, cpu=last, given=""), "cpus")
    first = Symbols()["first"]
    with tempfile.TemporaryDirectory() as place:  # a socket's path must be short
        machine = machines(qemu.argv(nk, build.bundle(system), "nk.panic=off", cpus=last + 1,
                                     mem=512, extra=qemu_args(f"{place}/gdb") + ["-S"]))
        with Rsp(f"{place}/gdb") as gdb:
            stop_at_meeting(gdb, 1)
            for cpu, (index, change, _) in enumerate(OTHERS, 1):
                at = first + 8 * index
                value = gdb.memory(at, 8, cpu)
                gdb.set_memory(at, change(int.from_bytes(value, "little")).to_bytes(8, "little"), cpu)
                stop_at_meeting(gdb, cpu + 1)
                gdb.set_memory(at, value, cpu + 1)
            gdb.detach()
    for cpu, (_, _, lacks) in enumerate(OTHERS, 1):
        machine.wait_line(NK, rf"^nk: cpu{cpu}: not used: it lacks the {lacks} of the first CPU$")
    machine.wait_line(NK, rf"^nk: 2 of {last + 1} CPUs, 2 VMs$")
    for vm in 2, 3:
        machine.wait_line(vm, r"^counter 2$")
    assert [line.split()[3] for line in machine.nk_prompt("cpu")] == ["guest,", *["off"] * len(OTHERS), "guest,"]
    assert machine.quit() == 0


def stop_at_meeting(gdb, cpu):
    """Runs on until the next CPU is about to show what it is."""
    meet = Symbols()["smp_cpu_meet"]
    assert stop_at(gdb, meet) == cpu
    stop_at(gdb, meet + STEP, cpu)  # or it would stop there once more
