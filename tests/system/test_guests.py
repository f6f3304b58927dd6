# SPDX-License-Identifier: Apache-2.0
"""The EL1 programs of tests/guests: each must find the same on bare QEMU and under nk."""

import subprocess

import pytest
from nklib import build, qemu
from tap import check_tap

pytestmark = pytest.mark.guests

GUESTS = build.ROOT / "tests/guests"
# holes is a model of choices that the architecture leaves to nk, handover and monitor are of nk alone (test_handover.py, test_monitor.py).
TESTED_APART = {"handover", "holes", "monitor", "semihost", "waits"}
PROGRAMS = sorted(file.stem for file in GUESTS.glob("*.c")
                  if "tap_done()" in file.read_text() and file.stem not in TESTED_APART)
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
HISTORY = '&hyp_property { nk.history { allow-get = "2,3"; }; };'


def raw_vm(name, cpus, vm=2, bootargs="", size=0x01000000):
    """A VM with that program, a vCPU on each of these CPUs, and RAM where QEMU's machine has it. What nk has to
    wipe, the host has to find: there is no more than programs need."""
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
    system = system_dts(raw_vm(program, range(cpus)) + HISTORY, program)
    machine = boot(system, gic=gic, cpus=cpus, mem=1024)
    check_tap(machine, 2)
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic, cpu", [(2, "max"), (3, "cortex-a76")])
@pytest.mark.parametrize("program", ["stray", "traps"])
def test_on_other_cpus(boot, guest_programs, system_dts, program, gic, cpu):
    """Those in which CPUs with later features have more to say."""
    del guest_programs
    machine = boot(system_dts(raw_vm(program, [0]), program), gic=gic, cpus=1,
                   mem=512, cpu=cpu)
    check_tap(machine, 2)
    assert machine.wait_end() == 0


@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a76", "max"])
def test_hello_on_other_cpus(boot, guest_programs, system_dts, cpu):
    del guest_programs
    machine = boot(system_dts(raw_vm("hello", [0, 1]), "hello"), cpus=2, mem=1024, cpu=cpu)
    machine.wait_line(2, r"^hello from EL1, 2 cpus, ram 0x40000000 \+ 0x1000000, .*under nk")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("cpu", ["cortex-a57", "cortex-a76", "max"])
@pytest.mark.parametrize("gic", [2, 3])
def test_holes_in_frames(boot, guest_programs, system_dts, gic, cpu):
    """What is no register of an emulated frame has no effect on any state, compared with a model."""
    del guest_programs
    machine = boot(system_dts(raw_vm("holes", [0, 1]), "holes"), gic=gic, cpus=2, mem=512, cpu=cpu)
    check_tap(machine, 2, 120)
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic, cpu", [(2, "cortex-a57"), (3, "max")])
def test_no_way_to_the_host(boot, machines, guest_programs, system_dts, gic, cpu):
    """Neither semihosting nor the machine's firmware answers a VM; nor a bare guest of our command line."""
    written = build.ROOT / "semihost-was-here"  # QEMU's working directory
    under_nk = boot(system_dts(raw_vm("semihost", [0])), gic=gic, cpus=2, mem=512, cpu=cpu)
    bare = machines(qemu.argv(guest_programs["semihost"], gic=gic, cpus=1, mem=128, cpu=cpu, el2=False), bare=2)
    for machine, tests in ((under_nk, 35), (bare, 32)):
        assert check_tap(machine, 2).good == tests
        assert machine.wait_end() == 0
    assert not written.exists()


@pytest.mark.skipif(qemu.version() >= (10, 0), reason="all tests run on it")
def test_on_a_later_qemu(boot, machines, guest_programs, system_dts, monkeypatch):
    """A taste of QEMU 10, which is stricter; docs/guide/testing.md says how to run all tests on it."""
    subprocess.run([build.ROOT / "scripts/nk-setup", "--qemu", "backports"], check=True)
    monkeypatch.setenv("QEMU", str(build.BUILD / "deps/qemu-bpo/qemu-system-aarch64"))
    assert qemu.version() >= (10, 0)
    under_nk = boot(system_dts(raw_vm("gic", range(4))), cpus=4, mem=512, cpu="neoverse-v1")
    bare = machines(qemu.argv(guest_programs["gic"], cpus=4, mem=128, el2=False), bare=2)
    for machine in under_nk, bare:
        check_tap(machine, 2)
        assert machine.wait_end() == 0
