# SPDX-License-Identifier: Apache-2.0
"""The life of a VM: paused and resumed, stopped and started, by nk's prompt and by other VMs."""

import re
import time

import pytest
from nklib.machine import NK, TIME_SCALE
from tap import check_tap

pytestmark = pytest.mark.guests

LIFE = """
&vm2 {
	name = "life";
	kernel = "life";
	kernel-offset = <0x80000>;
	memory { size = <0x0 0x00800000>; base = <0x0 0x40000000>; };
};
&vm2_vcpus { #count = <4>; affinity = "0-3"; migration = "off"; };
&vm3 {
	name = "neighbour";
	kernel = "counter";
	kernel-offset = <0x80000>;
	memory { size = <0x0 0x00800000>; base = <0x0 0x40000000>; };
};
&vm3_vcpus { #count = <1>; affinity = "4"; migration = "off"; };
"""

CONTROL = """
&hyp_property {
	life.report { size = <48>; allow-set = "2"; allow-get = "3"; };
	life.command { size = <4>; allow-set = "2,3"; allow-get = "2,3"; allow-notify = "2";
		cell-value = <0>; };
	nk.vm.2.state.running { allow-set = "2,3"; allow-get = "2,3"; allow-notify = "3"; };
	nk.vm.2.state.paused { allow-set = "2,3"; allow-get = "2,3"; allow-notify = "3"; };
	nk.vm.2.vcpus.online { allow-get = "2,3"; allow-notify = "3"; };
};
&vm3 { kernel = "life"; bootargs = "control"; };
"""


class Life:
    """A VM with the guest `life`, VM 2 unless told otherwise, and what it says of itself."""

    def __init__(self, machine, vm=2):
        self.machine = machine
        self.vm = vm
        self.reports = 0

    def ready(self):
        self.machine.wait_line(self.vm, r"^life: ready, 3 CPUs beat, 0 failed$")

    def report(self):
        """{word: number} of a report, after the checks that hold always."""
        self.reports += 1
        self.machine.send(self.vm, f"report {self.reports}\r")
        line = self.machine.wait_line(self.vm, rf"^life: report {self.reports}: (.*)$")[1]
        found = {word: int(n) for word, n in re.findall(r"(\w+) (\d+)", line)}
        assert found["wrong"] == 0, line
        return found

    def nk(self, command, answer=""):
        """What the VM is asked for at the prompt, and that it says just that."""
        said = self.machine.nk_prompt(f"vm {self.vm} {command}")
        assert f"nk: vm{self.vm}: {command}{answer}" in said, said

    def state(self):
        said = "\n".join(self.machine.nk_prompt(f"vm {self.vm}"))
        return re.search(rf"vm{self.vm} \S+: (\w+), ", said)[1]

    def wait_state(self, state):
        end = time.monotonic() + 30 * TIME_SCALE
        while self.state() != state:
            assert time.monotonic() < end, f"not {state}: {self.state()}"


def alive(life, before):
    """All goes on: ticks, of which none is lost, IPIs, CPU_ON. Returns the report that shows it."""
    end = time.monotonic() + 30 * TIME_SCALE
    while True:
        found = life.report()
        if all(found[word] > before[word] + 5 for word in ("ticks", "ipis", "cycles")):
            return found
        assert time.monotonic() < end, f"{before} -> {found}"


@pytest.mark.parametrize("gic", [2, 3])
def test_pause(boot, system_dts, guest_programs, gic):
    del guest_programs
    machine = boot(system_dts(LIFE, "life"), gic=gic, cpus=5, mem=512)
    life = Life(machine)
    life.ready()
    before = life.report()

    # A long pause: neither is its time gone, nor does it count, nor does a neighbour notice.
    machine.send(2, "ptimer 300\r")
    machine.wait_line(2, r"^life: ptimer set$")
    life.nk("suspend")
    life.wait_state("paused")
    life.nk("suspend", ": paused")
    machine.send(2, "report 0\r")
    machine.mark(3)
    for _ in range(15):
        machine.wait_line(3, r"^counter \d+$")
    assert "life: report 0" not in "\n".join(machine.lines(2))
    life.nk("resume")
    life.nk("resume", ": running")
    after = alive(life, before)
    assert after["behind"] - before["behind"] >= 1000
    assert after["ptimer"] == 1
    assert after["gap"] < after["behind"] - before["behind"]

    # Many short ones, each one waited for; then as fast as nk reads its keys.
    for _ in range(10):
        life.nk("suspend")
        life.wait_state("paused")
        life.nk("resume")
    before = alive(life, after)
    for _ in range(10):
        machine.send(NK, "vm 2 suspend\rvm 2 resume\r" * 10)
        machine.nk_prompt("vm 2")
    after = alive(life, before)

    # What a paused VM does not do any more.
    life.nk("suspend")
    life.wait_state("paused")
    life.nk("start", ": paused")
    life.nk("restart")
    life.ready()
    life.nk("suspend")
    life.nk("stop")
    machine.wait_line(NK, r"vm2 life: stopped")
    life.nk("suspend", ": stopped")
    life.nk("resume", ": stopped")
    life.nk("start")
    life.ready()
    alive(life, {"ticks": 0, "ipis": 0, "cycles": 0})

    # 0 and then 1 is a restart, also while the 0 is not done; and the last word counts.
    for _ in range(5):
        machine.send(NK, "vm 2 stop\rvm 2 start\r")
        life.ready()
    machine.send(NK, "vm 2 stop\rvm 2 start\rvm 2 stop\r")
    life.wait_state("stopped")
    machine.send(NK, "vm 2 start\rvm 2 stop\r")
    life.wait_state("stopped")
    machine.send(NK, "vm 2 start\rvm 2 stop\rvm 2 start\r")
    life.ready()
    life.report()
    assert not any(re.search("panic", line) for line in machine.lines(NK))
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_by_another_vm(boot, system_dts, guest_programs, gic):
    del guest_programs
    machine = boot(system_dts(LIFE + CONTROL, "control"), gic=gic, cpus=5, mem=512)
    check_tap(machine, 3, 120)
    assert machine.wait_end() == 0
