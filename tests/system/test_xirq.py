# SPDX-License-Identifier: Apache-2.0
"""Hypercalls with whatever arguments, and storms of cross interrupts, between two VMs with a vlink."""

import pytest
from nklib.machine import NK
from tap import check_tap
from test_guests import HISTORY, raw_vm

pytestmark = pytest.mark.guests

STATES = "&hyp_property { " + "".join(f'nk.vm.{vm}.state.running {{ allow-get = "2,3"; }};' for vm in (2, 3)) + " };"
LOGS = '&hyp { logs { log@0 { size = <0x1000>; writers = "2,3"; readers = "2,3"; }; }; };'
ENDS = """
&vm2_vdevs {{ end2: end@2 {{ compatible = "{name}"; info = "text"; peer-phandle = <&end3>; server; }}; }};
&vm3_vdevs {{ end3: end@3 {{ compatible = "{name}"; peer-phandle = <&end2>; client; }}; }};
"""


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("name", ["hcall", "xirq"])
def test_two_vms(boot, guest_programs, system_dts, name, gic):
    """Both VMs run the same program, on two CPUs each."""
    del guest_programs
    other = raw_vm(name, [2, 3], vm=3).replace(f'name = "{name}"', 'name = "other"', 1)
    text = raw_vm(name, [0, 1], bootargs="seed=3") + other + ENDS.format(name=name) + HISTORY + STATES + LOGS
    machine = boot(system_dts(text, name), gic=gic, cpus=4, mem=1024)
    for vm in (2, 3):
        check_tap(machine, vm)
    assert machine.wait_end() == 0
    assert not any("panic" in line or "ended" in line for line in machine.lines(NK))
