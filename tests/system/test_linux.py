# SPDX-License-Identifier: Apache-2.0
"""Debian's kernel, unmodified, as nk's guests."""

import hashlib
import random
import re
import subprocess
import time

import pytest
from gics import on_gic
from linuxvm import MIB, interrupts, linux_vm
from nklib import build
from nklib.machine import NK

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux")]

EXAMPLES = build.ROOT / "dts/examples"
STOPPED = r"^nk: vm3 \S+: stopped$"
CHIP = {2: "GIC-0", 3: "GICv3"}  # in /proc/interrupts
KIB = 1024  # of a MiB, in /proc/meminfo
KERNEL_MIB = 48  # the kernel has less for itself
RESTARTS = 2  # one of each kind; soak has as many as there is time for


def check_guest(machine, vm, cpus, mib, gic):
    """What every Linux guest must have, after its shell is there."""
    assert re.match(r"\d+\.\d+\.\d+[-+]", machine.check(vm, "uname -r"))
    assert machine.check(vm, "nproc") == str(cpus)
    assert machine.check(vm, "cat /sys/devices/system/cpu/online") == ("0" if cpus == 1 else f"0-{cpus - 1}")
    total = int(machine.check(vm, "awk '/MemTotal/ { print $2 }' /proc/meminfo"))
    assert (mib - KERNEL_MIB) * KIB < total <= mib * KIB
    before = interrupts(machine, vm)
    assert machine.check(vm, f"grep -c '{CHIP[gic]} .*arch_timer' /proc/interrupts") == "1"
    machine.check(vm, "sleep 0.5; echo much output to the console; cat /proc/interrupts")
    after = interrupts(machine, vm)
    for action in "arch_timer", "uart-pl011":
        assert after[action] > before[action], f"{action} does not move"
    # A CPU that sleeps is woken by another: run something on each.
    for cpu in range(cpus):
        assert machine.check(vm, f"taskset {1 << cpu:x} awk '{{ print $39; exit }}' /proc/self/stat") == str(cpu)
    bad = machine.check(vm, "dmesg | grep -iE 'BUG|Oops|rcu.*stall|soft lockup|Unhandled' || true")
    assert not bad


# Where Arm's FVP has them: distributor, CPU interface or redistributors; and the first UART, with its INTID.
PLACES = {2: (0x2f000000, 0x2c000000), 3: (0x2f000000, 0x2f100000)}
UART, UART_INTID = 0x1c090000, 37


def moved(gic):
    """Properties of a VM that finds what nk emulates at PLACES."""
    return "gic = {};\n\tuart = <0x0 {:#x} {}>;\n\t".format(
        ", ".join(f"<0x0 {place:#x}>" for place in PLACES[gic]), UART, UART_INTID)


def check_moved(machine, vm, gic):
    """It is nowhere else: Linux keeps a GIC's memory as long as it has it."""
    node = f"/proc/device-tree/intc@{PLACES[gic][0]:x}"
    assert machine.check(vm, "echo /proc/device-tree/intc@*") == node
    if gic == 3:  # of a GICv2 it says nothing
        for place in PLACES[gic]:
            assert machine.check(vm, f"grep -ci '^ *{place:08x}-.*GIC' /proc/iomem") == "1"
    assert machine.check(vm, f"grep -c '^{UART:x}-{UART + 0xfff:x} : .*pl011' /proc/iomem") == "1"
    assert machine.check(vm, f"grep -c '{CHIP[gic]} *{UART_INTID} Level *uart-pl011' /proc/interrupts") == "1"


@pytest.mark.parametrize("gic, cpu, clock", [(2, "max", 0x09010000), (3, "max", 0x20010000)])
def test_two_guests_four_cpus(boot, tmp_path, gic, cpu, clock):
    """The clock is where the board has it, or elsewhere; what nk emulates for the other guest is elsewhere."""
    system = tmp_path / "linux2.dts"
    given, other = 'devices = "/pl031@9010000";', 'name = "linux-b";'
    text = (EXAMPLES / "linux2.dts").read_text()
    assert given in text and other in text
    text = text.replace(given, given + (f" ipa = <0x0 {clock:#x}>;" if clock != 0x09010000 else ""))
    system.write_text(text.replace(other, f"{other}\n\t{moved(gic)}"))
    machine = boot(system, gic=gic, cpus=4, cpu=cpu)
    for vm in 2, 3:
        machine.wait_ready(vm)
    for vm in 2, 3:
        check_guest(machine, vm, cpus=2, mib=256, gic=gic)
    assert f"{clock:08x}-" in machine.check(2, "grep pl031 /proc/iomem")
    check_moved(machine, 3, gic)
    check_given_device(machine)
    assert machine.quit() == 0


def check_given_device(machine):
    """The board's clock is VM 2's alone, and its alarms come."""
    assert machine.check(3, "ls /sys/class/rtc") == ""
    before = int(machine.check(2, "cat /sys/class/rtc/rtc0/since_epoch"))
    assert abs(before - time.time()) < 3600
    fired = interrupts(machine, 2)["rtc-pl031"]
    for turn in range(3):
        machine.check(2, "echo 0 >/sys/class/rtc/rtc0/wakealarm; echo +1 >/sys/class/rtc/rtc0/wakealarm")
        machine.check(2, "i=0; while [ -s /sys/class/rtc/rtc0/wakealarm ]"
                         " && [ -n \"$(cat /sys/class/rtc/rtc0/wakealarm)\" ] && [ $i -lt 100 ];"
                         " do usleep 100000; i=$((i+1)); done")
        assert interrupts(machine, 2)["rtc-pl031"] > fired + turn


@on_gic(2)
def test_one_guest_one_cpu(boot, gic):
    machine = boot(EXAMPLES / "linux1.dts", gic=gic, cpus=1, mem=1024)
    machine.wait_ready(2)
    check_guest(machine, 2, cpus=1, mib=512, gic=gic)
    machine.send(2, "poweroff -f\n")
    assert machine.wait_end() == 0  # the last VM has stopped


@on_gic(3)
def test_one_guest_four_cpus(boot, system_dts, gic):
    machine = boot(system_dts(linux_vm(2, [0, 1, 2, 3], bootargs="quiet")), gic=gic, mem=1024)
    machine.wait_ready(2)
    check_guest(machine, 2, cpus=4, mib=MIB, gic=gic)
    # CPU_OFF and CPU_ON of PSCI, by the kernel's hotplug.
    for _ in range(5):
        machine.check(2, "echo 0 >/sys/devices/system/cpu/cpu2/online")
        assert machine.check(2, "nproc") == "3"
        machine.check(2, "echo 1 >/sys/devices/system/cpu/cpu2/online")
        assert machine.check(2, "nproc") == "4"
    assert machine.quit() == 0


def restart_beside_a_counter(machine, turns):
    """VM 3 is started again each turn, by nk and by itself; a counter in VM 2 goes on."""
    machine.check(2, "(n=0; while usleep 100000; do n=$((n+1)); echo $n >/tmp/n; done) &")
    count = 0
    for turn in turns:
        machine.mark(3)
        if turn % 2:
            machine.send(3, "reboot -f\n")
        else:
            machine.nk_prompt("vm 3 restart")
        machine.wait_ready(3)
        last, count = count, int(machine.check(2, "until grep . /tmp/n; do :; done"))
        assert count > last, f"the counter of vm2 stands still in turn {turn}"


def check_restarts(machine):
    memory = machine.nk_prompt("mem")
    restart_beside_a_counter(machine, range(RESTARTS))
    assert machine.nk_prompt("mem") == memory
    assert machine.check(3, "nproc") == "1"
    assert int(float(machine.check(3, "cut -d' ' -f1 /proc/uptime"))) < 60


def check_stop_and_start(machine):
    machine.nk_prompt("vm 3 stop")
    machine.wait_line(NK, STOPPED)
    assert re.search(r"vm3 linux-3: stopped, 0 of 1 vCPUs on", machine.nk_prompt("vm 3")[0])
    assert machine.check(2, "echo alive") == "alive"
    machine.mark(3)
    machine.nk_prompt("vm 3 start")
    machine.wait_ready(3)
    assert machine.check(3, "hostname") == "linux-3"


def check_ends_with_the_last(machine):
    machine.send(3, "poweroff -f\n")
    machine.wait_line(NK, STOPPED)
    assert machine.check(2, "echo alive") == "alive"
    machine.send(2, "poweroff -f\n")
    assert machine.wait_end() == 0


@on_gic(2)
def test_two_guests_two_cpus(boot, system_dts, gic):
    """What becomes of the one, the other does not notice."""
    machine = boot(system_dts(linux_vm(2, [0]) + linux_vm(3, [1])), gic=gic, cpus=2, mem=1024)
    for vm in 2, 3:
        machine.wait_ready(vm)
        check_guest(machine, vm, cpus=1, mib=MIB, gic=gic)
        assert machine.check(vm, "hostname") == f"linux-{vm}"
    check_restarts(machine)
    check_stop_and_start(machine)
    check_ends_with_the_last(machine)


LEASE = """#!/bin/sh
[ "$1" != bound ] || ip addr add "$ip/$mask" dev "$interface"
ip link set "$interface" up
"""


@pytest.fixture
def disk(tmp_path):
    """A disk with the root file system and two files that only it has: (image, sum of /srv/file)."""
    (tmp_path / "file").write_bytes(random.randbytes(1 << 18))
    (tmp_path / "lease").write_text(LEASE)
    (tmp_path / "lease").chmod(0o755)
    subprocess.run([build.ROOT / "scripts/nk-initramfs", "--output", tmp_path / "disk.cpio",
                    "--disk", tmp_path / "disk.img", "--modules", build.kernel().parent / "virtio",
                    "--add", f"{tmp_path}/file:/srv/file", "--add", f"{tmp_path}/lease:/sbin/lease"],
                   check=True)
    return tmp_path / "disk.img", hashlib.sha256((tmp_path / "file").read_bytes()).hexdigest()


def test_boots_from_its_disk(boot, disk, tmp_path):
    """QEMU's disk and network device, both in one page, are the guest's; also in its next life."""
    image, digest = disk
    served = random.randbytes(1 << 15)
    (tmp_path / "served").write_bytes(served)
    machine = boot(EXAMPLES / "virtio-given.dts", cpus=2, mem=1024, extra=[
        "-drive", f"if=none,id=disk,format=raw,file={image}", "-device", "virtio-blk-device,drive=disk",
        "-netdev", f"user,id=net,tftp={tmp_path}", "-device", "virtio-net-device,netdev=net"])
    for life in range(2):
        machine.wait_line(2, r"^nk-init: going on from /dev/vda$", 60)
        machine.wait_ready(2)
        assert machine.check(2, "awk '$2 == \"/\" { print $1, $3 }' /proc/mounts") == "/dev/vda ext4"
        assert machine.check(2, "sha256sum </srv/file").split()[0] == digest
        assert machine.run(2, "cat /srv/written") == ((1, ["cat: can't open '/srv/written': No such file"
                                                          " or directory"]), (0, ["life 0"]))[life]
        machine.check(2, f"echo life {life} >/srv/written; sync")
        machine.check(2, "udhcpc -n -q -i eth0 -s /sbin/lease >/dev/null 2>&1")
        machine.check(2, "ping -c 1 10.0.2.2")
        machine.check(2, "cd /tmp; tftp -g -r served 10.0.2.2; cd /", 60)
        assert machine.check(2, "sha256sum </tmp/served").split()[0] == hashlib.sha256(served).hexdigest()
        moved = interrupts(machine, 2)
        assert moved["virtio0"] > 10 and moved["virtio1"] > 10
        machine.nk_prompt("vm 2 restart" if life == 0 else "vm 2 stop")
    assert machine.wait_end() == 0


@on_gic(3)
def test_raw_guest_beside_linux(boot, guest_programs, gic):
    machine = boot(EXAMPLES / "linux-raw.dts", {"guest": guest_programs["hello"]}, gic=gic, cpus=2,
                   mem=1024)
    machine.wait_line(3, r"^hello from EL1, 1 cpu, ram 0x40000000 ")
    machine.wait_line(NK, STOPPED)
    machine.wait_ready(2)
    check_guest(machine, 2, cpus=1, mib=256, gic=gic)
    for _ in range(3):
        machine.nk_prompt("vm 3 start")
        machine.wait_line(3, r"^hello from EL1")
        machine.wait_line(NK, STOPPED)
    assert machine.quit() == 0
