# SPDX-License-Identifier: Apache-2.0
"""What `nk dump` writes is one of kdump's cores for Debian's crash. test_crash_linux.py has what is in it."""

import subprocess

import pytest
from linuxvm import nk_vm, wait_for
from nklib import build
from nklib.machine import TIME_SCALE
from test_crash_linux import LINUX, PROGRAM, WATCHER, panic, wait_state

pytestmark = [pytest.mark.soak, pytest.mark.system]

SLOTS = ", ".join(f'"/virtio_mmio@{slot:x}"' for slot in range(0xa003000, 0xa004000, 0x200))
SYSTEM = f"""
&vm{WATCHER} {{ devices = {SLOTS}; }};
&vm{LINUX} {{ on-crash = "stop"; memory@1 {{ size = <0x0 0x01000000>; base = <0x10 0x0>; }}; }};
&vm{PROGRAM} {{
	name = "program";
	kernel = "crash";
	kernel-offset = <0x80000>;
	on-stray = "stop";
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
&vm{PROGRAM}_vcpus {{ #count = <1>; affinity = "3"; migration = "off"; }};
&hyp_property {{
""" + "".join(f"""
	nk.vm.{vm}.dump {{ allow-get = "{WATCHER}"; }};
	nk.vm.{vm}.state.crashed {{ allow-get = "{WATCHER}"; }};
	nk.vm.{vm}.state.running {{ allow-get = "{WATCHER}"; }};
	nk.vm.{vm}.state.paused {{ allow-get = "{WATCHER}"; }};""" for vm in (LINUX, PROGRAM)) + "\n};\n"
MODULES = "virtio_mmio,virtio_blk,vlx-prop,vlx-vinfo,vlx-dump"
TOOLS = build.BUILD / "deps/crash"


@pytest.fixture(scope="module")
def crash():
    """crash(file): the release of the kernel whose core that is, as crash says; it is arm64's, in QEMU's user mode."""
    subprocess.run([build.ROOT / "scripts/nk-setup", "--crash"], check=True)

    def run(file):
        libraries = TOOLS / "libraries"
        said = subprocess.run([TOOLS / "qemu-aarch64-static", libraries / "ld-linux-aarch64.so.1", "--library-path", libraries,
                               TOOLS / "programs/crash", "--osrelease", file], stdout=subprocess.PIPE, text=True, check=False,
                              timeout=60 * TIME_SCALE)
        return said.stdout.strip()

    return run


@pytest.fixture
def disk(tmp_path):
    """The file of a disk of QEMU's, by which a core leaves the watcher's VM."""
    with open(tmp_path / "disk", "wb") as image:
        image.truncate(160 << 20)
    return tmp_path / "disk"


def dump(machine, vm, disk, core):
    """The core of a VM, on the host."""
    machine.check(WATCHER, f"nk dump {vm} /tmp/core && dd if=/tmp/core of=/dev/vda bs=64k conv=fsync 2>/dev/null", 300)
    size = int(machine.check(WATCHER, "stat -c %s /tmp/core; rm /tmp/core"))
    with open(disk, "rb") as source:
        core.write_bytes(source.read(size))
    return core


def test_crash_knows_it(boot_linux, system_dts, guest_programs, disk, crash, tmp_path):
    del guest_programs
    system = nk_vm(WATCHER, [0], modules=MODULES, size=400 << 20, initrd="rootfs-work") + nk_vm(LINUX, [1, 2], modules="vlx-crash")
    machine = boot_linux(system_dts(system + SYSTEM), vms=(WATCHER, LINUX), cpus=4, mem=1024,
                         images={"crash": build.image_file("crash")},
                         extra=["-drive", f"if=none,id=disk,format=raw,cache=unsafe,file={disk}",
                                "-device", "virtio-blk-device,drive=disk"])
    wait_for(machine, WATCHER, "[ -b /dev/vda ]")
    machine.wait_line(PROGRAM, r"^crash: ready$")
    release = machine.check(LINUX, "uname -r")
    machine.send(PROGRAM, "stray\r")
    panic(machine)
    assert crash(dump(machine, LINUX, disk, tmp_path / "linux")) == release
    wait_state(machine, PROGRAM, "crashed")
    assert crash(dump(machine, PROGRAM, disk, tmp_path / "program")) == "unknown"  # it has no VMCOREINFO
    assert machine.quit() == 0
