# SPDX-License-Identifier: Apache-2.0
"""Systems of dts/examples whose VMs share devices: what their heads say, in make soak; the families' own tests have the rest."""

import pytest
from linuxvm import wait_for
from test_linux import EXAMPLES
from test_linux_nkops import no_complaints

pytestmark = [pytest.mark.soak, pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

BACK, FRONT = 2, 3
PARAMETERS = "/sys/module/{}/parameters"


def vthermal(machine):
    temp = "cat /sys/class/thermal/thermal_zone0/temp"
    wait_for(machine, FRONT, f"{temp} >/dev/null 2>&1")
    machine.check(BACK, f"echo 43210 >{PARAMETERS.format('vthermal_test')}/temp")
    assert machine.check(FRONT, temp) == "43210"


def vpd(machine):
    wait_for(machine, FRONT, f"echo 1 >{PARAMETERS.format('vpd_test')}/wanted")
    assert machine.check(BACK, f"cat {PARAMETERS.format('vpd_test')}/is_on") == "1"
    summary = machine.check(FRONT, "mount -t debugfs debugfs /sys/kernel/debug; cat /sys/kernel/debug/pm_genpd/pm_genpd_summary")
    assert "domains:0:7" in summary


def vclk(machine):
    """A divider there has half of the rate of a crystal here, which is held on from here, as long as the back-end is there."""
    clocks = "/sys/kernel/debug/clk"
    for vm in BACK, FRONT:
        machine.check(vm, "mount -t debugfs debugfs /sys/kernel/debug")
    wait_for(machine, FRONT, f"[ -e {clocks}/divider/clk_rate ]")
    assert machine.check(FRONT, f"cat {clocks}/divider/clk_rate") == "12000000"
    held = f"cd {clocks}/crystal && cat clk_rate clk_prepare_count clk_enable_count && cd /"
    assert machine.check(BACK, held).split() == ["24000000", "1", "1"]
    machine.check(BACK, "rmmod vlx-clk-ctrl-be")
    assert machine.check(BACK, held).split() == ["24000000", "0", "0"]


def vevent(machine):
    keys = r"printf '1 30 1\n0 0 0\n1 30 0\n0 0 0\n' >/tmp/keys"
    machine.check(BACK, "mkfifo /tmp/keys; (input-test make keyboard keys <>/tmp/keys >/dev/null &)")
    wait_for(machine, FRONT, "input-test show keys >/dev/null 2>&1")
    machine.check(FRONT, "(input-test watch keys >/tmp/seen &)")
    wait_for(machine, FRONT, "grep -q watching /tmp/seen")
    machine.check(BACK, f"(until grep -q '^Focus: VM {FRONT}$' /proc/nk/vevent-be; do sleep 0.1; done; {keys}) >/dev/null 2>&1 &")
    wait_for(machine, FRONT, "grep -q '^1 30 0$' /tmp/seen")


@pytest.mark.parametrize("check, flavour", [(vclk, "cloud"), (vpd, "cloud"), (vthermal, "cloud"), (vevent, "full")])
def test_example(boot_linux, check, flavour):
    machine = boot_linux(EXAMPLES / f"{check.__name__}.dts", cpus=2, mem=1024, flavour=flavour)
    check(machine)
    for vm in BACK, FRONT:
        no_complaints(machine, vm)
    assert machine.quit() == 0
