# SPDX-License-Identifier: Apache-2.0
"""VMs that share CPUs: what each gets, how late it wakes, and that nobody sees another's registers.

One instruction is a nanosecond here (-icount), so shares are exact to what nk itself takes."""

import dataclasses
import re

import pytest

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
        machine = boot(system_dts(text, "share"), gic=gic, cpus=options.pop("cpus", 2), mem=512, icount=True,
                       **options)
        said = [machine.wait_line(vm, r"^share: (.*)$")[1] for vm in range(2, 2 + len(vms))]
        assert machine.wait_end() == 0
        return said

    return run


def ran(said):
    """Part of its time that it had, and the longest absence in microseconds."""
    had, of, most = map(int, re.match(r"ran (\d+) of (\d+) us, away \d+ times, (\d+) us", said).groups())
    return had / of, most


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


def test_budget(shares):
    """A budget caps a VM within 1 %, alone on its CPU too; what it leaves is for others."""
    said = shares([Vm("spin", "priority = <5>; budget = <3000>; period = <10000>;"), Vm("spin"),
                   Vm("spin", "budget = <2000>; period = <4000>;", cpu="1")])
    assert ran(said[0])[0] == pytest.approx(0.3, abs=0.01)
    assert ran(said[1])[0] == pytest.approx(0.7, abs=0.01)
    assert ran(said[2])[0] == pytest.approx(0.5, abs=0.01)


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
