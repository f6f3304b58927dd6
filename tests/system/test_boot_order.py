# SPDX-License-Identifier: Apache-2.0
"""VMs that do not wait for others at boot: who runs when, who runs on without whom, and what their loads cost each other."""

import re
import shutil

import pytest
from nklib import build, qemu
from nklib.machine import NK
from test_guests import raw_vm
from test_share import Vm, late
from test_uboot import flip, replace

pytestmark = pytest.mark.guests

STARTED = re.compile(r"nk: vm(\d+) \S+: started (\d+) us after nk: load at (\d+), ")
WRONG = "nk: error: image bad: sha256 does not match: must be as it was bundled"
MEMORY = [0x01000000, 0x00800000, 0x00400000]  # the later one's order is, the less there is to load


def system(orders, cpus):
    """VMs from 2 on that say hello, with these boot-orders (None: it has none), on these CPUs."""
    return "".join(raw_vm("hello", [cpu], vm, size=size) + f'&vm{vm} {{ name = "hello{vm}"; '
                   + (f"boot-order = <{order}>; " if order else "") + "};\n"
                   for vm, (order, cpu, size) in enumerate(zip(orders, cpus, MEMORY), 2))


@pytest.fixture
def starts(boot, system_dts, guest_programs):
    """starts(orders, cpus, gic): [(VM, microseconds until it ran, until it began to load)], as they came."""
    del guest_programs

    def run(orders, cpus, gic):
        machine = boot(system_dts(system(orders, cpus), "order"), gic=gic, cpus=2, mem=512, icount=True, append="nk.times")
        for vm in 2, 3, 4:
            machine.wait_line(vm, "^hello from EL1")
        assert machine.wait_end() == 0
        return [tuple(map(int, found.groups())) for found in map(STARTED.match, machine.lines(NK)) if found]

    return run


def ids(started):
    return [vm for vm, _, _ in started]


@pytest.mark.parametrize("gic", [2, 3])
def test_order_on_one_cpu(starts, gic):
    """Each is loaded before the next one, and runs before that begins; without an order all wait for the last."""
    together = starts([None, None, None], [0, 0, 0], gic)
    assert ids(together) == [2, 3, 4]
    ordered = starts([None, 2, 1], [0, 0, 0], gic)
    assert ids(ordered) == [4, 3, 2]
    for (_, ran, _), (_, _, load) in zip(ordered, ordered[1:]):
        assert ran <= load
    loads = sum(MEMORY) // 4096
    assert ordered[0][1] < together[0][1] - loads / 16  # wiping 4 KiB takes some 300 ns


@pytest.mark.parametrize("gic", [2, 3])
def test_order_on_two_cpus(starts, gic):
    """Who has no order waits for all that have one, on whichever CPU; with one number none waits for the other."""
    started = starts([None, 2, 1], [1, 0, 0], gic)
    assert ids(started) == [4, 3, 2]
    found = {vm: ran for vm, ran, _ in started}
    assert found[2] > found[3]
    equals = starts([7, None, 7], [0, 1, 0], gic)
    assert ids(equals) == [2, 4, 3]


@pytest.fixture
def changed(machines, nk, system_dts, guest_programs, tmp_path):
    """changed(text, ...): a machine with that system, whose image `bad` is not what was bundled."""

    def start(text, **options):
        good, bad = build.bundle(system_dts(text, "changed"), {"bad": guest_programs["counter"]}), tmp_path / "changed.itb"
        shutil.copy(good, bad)
        replace(bad, "/images/bad", "data", flip)
        return machines(qemu.argv(nk, bad, "nk.panic=off", mem=512, **options))

    return start


def vms(*orders):
    """VM 2 is good, VM 3 has the wrong image, VM 4 is good; each with its boot-order."""
    text = raw_vm("counter", [0], 2) + raw_vm("bad", [0], 3, size=0x00400000) + raw_vm("counter", [0], 4)
    return text + "".join(f'&vm{vm} {{ name = "x{vm}"; {f"boot-order = <{order}>; " if order else ""}}};\n'
                          for vm, order in enumerate(orders, 2))


@pytest.mark.parametrize("cpus", [1, 2])
@pytest.mark.parametrize("gic", [2, 3])
def test_later_one_is_wrong(changed, gic, cpus):
    """Who runs goes on; who needs the others is not started, until somebody asks for it."""
    machine = changed(vms(1, 2, None).replace('"0"', f'"{cpus - 1}"', 1), gic=gic, cpus=cpus)
    machine.wait_line(NK, re.escape(WRONG))
    machine.wait_line(NK, "nk: vm4 x4: not started: another VM could not be loaded")
    machine.mark(2)
    for _ in range(3):
        machine.wait_line(2, r"^counter \d+$")
    assert not machine.lines(3) and not machine.lines(4)
    assert machine.lines(NK).count(WRONG) == 1
    machine.nk_prompt("vm 3 start")
    machine.wait_line(NK, "nk: vm3 x3: not started: image bad: sha256 does not match")
    machine.nk_prompt("vm 4 start")
    machine.wait_line(4, r"^counter \d+$")
    for vm in 2, 4:
        machine.send(vm, "off\r")
    assert machine.wait_end() == 3


@pytest.mark.parametrize("orders", [(None, None, None), (None, 1, None)])
def test_nobody_can_do_without(changed, orders):
    """Whichever of them has the wrong image, the others have not said that they can do without it."""
    machine = changed(vms(*orders), cpus=1)
    assert machine.wait_end() == 1
    assert [line for line in machine.lines(NK) if "error" in line] == [WRONG]
    assert not any(machine.lines(vm) for vm in (2, 3, 4))


def test_life_while_others_load(boot, system_dts, guest_programs):
    """Who runs may die and start again before the others are there, and does not wait for them then either."""
    del guest_programs
    text = (raw_vm("storm", [0], 2, "fault", 0x00400000) + raw_vm("hello", [0], 3, size=0x10000000)
            + '&vm2 { name = "x"; boot-order = <1>; on-stray = "stop"; on-crash = "restart"; max-restarts = <1 600>; };\n')
    machine = boot(system_dts(text, "life"), cpus=1, mem=512, icount=True, append="nk.times")
    machine.wait_line(3, "^hello from EL1")
    assert machine.wait_end() == 3
    said = [re.match(r"nk: vm(\d) \S+: started \d+ us after (nk|the request)", line) for line in machine.lines(NK)]
    assert [found.groups() for found in said if found] == [("2", "nk"), ("2", "the request"), ("3", "nk")]


@pytest.mark.parametrize("cpu", [0, 1])
def test_one_that_leaves_nothing(boot, system_dts, guest_programs, cpu):
    """Who never sleeps keeps those below it on its CPU from being loaded; nk hears its keys all the same, and goes on
    when that one is stopped: the machine is not at its end while others still load."""
    del guest_programs
    text = (Vm("spin", "priority = <1>;", str(cpu), ms=3600000).dts(2) + "&vm2 { boot-order = <1>; };\n"
            + raw_vm("hello", [cpu], 3, size=0x00400000) + raw_vm("hello", [1 - cpu], 4, size=0x00400000))
    machine = boot(system_dts(text + '&vm3 { name = "below"; };\n', "all"), cpus=2, mem=512, append="nk.times")
    machine.wait_line(NK, "vm2 share2: started")
    said = "\n".join(machine.nk_prompt("vm"))
    assert "vm2 share2: running" in said and "vm3 below: loading" in said
    assert not machine.lines(4)
    machine.nk_prompt("vm 2 stop")
    for vm in 3, 4:
        machine.wait_line(vm, "^hello from EL1")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_load_delays_nobody_above(boot, system_dts, guest_programs, gic):
    """A load is the time of its own VM: one above it on the CPU wakes when it is to."""
    del guest_programs
    text = (Vm("sleep=1000 busy=100", "priority = <9>;", ms=50).dts(2) + Vm("spin", "priority = <1>;", ms=5).dts(3)
            + "&vm2 { boot-order = <1>; };\n&vm3 { memory { size = <0x0 0x10000000>; }; };\n")
    machine = boot(system_dts(text, "above"), gic=gic, cpus=1, mem=512, icount=True, append="nk.times")
    assert late(machine.wait_line(2, r"^share: (.*)$")[1]) <= 32
    machine.wait_line(3, r"^share: ran")
    assert machine.wait_end() == 0
    (first, ran, _), (second, later, load) = (tuple(map(int, STARTED.match(line).groups()))
                                              for line in machine.lines(NK) if STARTED.match(line))
    assert (first, second) == (2, 3)
    assert ran <= load and later > ran + 20000  # 256 MiB were wiped beside it


@pytest.mark.parametrize("order, least, most", [("", 0, 10000), ("boot-order = <1>;", 40000, 80000)])
def test_budgets_hold_from_the_first_vm(boot, system_dts, guest_programs, order, least, most):
    """A load at boot is in no budget; beside a VM that runs it is, with what it took from then on."""
    del guest_programs
    text = (raw_vm("hello", [0], 2, size=0x00400000) + raw_vm("hello", [1], 3, size=0x05000000)
            + f'&vm2 {{ name = "first"; {order} }};\n&vm3_vcpus {{ budget = <1000>; period = <10000>; }};\n')
    machine = boot(system_dts(text.replace('"1"', '"0"'), "budget"), cpus=1, mem=512, icount=True, append="nk.times")
    assert machine.wait_end() == 0
    ran, load = next((int(found[2]), int(found[3])) for found in map(STARTED.match, machine.lines(NK))
                     if found and found[1] == "3")
    assert least <= ran - load <= most  # some 6600 microseconds of work
