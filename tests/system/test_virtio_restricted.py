# SPDX-License-Identifier: Apache-2.0
"""VirtIO devices whose back-ends have a pool of the driver's RAM each (`share` with a size), of a Linux that has
CONFIG_DMA_RESTRICTED_POOL (scripts/nk-setup --pool-kernel) and no module at all: drivers, pools and what copies to them are stock.
Back-ends are existing ones by nk-vhost-user, and our own disk and network."""

import re
import subprocess

import pytest
import test_vhost_user as vhost_user
import test_virtio_linux as virtio
from linuxvm import linux_vm, nk_vm, wait_for
from nklib import build
from nklib.machine import NK
from tally import did

pytestmark = [pytest.mark.system, pytest.mark.soak]

BACK, FRONT = vhost_user.BACK, vhost_user.FRONT
POOL = 4 << 20
GIB = 1 << 30
RAM = 224 << 20
OURS = "block", "link"
BLOCK_MIB = 8
# The first of them has the last pool: they are from the end of the RAM down.
NODES = [vhost_user.NODE.format(name=name, at=0x3000 + 0x200 * n, irq=42 + n).replace('"all"', f"<{POOL:#x}>")
         for n, name in enumerate(vhost_user.DEVICES + OURS)]
SYSTEM = f"""
&vm3 {{ autostart = "off"; memory {{ base = <0x0 0x40000000>; }}; }};
&vm3_vplatform {{ {"".join(NODES)} }};
&vm2_vplatform {{
	back-block {{ compatible = "vl,virtio-device,block"; vl,driver-vmid = <3>; vl,device-name = "block"; vl,file = "/tmp/block.img"; }};
	back-link {{ compatible = "vl,virtio-device,net"; vl,driver-vmid = <3>; vl,device-name = "link"; vl,ifname = "vio0";
		mac-address = [02 00 00 00 00 33]; }};
}};
"""
BACK_MODULES = "nk-core,vlx-virtio-user,vlx-virtio-block,vlx-virtio-net,vhost_vsock,tun"
PROGRAMS = len(vhost_user.DEVICES) + 2  # nk-vhost-user for each, and two that serve
LINK = {BACK: "10.9.0.2", FRONT: "10.9.0.3"}
POOLS = [0x40000000 + RAM - POOL * (n + 1) for n in range(len(NODES))]
SLOT = 2048  # of the kernel's swiotlb


@pytest.fixture
def pool_kernel():
    build.make(build.POOL_KERNEL)
    assert "CONFIG_DMA_RESTRICTED_POOL=y" in (build.POOL_KERNEL.parent / "config").read_text().split()
    return build.POOL_KERNEL


@pytest.fixture
def rootfs_front(tmp_path):
    """Programs, and no module."""
    output, backends = tmp_path / "rootfs-front.cpio", build.BUILD / "deps/backends-cloud"
    build.make(build.INITRAMFS, backends / "list")
    libraries = backends / "libraries"
    add = {libraries: "/lib/aarch64-linux-gnu", libraries / "ld-linux-aarch64.so.1": "/lib/ld-linux-aarch64.so.1"}
    add |= {backends / "programs" / name: f"/usr/sbin/{name}" for name in ("fio", "iperf3", "ip", "socat", "mke2fs", "e2fsck")}
    subprocess.run([build.ROOT / "scripts/nk-initramfs", "--output", output,
                    *(word for file, place in add.items() for word in ("--add", f"{file}:{place}"))], check=True)
    return output


@pytest.fixture
def boot_pools(boot, system_dts, pool_kernel, rootfs_front):
    """boot_pools(gic): both VMs; the front-end finds all devices."""

    def start(gic):
        images = {"linux": build.kernel(), "linux-pool": pool_kernel, "rootfs-back": build.initramfs_back(), "rootfs-front": rootfs_front}
        build.make(images["linux"], images["rootfs-back"])
        text = nk_vm(BACK, [0], BACK_MODULES, initrd="rootfs-back", size=RAM) + \
            linux_vm(FRONT, [1], kernel="linux-pool", initrd="rootfs-front", size=RAM) + SYSTEM
        machine = boot(system_dts(text), images, gic=gic, cpus=2, mem=2048)
        machine.wait_ready(BACK)
        vhost_user.serve_shared(machine)
        machine.check(BACK, f"truncate -s {BLOCK_MIB}M /tmp/block.img")
        wait_for(machine, BACK, f"[ $(grep -c 'vm3 id' /proc/nk/virtio) = {len(NODES)} ]")
        machine.nk_prompt(f"vm {FRONT} start")
        machine.wait_ready(FRONT, timeout=120)
        return machine

    return start


def check_front(machine):
    """A kernel without modules, of which each device has a pool, and something in it; nk finds no queue outside."""
    assert machine.check(FRONT, "uname -r") == (build.POOL_KERNEL.parent / "release").read_text().strip()
    machine.check(FRONT, "[ ! -e /proc/modules ] && mount -t debugfs debug /sys/kernel/debug")
    for pool in POOLS:
        # Where depends on what was first, the device or that it has swiotlb's own.
        there = machine.check(FRONT, f"find /sys/kernel/debug -name pool@{pool:x}")
        slots, used = map(int, machine.check(FRONT, f"cat {there}/io_tlb_nslabs {there}/io_tlb_used").split())
        assert slots == POOL // SLOT and 0 < used < slots, (hex(pool), used)
    assert not [line for line in machine.lines(NK) if "VirtIO device" in line and ("outside its pool" in line or "has a pool" in line)]


def mapped_by_programs(machine):
    """The sizes of all that any program has mapped of drivers' memory."""
    text = machine.check(BACK, "grep -h vlx-virtio-memory /proc/[0-9]*/maps")
    return [int(last, 16) - int(first, 16) for first, last in (line.split()[0].split("-") for line in text.splitlines())]


def mapped_by_kernel(machine):
    """{this VM's address: size} of what vlx-virtio has of drivers' memory, without the page behind that the kernel keeps free; and
    without what has a page only, which counts kicks."""
    lines = re.findall(r" (\d+) memremap\S* phys=0x(\w+) ", machine.check(BACK, "grep memremap /proc/vmallocinfo"))
    return {int(at, 16): int(size) - 4096 for size, at in lines if int(size) > 8192}


def word(machine, address):
    """What VM 2 reads there: a number, or None where nothing is."""
    status, said = machine.run(BACK, f"devmem {address:#x} 64 2>&1")
    return None if status else int(said[-1], 16)


def stray_reads(machine):
    return [line for line in machine.lines(NK) if f"vm{BACK}" in line and "stray read" in line]


def check_windows(machine):
    """Each program has the pool of its device, and no more. So has the kernel of this VM: at a place for each, and in the rest of the GiB
    there, where the driver's RAM would be with share = "all", is nothing."""
    assert mapped_by_programs(machine) == [POOL] * PROGRAMS
    windows = mapped_by_kernel(machine)
    assert len(windows) == len(NODES) and set(windows.values()) == {POOL}, windows
    strays = len(stray_reads(machine))
    for place in windows:
        assert place % GIB == 0 and word(machine, place) is not None and word(machine, place + POOL - 8) is not None, hex(place)
        for beyond in POOL, POOL + (2 << 20), RAM - 8, GIB - 8:
            assert word(machine, place + beyond) is None, (hex(place), hex(beyond))
    assert len(stray_reads(machine)) > strays
    did("virtio", "windows of pools, outside of which nothing was", len(windows))


def check_block(machine):
    """Ours: more than its pool has room for, there and back, a file system, and all of it as the back-end has it."""
    machine.check(FRONT, f"dd if=/dev/urandom of=/dev/vdb bs=64k count={16 * BLOCK_MIB} conv=fsync && echo 3 >/proc/sys/vm/drop_caches",
                  timeout=120)
    assert virtio.checksum(machine, FRONT, "/dev/vdb") == virtio.checksum(machine, BACK, "/tmp/block.img")
    work = vhost_user.FIO.replace("/dev/vda", "/dev/vdb")
    machine.check(FRONT, f"{work} --size={BLOCK_MIB}M", timeout=240)
    machine.check(FRONT, "/usr/sbin/mke2fs -q -F -t ext4 /dev/vdb && mkdir -p /mnt && mount -t ext4 /dev/vdb /mnt && "
                         "cp /usr/sbin/e2fsck /mnt && umount /mnt && /usr/sbin/e2fsck -f -n /dev/vdb", timeout=120)
    machine.check(FRONT, "echo 3 >/proc/sys/vm/drop_caches; mount -t ext4 -o ro /dev/vdb /mnt && cmp /mnt/e2fsck /usr/sbin/e2fsck && umount /mnt")
    assert virtio.checksum(machine, FRONT, "/dev/vdb") == virtio.checksum(machine, BACK, "/tmp/block.img")
    did("virtio", "MiB by pools of a Linux, verified", 2 * BLOCK_MIB)


def check_link(machine):
    """Ours: files both ways, and packets of all sizes."""
    machine.check(BACK, f"ip addr add {LINK[BACK]}/24 dev vio0 && ip link set vio0 up")
    machine.check(FRONT, f"ip addr add {LINK[FRONT]}/24 dev eth1 && ip link set eth1 up")
    wait_for(machine, FRONT, f"ping -c 1 -w 1 {LINK[BACK]} >/dev/null")
    for size in 0, 1472, 8000:
        machine.check(FRONT, f"ping -c 3 -s {size} {LINK[BACK]} >/dev/null", timeout=30)
    for source, sink in (FRONT, BACK), (BACK, FRONT):
        virtio.send_file(machine, source, sink, LINK, 8)


@pytest.mark.parametrize("gic", [2, 3])
def test_restricted_pools(boot_pools, gic):
    machine = boot_pools(gic)
    check_front(machine)
    check_windows(machine)
    check_block(machine)
    check_link(machine)
    vhost_user.disk(machine)
    vhost_user.files(machine, "usr/sbin")
    vhost_user.net(machine)
    vhost_user.vsock(machine, 2)
    vhost_user.resets(machine, 4)
    vhost_user.restart(machine)
    check_front(machine)
    check_windows(machine)
    vhost_user.end(machine)
