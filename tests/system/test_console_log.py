# SPDX-License-Identifier: Apache-2.0
"""What guests can make nk say: so many bytes a second, and nothing of others' is lost by it."""

import re

import pytest
from nklib.machine import NK
from test_guests import raw_vm

pytestmark = pytest.mark.guests

BURST, RATE = 4096, 256  # hyp/lib/log.h
AROUND = 10  # bytes that are on the wire with each line
ROUNDS = 60
MAY = """
&hyp_property {
	nk.vm.2.state.running { allow-set = "3"; allow-get = "3"; };
	nk.history { allow-get = "3"; };
};
"""


def storm(boot, system_dts, gic, rounds):
    """A VM faults at once and is started again at once. Time is that of the machine's counter."""
    vms = (raw_vm("storm", [0], bootargs="fault", size=0x400000).replace("bootargs =", 'on-stray = "stop"; bootargs =')
           + raw_vm("storm", [1], vm=3, bootargs=f"rounds={rounds}").replace('name = "storm"', 'name = "other"'))
    machine = boot(system_dts(vms + MAY, "storm"), gic=gic, cpus=2, mem=512)
    machine.wait_line(3, "^storm: my first line$")
    machine.wait_line(NK, "vm2 storm: stopped")
    before = len(machine.lines(NK))
    machine.send(3, "x")
    match = machine.wait_line(3, r"^storm: (\d+) starts in (\d+) us$", 60 + rounds)
    assert int(match[1]) == rounds
    assert machine.wait_line(3, r"^storm: the history has my line (\d+) times, nk's (\d+) times$").groups() == ("1", "1")
    said = machine.lines(NK)[before:]
    size = sum(len(line) + AROUND for line in said)
    seconds = int(match[2]) / 1e6
    print(f"{rounds} starts in {seconds:.1f} s: {size} bytes of nk")
    assert size <= BURST + 1500 + RATE * seconds + 200
    assert any(re.search(r"vm2 storm: \d+ more lines were held back", line) for line in said)
    assert f"started again {rounds} times" in "".join(machine.nk_prompt("vm 2"))
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_storm(boot, system_dts, guest_programs, gic):
    del guest_programs
    storm(boot, system_dts, gic, ROUNDS)
