# SPDX-License-Identifier: Apache-2.0
"""The VirtIO systems of dts/examples: a Debian whose disk, network, console and entropy are another VM's, one whose root is,
and one whose home is. The kernels are Debian 12's and 13's, by turns."""

import re
import subprocess

import pytest
import test_virtio_linux as virtio
from debiandisk import debian_disk, disk_options
from linuxvm import MIB, NEWER, NEWER_MIB, SWIFT, wait_for
from nklib import build
from nklib.machine import NK
from tally import did
from test_linux import EXAMPLES, disk
from test_linux_nkops import no_complaints
from test_workloads_disk import no_disk_errors
from vbd2root import PACKAGES

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]
__all__ = ["debian_disk", "disk"]  # fixtures

BACK, FRONT = virtio.BACK, virtio.FRONT
WIDE = 160  # MiB, of a guest with programs
STOPPED = rf"vm{FRONT} .*: stopped$"
HOSTS = {BACK: "10.0.0.1", FRONT: "10.0.0.2"}


@pytest.fixture
def boot_example(boot, tmp_path):
    """boot_example(name, (flavour of linux-a's kernel, of linux-b's), images={}, ...): that system, small, with both shells
    there; images: other files than the usual ones."""

    def start(name, flavours, images=None, **options):
        parts = re.split(r"(?m)^(?=&vm3 )", (EXAMPLES / f"{name}.dts").read_text().replace("earlycon", SWIFT))
        text, files = "", {}
        for part, flavour in zip(parts, flavours, strict=True):
            for image in set(re.findall(r'(?:kernel|initrd) = "([^"]*)"', part)):
                part = part.replace(f'= "{image}"', f'= "{image}-{flavour}"')
                files[f"{image}-{flavour}"] = (images or {}).get(image) or build.image_file(image, flavour)
            small = NEWER_MIB if flavour == NEWER else MIB
            mib = WIDE if "rootfs-back" in part and not images else small
            text += re.sub(r"size = <0x0 0x[0-9a-f]*>", f"size = <0x0 {mib << 20:#x}>", part)
        build.make(*(file for file in files.values() if build.BUILD in file.parents))
        system = tmp_path / f"{name}.dts"
        system.write_text(text)
        machine = boot(system, files, cpus=2, mem=1024, **options)
        for vm, flavour in zip((BACK, FRONT), flavours, strict=True):
            machine.wait_ready(vm, 120)
            assert machine.check(vm, "uname -r") == (build.kernel(flavour).parent / "release").read_text().strip()
        machine.check(FRONT, "! lsmod | grep -E '^(nk|vlx)_'")
        return machine

    return start


def check_mount(machine):
    """The disk has the back-end's file, and the back-end's file what is written there."""
    wait_for(machine, FRONT, "[ -e /mnt/README ]")
    assert machine.check(FRONT, "cat /mnt/README") == "a disk of linux-a"
    there = machine.check(FRONT, "dd if=/dev/urandom of=/mnt/file bs=64k count=32 2>/dev/null; sha256sum </mnt/file; umount /mnt")
    machine.check(BACK, "losetup /dev/loop6 /tmp/disk0 && mount -o ro /dev/loop6 /mnt")
    assert machine.check(BACK, "sha256sum </mnt/file; umount /mnt; losetup -d /dev/loop6") == there


def check_devices(machine):
    check_mount(machine)
    machine.check(FRONT, "ping -c 3 linux-a >/dev/null")
    virtio.check_streams(machine, HOSTS)
    virtio.check_console(machine)
    virtio.check_rng(machine)
    virtio.end(machine)


USUAL = NEWER, "cloud"


def test_devices(boot_example):
    check_devices(boot_example("virtio", USUAL, gic=2))


@pytest.mark.soak
@pytest.mark.parametrize("front", build.flavours())
@pytest.mark.parametrize("back", build.flavours())
def test_devices_of_all_kernels(boot_example, back, front):
    """Each of Debian's at each end."""
    check_devices(boot_example("virtio", (back, front), gic=3))
    did("virtio", "kernels that served another one, or were served")


def check_root(machine, digest, life):
    assert machine.check(FRONT, "awk '$2 == \"/\" { print $1, $3 }' /proc/mounts") == "/dev/vda ext4"
    assert machine.check(FRONT, "sha256sum </srv/file").split()[0] == digest
    assert machine.check(FRONT, "cat /srv/lives 2>/dev/null; true").split() == [str(n) for n in range(life)]
    machine.check(FRONT, f"echo {life} >>/srv/lives; sync")


def begin_anew(machine):
    machine.mark(BACK)
    machine.nk_prompt(f"vm {BACK} restart")
    machine.wait_ready(BACK, 120)
    machine.mark(FRONT)
    machine.nk_prompt(f"vm {FRONT} start")


def without_programs(linux_modules, tmp_path):
    """A small rootfs-back."""
    file = tmp_path / "rootfs-small"
    build.make(build.initramfs_virtio())
    file.write_bytes(linux_modules()["rootfs-nk"].read_bytes() + build.initramfs_virtio().read_bytes())
    return {"rootfs-back": file}


def test_root(boot_example, linux_modules, disk, tmp_path):
    """In the next life all is there that was written, and the file system is whole."""
    image, digest = disk
    machine = boot_example("virtio-root", ("cloud", NEWER), without_programs(linux_modules, tmp_path), gic=3,
                           extra=disk_options(image))
    check_root(machine, digest, 0)
    machine.mark(FRONT)
    machine.nk_prompt(f"vm {FRONT} restart")
    machine.wait_ready(FRONT, 120)
    check_root(machine, digest, 1)
    machine.check(FRONT, "mount -o remount,ro / && sync")
    no_disk_errors(machine)
    assert machine.quit() == 0
    subprocess.run(["/sbin/e2fsck", "-f", "-n", image], check=True)


def check_debian(machine, end):
    """systemd is up, and each file of its packages is whole; then that is its end, in order."""
    machine.wait_ready(FRONT, 600)
    assert machine.check(FRONT, "findmnt -n -r -o SOURCE,FSTYPE,OPTIONS /").startswith("/dev/vda ext4 rw,")
    assert machine.check(FRONT, "systemctl is-system-running --wait", 300) == "running"
    machine.check(FRONT, f"sync; echo 3 >/proc/sys/vm/drop_caches; dpkg -V {PACKAGES}", 1200)
    no_disk_errors(machine)
    did("virtio", "boots of a whole Debian whose root it was")
    machine.mark(FRONT)
    machine.send(FRONT, f"systemctl {end}\n")


@pytest.mark.soak
@pytest.mark.parametrize("flavour", ["cloud", "cloud-13"])
def test_root_of_a_debian(boot, debian_disk, flavour):
    """As the example's head says; also after a reboot, and when both VMs have begun anew."""
    image = debian_disk(flavour, [])
    machine = boot(EXAMPLES / "virtio-root.dts", flavour=flavour, cpus=2, mem=1536, extra=disk_options(image))
    check_debian(machine, "reboot")
    check_debian(machine, "poweroff")
    machine.wait_line(NK, STOPPED, 300)
    begin_anew(machine)
    check_debian(machine, "poweroff")
    machine.wait_line(NK, STOPPED, 300)
    assert machine.quit() == 0
    subprocess.run(["/sbin/e2fsck", "-f", "-n", image], check=True)


def test_home(boot_example):
    """Files of both sides, with their owners; linux-b has them in its next life."""
    machine = boot_example("virtio-home", ("cloud", "cloud"), gic=2)
    wait_for(machine, FRONT, "[ -e /home/README ]")
    assert machine.check(FRONT, "cat /home/README") == "a directory of linux-a"
    there = machine.check(FRONT, "mkdir -m 700 /home/user && cp -r /lib/nk /home/user && chown -R 1000:1000 /home/user && "
                                 "cd /home/user && ln -s nk link && ls -lnR . && cat link/* | sha256sum; cd", timeout=60)
    assert machine.check(BACK, "cd /srv/home/user && ls -lnR . && cat link/* | sha256sum; cd", timeout=60) == there
    machine.check(BACK, "echo of linux-a >/srv/home/user/new")
    machine.mark(FRONT)
    machine.nk_prompt(f"vm {FRONT} restart")
    machine.wait_ready(FRONT, 120)
    wait_for(machine, FRONT, "[ -e /home/user/new ]")
    assert machine.check(FRONT, "cd /home/user && cat new && rm new && ls -lnR . && cat link/* | sha256sum; cd",
                         timeout=60) == f"of linux-a\n{there}"
    for vm in BACK, FRONT:
        no_complaints(machine, vm)
    assert machine.quit() == 0
