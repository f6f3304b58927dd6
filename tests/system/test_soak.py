# SPDX-License-Identifier: Apache-2.0
"""The long forms, but for the drivers' (test_soak_drivers.py): what `make test` does some times, with other chances each
time, until the time is over.

A failure says which round it was; seeds follow from the round, and SOAK_FROM=N begins with that one.
"""

import os
import random

import pytest
from linuxvm import nk_vm
from nklib.machine import NK
from tap import check_tap
from test_guests import HISTORY, raw_vm
from test_console_log import storm
from test_grant import SYSTEM as GRANTS
from test_grant import End, grants_by_chance
from test_hostile import PAIR, RAM, SIZE, all_stray, counts, hypercalls_by_chance, pair, wild_instructions
from test_layers import make, make_list
from test_life import CONTROL, LIFE, Life, alive
from test_linux import restart_beside_a_counter
from test_linux_files import MODULES
from test_linux_files import SYSTEM as FILES_SYSTEM
from test_linux_files import check_restarts, check_unloading
from test_linux_nkops import check_loading

pytestmark = [pytest.mark.soak, pytest.mark.guests]

FROM = int(os.environ.get("SOAK_FROM", "0"))
CPUS = ("cortex-a57", "cortex-a76", "max", "cortex-a53")
LONG = {"gicfuzz": "rounds=200000", "gicmodel": "steps=100000", "gicrace": "rounds=2000 seconds=60",
        "hcall": "rounds=40000", "nklib": "", "xirq": "rounds=1000"}


def chances(soak_rounds):
    """(seed, CPU) of each round."""
    for n in soak_rounds():
        print(f"round {n}")
        yield FROM + n + 1000, CPUS[(FROM + n) % len(CPUS)]


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("program", LONG)
def test_guest_by_chance(boot, system_dts, guest_programs, soak_rounds, program, gic):
    del guest_programs
    for seed, cpu in chances(soak_rounds):
        vm = raw_vm(program, range(4), bootargs=f"seed={seed} {LONG[program]}")
        machine = boot(system_dts(vm + HISTORY, program), gic=gic, cpus=4, mem=1024, cpu=cpu)
        check_tap(machine, 2, 600)
        assert machine.wait_end() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_instructions_by_chance(boot, system_dts, guest_programs, soak_rounds, gic):
    del guest_programs
    for seed, cpu in chances(soak_rounds):
        machine = pair(boot, system_dts, "randexec", gic, f"seed={seed} n=1000000", cpu)
        check_tap(machine, 3, 600)
        counts(machine)
        assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_wild_instructions(boot, system_dts, guest_programs, soak_rounds, gic):
    del guest_programs
    for seed, cpu in chances(soak_rounds):
        wild_instructions(boot, system_dts, gic, cpu, seed, 100)


@pytest.mark.parametrize("gic", [2, 3])
def test_storm(boot, system_dts, guest_programs, soak_rounds, gic):
    del guest_programs
    for _ in soak_rounds():
        storm(boot, system_dts, gic, 300)


@pytest.mark.parametrize("gic", [2, 3])
def test_hypercalls_by_chance(boot, system_dts, guest_programs, soak_rounds, gic):
    del guest_programs
    for seed, cpu in chances(soak_rounds):
        hypercalls_by_chance(boot, system_dts, gic, cpu, seed, 1000)


@pytest.mark.parametrize("gic", [2, 3])
def test_addresses_by_chance(boot, system_dts, guest_programs, soak_rounds, gic):
    """A round is 64 addresses, each read, written and called; one boot has all rounds."""
    del guest_programs
    machine = boot(system_dts(PAIR.format(name="walls", args=""), "walls"), gic=gic, cpus=2, mem=512)
    machine.wait_line(3, r"^walls: ready$")
    for n in soak_rounds():
        chance = random.Random(FROM + n + 1000)
        some = (chance.randrange(1 << bits) & ~3 for bits in (chance.randrange(12, 41) for _ in range(64)))
        all_stray(machine, [address for address in some
                            if not RAM <= address < RAM + SIZE and not 0x08000000 <= address < 0x09001000])
        counts(machine)
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_life_by_chance(boot, system_dts, guest_programs, soak_rounds, gic):
    """A round is eight commands as fast as nk reads them; then the VM is brought back, and all of it goes on."""
    del guest_programs
    machine = boot(system_dts(LIFE, "life"), gic=gic, cpus=5, mem=512)
    life = Life(machine)
    life.ready()
    for n in soak_rounds():
        chance = random.Random(FROM + n)
        commands = chance.choices(("suspend", "resume", "restart", "stop", "start"), k=8)
        machine.send(NK, "".join(f"vm 2 {command}\r" for command in commands))
        machine.nk_prompt("vm 2 stop")
        life.wait_state("stopped")
        machine.mark(2)
        machine.nk_prompt("vm 2 start")
        life.ready()
        alive(life, {"ticks": 0, "ipis": 0, "cycles": 0})
        machine.mark(3)
        machine.wait_line(3, r"^counter \d+$")
    assert not any("panic" in line for line in machine.lines(NK))
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_grants_by_chance(boot, system_dts, guest_programs, soak_rounds, gic):
    """A round is some eighty things that the two ends of a link do with their pages, and a new life of one of them."""
    del guest_programs
    machine = boot(system_dts(GRANTS.replace("xirq-rate = <100>", "xirq-rate = <100000>"), "grant"), gic=gic, cpus=3, mem=512)
    machine.wait_up()
    rounds = grants_by_chance(End(machine, 2), End(machine, 3), random.Random(FROM))
    for _ in soak_rounds():
        next(rounds)
    assert not any("panic" in line for line in machine.lines(NK))
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_life_by_another_vm(boot, system_dts, guest_programs, soak_rounds, gic):
    del guest_programs
    system = system_dts(LIFE + CONTROL.replace('"control"', '"control turns=500"'), "control")
    for _ in soak_rounds():
        machine = boot(system, gic=gic, cpus=5, mem=512)
        check_tap(machine, 3, 600)
        assert machine.wait_end() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_linux_restarts(boot_linux, system_dts, soak_rounds, gic):
    """Linux is started again and again, by itself and by nk, beside one that counts."""
    machine = boot_linux(system_dts(nk_vm(2, [0]) + nk_vm(3, [1])), gic=gic, cpus=2, mem=1024)
    restart_beside_a_counter(machine, soak_rounds())
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_loading_modules(boot_linux, system_dts, soak_rounds, gic):
    """A round is 100 times all of them, and 100 times the one that the others need."""
    system = system_dts(nk_vm(2, [0, 1], MODULES) + nk_vm(3, [2], MODULES) + FILES_SYSTEM)
    machine = boot_linux(system, gic=gic, mem=1024)
    for _ in soak_rounds():
        check_unloading(machine, 100)
        machine.check(2, f"rmmod {' '.join(reversed(MODULES.split(',')))} nk-core")
        check_loading(machine, 2, 100)
        machine.check(2, f"modprobe -a {MODULES.replace(',', ' ')}")
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_restarts_by_file(boot_linux, system_dts, guest_programs, soak_rounds, gic):
    """A round is 200 restarts of a small VM by /proc/nk, and 100 by who is killed meanwhile."""
    del guest_programs
    machine = boot_linux(system_dts(nk_vm(2, [0, 1], MODULES) + nk_vm(3, [2], MODULES) + FILES_SYSTEM), gic=gic, mem=1024)
    for _ in soak_rounds():
        machine.check(2, "echo 4 >/proc/nk/vmstart")
        check_restarts(machine, 200, 100)
    assert machine.quit() == 0


@pytest.mark.parametrize("target", make_list("list-fuzz"))
def test_fuzz(soak_share, monkeypatch, target):
    monkeypatch.setenv("FUZZ_SECONDS", str(max(1, int(soak_share))))
    assert make(f"run-{target}", soak_share + 240).returncode == 0, f"{target} found something"
