# SPDX-License-Identifier: Apache-2.0
"""VirtIO devices of a guest that is no Linux: U-Boot's own drivers find a disk and a network that a Debian in another VM serves. It
reads a file, and boots a Debian from the disk, whose drivers then go on with both."""

import subprocess
import zlib

import pytest
from debiandisk import disk_options
from linuxvm import nk_vm, wait_for
from nklib import boards, build
from test_linux_nkops import no_complaints
from test_uboot_guest import make_disk

pytestmark = pytest.mark.system

BACK, FRONT = 2, 3
SLOTS = '", "'.join(f"/virtio_mmio@{slot:x}" for slot in range(0xa003000, 0xa004000, 0x200))
# The disk is QEMU's, of BACK, with a partition table.
SYSTEM = f"""
&vm2 {{ devices = "{SLOTS}"; }};
&vm2_vplatform {{
	disk {{ compatible = "vl,virtio-device,block"; vl,driver-vmid = <3>; vl,device-name = "disk"; vl,file = "/dev/vda"; }};
	net {{ compatible = "vl,virtio-device,net"; vl,driver-vmid = <3>; vl,device-name = "net"; vl,ifname = "vio0";
		mac-address = [02 00 00 00 00 33]; }};
}};
&vm3 {{
	name = "uboot";
	kernel = "uboot";
	devices = "/flash@0";
	kernel-offset = <0x200000>;
	dtb-offset = <0>;
	autostart = "off";
	memory {{ size = <0x0 0x08000000>; base = <0x0 0x40000000>; }};
}};
&vm3_vcpus {{ #count = <1>; affinity = "1"; migration = "off"; }};
&vm3_vplatform {{
	disk@a010000 {{ compatible = "vl,virtio-device,mmio"; reg = <0x0 0x0a010000 0x0 0x200>; interrupts = <0 64 1>;
		vl,device-vmid = <2>; vl,device-name = "disk"; share = "all"; }};
	net@a010200 {{ compatible = "vl,virtio-device,mmio"; reg = <0x0 0x0a010200 0x0 0x200>; interrupts = <0 65 1>;
		vl,device-vmid = <2>; vl,device-name = "net"; share = "all"; }};
}};
"""
LOAD = 0x42000000


@pytest.fixture(scope="module")
def rootfs_back(tmp_path_factory):
    """The modules of nk's back-ends, and Debian's for the disk that this VM has itself."""
    output = tmp_path_factory.mktemp("back") / "rootfs-back.cpio"
    build.make(build.BUILD / "guest-linux/cloud.stamp", build.initramfs_virtio())
    subprocess.run([build.ROOT / "scripts/nk-initramfs", "--modules", build.BUILD / "guest-linux/cloud",
                    "--modules", build.kernel().parent / "virtio", "--output", output], check=True)
    return output


@pytest.fixture(scope="module")
def linux():
    """Kernel and initrd on the disk: Debian's, with its modules for virtio-mmio."""
    build.make(build.INITRAMFS, build.initramfs_virtio())
    return build.kernel(), build.initramfs_virtio()


def boot_back(boot, system_dts, rootfs_back, file):
    """The Debian that serves, with all there that U-Boot is to find."""
    build.make(boards.UBOOT)
    dts = system_dts(nk_vm(BACK, [0], "virtio_mmio,virtio_blk,vlx-virtio-block,vlx-virtio-net", initrd="rootfs-back") + SYSTEM)
    extra = ["-global", "virtio-mmio.force-legacy=false", *disk_options(file)]
    machine = boot(dts, {"uboot": boards.UBOOT, "rootfs-back": rootfs_back}, gic=3, cpus=2, mem=1024, extra=extra)
    machine.wait_ready(BACK)
    machine.check(BACK, "ip addr add 10.9.0.2/24 dev vio0 && ip link set vio0 up")
    wait_for(machine, BACK, "[ $(grep -c 'vm3 id' /proc/nk/virtio) = 2 ]")
    return machine


def start_uboot(machine):
    """It counts to two before it boots: what is typed before that counts too."""
    machine.nk_prompt("vm 3 start")
    machine.wait_line(FRONT, r"^U-Boot 20")
    machine.send(FRONT, "\n")
    machine.wait_line(FRONT, r"^=> ", unfinished=True)


def say(machine, command, expect, timeout=30):
    """A command at U-Boot's prompt: the match of what it answers."""
    machine.send(FRONT, f"{command}\n")
    return machine.wait_line(FRONT, expect, timeout)


def check_disk(machine, kernel):
    """The whole kernel, in pieces of what U-Boot's driver asks for."""
    say(machine, f"load virtio 0:1 {LOAD:x} /kernel", rf"^{kernel.stat().st_size} bytes read")
    found = say(machine, f"crc32 {LOAD:x} ${{filesize}}", r"==> ([0-9a-f]{8})")
    assert int(found[1], 16) == zlib.crc32(kernel.read_bytes())


def check_net(machine):
    say(machine, "setenv ipaddr 10.9.0.3; setenv netmask 255.255.255.0; ping 10.9.0.2", "host 10.9.0.2 is alive")


def check_linux(machine, kernel):
    """What U-Boot boots from the disk has new drivers for the same devices, behind a reset of each."""
    machine.send(FRONT, "boot\n")
    machine.wait_line(FRONT, "^Starting kernel", 60)
    machine.wait_ready(FRONT, 60)
    assert machine.check(FRONT, "hostname") == "from-disk"
    machine.check(FRONT, "modprobe -a virtio_mmio virtio_blk virtio_net && mkdir -p /mnt && mount -o ro /dev/vda1 /mnt", timeout=60)
    assert int(machine.check(FRONT, "crc32 /mnt/kernel", timeout=60).split()[0], 16) == zlib.crc32(kernel.read_bytes())
    machine.check(FRONT, "ip addr add 10.9.0.3/24 dev eth0 && ip link set eth0 up")
    wait_for(machine, FRONT, "ping -c 1 -w 1 10.9.0.2 >/dev/null")


def test_uboot_has_virtio_devices(boot, system_dts, rootfs_back, linux, tmp_path):
    machine = boot_back(boot, system_dts, rootfs_back, make_disk(tmp_path, linux))
    start_uboot(machine)
    check_disk(machine, linux[0])
    check_net(machine)
    check_linux(machine, linux[0])
    text = machine.check(BACK, "cat /proc/nk/virtio")
    print(text)
    assert "broken" not in text
    no_complaints(machine, BACK)
    assert machine.quit() == 0
