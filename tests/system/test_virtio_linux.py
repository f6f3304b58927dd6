# SPDX-License-Identifier: Apache-2.0
"""VirtIO devices of a stock Debian guest, whose back-ends are our modules in another one: disk, network, console, entropy."""

import re
import struct
import subprocess

import pytest
from gics import on_gic
from linuxvm import linux_vm, nk_vm, wait_for
from nklib import build
from nklib.machine import NK
from tally import did
from test_linux_nkops import kernel_log, no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

BACK, FRONT = 2, 3
DEVICES = ("disk", "block"), ("ro", "block"), ("net", "net"), ("con", "console"), ("rng", "rng"), ("tty", "console"), ("pool", "block")
DEVICE = """
	{name}@a00{n}000 {{
		compatible = "vl,virtio-device,mmio";
		reg = <0x0 0x0a00{n}000 0x0 0x200>;
		interrupts = <0 {irq} 0>;
		vl,device-vmid = <2>;
		vl,device-name = "{name}";
		share = {share};
	}};
"""
CELLS = "#address-cells = <2>; #size-cells = <2>;"
BACKENDS = {
    "disk": 'vl,file = "/tmp/disk";',
    "ro": 'vl,file = "/dev/loop1"; vl,read-only;',
    "net": 'vl,ifname = "vio0"; mac-address = [02 00 00 00 00 33];',
    "con": "",
    "rng": "",
    "tty": 'vl,uart = "/dev/ttyNK0";',
    "pool": 'vl,file = "/dev/loop1"; vl,read-only;',
}
LIBRARIES = ("ld-linux-aarch64.so.1", "libc.so.6", "libext2fs.so.2", "libe2p.so.2", "libcom_err.so.2", "libblkid.so.1",
             "libuuid.so.1")
SHARES = {"pool": "<0x00200000>"}
BACKEND_MODULES = "block net console rng"
ADDRESSES = {vm: f"10.9.0.{vm}" for vm in (BACK, FRONT)}
PACKED = 34  # VIRTIO_F_RING_PACKED
MODULES = "virtio_mmio virtio_blk virtio_net virtio_console virtio-rng"


def system():
    devices = "".join(DEVICE.format(name=name, n=n, irq=42 + n, share=SHARES.get(name, '"all"')) for n, (name, _) in enumerate(DEVICES))
    backends = "".join(f'\tback-{name} {{ compatible = "vl,virtio-device,{kind}"; vl,driver-vmid = <3>;'
                       f' vl,device-name = "{name}"; {BACKENDS[name]} }};\n' for name, kind in DEVICES)
    return (nk_vm(BACK, [0], "loop,vlx-console")
            + linux_vm(FRONT, [1], initrd="rootfs-front")
            + "&vm3 { memory { base = <0x0 0x40000000>; }; };\n"
            + f"&vm2_vplatform {{\n{backends}}};\n&vm3_vplatform {{ {CELLS} {devices}}};\n")


@pytest.fixture(scope="session")
def rootfs_front(tmp_path_factory):
    """Debian's modules for virtio-mmio and file systems, mke2fs and e2fsck, and nothing of ours."""
    output = tmp_path_factory.mktemp("front") / "rootfs-front.cpio"
    kernel, programs = build.kernel().parent, build.BUILD / "deps/backends-cloud"
    build.make(build.INITRAMFS, build.initramfs_virtio(), programs / "list")  # an older kernel has not all modules
    libraries = [programs / "libraries" / name for name in LIBRARIES]
    add = {file: f"/lib/aarch64-linux-gnu/{file.name}" for file in libraries}
    add |= {libraries[0]: f"/lib/{libraries[0].name}"}
    add |= {programs / "programs" / name: f"/usr/sbin/{name}" for name in ("mke2fs", "e2fsck")}
    subprocess.run([build.ROOT / "scripts/nk-initramfs", "--modules", kernel / "virtio", "--modules", kernel / "disk",
                    "--output", output, *(word for file, place in add.items() for word in ("--add", f"{file}:{place}"))], check=True)
    return output


def load(packed):
    """Has a shell load the back-ends."""
    return f"modprobe vlx-virtio packed={packed} && for m in {BACKEND_MODULES}; do modprobe vlx-virtio-$m || exit 1; done"


def wait_registered(machine):
    wait_for(machine, BACK, f"[ $(grep -c 'vm3 id' /proc/nk/virtio) = {len(DEVICES)} ]")


def load_drivers(machine):
    """Stock ones, when all is there that they look for."""
    wait_registered(machine)
    machine.wait_ready(FRONT)
    machine.check(FRONT, f"for m in {MODULES}; do modprobe $m || exit 1; done", timeout=60)


def boot_pair(boot_linux, system_dts, rootfs_front, **options):
    machine = boot_linux(system_dts(system()), vms=(BACK,), images={"rootfs-front": rootfs_front}, cpus=2, **options)
    machine.check(BACK, load(packed=1), timeout=60)
    machine.check(BACK, "truncate -s 1M /tmp/ro; echo read this >/tmp/ro.text; dd if=/tmp/ro.text of=/tmp/ro conv=notrunc;"
                        " losetup /dev/loop1 /tmp/ro; truncate -s 8M /tmp/disk")
    load_drivers(machine)
    return machine


def show(machine):
    print(machine.check(BACK, "cat /proc/nk/virtio"))


def features(machine, device):
    """Those that the driver has accepted."""
    return int(re.search(rf"^\d+ {device} .* features (\w+)", machine.check(BACK, "cat /proc/nk/virtio"), re.M)[1], 16)


def queue(machine, device, number, what):
    """A number of a queue's line in /proc/nk/virtio."""
    text = machine.check(BACK, "cat /proc/nk/virtio")
    lines = re.search(rf"^\d+ {device} vm3.*\n((?:  .*\n?)*)", text, re.M)[1].splitlines()
    return int(re.search(rf"(\d+) {what}", lines[number])[1])


def checksum(machine, vm, file):
    return machine.check(vm, f"sha256sum {file}", timeout=60).split()[0]


def check_disk(machine):
    """What is written there is here, by way of the page cache of either; a flush, a read-only disk, the name."""
    assert machine.check(FRONT, "cat /sys/block/vda/size /sys/block/vda/ro /sys/block/vdb/ro").split() == ["16384", "0", "1"]
    assert machine.check(FRONT, "cat /sys/block/vda/serial; echo; cat /sys/block/vdb/serial; echo").split() == ["disk", "loop1"]
    machine.check(FRONT, "dd if=/dev/urandom of=/dev/vda bs=64k count=64 conv=fsync", timeout=120)
    machine.check(FRONT, "dd if=/dev/urandom of=/dev/vda bs=1536 count=7 seek=3 conv=fsync,notrunc")
    machine.check(FRONT, "echo 3 >/proc/sys/vm/drop_caches")
    assert checksum(machine, FRONT, "/dev/vda") == checksum(machine, BACK, "/tmp/disk")
    assert machine.check(FRONT, "head -n 1 /dev/vdb") == "read this"
    assert machine.run(FRONT, "echo 1 >/dev/vdb")[0] != 0
    assert queue(machine, "disk", 0, "bytes read") > 4 << 20
    did("virtio", "MiB written to a disk, read again and the same", 4)


def check_features(machine):
    """Discarded blocks are holes of the file, zeroed ones are zeroes; several requests are under way at a time."""
    machine.check(FRONT, "blkdiscard -o 2097152 -l 2097152 /dev/vda && echo 3 >/proc/sys/vm/drop_caches")
    assert int(machine.check(BACK, "du -k /tmp/disk").split()[0]) <= 3 << 10
    assert machine.check(FRONT, "dd if=/dev/vda bs=1M skip=2 count=2 2>/dev/null | tr -d '\\0' | wc -c") == "0"
    assert machine.check(FRONT, "cat /sys/block/vda/queue/write_cache") == "write back"


def reload_block(machine):
    """The back-end goes, and comes again; the driver lets go of both disks meanwhile, and takes them again."""
    driver = "/sys/bus/virtio/drivers/virtio_blk"
    disks = machine.check(FRONT, f"cd {driver}; echo virtio*; cd").split()
    machine.check(FRONT, " && ".join(f"echo {disk} >{driver}/unbind" for disk in disks))
    machine.check(BACK, "rmmod vlx-virtio-block && modprobe vlx-virtio-block", timeout=60)
    wait_registered(machine)
    machine.check(FRONT, " && ".join(f"echo {disk} >{driver}/bind" for disk in disks))


def write_files(machine, turn):
    machine.check(FRONT, f"mount -t ext4 /dev/vda /mnt && mkdir -p /mnt/d{turn % 4} && dd if=/dev/urandom of=/mnt/d{turn % 4}/f bs=64k "
                         "count=8 2>/dev/null && cd /mnt && sha256sum d*/f >sums && cp sums /tmp && cd / && umount /mnt", timeout=60)


def check_file_system(machine, restarts):
    """One that the front-end makes: whole, as fsck says, and with each file as it was, each time that the back-end has come
    again; the back-end can mount it."""
    machine.check(FRONT, "mkdir -p /mnt; /usr/sbin/mke2fs -q -F -t ext4 /dev/vda", timeout=120)
    for turn in range(restarts):
        write_files(machine, turn)
        reload_block(machine)
        machine.check(FRONT, "/usr/sbin/e2fsck -f -n /dev/vda", timeout=60)
        machine.check(FRONT, "mount -t ext4 -o ro /dev/vda /mnt && cd /mnt && cmp sums /tmp/sums && sha256sum -c sums && cd / && umount /mnt")
        did("virtio", "restarts of the back-end that a file system outlived")
    machine.check(BACK, "mkdir -p /mnt && losetup /dev/loop2 /tmp/disk && mount -o ro /dev/loop2 /mnt")
    assert machine.check(BACK, "cat /mnt/sums") == machine.check(FRONT, "cat /tmp/sums")
    machine.check(BACK, "cd /mnt && sha256sum -c sums && cd / && umount /mnt && losetup -d /dev/loop2")


def set_address(machine, vm, dev):
    machine.check(vm, f"ip addr add 10.9.0.{vm}/24 dev {dev} && ip link set {dev} up")


NET_FEATURES = {"CSUM": 0, "GUEST_CSUM": 1, "GUEST_TSO4": 7, "GUEST_TSO6": 8, "GUEST_ECN": 9, "HOST_TSO4": 11, "HOST_TSO6": 12,
                "HOST_ECN": 13, "MRG_RXBUF": 15}


def sent(machine, vm):
    """Frames and bytes."""
    dev = "eth0" if vm == FRONT else "vio0"
    return [int(machine.check(vm, f"cat /sys/class/net/{dev}/statistics/tx_{what}")) for what in ("packets", "bytes")]


def check_offloads(machine):
    """Debian's driver has accepted them all. TCP leaves its packets to nobody then: a frame is what it has to send."""
    accepted = machine.check(FRONT, "cat /sys/class/net/eth0/device/features")
    assert [name for name, bit in NET_FEATURES.items() if accepted[bit] != "1"] == []


def send_file(machine, source, sink, addresses, mib):
    """By TCP, and it is the same there."""
    machine.check(source, f"dd if=/dev/urandom of=/tmp/sent bs=64k count={16 * mib} 2>/dev/null", timeout=60)
    machine.check(sink, "rm -f /tmp/got; nc -l -p 99 >/tmp/got & echo $! >/tmp/nc")
    wait_for(machine, source, f"nc {addresses[sink]} 99 </tmp/sent")  # nobody may listen yet
    wait_for(machine, sink, "! kill -0 $(cat /tmp/nc) 2>/dev/null")
    assert checksum(machine, sink, "/tmp/got") == checksum(machine, source, "/tmp/sent")
    machine.check(source, "rm /tmp/sent")
    machine.check(sink, "rm /tmp/got")
    did("virtio", "MiB by TCP, whole", mib)


def sends_segments(machine, source, sink):
    """Whether there were frames of more than a packet: how many is up to nc."""
    before = sent(machine, source)
    send_file(machine, source, sink, ADDRESSES, 4)
    packets, size = (now - then for now, then in zip(sent(machine, source), before))
    return size > 4 << 20 and packets < size // 1514


def check_streams(machine, addresses):
    """Files both ways; addresses: {VM: of its interface}."""
    for source, sink in (FRONT, BACK), (BACK, FRONT):
        send_file(machine, source, sink, addresses, 1)


def check_net(machine):
    """Pings of all sizes, and files both ways."""
    assert machine.check(FRONT, "cat /sys/class/net/eth0/address") == "02:00:00:00:00:33"
    set_address(machine, BACK, "vio0")
    set_address(machine, FRONT, "eth0")
    wait_for(machine, FRONT, "[ $(cat /sys/class/net/eth0/carrier) = 1 ]")
    wait_for(machine, FRONT, "ping -c 1 -w 1 10.9.0.2 >/dev/null")
    check_offloads(machine)
    for size in 0, 56, 1472, 4000:
        machine.check(FRONT, f"ping -c 3 -s {size} 10.9.0.2 >/dev/null", timeout=30)
    for source, sink in (FRONT, BACK), (BACK, FRONT):
        assert any(sends_segments(machine, source, sink) for _ in range(5)), "each frame was a packet"
    machine.check(BACK, "ip link set vio0 down")
    wait_for(machine, FRONT, "[ $(cat /sys/class/net/eth0/carrier) = 0 ]")
    machine.check(BACK, "ip link set vio0 up")
    wait_for(machine, FRONT, "[ $(cat /sys/class/net/eth0/carrier) = 1 ]")


CONSOLE = "/dev/virtio-con"


def check_console(machine):
    """A line each way."""
    machine.check(FRONT, "stty -F /dev/hvc0 raw -echo; echo of the front-end >/dev/hvc0")
    assert machine.check(BACK, f"head -n 1 {CONSOLE}") == "of the front-end"
    machine.check(FRONT, "(head -n 1 /dev/hvc0 >/tmp/line; touch /tmp/read) >/dev/null 2>&1 &")
    wait_for(machine, FRONT, "ls -l /proc/$(pidof head)/fd 2>/dev/null | grep -q /dev/hvc0")
    machine.check(BACK, f"echo of the back-end >{CONSOLE}")
    wait_for(machine, FRONT, "[ -e /tmp/read ]")
    assert machine.check(FRONT, "cat /tmp/line") == "of the back-end"


def check_console_full(machine, lines):
    """Output that nobody reads keeps nobody waiting, and its end is there. A driver waits for each 16 bytes."""
    machine.check(FRONT, f"(seq 1 {lines}; echo the end) >/tmp/text; cat /tmp/text >/dev/hvc0", timeout=180)
    said = machine.check(BACK, f"while read -r l; do echo $l; case $l in the*) break; esac; done <{CONSOLE} | tail -n 2 | tr -d '\\r'",
                         timeout=60)
    assert said.split("\n") == [str(lines), "the end"]


def check_tty(machine):
    """What it writes to its second console is seen on the terminal, which here is nk's."""
    machine.check(FRONT, "echo to a terminal >/dev/hvc1")
    machine.wait_line(BACK, "to a terminal$")


def check_rebind(machine):
    """A driver goes and comes, ten times; so does a back-end, of whose going the driver hears."""
    there = checksum(machine, BACK, "/tmp/ro")
    disks = machine.check(FRONT, "for d in vda vdb; do basename $(readlink -f /sys/block/$d/device); done").split()
    again = f"cd /sys/bus/virtio/drivers/virtio_blk; for d in {' '.join(disks)}; do echo $d >unbind; echo $d >bind; done; cd"
    for _ in range(10):
        machine.check(FRONT, again)
        assert checksum(machine, FRONT, "/dev/vdb") == there
    did("virtio", "times that a driver was unbound and bound", 10)
    machine.check(BACK, "rmmod vlx-virtio-block && modprobe vlx-virtio-block", timeout=60)
    wait_for(machine, BACK, "[ $(grep -c 'vm3 id 2' /proc/nk/virtio) = 3 ]")
    assert int(machine.check(FRONT, f"cat /sys/bus/virtio/devices/{disks[1]}/status"), 16) & 0x40
    machine.check(FRONT, again)
    assert checksum(machine, FRONT, "/dev/vdb") == there


def check_rng(machine):
    machine.check(FRONT, "[ $(cat /sys/class/misc/hw_random/rng_current) = virtio_rng.0 ]")
    before = queue(machine, "rng", 0, "written")
    first, second = (machine.check(FRONT, "dd if=/dev/hwrng bs=512 count=8 2>/dev/null | sha256sum") for _ in range(2))
    assert first != second
    assert queue(machine, "rng", 0, "written") >= before + 8192


def told_of_pool(machine):
    """What nk has said of a driver whose queues are anywhere."""
    said = (re.search(r"VirtIO device pool: a queue has (0x\w+), outside its pool, (0x\w+) to (0x\w+): the kernel needs"
                      " CONFIG_DMA_RESTRICTED_POOL", line) for line in machine.lines(NK))
    return [[int(number, 16) for number in match.groups()] for match in said if match]


def check_pool(machine, lives=1):
    """Debian's kernels have no restricted pools: one line tells that, no disk comes of it, and all else works."""
    assert "# CONFIG_DMA_RESTRICTED_POOL is not set" in (build.kernel().parent / "config").read_text()
    assert len(told_of_pool(machine)) == lives
    queue_at, first, last = told_of_pool(machine)[-1]
    size = last + 1 - first
    assert size == 2 << 20 and not first <= queue_at <= last
    assert machine.check(FRONT, "ls -d /sys/block/vd*").split() == ["/sys/block/vda", "/sys/block/vdb"]
    tree = f"/proc/device-tree/reserved-memory/pool@{first:x}"
    assert machine.check(FRONT, f"cat {tree}/compatible | tr '\\0' ' '").split() == ["restricted-dma-pool"]
    machine.check(FRONT, f"cmp {tree}/phandle /proc/device-tree/pool@a006000/memory-region")
    assert bytes.fromhex(machine.check(FRONT, f"hexdump -v -e '1/1 \"%02x\"' {tree}/reg")) == struct.pack(">QQ", first, size)


def check_restart(machine):
    """The front-end's VM starts again in the middle of writing, and all is as at first."""
    machine.check(FRONT, "dd if=/dev/zero of=/dev/vda bs=64k >/dev/null 2>&1 &")
    machine.mark(FRONT)
    machine.nk_prompt("vm 3 restart")
    load_drivers(machine)
    check_disk(machine)
    check_rng(machine)
    check_pool(machine, 2)
    did("virtio", "restarts of the front-end's VM while it wrote")


def end(machine):
    show(machine)
    for vm in BACK, FRONT:
        no_complaints(machine, vm)
        assert not [line for line in kernel_log(machine, vm) if re.search("I/O error|EXT4-fs error", line)]
    assert "broken" not in machine.check(BACK, "cat /proc/nk/virtio")
    assert not any("panic" in line for line in machine.lines(NK))
    assert machine.quit() == 0


def check_split(machine):
    """Split rings, when the back-ends have come again without packed ones."""
    machine.check(BACK, f"rmmod {' '.join(f'vlx-virtio-{kind}' for kind in BACKEND_MODULES.split())} vlx-virtio && {load(packed=0)}", timeout=60)
    wait_registered(machine)
    # The one with a pool has no driver.
    machine.check(FRONT, "(cd /sys/bus/virtio/devices; for d in $(ls -d */driver); do d=${d%/driver}; to=$(readlink -f $d/driver);"
                         " echo $d >$to/unbind && echo $d >$to/bind || exit 1; done)", timeout=60)
    check_disk(machine)
    assert not features(machine, "disk") >> PACKED & 1
    set_address(machine, BACK, "vio0")
    set_address(machine, FRONT, "eth0")
    check_streams(machine, ADDRESSES)
    check_console(machine)
    check_rng(machine)


@on_gic(3)
def test_virtio_linux(boot_linux, system_dts, rootfs_front, gic):
    """By packed queues, and once more by split ones; test_virtio_examples.py has GICv2 in make test."""
    machine = boot_pair(boot_linux, system_dts, rootfs_front, gic=gic)
    check_disk(machine)
    show(machine)
    assert features(machine, "disk") >> PACKED & 1
    check_features(machine)
    check_file_system(machine, 3)
    check_net(machine)
    check_console(machine)
    check_console_full(machine, 400)
    check_tty(machine)
    check_rng(machine)
    check_pool(machine)
    check_rebind(machine)
    check_split(machine)
    check_restart(machine)
    end(machine)
