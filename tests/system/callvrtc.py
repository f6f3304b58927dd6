# SPDX-License-Identifier: Apache-2.0
"""vrtc: QEMU's clock, given to one VM, is a clock of another; alarms, sleep, restarts of either side. Part of test_vcall."""

import re
from collections import Counter

from linuxvm import same_pmem, wait_for
from modtest import check_module
from tally import did
from tap import Tap

BACK, FRONT = 2, 3
SYSTEM = """
&vm2 { devices = "/pl031@9010000"; };
&vm2_vdevs {
	clock: vrtc@be { compatible = "vrpc"; #clone = <2>; server; info = "vrtc"; };
};
&vm3_vdevs {
	vrtc@a { peer-phandle = <&clock>; client; info = "vrtc"; };
	vrtc@b { peer-phandle = <&clock>; client; info = "vrtc"; };
};
"""
RTC = "/sys/class/rtc/rtc0"
RESTARTS = 5


def since_epoch(machine, vm, number=0):
    return int(machine.check(vm, f"cat /sys/class/rtc/rtc{number}/since_epoch"))


def one_clock(text):
    match = re.fullmatch(r"RPC buffer 0x\S+ cxirq \d+ cxid 0x[0-9a-f]+ IRQ pshared 0x[0-9a-f]+\n"
                         r"IRQ vshared 0x\S+ IRQ events 0x([0-9a-f]+) irq_wake_enabled (\d)\n"
                         r"((?:\w+ \d+\n){16})interrupts (\d+) update (\d+) alarm (\d+) periodic (\d+)\n?", text)
    assert match and int(match[1], 16) == int(match[4]), text
    calls = {name: int(times) for name, times in (line.split() for line in match[3].splitlines())}
    return Counter(calls | {"wakes": int(match[2])} | dict(zip(("interrupts", "UF", "AF", "PF"), map(int, match.groups()[3:]))))


def proc(machine):
    """Both clocks' parts of /proc/vrtc, added up: how often each call and interrupt was, and whether they wake."""
    text = machine.check(FRONT, "cat /proc/vrtc")
    head, *parts = text.split("VLX VRTC frontend. RTC is registered.\n")
    assert len(parts) == 2 and not head, text
    return one_clock(parts[0]) + one_clock(parts[1])


def check_requests(machine):
    """Those of the page, as an old front-end would send them; it goes and leaves interrupts on."""
    machine.check(BACK, "modprobe vrtc-be")
    check_module(machine, FRONT, "vrtc-test")
    machine.check(FRONT, "rmmod vrtc-test")


def check_clocks(machine):
    """What programs ask of a clock; another one of the same back-end beside it."""
    machine.check(FRONT, "modprobe vrtc-fe")
    wait_for(machine, FRONT, "[ -e /dev/rtc1 ]")
    assert machine.check(FRONT, f"cat {RTC}/name").startswith("vrtc-fe")
    assert abs(since_epoch(machine, FRONT) - since_epoch(machine, BACK)) <= 5
    machine.check(FRONT, "hwclock -r -f /dev/rtc0 && hwclock -r -f /dev/rtc1")
    for device in "rtc0", "rtc1":
        status, said = machine.run(FRONT, f"rtc-test /dev/{device}", timeout=120)
        tap = Tap(said)
        assert status == 0 and not tap.bad and tap.plan == tap.good, "\n".join(said)
    n = proc(machine)
    assert n["open"] == n["wie_on"] == 2 and n["set_time"] == 4 and n["read_time"] and n["set_alarm"]
    assert not n["wakes"] and n["interrupts"] >= n["AF"] > 6 and not n["UF"] and not n["PF"]


def check_time(machine):
    """Set on one side, seen on the other."""
    machine.check(BACK, "date -u -s '2031-02-03 04:05:06' && hwclock -w -u")
    assert machine.check(FRONT, f"cat {RTC}/date") == "2031-02-03"
    machine.check(FRONT, "date -u -s '2028-02-29 12:00:00' && hwclock -w -u -f /dev/rtc1")
    assert machine.check(BACK, f"cat {RTC}/date") == "2028-02-29"


def check_two_alarms(machine):
    """Each has its own, whatever the other does, and whatever the back-end's own programs do."""
    machine.check(BACK, f"echo +1000 >{RTC}/wakealarm")
    machine.check(FRONT, "rtc-test /dev/rtc0 4 >/tmp/a & rtc-test /dev/rtc1 2 >/tmp/b & wait $! && wait", timeout=60)
    machine.check(BACK, f"[ -n \"$(cat {RTC}/wakealarm)\" ] && echo 0 >{RTC}/wakealarm")


def check_moved_alarm(machine):
    """The clock is set over it."""
    machine.check(FRONT, "rtc-test /dev/rtc0 5000 >/tmp/a & echo $! >/tmp/pid")
    wait_for(machine, FRONT, "grep -q set /tmp/a")
    machine.check(FRONT, "date -s @$(($(cat /sys/class/rtc/rtc1/since_epoch) + 6000)) && hwclock -w -u -f /dev/rtc1")
    wait_for(machine, FRONT, "! kill -0 $(cat /tmp/pid)")


def check_sleep(machine):
    """An alarm of the other VM's clock wakes this one."""
    before = proc(machine)
    machine.check(FRONT, f"echo 0 >{RTC}/wakealarm; echo +2 >{RTC}/wakealarm; echo freeze >/sys/power/state", timeout=60)
    after = proc(machine)
    assert after["AF"] > before["AF"] and not after["wakes"]
    assert machine.check(FRONT, f"cat {RTC}/device/power/wakeup") == "enabled"


def reload(machine, vm, module):
    machine.check(vm, f"rmmod {module} && modprobe {module}", timeout=60)
    did("vrtc", "restarts of one side's module under use")


def check_back_restarts(machine, turns):
    """Somebody waits for an alarm meanwhile; it comes, of a back-end that had to be told of it again."""
    for _ in range(turns):
        machine.check(FRONT, "rm -f /tmp/a; (rtc-test /dev/rtc0 3 >/tmp/a; echo $? >/tmp/status) &")
        wait_for(machine, FRONT, "grep -q set /tmp/a")
        reload(machine, BACK, "vrtc-be")
        wait_for(machine, FRONT, "[ -e /tmp/status ]")
        assert machine.check(FRONT, "cat /tmp/status; rm /tmp/status") == "0"


def check_front_restarts(machine, turns):
    for _ in range(turns):
        machine.check(FRONT, f"echo 0 >{RTC}/wakealarm; echo +1000 >{RTC}/wakealarm")
        reload(machine, FRONT, "vrtc-fe")
        wait_for(machine, FRONT, "[ -e /dev/rtc1 ]")


def check_gone(machine):
    """Without a back-end: an error, within a bound, and no old time; it is there again when that one is."""
    machine.check(BACK, "rmmod vrtc-be")
    machine.check(FRONT, f"! cat {RTC}/since_epoch", timeout=30)
    machine.check(BACK, "modprobe vrtc-be")
    assert abs(since_epoch(machine, FRONT) - since_epoch(machine, BACK)) <= 5


def check(machine, turns):
    check_requests(machine)
    check_clocks(machine)
    check_time(machine)
    check_two_alarms(machine)
    check_moved_alarm(machine)
    check_sleep(machine)
    with same_pmem(machine):
        check_back_restarts(machine, turns)
        check_front_restarts(machine, turns)
    check_gone(machine)


def check_front_again(machine):
    """Its whole VM has begun anew."""
    machine.check(FRONT, "modprobe vrtc-fe")
    wait_for(machine, FRONT, "[ -e /dev/rtc1 ]")
    assert abs(since_epoch(machine, FRONT) - since_epoch(machine, BACK)) <= 5
    did("vrtc", "restarts of the front-end's VM")


def check_again(machine):
    """The back-end's whole VM has begun anew."""
    machine.check(BACK, "modprobe vrtc-be")
    assert abs(since_epoch(machine, FRONT) - since_epoch(machine, BACK)) <= 5
    did("vrtc", "restarts of the back-end's VM")
    machine.check(FRONT, "rmmod vrtc-fe")
