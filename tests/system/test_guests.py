# SPDX-License-Identifier: Apache-2.0
"""The EL1 programs of tests/guests: each must find the same on bare QEMU and under nk."""

import pytest
from nklib import build, qemu
from nklib.machine import NK
from tap import check_tap

pytestmark = pytest.mark.guests

GUESTS = build.ROOT / "tests/guests"
PROGRAMS = sorted(file.stem for file in GUESTS.glob("*.c") if "tap_done()" in file.read_text())
RAW_VM = """
&vm{vm} {{
	name = "{name}";
	kernel = "{name}";
	kernel-offset = <0x80000>;
	bootargs = "{bootargs}";
	memory {{
		size = <0x0 {size:#x}>;
		base = <0x0 0x40000000>;
	}};
}};
&vm{vm}_vcpus {{
	#count = <{count}>;
	affinity = "{affinity}";
	migration = "off";
}};
"""


def raw_vm(name, cpus, vm=2, bootargs="", size=0x04000000):
    """A VM with that program, a vCPU on each of these CPUs, and RAM where QEMU's machine has it."""
    return RAW_VM.format(name=name, vm=vm, bootargs=bootargs, size=size, count=len(cpus),
                         affinity=",".join(map(str, cpus)))


@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("program", PROGRAMS)
def test_bare(machines, guest_programs, program, gic, cpus):
    argv = qemu.argv(guest_programs[program], gic=gic, cpus=cpus, mem=128, el2=False)
    machine = machines(argv, bare=2)
    check_tap(machine, 2)
    assert machine.wait_end() == 0


@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("program", PROGRAMS)
def test_under_nk(boot, guest_programs, system_dts, program, gic, cpus):
    del guest_programs  # built by now
    machine = boot(system_dts(raw_vm(program, range(cpus), size=0x08000000), program), gic=gic, cpus=cpus, mem=1024)
    check_tap(machine, 2)
    assert machine.wait_end() == 0


@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a76", "max"])
def test_hello_on_other_cpus(boot, guest_programs, system_dts, cpu):
    del guest_programs
    machine = boot(system_dts(raw_vm("hello", [0, 1]), "hello"), cpus=2, mem=1024, cpu=cpu)
    machine.wait_line(2, r"^hello from EL1, 2 cpus, ram 0x40000000 \+ 0x4000000, .*under nk")
    assert machine.wait_end() == 0


def beside_counter(boot, system_dts, program, bootargs="", **options):
    """Boots the program as vm2 and the counter as vm3, each on a CPU of its own."""
    system = system_dts(raw_vm(program, [0], 2, bootargs) + raw_vm("counter", [1], 3), program)
    machine = boot(system, cpus=2, mem=1024, **options)
    machine.wait_line(3, r"^counter 2$")
    return machine


def check_counter_moves(machine):
    """The other VM lives: it says two new numbers from now on."""
    machine.mark(3)
    first = int(machine.wait_line(3, r"^counter (\d+)$")[1])
    assert int(machine.wait_line(3, r"^counter (\d+)$")[1]) == first + 1


# What a VM with 64 MiB at 0x40000000 must not reach: devices of the board that were not given, frames
# of the GIC that guests do not have, nk, the other VM, nothing at all.
OUTSIDE = [0x0, 0x07fff000, 0x08030000, 0x08040000, 0x09010000, 0x09020000, 0x09030000, 0x0a000000,
           0x0c000000, 0x10000000, 0x3eff0000, 0x3ffff000, 0x44000000, 0x48000000, 0x7ffff000,
           0x80000000, 0x1_0000_0000, 0x40_1000_0000, 0xff_ffff_f000]
OUTSIDE_V2 = [0x08020000, 0x080a0000]
OUTSIDE_V3 = [0x08010000, 0x08080000]


@pytest.mark.parametrize("gic", [2, 3])
def test_walls(boot, guest_programs, system_dts, gic):
    """Each access to a page that was not given ends the VM, with a report, and nobody else."""
    del guest_programs
    machine = beside_counter(boot, system_dts, "walls", gic=gic)
    for address in OUTSIDE + (OUTSIDE_V2 if gic == 2 else OUTSIDE_V3):
        for access in "peek {:#x}", "poke {:#x} 1", "exec {:#x}":
            machine.wait_line(2, "^walls: ready")
            machine.mark(NK)
            machine.send(2, access.format(address) + "\r")
            machine.wait_line(NK, rf"vm2\b.*{address:x}|{address:x}.*vm2\b")
            machine.nk_prompt("vm 2 start")
    machine.wait_line(2, "^walls: ready")
    assert not [line for line in machine.lines(2) if " ok " in line]
    check_counter_moves(machine)


@pytest.mark.parametrize("gic", [2, 3])
def test_restarts_are_clean(boot, guest_programs, system_dts, gic):
    """Every start finds the image as it was in the bundle and all other memory zero."""
    del guest_programs
    machine = beside_counter(boot, system_dts, "counter", gic=gic)
    for turn in range(20):
        line = machine.wait_line(2, "^counter: start")
        assert "start, 0 words of ram not zero, bss zero, data fresh" in line.string
        machine.wait_line(2, r"^counter 1$")
        machine.send(2, "dirty\r")
        machine.wait_line(2, r"^counter: \d+ words soiled")
        if turn % 3 == 2:
            machine.nk_prompt("vm 2 restart")
        else:
            machine.send(2, ["restart\r", "restart2\r"][turn % 3])
    check_counter_moves(machine)


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("gic", [2, 3])
def test_random_instructions(boot, guest_programs, system_dts, gic, seed):
    """With any registers and any branches: the VM ends itself at worst, the other one lives."""
    del guest_programs
    machine = beside_counter(boot, system_dts, "randexec", f"wild seed={seed} n=5000", gic=gic)

    def over():
        return any("stopped" in line or "off" in line for line in machine.nk_prompt("vm 2"))

    for _ in range(20):
        if over():
            break
        check_counter_moves(machine)
    check_counter_moves(machine)
    assert machine.running()
