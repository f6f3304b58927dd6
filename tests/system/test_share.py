# SPDX-License-Identifier: Apache-2.0
"""VMs that share CPUs: what each gets, how late it wakes, and that nobody sees another's registers.

One instruction is a nanosecond here (-icount), so shares are exact to what nk itself takes."""

import dataclasses
import re
import time

import pytest
from nklib.machine import TIME_SCALE
from tap import check_tap
from test_hostile import hypercalls_by_chance
from test_life import CONTROL, LIFE

pytestmark = pytest.mark.guests

MS = 200  # how long each measures


@dataclasses.dataclass
class Vm:
    does: str
    vcpus: str = ""  # more properties of its vcpus node
    cpu: str = "0"
    ms: int = MS

    def dts(self, vm):
        return f"""
&vm{vm} {{
	name = "share{vm}";
	kernel = "share";
	kernel-offset = <0x80000>;
	bootargs = "for={self.ms} {self.does}";
	memory {{ size = <0x0 0x00400000>; }};
}};
&vm{vm}_vcpus {{ #count = <1>; affinity = "{self.cpu}"; {self.vcpus} }};
"""


@pytest.fixture
def shares(boot, system_dts, guest_programs):
    """shares([Vm, ...], hyp="", gic=3): what each VM says at its end, when the machine has ended."""
    del guest_programs

    def run(vms, hyp="", gic=3, **options):
        text = hyp + "".join(vm.dts(number) for number, vm in enumerate(vms, 2))
        options = {"cpus": 2, "icount": True, **options}
        machine = boot(system_dts(text, "share"), gic=gic, mem=512, **options)
        said = [machine.wait_line(vm, r"^share: (.*)$")[1] for vm in range(2, 2 + len(vms))]
        assert machine.wait_end() == 0
        return said

    return run


def ran(said):
    """Part of its time that it had, and the longest absence in microseconds."""
    had, of, most = map(int, re.match(r"ran (\d+) of (\d+) us, away \d+ times, (\d+) us at most", said).groups())
    return had / of, most


def rounds(said):
    """Turns of the loop of one that spins: what it really had, however short its absences."""
    return int(re.search(r"(\d+) rounds$", said)[1])


def late(said):
    times, most = map(int, re.match(r"woke (\d+) times, (\d+) us late", said).groups())
    assert times > 1
    return most


@pytest.mark.parametrize("gic", [2, 3])
def test_equals_take_turns(shares, gic):
    """Three equals have a third each, and nobody is away for longer than the turns of the others."""
    said = shares([Vm("spin", "time-slice = <5000>;") for _ in range(3)], gic=gic)
    for had, most in map(ran, said):
        assert had == pytest.approx(1 / 3, abs=0.03)
        assert 9900 < most < 10200


def test_ones_priority(shares):
    """Who is above the others has all it wants and is never late; the rest is for the others, in equal parts."""
    said = shares([Vm("sleep=2000 busy=500", "priority = <9>;"),
                   Vm("spin", "priority = <3>; time-slice = <1000>;"),
                   Vm("spin", "priority = <3>; time-slice = <1000>;"),
                   Vm("spin", "priority = <1>;", ms=100)])
    assert late(said[0]) <= 12
    for text in said[1:3]:
        had, most = ran(text)
        assert had == pytest.approx(0.375, abs=0.03)
        assert most < 1600  # a turn of the other, and what the first one takes meanwhile
    assert "ran" in said[3]  # it runs when all others have ended


@pytest.mark.parametrize("timer", ["", " phys"])
def test_wakes_at_once(shares, timer):
    """A sleeper among equals waits for a turn of each at most; above them not at all."""
    said = shares([Vm("sleep=1500" + timer, "priority = <2>;"), Vm("sleep=1700" + timer, "time-slice = <1000>;"),
                   Vm("spin", "time-slice = <1000>;"), Vm("spin", "time-slice = <1000>;")])
    assert late(said[0]) <= 12
    assert late(said[1]) <= 2100
    for text in said[2:]:
        assert ran(text)[1] < 1300


@pytest.mark.parametrize("gic", [2, 3])
def test_suspend(shares, gic):
    """PSCI CPU_SUSPEND ends whenever a timer fires: also while nk looks whether there is anything to wait for."""
    said = shares([Vm("sleep=2 nap suspend"), Vm("sleep=3 nap suspend phys", "priority = <1>; budget = <5000>; period = <10000>;"),
                   Vm("spin", "time-slice = <1000>;")], gic=gic)
    for text in said[:2]:
        assert int(text.split()[1]) > 100


def test_waking_all_the_time(shares):
    """What nk does for one that wakes and sleeps as fast as it can is in that one's budget, but for the interrupts."""
    alone = rounds(shares([Vm("spin")])[0])
    said = shares([Vm("sleep=1 nap", "priority = <9>; budget = <1000>; period = <10000>;"), Vm("spin")])
    assert int(said[0].split()[1]) > 100
    assert rounds(said[1]) > 0.88 * alone


def test_budget(shares):
    """A budget caps a VM within 1 %, alone on its CPU too; what it leaves is for others."""
    said = shares([Vm("spin", "priority = <5>; budget = <3000>; period = <10000>;"), Vm("spin")])
    assert ran(said[0])[0] == pytest.approx(0.3, abs=0.01)
    assert ran(said[1])[0] == pytest.approx(0.7, abs=0.01)
    said = shares([Vm("spin", "budget = <2000>; period = <4000>;")])
    assert ran(said[0])[0] == pytest.approx(0.5, abs=0.01)


def who_runs(machine):
    """The VM on each CPU, as nk's prompt says."""
    return [re.search(r"guest, vm(\d+)|$", line)[1] for line in machine.nk_prompt("cpu")]


def test_moves_to_an_idle_cpu(boot, system_dts, guest_programs):
    """With migration two that begin on one CPU have both. Not by -icount, which runs one CPU at a time."""
    del guest_programs
    vms = [Vm("spin", 'migration = "on";', "0-1", 600000), Vm("spin", "", "0", 600000)]
    vms.append(Vm("sleep=100000", "", "1", 600000))  # it is there, and seldom wants the CPU
    machine = boot(system_dts("".join(vm.dts(number) for number, vm in enumerate(vms, 2)), "move"), cpus=2, mem=512)
    machine.wait_up()
    end = time.monotonic() + 30 * TIME_SCALE
    while who_runs(machine) != ["3", "2"]:
        assert time.monotonic() < end, machine.nk_prompt("cpu")
    assert machine.quit() == 0


@pytest.mark.parametrize("mine, other", [
    (0, Vm("spin", "time-slice = <1000>;", "1", 600000)),  # an equal: they take turns there
    (1, Vm("spin", "", "1", 600000)),  # one below it
    (0, Vm("spin", "priority = <9>;", "1", MS // 4)),  # one above it, until that has ended
])
def test_moves_from_behind_a_higher_priority(boot, system_dts, guest_programs, mine, other):
    """One that never sleeps and is above a vCPU that may move starves it no more than others there do. Not by -icount."""
    del guest_programs
    mover = Vm("spin", f'migration = "on"; priority = <{mine}>; time-slice = <1000>;', "0-1")
    vms = [mover, Vm("spin", "priority = <9>;", "0", 600000), other]
    machine = boot(system_dts("".join(vm.dts(number) for number, vm in enumerate(vms, 2)), "behind"), cpus=2, mem=512)
    assert machine.wait_line(2, r"^share: ran (\d+) of")[1] != "0"
    assert machine.quit() == 0


def test_moves_to_a_cpu_that_nobody_had(shares):
    """Preempted in the middle of its work, it finds its registers on a CPU where no vCPU was before."""
    said = shares([Vm("regs=9", 'migration = "on";', "0-1"), Vm("sleep=20000 busy=5000", "priority = <1>;", "0")])
    assert re.match(r"[1-9]\d+ rounds, 0 changed$", said[0])


@pytest.mark.parametrize("gic", [2, 3])
def test_others_move_away_beside_it(shares, gic):
    """Who goes on when another one has just left the CPU does not find that one's FP/SIMD registers."""
    moves = 'migration = "on"; time-slice = <300>;'
    said = shares([Vm(f"regs={seed}", moves, "0,1") for seed in (5, 77, 1000)] +
                  [Vm("sleep=1900 busy=700", "priority = <1>;", "0"), Vm("sleep=1300 busy=600", "priority = <1>;", "1")], gic=gic)
    for text in said[:3]:
        assert re.match(r"[1-9]\d+ rounds, 0 changed$", text)


@pytest.mark.parametrize("gic", [2, 3])
def test_moves_with_its_registers(shares, gic):
    """Pushed from CPU to CPU by those that stay, all at once: no register, timer or interrupt is lost."""
    moves = 'migration = "on"; time-slice = <500>;'
    said = shares([Vm("regs=5", moves, "0-3", 4000), Vm("regs=77", moves, "0-3", 4000), Vm("sleep=800 busy=100", moves, "0-3", 4000),
                   Vm("sleep=700 busy=400", "", "0", 4000), Vm("sleep=900 busy=400", "priority = <1>;", "1", 4000),
                   Vm("sleep=1100 busy=500", "priority = <1>;", "2", 4000)], gic=gic, cpus=4, icount=False)
    for text in said[:2]:
        assert re.match(r"[1-9]\d+ rounds, 0 changed$", text)
    for text in said[2:]:
        assert int(text.split()[1]) > 10  # whoever lost its timer would never end


TABLE = """
&hyp {{
	schedule {{
		table@0 {{
			cpus = "0";
			frame = <10000>;
			window@0 {{ start = <0>; length = <4000>; vms = "2"; {first} }};
			window@1 {{ start = <5000>; length = <2500>; vms = "3"; }};
		}};
	}};
}};
"""


def test_time_table(shares):
    """Each has its window and no more, though the other would have use for the rest."""
    said = shares([Vm("spin"), Vm("spin", "priority = <7>;")], TABLE.format(first=""))
    had, most = ran(said[0])
    assert had == pytest.approx(0.4, abs=0.005) and 5990 < most < 6050
    had, most = ran(said[1])
    assert had == pytest.approx(0.25, abs=0.005) and 7490 < most < 7550


def test_unused_window(shares):
    """What its VM leaves of a window that others may use is theirs until it wakes."""
    said = shares([Vm("sleep=1000 busy=100"), Vm("spin")], TABLE.format(first='unused = "others";'))
    assert ran(said[1])[0] == pytest.approx(0.25 + 0.4 - 0.1, abs=0.02)  # it works for 0.1 of all the time
    assert "woke" in said[0]


@pytest.mark.parametrize("gic", [2, 3])
def test_registers(shares, gic):
    """Nobody finds a register changed by the others."""
    said = shares([Vm(f"regs={seed}", "time-slice = <300>;") for seed in (7, 1000003, 123456789)], gic=gic)
    for text in said:
        assert re.match(r"[1-9]\d+ rounds, 0 changed$", text)


@pytest.mark.parametrize("gic, cpu", [(2, "max"), (3, "cortex-a76")])
def test_hypercalls_by_chance(boot, system_dts, guest_programs, gic, cpu):
    """The same as where each has CPUs of its own: they stop, start and pause each other while they move about."""
    del guest_programs
    together = "".join(f"""&vm{vm}_vcpus {{ affinity = "0-2"; migration = "on"; time-slice = <1000>; }};\n"""
                       for vm in (2, 3, 4, 5))
    hypercalls_by_chance(boot, system_dts, gic, cpu, 1, 40, together)


@pytest.mark.parametrize("gic", [2, 3])
def test_life_beside_another(boot, system_dts, guest_programs, gic):
    """A VM that is started, stopped and paused by one that has its CPU in turns with it."""
    del guest_programs
    machine = boot(system_dts(LIFE + CONTROL + """&vm3_vcpus { affinity = "0"; };\n""", "beside"), gic=gic, cpus=4,
                   mem=512)
    check_tap(machine, 3, 120)
    assert machine.wait_end() == 0
