# SPDX-License-Identifier: Apache-2.0
"""VirtIO devices of a stock Debian, served by existing back-ends in another VM: qemu-storage-daemon, virtiofsd, vhost."""

import re

import guestcc
import pytest
from gics import on_gic
from linuxvm import nk_vm, restart_vm, wait_for
from nklib import build
from nklib.machine import NK
from tally import did
from test_linux_nkops import no_complaints

pytestmark = [pytest.mark.system]

BACK, FRONT = 2, 3
MIB = 16
GRANTED_MIB = 4
NODE = """
	{name}@a00{at:x} {{
		compatible = "vl,virtio-device,mmio";
		reg = <0x0 0x0a00{at:x} 0x200>;
		interrupts = <0 {irq} 1>;
		vl,device-vmid = <2>;
		vl,device-name = "{name}";
		share = "all";
	}};
"""
DEVICES = "disk", "files", "net", "vsock"
GRANTED = "gdisk", "gblock", "gnet"  # whose back-ends see what is granted to them: qemu-storage-daemon, our own one, vhost-net
SYSTEM = "&vm3_vplatform {" + "".join(
    NODE.format(name=name, at=0x3000 + 0x200 * n, irq=42 + n) for n, name in enumerate(DEVICES)) + "".join(
        NODE.format(name=name, at=0x4000 + 0x200 * n, irq=52 + n).replace('"all"', '"grants"') for n, name in enumerate(GRANTED)) + """};
&vm3 { autostart = "off"; };
&vm2_vplatform { block { compatible = "vl,virtio-device,block"; vl,driver-vmid = <3>; vl,device-name = "gblock"; vl,file = "/tmp/gblock.img"; }; };
"""
BACK_MODULES = "nk-core,vlx-virtio-user,vlx-virtio-block,vhost_vsock,tun"
FRONT_MODULES = "virtio_mmio,virtio_blk,virtio_net,virtiofs,vmw_vsock_virtio_transport"
QSD = ("qemu-storage-daemon --blockdev driver=file,node-name=file,filename=/tmp/disk.img"
       " --blockdev driver=raw,node-name=disk,file=file"
       " --export type=vhost-user-blk,id=e,node-name=disk,writable=on,addr.type=unix,addr.path=/tmp/disk.sock")
GRANTED_QSD = QSD.replace("disk.", "gdisk.")
FSD = "virtiofsd --socket-path=/tmp/files.sock -o source=/tmp/files -o sandbox=chroot -f"
FIO = ("fio --name=work --filename=/dev/vda --ioengine=libaio --direct=1 --iodepth=16 --rw=randrw --bsrange=4k-64k"
       " --verify=crc32c --verify_fatal=1 --verify_backlog=64 --output=/tmp/fio --thread")


def serve(machine, name, kind, rest):
    machine.check(BACK, f"nk-vhost-user --vm {FRONT} --name {name} --type {kind} {rest} >>/tmp/{name}.log 2>&1 & "
                        f"echo $! >/tmp/{name}.pid")


def begin_back(machine, command, socket, log):
    machine.check(BACK, f"rm -f {socket}; {command} >/tmp/{log} 2>&1 & echo $! >/tmp/{log}.pid")
    wait_for(machine, BACK, f"[ -S {socket} ] || ! kill -0 $(cat /tmp/{log}.pid)")
    machine.check(BACK, f"[ -S {socket} ] || ! cat /tmp/{log}")


def disk(machine):
    """The back-end is killed between two requests, and another one goes on; then fio that verifies."""
    machine.check(FRONT, f"[ $(cat /sys/block/vda/size) = {MIB * 2048} ]")
    for n in range(2):
        machine.check(FRONT, f"dd if=/dev/urandom of=/dev/vda bs=64k count=8 oflag=direct seek={8 * n} 2>/dev/null; sync")
        machine.check(BACK, "kill -9 $(cat /tmp/qsd.log.pid)")
        begin_back(machine, QSD, "/tmp/disk.sock", "qsd.log")
        wait_for(machine, BACK, f"[ $(grep -c 'is back' /tmp/disk.log) = {n + 1} ]")
    machine.check(FRONT, f"{FIO} --size={MIB}M", timeout=240)
    machine.check(FRONT, "! dmesg | grep -i 'i/o error'")


def files(machine, tree="lib/nk"):
    """Files of both sides, many small ones and a large one, by two at once; tree: what the front-end's root has some in."""
    name = tree.split("/")[-1]
    machine.check(FRONT, "mkdir -p /mnt; mount -t virtiofs home /mnt && [ $(cat /mnt/hello) = hello ]")
    machine.check(FRONT, f"(cp -r /{tree} /mnt/; cd /{tree}/..; find {name} -type f | xargs sha256sum >/tmp/sums) & "
                         "dd if=/dev/urandom of=/mnt/large bs=64k count=128 2>/dev/null; wait; "
                         "(cd /mnt && sha256sum -c -s /tmp/sums) && sync", timeout=120)
    there = machine.check(BACK, f"(cd /tmp/files; sha256sum large; find {name} -type f | wc -l)")
    here = machine.check(FRONT, f"(cd /mnt; sha256sum large; find {name} -type f | wc -l; mkdir d; mv large d/moved; rm -r {name})")
    assert here == there
    machine.check(BACK, f"(cd /tmp/files; [ -f d/moved -a ! -e {name} -a ! -e large ] && rm -r d)")
    wait_for(machine, FRONT, "[ ! -e /mnt/d ]")  # virtiofsd lets the driver remember a name for a second
    machine.check(FRONT, "umount /mnt")


def compile_tree(machine, tool):
    """`make -j2` of a tree in the virtio-fs makes what it makes without that, which runs as what the host has made."""
    machine.check(FRONT, "mkdir -p /mnt; mount -t virtiofs home /mnt; rm -rf /mnt/src; cp -r /src /mnt/src")
    for place in "/mnt/src", "/src":
        machine.check(FRONT, f"make -C {place} -j2 >/tmp/make 2>&1 || {{ tail /tmp/make; false; }}", timeout=600)
    machine.check(FRONT, f"for f in /src/*.o /src/{tool}; do cmp $f /mnt$f || exit 1; done")
    assert machine.run(FRONT, f"/mnt/src/{tool} 2>&1") == machine.run(FRONT, f"{tool} 2>&1")
    made = f"sha256sum *.o {tool} | sha256sum"
    assert machine.check(FRONT, f"(cd /mnt/src && {made})") == machine.check(BACK, f"(cd /tmp/files/src && {made})")
    machine.check(FRONT, f"rm /src/*.o /src/{tool}; umount /mnt")
    did("virtio", "trees compiled in a virtio-fs")


def net(machine):
    """iperf3 both ways, through the kernel's vhost-net and a tap."""
    machine.check(FRONT, "ip addr add 10.0.0.3/24 dev eth0; ip link set eth0 up; [ $(cat /sys/class/net/eth0/address) = 52:54:00:00:00:03 ]")
    machine.check(BACK, "iperf3 -s -D")
    wait_for(machine, FRONT, "ping -c 1 -W 1 10.0.0.2")
    for way in "", "-R":
        machine.check(FRONT, f"iperf3 -c 10.0.0.2 -n 16M {way}", timeout=90)
    machine.check(FRONT, "ping -q -c 20 -i 0.05 -s 8000 10.0.0.2 | grep ' 0% packet loss'", timeout=30)
    machine.check(BACK, "killall iperf3")


def send(way, mib):
    """Has a shell send so much, and keep the sum in /tmp/sent: a MiB by chance again and again, each time behind its number, as to make
    other data each time would take longer than all else."""
    return ("rm -f /tmp/pipe /tmp/sent; mkfifo /tmp/pipe; sha256sum </tmp/pipe >/tmp/sent & "
            "dd if=/dev/urandom of=/tmp/block bs=64k count=16 2>/dev/null; "
            f"(n=0; while [ $n -lt {mib} ]; do echo $n; cat /tmp/block; n=$((n+1)); done) | tee /tmp/pipe | socat -u -b65536 - {way}")


def receive(way):
    return f"rm -f /tmp/got; socat -u -b65536 {way} - | sha256sum >/tmp/got"


def vsock(machine, mib):
    """Streams both ways, and what both sides say of them."""
    connect, long = "VSOCK-CONNECT:2:1234,retry=100,interval=0.1", 60 + 8 * mib
    machine.check(BACK, f"({receive('VSOCK-LISTEN:1234')}) &")
    machine.check(FRONT, f"{send(connect, mib)}; wait", timeout=long)
    machine.check(BACK, f"({send('VSOCK-LISTEN:1234', mib)}) &")
    wait_for(machine, BACK, "[ -s /tmp/got ]")
    there = machine.check(BACK, "cat /tmp/got")
    assert machine.check(FRONT, "cat /tmp/sent") == there
    machine.check(FRONT, receive(connect), timeout=long)
    wait_for(machine, BACK, "[ -s /tmp/sent ]")
    assert machine.check(BACK, "cat /tmp/sent") == machine.check(FRONT, "cat /tmp/got") != there
    did("virtio", "MiB by vsock, whole", 2 * mib)


def granted_sums(machine):
    return machine.check(BACK, "sync; sha256sum </tmp/gdisk.img; sha256sum </tmp/gblock.img", timeout=60)


def check_granted(machine):
    machine.check(FRONT, "echo 3 >/proc/sys/vm/drop_caches")
    assert machine.check(FRONT, "sha256sum </dev/vdb; sha256sum </dev/vdc", timeout=120) == granted_sums(machine)


def granted(machine):
    """Of devices by grants nothing works, as nk has told of each, before the module is there; then all does, and drivers are stock."""
    told = [match[1] for match in (re.search("VirtIO device (\\w+): a queue has .*: the kernel needs nk's module vlx-virtio-grants", line)
                                   for line in machine.lines(NK)) if match]
    assert sorted(told) == sorted(GRANTED), told
    machine.check(FRONT, "[ ! -e /sys/block/vdb -a ! -e /sys/class/net/eth1 ] && modprobe vlx-virtio-grants && [ -b /dev/vdc ]", timeout=60)
    work = FIO.replace("--name=work --filename=/dev/vda", "").replace("--thread", f"--thread --size={GRANTED_MIB}M")
    machine.check(FRONT, f"{work} --name=b --filename=/dev/vdb --name=c --filename=/dev/vdc", timeout=240)
    check_granted(machine)
    machine.check(BACK, "ip addr add 10.1.0.2/24 dev tap1; ip link set tap1 up; iperf3 -s -D")
    machine.check(FRONT, "ip addr add 10.1.0.3/24 dev eth1; ip link set eth1 up")
    wait_for(machine, FRONT, "ping -c 1 -W 1 10.1.0.2")
    for way in "", "-R":
        machine.check(FRONT, f"iperf3 -c 10.1.0.2 -n 4M {way}", timeout=90)
    machine.check(BACK, "killall iperf3")
    did("virtio", "MiB by granted pages, verified", 2 * GRANTED_MIB)


def check_all(machine, disk_sum):
    """Each device does what it is for."""
    assert machine.check(FRONT, "dd if=/dev/vda bs=64k count=16 2>/dev/null | sha256sum") == disk_sum
    machine.check(FRONT, "mount -t virtiofs home /mnt && [ $(cat /mnt/hello) = hello ] && umount /mnt")
    machine.check(FRONT, "ip addr add 10.0.0.3/24 dev eth0; ip link set eth0 up; ping -q -c 1 -W 10 10.0.0.2 >/dev/null")
    assert machine.check(FRONT, "echo to and fro | socat -t 10 - VSOCK-CONNECT:2:1236") == "to and fro"


def resets(machine, times):
    """The driver lets go of each device and takes it again."""
    bus = "/sys/bus/platform/drivers/virtio-mmio"
    machine.check(FRONT, "ip addr flush dev eth0")
    machine.check(BACK, "socat VSOCK-LISTEN:1236,fork EXEC:cat &")
    disk_sum = machine.check(BACK, "dd if=/tmp/disk.img bs=64k count=16 2>/dev/null | sha256sum")
    for _ in range(times):
        machine.check(FRONT, f"for d in $(ls {bus} | grep '^a00'); do echo $d >{bus}/unbind && echo $d >{bus}/bind || exit 1; done",
                      timeout=60)
        check_all(machine, disk_sum)
        did("virtio", f"unbound and bound: {len(DEVICES)} devices of existing back-ends")


def restart(machine):
    """The whole VM begins anew."""
    before = machine.check(BACK, "dd if=/tmp/disk.img bs=64k count=64 2>/dev/null | sha256sum")
    restart_vm(machine, FRONT)
    assert machine.check(FRONT, "dd if=/dev/vda bs=64k count=64 2>/dev/null | sha256sum") == before


@pytest.fixture
def boot_back_ends(boot, system_dts, tmp_path):
    """boot_back_ends(tool, gic): both VMs, where the front-end finds all devices; in its /src is that tool's tree."""

    def start(tool, gic):
        images = {"linux": build.kernel(), "rootfs-back": build.initramfs_back(), "rootfs-cc": tmp_path / "rootfs-cc"}
        build.make(images["linux"], images["rootfs-back"])
        guestcc.tree(tool, tmp_path / "add")
        images["rootfs-cc"].write_bytes(images["rootfs-back"].read_bytes() + guestcc.archive(tmp_path / "add"))
        text = nk_vm(BACK, [0], BACK_MODULES, initrd="rootfs-back", size=224 << 20) + \
            nk_vm(FRONT, [1], FRONT_MODULES, initrd="rootfs-cc", size=224 << 20) + SYSTEM
        machine = boot(system_dts(text), images, gic=gic, cpus=2, mem=2048)
        machine.wait_ready(BACK)
        serve_shared(machine)
        serve_granted(machine)
        machine.nk_prompt(f"vm {FRONT} start")
        machine.wait_ready(FRONT, timeout=120)
        machine.check(FRONT, "! lsmod | grep -E '^(nk|vlx)_'")
        return machine

    return start


def serve_shared(machine):
    # virtiofsd wants so many files; vhost-net would send from pages that the kernel has no books of.
    machine.check(BACK, f"echo 100000 >/proc/sys/fs/file-max; truncate -s {MIB}M /tmp/disk.img; mkdir /tmp/files; "
                        "echo hello >/tmp/files/hello; modprobe vhost_net experimental_zcopytx=0")
    begin_back(machine, QSD, "/tmp/disk.sock", "qsd.log")
    begin_back(machine, FSD, "/tmp/files.sock", "fsd.log")
    serve(machine, "disk", "blk", "--socket /tmp/disk.sock")
    serve(machine, "files", "fs", "--tag home --socket /tmp/files.sock")
    serve(machine, "net", "net", "--tap tap0 --mac 52:54:00:00:00:03")
    wait_for(machine, BACK, "[ -e /sys/class/net/tap0 ]")
    machine.check(BACK, "ip addr add 10.0.0.2/24 dev tap0; ip link set tap0 up")
    serve(machine, "vsock", "vsock", "--cid 3")


def serve_granted(machine):
    machine.check(BACK, f"truncate -s {GRANTED_MIB}M /tmp/gdisk.img /tmp/gblock.img")
    begin_back(machine, GRANTED_QSD, "/tmp/gdisk.sock", "gqsd.log")
    serve(machine, "gdisk", "blk", "--socket /tmp/gdisk.sock")
    serve(machine, "gnet", "net", "--tap tap1 --mac 52:54:00:00:00:04")


def end(machine):
    machine.check(BACK, "! grep -h refuses /tmp/*.log")
    # Of the front-end's no: on a busy host a reset may take longer than the second that nk waits, of which Linux warns.
    no_complaints(machine, BACK)
    assert machine.quit() == 0


@on_gic(3)
def test_back_ends(boot_back_ends, gic):
    """test_virtio_examples.py has GICv2 in make test."""
    machine = boot_back_ends("pipe-test", gic)
    disk(machine)
    files(machine)
    compile_tree(machine, "pipe-test")
    net(machine)
    vsock(machine, 2)
    granted(machine)
    resets(machine, 4)
    check_granted(machine)
    restart(machine)
    end(machine)
