# SPDX-License-Identifier: Apache-2.0
"""The machine sleeps, and is started anew, because a VM says so: PSCI SYSTEM_SUSPEND, nk.system.reset."""

import pytest
from gics import on_gic
from linuxvm import nk_vm
from nklib.machine import NK
from test_life import Life, alive

SLEEPER, LIFE, PAUSED, LATE, REFUSED = 2, 3, 4, 5, 6

# VM 2 shares its CPU with the paused one.
SYSTEM = """
&vm2 {{ kernel = "suspend"; system-suspend; devices = "/pl031@9010000"; }};
&vm2_vcpus {{ #count = <2>; affinity = "0,1"; }};
&vm3 {{ name = "life"; kernel = "life"; }};
&vm3_vcpus {{ #count = <4>; affinity = "1-4"; }};
&vm4 {{ kernel = "counter"; }};
&vm4_vcpus {{ affinity = "0"; }};
&vm5 {{ kernel = "counter"; autostart = "off"; }};
&vm5_vcpus {{ affinity = "2"; }};
&vm6 {{ kernel = "suspend"; }};
&vm6_vcpus {{ #count = <2>; affinity = "3,4"; }};
"""
EACH = """
&vm{vm} {{
	kernel-offset = <0x80000>;
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
"""


def wait_state(machine, vm, state):
    Life(machine, vm).wait_state(state)


def fall_asleep(machine, seconds):
    machine.mark(SLEEPER)
    machine.send(SLEEPER, f"sleep {seconds}\r")
    wait_state(machine, SLEEPER, "paused")


def woken(machine):
    """How long it slept, by its clock."""
    line = machine.wait_line(SLEEPER, r"^suspend: status 1, woken by (.*), out of reset 1, (\d+) s of the clock, "
                             r"(\d+) ms of the counter$", timeout=60)
    assert line[1] == "the alarm"
    assert int(line[3]) < 1000 * int(line[2]), line[0]  # its own time stood still
    return int(line[2])


@pytest.mark.guests
@pytest.mark.parametrize("gic", [2, 3])
def test_system_suspend(boot, system_dts, guest_programs, gic):
    del guest_programs
    system = SYSTEM.format() + "".join(EACH.format(vm=vm) for vm in range(2, 7))
    machine = boot(system_dts(system, "sleep"), gic=gic, cpus=5, mem=512)
    machine.wait_line(SLEEPER, r"^suspend: ready, no-tick-in-suspend 1$")
    machine.wait_line(REFUSED, r"^suspend: ready, no-tick-in-suspend 0$")
    machine.wait_line(LIFE, r"^life: ready, 3 CPUs beat, 0 failed$")

    machine.send(SLEEPER, "refused\r")
    machine.wait_line(SLEEPER, r"^suspend: features 0, entry outside -9, another CPU on -3$")
    machine.send(REFUSED, "refused\r")
    machine.wait_line(REFUSED, r"^suspend: features -1, entry outside -1, another CPU on -1$")

    # All stand still, and go on; who was paused before stays so.
    life = Life(machine, LIFE)
    before = life.report()
    machine.nk_prompt(f"vm {PAUSED} suspend")
    wait_state(machine, PAUSED, "paused")
    fall_asleep(machine, 3)
    for vm in LIFE, REFUSED:
        wait_state(machine, vm, "paused")
    assert woken(machine) >= 3
    assert Life(machine, PAUSED).state() == "paused"
    after = alive(life, before)
    assert after["behind"] > before["behind"] + 1000
    machine.nk_prompt(f"vm {PAUSED} resume")
    machine.wait_line(PAUSED, r"^counter \d+$")

    # Who starts meanwhile waits for the end of it.
    fall_asleep(machine, 3)
    machine.nk_prompt(f"vm {LATE} start")
    wait_state(machine, LATE, "paused")
    assert not machine.lines(LATE)
    woken(machine)
    machine.wait_line(LATE, r"^counter \d+$")

    # The operator wakes all, by the one that sleeps; or one.
    fall_asleep(machine, 1000)
    machine.nk_prompt(f"vm {LATE} resume")
    machine.mark(LATE)
    machine.wait_line(LATE, r"^counter \d+$")
    assert life.state() == "paused"
    machine.nk_prompt(f"vm {SLEEPER} resume")
    machine.wait_line(SLEEPER, r"^suspend: status 1, woken by something else, out of reset 1")
    after = alive(life, after)

    # When the one that sleeps is stopped, or starts anew, the others go on.
    for what in "restart", "stop":
        fall_asleep(machine, 1000)
        machine.nk_prompt(f"vm {SLEEPER} {what}")
        after = alive(life, after)
        if what == "restart":
            machine.wait_line(SLEEPER, r"^suspend: ready")
    wait_state(machine, SLEEPER, "stopped")


@pytest.mark.system
@on_gic(3)
def test_linux(boot_linux, system_dts, gic):
    """Linux has the system sleep by its own means, twice; what it may, another VM may not. Then it resets the machine."""
    system = nk_vm(2, [0, 1]) + '&vm2 { system-suspend; devices = "/pl031@9010000"; };\n' + nk_vm(3, [2])
    system += '&hyp_property { nk.system.reset { allow-set = "2"; }; };\n'
    machine = boot_linux(system_dts(system), gic=gic, cpus=3)
    assert machine.check(2, "cat /sys/power/mem_sleep") == "s2idle [deep]"
    assert machine.check(3, "cat /sys/power/mem_sleep") == "[s2idle]"
    for _ in range(2):
        up, clock = (float(machine.check(2, f"cat {file}").split()[0]) for file in
                     ("/proc/uptime", "/sys/class/rtc/rtc0/since_epoch"))
        ticks = float(machine.check(3, "cut -d ' ' -f 1 /proc/uptime"))
        alarm = "/sys/class/rtc/rtc0/wakealarm"
        machine.check(2, f"echo 0 >{alarm}; echo +3 >{alarm}; echo mem >/sys/power/state", timeout=60)
        slept = float(machine.check(2, "cat /sys/class/rtc/rtc0/since_epoch")) - clock
        assert slept >= 3
        # The one is told by its clock that it slept; the other has seen nothing.
        assert float(machine.check(2, "cut -d ' ' -f 1 /proc/uptime")) - up > 2
        assert machine.check(2, "cat /sys/devices/system/cpu/online") == "0-1"
        assert float(machine.check(3, "cut -d ' ' -f 1 /proc/uptime")) - ticks < slept
    assert "suspends the system" in "\n".join(machine.lines(NK))
    for vm, value in (3, 1), (2, 2):
        assert machine.run(vm, f"nk prop set nk.system.reset {value}")[0] != 0
    machine.check(2, "dmesg | grep -q 'PM: suspend exit'")
    machine.send(2, "nk prop set nk.system.reset 1\r")
    assert machine.wait_end() == 0
    said = "\n".join(machine.lines(NK))
    assert "vm2 linux-2 resets the machine" in said and "end: 0: reset" in said
