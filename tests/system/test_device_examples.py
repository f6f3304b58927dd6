# SPDX-License-Identifier: Apache-2.0
"""Systems of dts/examples, but for VirtIO's: what their heads say, in make soak; the families' own tests have the rest."""

import pytest
from linuxvm import wait_for
from modtest import check_module
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


def vpipe(machine):
    machine.check(FRONT, "(echo a line >/dev/log; exec 3<>/dev/talk; read said <&3; echo back $said >&3; sleep 1000) >/dev/null 2>&1 &")
    assert machine.check(BACK, "head -n 1 /dev/log-of-3") == "a line"
    assert machine.check(BACK, "exec 3<>/dev/talk; echo hello >&3; head -n 1 <&3; exec 3>&-") == "back hello"


def vrpc(machine):
    check_module(machine, BACK, "vrpc-test", "calls=0")
    check_module(machine, FRONT, "vrpc-test", "calls=1000")


def vsmq(machine):
    machine.check(BACK, "modprobe vsmq-test echo=1 && modprobe vmbox-test backend=8")
    for module in "vsmq-test", "vmbox-test":
        check_module(machine, FRONT, module, "messages=1000")


def vmq(machine):
    machine.check(BACK, "insmod /lib/nk/vmq-test.ko")
    machine.check(FRONT, "insmod /lib/nk/vmq-test.ko frontend=1")
    machine.check(FRONT, "echo load 1000 >/proc/nk/vmq-test", timeout=300)


def veth2(machine):
    wait_for(machine, BACK, "ping -c 1 -W 1 linux-b >/dev/null")
    for vm in BACK, FRONT:
        machine.check(vm, f"ifconfig net1 10.0.1.{vm} netmask 255.255.255.0 up")
    wait_for(machine, BACK, "[ $(cat /sys/class/net/net1/carrier) = 1 ] && ping -c 1 -W 1 10.0.1.3 >/dev/null")


def vbd2(machine):
    wait_for(machine, FRONT, "[ -e /mnt/README ]")
    assert machine.check(FRONT, "cat /mnt/README") == "a disk of linux-a"
    wait_for(machine, FRONT, "[ -b /dev/vbd202-16 ] && [ $(cat /sys/block/vbd202-16/ro) = 1 ]")


def watchdog(machine):
    """Of the second one it is only said when it has expired; when the first one has, its VM begins anew."""
    machine.check(FRONT, "watchdog -T 30 /dev/watchdog0; (watchdog -F -T 10 /dev/watchdog1 >/dev/null 2>&1 & echo $! >/tmp/tell)")
    state = "$(hexdump -n 1 -e '1/1 \"%u\"' /sys/nk/prop/nk.vm.3.wdt.tell.state)"
    wait_for(machine, BACK, f"[ {state} = 2 ]")
    machine.check(FRONT, "kill -9 $(cat /tmp/tell)")
    wait_for(machine, BACK, f"[ {state} = 4 ]", 1200)
    machine.mark(FRONT)
    machine.check(FRONT, "killall -9 watchdog")
    machine.wait_ready(FRONT, 180)
    assert machine.check(FRONT, "cat /sys/class/watchdog/watchdog0/bootstatus") == "32"


def handover(machine):
    assert machine.check(BACK, "nproc") == "3"
    for vm, two, three in ("linux-b", 2, 2), ("linux-a", 3, 1):
        machine.check(BACK, f"nk cpu give 2 {vm} --wait 60", 90)
        for each, cpus in (BACK, two), (FRONT, three):
            wait_for(machine, each, f"[ $(nproc) = {cpus} ]")


def boot_and_check(boot_linux, check, **options):
    machine = boot_linux(EXAMPLES / f"{check.__name__}.dts", mem=1024, **options)
    check(machine)
    for vm in BACK, FRONT:
        no_complaints(machine, vm)
    assert machine.quit() == 0


@pytest.mark.parametrize("check", [vpipe, vrpc, vsmq, vmq, veth2, vbd2, watchdog, handover])
def test_example_of_links(boot_linux, check):
    boot_and_check(boot_linux, check, cpus=4)


@pytest.mark.parametrize("check, flavour", [(vclk, "cloud"), (vpd, "cloud"), (vthermal, "cloud"), (vevent, "full")])
def test_example(boot_linux, check, flavour):
    boot_and_check(boot_linux, check, cpus=2, flavour=flavour)
