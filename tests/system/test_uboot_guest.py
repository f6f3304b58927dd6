# SPDX-License-Identifier: Apache-2.0
"""U-Boot as a guest: it finds its tree at the start of its RAM, comes to its prompt, and boots Debian's kernel from flash or a
disk that it was given."""

import struct

import pytest
from debiandisk import disk_options
from nklib import board, boards, build, image, qemu
from nklib.tool import run

pytestmark = pytest.mark.system

FLASH = 64 << 20
IMAGE = 1 << 20  # where in the second flash; its environment is before that
SYSTEM = """
&vm2 {
	name = "uboot";
	kernel = "uboot";
	kernel-offset = <0x200000>;
	dtb-offset = <0>;
	devices = "/flash@0";
	memory { size = <0x0 0x10000000>; base = <0x0 0x40000000>; };
};
&vm2_vcpus { #count = <1>; affinity = "0"; migration = "off"; };
"""
SOURCE = """/dts-v1/;
/ {{
	description = "Debian";
	#address-cells = <1>;
	images {{
		kernel {{
			description = "kernel"; data = /incbin/("{kernel}"); type = "kernel"; os = "linux"; arch = "arm64";
			compression = "none"; load = <0x44000000>; entry = <0x44000000>;
			hash-1 {{ algo = "crc32"; }};
		}};
		initrd {{
			description = "initrd"; data = /incbin/("{initrd}"); type = "ramdisk"; os = "linux"; arch = "arm64";
			compression = "none";
			hash-1 {{ algo = "crc32"; }};
		}};
	}};
	configurations {{ default = "debian"; debian {{ description = "Debian"; kernel = "kernel"; ramdisk = "initrd"; }}; }};
}};
"""


@pytest.fixture
def flash(linux, tmp_path):
    """The flash's second bank: no environment, then kernel and initrd as a FIT."""
    kernel, initrd = linux
    (tmp_path / "debian.its").write_text(SOURCE.format(kernel=kernel, initrd=initrd))
    run(["mkimage", "-E", "-B", "0x1000", "-f", "debian.its", "debian.itb"], "the image", cwd=tmp_path)
    image = (tmp_path / "debian.itb").read_bytes()
    file = tmp_path / "flash.img"
    file.write_bytes((IMAGE * b"\xff" + image).ljust(FLASH, b"\xff"))
    return file


@pytest.mark.parametrize("gic", [2, 3])
def test_uboot_is_a_guest(boot, system_dts, flash, gic):
    build.make(boards.UBOOT)
    machine = boot(system_dts(SYSTEM, "uboot"), {"uboot": boards.UBOOT}, gic=gic, cpus=1, mem=1024,
                   extra=["-drive", f"if=pflash,index=1,format=raw,file={flash}"])
    machine.wait_line(2, r"^U-Boot 20")
    machine.wait_line(2, r"Hit any key to stop autoboot", unfinished=True)
    machine.send(2, "\n")
    machine.wait_line(2, r"^=> ", unfinished=True)
    machine.send(2, "version\n")
    machine.wait_line(2, r"^aarch64-linux-gnu-gcc ")
    machine.send(2, "setenv bootargs console=ttyAMA0 nk.hostname=inner\n")
    address = 0x04000000 + IMAGE
    machine.send(2, f"bootm {address:#x}#debian {address:#x}#debian ${{fdtcontroladdr}}\n")
    machine.wait_line(2, "^Starting kernel")
    machine.wait_ready(2, 60)
    assert machine.check(2, "hostname; nproc") == "inner\n1"
    assert machine.quit() == 0


# Where it expects its RAM is where nk's loader mostly puts nk: not this one.
PAGE = '", "'.join(f"/virtio_mmio@{slot:x}" for slot in range(0xa003000, 0xa004000, 0x200))
FROM_DISK = SYSTEM.replace('"/flash@0"', f'"/flash@0", "{PAGE}"').replace(
    "size = <0x0 0x10000000>; base", "size = <0x0 0x08000000>; pa = <0x0 0x40000000>; base")
SECTOR = 512
START = 2048  # of the partition
DISK_MIB = 200
EXTLINUX = """default debian
label debian
	kernel /kernel
	initrd /initrd
	append console=ttyAMA0 nk.hostname=from-disk
"""


def make_disk(tmp_path, linux):
    """Its image: with one partition, and in its file system what U-Boot looks for, that kernel and that initrd."""
    root = tmp_path / "root"
    (root / "extlinux").mkdir(parents=True)
    (root / "extlinux/extlinux.conf").write_text(EXTLINUX)
    for name, file in zip(("kernel", "initrd"), linux):
        (root / name).symlink_to(file)
    run(["cp", "-rL", root, tmp_path / "copy"], "the files")
    image_file = tmp_path / "disk.img"
    run(["mke2fs", "-q", "-t", "ext4", "-E", f"offset={SECTOR * START}", "-d", tmp_path / "copy", image_file, f"{DISK_MIB}M"],
        "the disk")
    partition = struct.pack("<B3xB3xII", 0x80, 0x83, START, DISK_MIB << 20 >> 9)  # bootable, Linux
    with open(image_file, "r+b") as opened:
        opened.truncate(SECTOR * START + (DISK_MIB << 20))
        opened.seek(446)
        opened.write(partition + bytes(48) + b"\x55\xaa")
    return image_file


def test_uboot_boots_from_a_disk(machines, nk, system_dts, linux, tmp_path):
    """By itself, from virtio-blk whose DMA needs its RAM where U-Boot has it: U-Boot, nk, U-Boot, Linux."""
    build.make(boards.UBOOT)
    on = {"gic": 3, "cpus": 1, "mem": 1024}
    uboot = boards.facts(boards.DEFAULT)["uboot"]
    bundle = build.bundle(system_dts(FROM_DISK, "disk"), {"uboot": boards.UBOOT})
    keys = image.make_keys(tmp_path / "keys")
    control = image.make_pair(nk, board.tree(**on), bundle, tmp_path / "nk.itb", uboot, keys, "nk.panic=off")
    extra = boards.uboot_argv(uboot, tmp_path / "nk.itb", control)
    machine = machines(qemu.argv(None, extra=[*extra, *disk_options(make_disk(tmp_path, linux))], **on))
    machine.wait_line(2, r"^U-Boot 20")
    machine.wait_line(2, "^Starting kernel", 60)
    machine.wait_ready(2, 60)
    assert machine.check(2, "hostname; nproc") == "from-disk\n1"
    assert machine.quit() == 0
