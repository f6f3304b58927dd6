# SPDX-License-Identifier: Apache-2.0
"""CPUs that go from one Debian guest to the other and back, while both have more to do than CPUs."""

import dataclasses
import json
import re

import pytest
from linuxvm import NEWER, nk_vm, read_prop, wait_for
from nklib.machine import NK, TIME_SCALE
from tap import check_tap
from test_guests import raw_vm

pytestmark = pytest.mark.system

TIMEOUT = {2: 2000, 3: 300000}  # ms to let go; VM 2 is asked again if it is late, as the host may be slow
PATIENCE = int(60 * TIME_SCALE)
PROPS = """
&hyp_property {
	nk.cpus.give { allow-set = "2"; allow-get = "2"; };
	nk.cpus.handover { allow-get = "2,3"; };
	nk.memory.heap.used { allow-get = "2"; };
	nk.memory.pmem.used { allow-get = "2"; };
	nk.vm.3.state.running { allow-get = "2,3"; };
};
"""
MODULES = "vlx-vinfo,vlx-prop,vlx-cpu-hotplug"
INHIBIT = "/sys/kernel/debug/vlx-cpu-hotplug/no-action-on-cpus"


def vm_dts(vm, moves):
    stays = vm - 2
    return nk_vm(vm, [stays, 2, 3], modules=MODULES) + f"""
&vm{vm}_vcpus {{
	handover-affinity = "2-3";
	handover-timeout = <{TIMEOUT[vm]}>;
	migration = "{"on" if moves else "off"}";
}};
"""


@dataclasses.dataclass
class Pair:
    """VM 2 has CPU 0 and decides, VM 3 has CPU 1; 2 and 3 go to and fro."""
    machine: object
    moves: dict

    def give(self, cpu, vm):
        for _ in range(10):
            said = self.machine.check(2, f"nk --json cpu give {cpu} {vm} --wait {PATIENCE} || true", PATIENCE + 30)
            row = json.loads(re.search(r"\{.*\}", said, re.DOTALL)[0])
            if row["state"] != "late":
                break
        return row

    def load(self, on):
        """Each has more to do than CPUs, or nothing. The shell comes first."""
        spins = "nice -n 19 sh -c 'while :; do :; done' & "
        for vm in 2, 3:
            self.machine.check(vm, spins * 3 + "echo $!" if on else "kill $(jobs -p); echo")

    def refused(self, args):
        return self.machine.check(2, f"! nk cpu give {args} 2>&1", PATIENCE + 30)

    def masks(self, vm):
        """cpus, vcpus, vcpus-target, vcpus.online"""
        return map(int, self.machine.check(vm, "cd /sys/nk/prop; for i in cpus vcpus vcpus-target vcpus.online; do "
                                           f"hexdump -v -e '1/4 \"%u \"' nk.vm.{vm}.$i; done; cd; echo").split())

    def expect(self, two, three):
        """Which CPUs each has, and that it has as many on, sooner or later."""
        for vm, cpus in ((2, two), (3, three)):
            wait_for(self.machine, vm, f"[ $(nproc) = {len(cpus)} ]")
            has, vcpus, target, online = self.masks(vm)
            assert has == sum(1 << cpu for cpu in cpus)
            assert online.bit_count() == len(cpus)
            assert (vcpus, target) == ((7, 0) if self.moves[vm] else (online, online))

    def memory(self):
        return [read_prop(self.machine, 2, f"nk.memory.{kind}.used") for kind in ("heap", "pmem")]


@pytest.fixture
def pair(boot_linux, system_dts):
    """Debian 12's kernel with GICv3, Debian 13's with GICv2."""
    def start(gic, moving):
        moves = {vm: vm in moving for vm in (2, 3)}
        system = PROPS + "".join(vm_dts(vm, moves[vm]) for vm in (2, 3))
        machine = boot_linux(system_dts(system, "handover"), flavour={2: NEWER, 3: "cloud"}[gic], gic=gic, cpus=4,
                             mem=512)
        pair = Pair(machine, moves)
        for vm in 2, 3:
            # A CPU that is just being given away is refused to who turns it on: the kernel's line may be in an answer.
            machine.check(vm, "mount -t debugfs none /sys/kernel/debug; dmesg -n 1")
        return pair
    return start


def owners(pair):
    rows = json.loads(pair.machine.check(3, "nk --json cpu list"))
    return [row["owner"] for row in rows]


def to_and_fro(pair, rounds):
    before = pair.memory()
    pair.load(True)
    for _ in range(rounds):
        row = pair.give(2, 3)
        assert (row["owner"], row["state"], row["from"]) == (3, "done", 2)
        pair.expect([0, 3], [1, 2])
        row = pair.give(2, 2)
        assert (row["owner"], row["state"], row["from"]) == (2, "done", 3)
        pair.expect([0, 2, 3], [1])
    assert pair.memory() == before
    pair.load(False)


def check_mistakes(pair):
    assert "CPU 1 is not in handover-affinity of VM 2" in pair.refused("1 2")
    assert "there is no CPU 9" in pair.refused("9 2")
    assert 'nk.cpus.give { allow-set = "3"; };' in pair.machine.check(3, "! nk cpu give 2 3 2>&1")
    assert owners(pair) == [None, None, 2, 2]


def check_inhibited(pair):
    """A VM that does not let go keeps the CPU, which nk says; later it does."""
    machine = pair.machine
    machine.check(2, f"echo 1 >{INHIBIT}; ! echo 2 >{INHIBIT}")
    assert "VM 2 has not let go of CPU 2 in its time" in pair.refused(f"2 3 --wait {PATIENCE}")
    machine.wait_line(NK, r"^nk: vm2 .*has not let go of CPU 2 for vm3 in 2000 ms, and keeps it$")
    pair.expect([0, 2, 3], [1])
    machine.check(2, f"[ $(cat {INHIBIT}) = 1 ] && nk cpu give 2 3 && echo 0 >{INHIBIT}")
    pair.give(2, 3)
    pair.expect([0, 3], [1, 2])
    pair.give(2, 2)


def check_restart(pair):
    """A VM that is to let go and is restarted has let go, and begins with what it has left."""
    machine = pair.machine
    for cpu in 2, 3:
        pair.give(cpu, 3)
    pair.expect([0], [1, 2, 3])
    machine.check(3, f"echo 1 >{INHIBIT}")
    machine.check(2, "nk cpu give 2 2")
    machine.mark(3)
    machine.nk_prompt("vm 3 restart")
    machine.wait_ready(3, 120)
    pair.expect([0, 2], [1, 3])
    pair.give(3, 2)
    pair.expect([0, 2, 3], [1])


@pytest.mark.parametrize("gic, moving", [pytest.param(2, (3,), marks=pytest.mark.soak), (3, (2,))])
def test_handover(pair, gic, moving):
    """One VM's vCPUs stay on their CPUs, the other one's move; both ways round."""
    pair = pair(gic, moving)
    pair.expect([0, 2, 3], [1])
    to_and_fro(pair, 3)
    check_mistakes(pair)
    check_inhibited(pair)
    check_restart(pair)
    assert not [line for line in pair.machine.lines(NK) if "panic" in line or "ended" in line]
    assert pair.machine.quit() == 0


@pytest.mark.soak
@pytest.mark.parametrize("moving", [(), (2, 3)])
@pytest.mark.parametrize("gic", [2, 3])
def test_a_hundred_times(pair, gic, moving):
    pair = pair(gic, moving)
    to_and_fro(pair, 100)
    assert pair.machine.quit() == 0


RAW_PROPS = """
&hyp_property {
	nk.cpus.give { allow-set = "2"; };
	nk.cpus.handover { allow-get = "2,3,4"; };
	t.end { size = <4>; allow-set = "2"; allow-get = "2,3,4"; };
	t.ready3 { size = <4>; allow-set = "3"; allow-get = "2"; };
	t.ready4 { size = <4>; allow-set = "4"; allow-get = "2"; };
};
"""


def raw_vms(moving, seed, rounds):
    text = RAW_PROPS
    for vm, cpus, handed in ((2, "0,2,3", "2,3"), (3, "1,2,3", "2,3"), (4, "1,2", "2")):
        text += raw_vm("handover", range(len(cpus.split(","))), vm=vm, bootargs=f"seed={seed} rounds={rounds}")
        text += f"""
&vm{vm} {{ name = "handover{vm}"; }};
&vm{vm}_vcpus {{
	affinity = "{cpus}";
	handover-affinity = "{handed}";
	handover-timeout = <60000>;
	migration = "{"on" if vm in moving else "off"}";
}};
"""
    return text


def by_properties(boot, system_dts, gic, moving, rounds=100, seed=1):
    machine = boot(system_dts(raw_vms(moving, seed, rounds), "raw"), gic=gic, cpus=4, mem=512)
    for vm in 2, 3, 4:
        check_tap(machine, vm, 600)
    assert machine.wait_end() == 0
    print(next(line for line in machine.lines(2) if "asked" in line))


@pytest.mark.guests
@pytest.mark.parametrize("gic, moving", [(2, (3,)), (3, (2, 4))])
def test_as_fast_as_they_can(boot, system_dts, guest_programs, gic, moving):
    """Three programs without an operating system, 100 requests by chance."""
    del guest_programs
    by_properties(boot, system_dts, gic, moving)


@pytest.mark.soak
@pytest.mark.guests
@pytest.mark.parametrize("gic", [2, 3])
def test_as_fast_as_they_can_for_long(boot, system_dts, guest_programs, soak_rounds, gic):
    """A round is 1000 requests, with other VMs that move in each."""
    del guest_programs
    for n in soak_rounds():
        moving = [vm for vm in (2, 3, 4) if n >> vm - 2 & 1]
        by_properties(boot, system_dts, gic, moving, 1000, n + 1000)
