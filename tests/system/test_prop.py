# SPDX-License-Identifier: Apache-2.0
"""Properties between two VMs, and what becomes of a wrong `&hyp_property` at boot."""

import re

import pytest
from nklib.machine import NK
from tap import check_tap
from test_guests import raw_vm

pytestmark = pytest.mark.guests

VM = """
&vm{vm} {{
	name = "prop{vm}";
	kernel = "prop";
	kernel-offset = <0x80000>;
	bootargs = "pair";
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
&vm{vm}_vcpus {{ #count = <1>; affinity = "{cpu}"; migration = "off"; }};
&vm{vm}_vdevs {{ hypevent@vproperty {{ peer-phandle = <&events>; client; }}; }};
"""
PROPERTIES = """
&vm1_vdevs {
	events: hypevent@vproperty {
		compatible = "vl,hypevent.v1";
		info = "vproperty";
		#clone = "auto";
		server;
	};
};
&hyp_property {
	t.2 { size = <4>; allow-set = "2"; allow-get = "*"; allow-notify = "3"; };
	t.3 { size = <4>; allow-set = "3"; allow-get = "*"; allow-notify = "2"; };
	t.private { size = <4>; allow-set = "2"; allow-get = "2"; };
	t.page { size = <4096>; allow-set = "*"; allow-get = "*"; };
	nk.vm.3.state.running { allow-set = "2"; allow-get = "2"; allow-notify = "2"; };
	nk.vm.3.bootcomplete { allow-get = "2"; allow-notify = "2"; };
	nk.vm.3.boot-us { allow-get = "2,3"; };
};
"""
STARTED = (r"^nk: vm{vm} \w+: started (?P<all>\d+) us after (?P<what>nk|the request): load at (\d+), "
           r"hash (\d+), copy (\d+), wipe (\d+), tree (\d+)$")


def starts(machine, vm):
    """(since when, microseconds) of each start of the VM that nk tells of; in none the parts exceed the whole."""
    found = [re.match(STARTED.format(vm=vm), line) for line in machine.lines(NK)]
    found = [match for match in found if match]
    for match in found:
        assert sum(map(int, match.groups()[2:])) <= int(match["all"]), match[0]
    return [(match["what"], int(match["all"])) for match in found]


@pytest.mark.parametrize("gic", [2, 3])
def test_pair(boot, system_dts, guest_programs, gic):
    """Permissions, notification, whole values, one VM that steers the other, and how long its starts took."""
    del guest_programs
    system = system_dts(VM.format(vm=2, cpu=0) + VM.format(vm=3, cpu=1) + PROPERTIES, "prop")
    machine = boot(system, gic=gic, cpus=2, mem=512, append="nk.times")
    check_tap(machine, 3)
    check_tap(machine, 2)
    assert machine.wait_end() == 0
    assert [since for since, _ in starts(machine, 2)] == ["nk"]
    assert [since for since, _ in starts(machine, 3)] == ["nk", "the request", "the request"]
    read = [int(line.split()[-1]) for line in machine.lines(3) if line.startswith("# boot-us ")]
    assert read == [us for _, us in starts(machine, 3)]


@pytest.mark.parametrize("gic", [2, 3])
def test_strangers(boot, system_dts, guest_programs, gic):
    """VMs share nothing unless the system tree says so."""
    del guest_programs
    vms = "".join(raw_vm("prop", [vm - 2], vm=vm, bootargs="strangers").replace('name = "prop"', f'name = "prop{vm}"')
                  for vm in (2, 3))
    machine = boot(system_dts(vms, "strangers"), gic=gic, cpus=2, mem=512)
    machine.wait_line(3, "# stirring")
    machine.wait_line(2, "# waiting")
    said = "\n".join(machine.nk_prompt("vm"))
    assert re.search(r"vm2 \w+: running", said) and re.search(r"vm3 \w+: running", said), said
    machine.send(2, "x")
    check_tap(machine, 2)
    assert not [line for line in machine.lines(3) if line.startswith("not ok")]
    assert sum(line.startswith("ok") for line in machine.lines(3)) == 10
    assert machine.quit() == 0
