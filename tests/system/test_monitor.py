# SPDX-License-Identifier: Apache-2.0
"""Monitoring seen from EL1: what a guest has done exactly so often, matrices and rings say so."""

import time

import pytest
from nklib.machine import TIME_SCALE
from tap import check_tap
from test_guests import raw_vm
from test_vlink import RAW, Guest

pytestmark = pytest.mark.guests

SYSTEM = """
&hyp { monitoring { log-size = <0x20000>; stats { compatible = "vl,evt-stats"; }; }; };
&hyp_property {
	nk.monitoring { allow-get = "2"; };
	nk.monitoring.enable { allow-set = "2"; allow-get = "2"; };
	nk.monitoring.user { allow-set = "2"; };
	nk.event-log.filter { allow-set = "2"; allow-get = "2"; };
};
"""


@pytest.mark.parametrize("gic, options", [(2, {}), (3, {}), (3, {"cpu": "max"})], ids=["2", "3", "max"])
def test_counts_and_records(boot, guest_programs, system_dts, gic, options):
    """On max, keys of pointer authentication are swapped on the watched ways in and out, too."""
    del guest_programs  # built by now
    machine = boot(system_dts(raw_vm("monitor", [0]) + SYSTEM, "monitor"), gic=gic, cpus=1, mem=1024, **options)
    check_tap(machine, 2)
    assert machine.wait_end() == 0


@pytest.mark.parametrize("program", ["traps", "gic"])
@pytest.mark.parametrize("gic, mode", [(2, 1), (3, 1), (3, 3)])
def test_watched_guests_see_the_same(boot, guest_programs, system_dts, program, gic, mode):
    """Registers, trapped ones and those of emulated devices, with counters on, and with events, too."""
    del guest_programs
    watched = f'&hyp {{ monitoring {{ log-size = <0x4000>; enable = <{mode}>; stats {{ compatible = "vl,evt-stats"; }}; }}; }};'
    machine = boot(system_dts(raw_vm(program, [0, 1]) + watched, program), gic=gic, cpus=2, mem=1024)
    check_tap(machine, 2)
    assert machine.wait_end() == 0


# VM 2 switches; two share a CPU, and one has its own.
LOAD = SYSTEM + raw_vm("monitor", [0], bootargs="switch") + "".join(
    raw_vm("monitor", [cpu], vm, "load", 0x00800000) + f'&vm{vm} {{ name = "load-{vm}"; }};'
    for vm, cpu in ((3, 1), (4, 1), (5, 2))) + """
&hyp_property {
	monitor.stage { size = <4>; allow-set = "2"; allow-get = "*"; cell-value = <0>; };
	monitor.done.3 { size = <4>; allow-set = "3"; allow-get = "2"; cell-value = <0>; };
	monitor.done.4 { size = <4>; allow-set = "4"; allow-get = "2"; cell-value = <0>; };
	monitor.done.5 { size = <4>; allow-set = "5"; allow-get = "2"; cell-value = <0>; };
	nk.vm.3.state.running { allow-get = "2"; };
	nk.vm.4.state.running { allow-get = "2"; };
	nk.vm.5.state.running { allow-get = "2"; };
};
"""


@pytest.mark.parametrize("gic", [2, 3])
def test_switched_under_load(boot, guest_programs, system_dts, gic):
    """Neither who is watched loses anything, nor do counters."""
    del guest_programs
    machine = boot(system_dts(LOAD, "load"), gic=gic, cpus=3, mem=1024)
    for vm in range(2, 6):
        check_tap(machine, vm)
    assert machine.wait_end() == 0


# VM 2 watches; VM 3 shares CPU 1 with VM 4, and has CPU 2 for its second vCPU.
LIVES = raw_vm("monitor", [0], bootargs="lives") + raw_vm("monitor", [1, 2], 3, "subject", 0x00800000) + \
    raw_vm("monitor", [1], 4, "stranger", 0x00800000) + """
&vm3 { name = "subject"; autostart = "off"; };
&vm4 { name = "stranger"; };
&hyp { monitoring { log-size = <0x20000>; enable = <3>; stats { compatible = "vl,evt-stats"; }; }; };
&hyp_property {
	nk.monitoring { allow-get = "2"; };
	nk.monitoring.enable { allow-set = "3"; };
	nk.event-log.filter { allow-set = "2"; };
	nk.vm.3.state.running { allow-set = "2"; allow-get = "2"; };
	nk.vm.3.state.paused { allow-set = "2"; allow-get = "2"; };
	lives.stage { size = <4>; allow-set = "2"; allow-get = "*"; cell-value = <0>; };
	lives.done { size = <4>; allow-set = "2,3"; allow-get = "2"; cell-value = <0>; };
	lives.seen { size = <4>; allow-set = "4"; allow-get = "2"; cell-value = <0>; };
	lives.rings { size = <8>; allow-set = "2"; allow-get = "4"; };
};
"""


@pytest.mark.parametrize("gic", [2, 3])
def test_lives(boot, guest_programs, system_dts, gic):
    """Lives of VMs and vCPUs, interrupts between CPUs, sleep; and who may not see that."""
    del guest_programs
    machine = boot(system_dts(LIVES, "lives"), gic=gic, cpus=3, mem=1024)
    for vm in 2, 4:
        check_tap(machine, vm)
    assert machine.wait_end() == 3  # VM 3 died


# VM 2 shares CPU 1 with one above it that wakes each millisecond, and with who takes the interrupts of a device.
WAITS = raw_vm("waits", [1], bootargs="intid=34") + raw_vm("share", [1], 3, "sleep=1000 busy=200 for=200", 0x00400000) + \
    raw_vm("waits", [0, 1], 4, "ring") + """
&vm4 { name = "ringer"; devices = "/pl031@9010000"; };
&vm4_vcpus { priority = <3>; };
&vm3_vcpus { priority = <2>; };
&vm2_vcpus { priority = <1>; };
&hyp { monitoring { log-size = <0>; enable = <1>; stats { compatible = "vl,evt-stats"; }; }; };
&hyp_property {
	nk.monitoring { allow-get = "2"; };
	waits.go { size = <4>; allow-set = "2,4"; allow-get = "2,4"; cell-value = <0>; };
};
"""


@pytest.mark.parametrize("gic", [2, 3])
def test_waits_and_switches(boot, guest_programs, system_dts, gic):
    del guest_programs
    machine = boot(system_dts(WAITS, "waits"), gic=gic, cpus=2, mem=1024, icount=True)
    check_tap(machine, 2)
    assert machine.wait_end() == 0


SHARES = RAW.format(vm=2, name="a", cpu=1, base="base = <0x0 0x40000000>;") + "".join(
    raw_vm("share", [0], vm, "for=20000 spin", 0x00400000) for vm in (3, 4)) + """
&hyp {
	monitoring { enable = <1>; };
	schedule {
		table@0 {
			cpus = "0";
			frame = <80000>;
			window@0 { start = <0>; length = <20000>; vms = "3"; };
			window@1 { start = <20000>; length = <40000>; vms = "4"; };
		};
	};
};
&vm4 { name = "share-4"; };
&hyp_property { nk.monitoring { allow-get = "2"; }; };
"""
MONITOR_CPU, TIMES, HZ = 52, 0x40600000, 62_500_000


def times(guest, cpu):
    """What a CPU did: its period, and idle, nk, VM 2, VM 3 and VM 4 of it."""
    assert guest.call(MONITOR_CPU, cpu, TIMES) == 0
    period, idle, *vms = [guest.peek(TIMES + 8 * n, 8) for n in range(2 + 32)]
    assert period == idle + sum(vms)
    return (period, idle, *vms[1:5])


def passed(guest, cpu):
    assert guest.call(MONITOR_CPU, cpu, TIMES) == 0
    return guest.peek(TIMES, 8)


def test_known_shares(boot, guest_programs, system_dts):
    """
    One VM has twice the other's time by the table, and a part is nobody's. CPU 0 has the console's interrupts, too. By
    instructions, as a busy host takes its time from any of them.
    """
    del guest_programs
    machine = boot(system_dts(SHARES, "shares"), gic=3, cpus=2, mem=1024, icount=True)
    a = Guest(machine, 2)
    end = time.monotonic() + 60 * TIME_SCALE
    first = times(a, 0)
    while passed(a, 0) - first[0] < HZ:
        assert time.monotonic() < end
    period, idle, nk, none, three, four = (now - then for now, then in zip(times(a, 0), first))
    assert period == idle + nk + three + four and none == 0
    assert 0.3 < three / (three + four) < 0.37
    assert idle and nk and period - three - four > period / 8
    own = times(a, 1)
    assert own[3] and not own[4] and not own[5]
