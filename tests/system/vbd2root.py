# SPDX-License-Identifier: Apache-2.0
"""A Debian whose root is on vbd2: the disk is QEMU's, of a VM that is reloaded and cut off under it."""

import subprocess

from linuxvm import nk_vm, wait_for
from nklib.machine import NK
from test_workloads_disk import BACK, DISK, FRONT, MODULES, SYSTEM, cut_off, no_disk_errors, reload, wait_load

MIB = {BACK: 128, FRONT: 512}
# systemd ends a service that has not said for three minutes that it is there: no pause of a disk is to look so.
WAIT = '&vm3_vdevs { vbd@0 { info = " bootargs: vbd2-wait=(202,0)"; }; };\n'
BOOTARGS = f"quiet systemd.show_status=false systemd.service_watchdogs=false root={DISK} rw"
# Of the packages that each Debian has: what is run all the time, and a large one.
PACKAGES = "libc6 coreutils systemd udev perl-base dpkg util-linux"


def initrd_of(image, to):
    """The initrd that a Debian has made on its disk."""
    listing = subprocess.run(["/sbin/debugfs", "-R", "ls /boot", image], capture_output=True, text=True, check=True).stdout
    name, = {word for word in listing.split() if word.startswith("initrd.img-")}
    subprocess.run(["/sbin/debugfs", "-R", f"dump /boot/{name} {to}", image], capture_output=True, check=True)
    assert to.stat().st_size > 1 << 20
    return to


def boot_root(boot, system_dts, images, flavour, disk):
    """Both VMs; images: "root-initrd" is that of the Debian."""
    vms = nk_vm(BACK, [0], MODULES[BACK], size=MIB[BACK] << 20, initrd="rootfs-disk")
    vms += nk_vm(FRONT, [1], "", size=MIB[FRONT] << 20, initrd="root-initrd", bootargs=BOOTARGS)
    machine = boot(system_dts(vms + SYSTEM + WAIT, "root"), images, flavour=flavour, cpus=2, mem=1024, extra=disk)
    machine.wait_ready(BACK)
    wait_root(machine)
    return machine


def wait_root(machine):
    machine.wait_ready(FRONT, 600)
    assert machine.check(FRONT, "findmnt -n -r -o SOURCE,FSTYPE,OPTIONS /").startswith(f"{DISK} ext4 rw,")
    assert machine.check(FRONT, "systemctl is-system-running --wait", 300) == "running"


def check_packages(machine, cuts):
    """Each of their files is what it was when it was packed, read from the disk while the back-end goes and comes."""
    machine.check(FRONT, f"(sync; echo 3 >/proc/sys/vm/drop_caches; dpkg -V {PACKAGES}; echo $?) >/run/said 2>&1 &")
    for cut in cuts:
        wait_load(machine)
        cut(machine)
    wait_for(machine, FRONT, "grep -q '^[0-9]*$' /run/said", 6000)
    assert machine.check(FRONT, "cat /run/said") == "0"


def check_reboots(machine):
    """What was written is there again, after a boot in order and one that nobody was asked about."""
    sum_of_data = machine.check(FRONT, "dd if=/dev/urandom of=/root/data bs=64k count=64 status=none; sync; sha256sum /root/data")
    for again in (lambda: machine.send(FRONT, "systemctl reboot\n")), (lambda: machine.nk_prompt(f"vm {FRONT} restart")):
        machine.mark(FRONT)
        again()
        wait_root(machine)
        assert machine.check(FRONT, "sha256sum /root/data") == sum_of_data


def check_root(boot, system_dts, images, flavour, disk):
    """All of that; the disk is as it should be afterwards, and nobody saw an error."""
    machine = boot_root(boot, system_dts, images, flavour, disk)
    assert machine.check(FRONT, "cat /proc/nk/id") == str(FRONT)
    check_packages(machine, (reload, cut_off))
    no_disk_errors(machine)
    check_reboots(machine)
    no_disk_errors(machine)
    machine.send(FRONT, "systemctl poweroff\n")
    machine.wait_line(NK, rf"vm{FRONT} .*: stopped$", 300)
    assert machine.quit() == 0
