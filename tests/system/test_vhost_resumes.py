# SPDX-License-Identifier: Apache-2.0
"""VirtIO devices that go on (nk-vhost-user --resumes) when what serves them was killed, or its whole VM has begun anew."""

import re

import pytest
from debiandisk import disk_options
from linuxvm import nk_vm, restart_vm, wait_for
from nklib import build
from tally import did
from test_linux_nkops import no_complaints
from test_vhost_user import BACK, FIO, FRONT, NODE, serve

pytestmark = [pytest.mark.system]

MIB = 32
DEVICES = "disk", "net"
SYSTEM = "&vm3_vplatform {" + "".join(
    NODE.format(name=name, at=0x3000 + 0x200 * n, irq=42 + n) for n, name in enumerate(DEVICES)) + """};
&vm3 { autostart = "off"; };
&vm2 { devices = %s; };
""" % ", ".join(f'"/virtio_mmio@{slot:x}"' for slot in range(0xa003000, 0xa004000, 0x200))
BACK_MODULES = "nk-core,virtio_mmio,virtio_blk,vlx-virtio-user,tun"
FRONT_MODULES = "virtio_mmio,virtio_blk,virtio_net"
EXPORT = " --export type=vhost-user-blk,id=e,node-name=disk,writable=on,addr.type=unix,addr.path=/tmp/disk.sock,num-queues=2"
# What is told to be written is on the medium, as this VM's memory ends with it.
QSD = f"qemu-storage-daemon --blockdev driver=host_device,node-name=disk,filename=/dev/vda{EXPORT},writethrough=on"
QSD_STUCK = f"qemu-storage-daemon --blockdev driver=null-co,node-name=disk,size={MIB << 20},latency-ns=1000000000000{EXPORT}"


def keep_back(machine):
    """The back-end of the disk is started again whenever it has ended, as long as there is /tmp/keep."""
    machine.check(BACK, f"touch /tmp/keep; (while [ -e /tmp/keep ]; do rm -f /tmp/disk.sock; {QSD}; done) >/tmp/qsd.log 2>&1 &")


def serve_disk(machine):
    serve(machine, "disk", "blk", "--socket /tmp/disk.sock --queues 2 --resumes")


def serve_net(machine):
    serve(machine, "net", "net", "--tap tap0 --mac 52:54:00:00:00:03 --resumes")


def serve_all(machine):
    """vhost-net would send from pages that the kernel has no books of."""
    machine.check(BACK, "modprobe vhost_net experimental_zcopytx=0; /usr/sbin/ip tuntap add tap0 mode tap;"
                        " ip addr add 10.0.0.2/24 dev tap0; ip link set tap0 up")
    keep_back(machine)
    serve_disk(machine)
    serve_net(machine)


def back_end_is_back(machine, times):
    wait_for(machine, BACK, f"[ $(grep -c 'is back' /tmp/disk.log) = {times} ]")


def wait_load(machine):
    """The disk of the front-end's does something."""
    sectors = "awk '{ print $3 + $7 }' /sys/block/vda/stat"
    begun = int(machine.check(FRONT, sectors))
    wait_for(machine, FRONT, f"[ $({sectors}) -gt {begun + 100} ]")


def fill(machine):
    """Requests are in flight, which nobody ends."""
    wait_load(machine)
    machine.check(BACK, "killall -STOP qemu-storage-daemon")
    wait_for(machine, FRONT, "[ $(awk '{ print $1 + $2 }' /sys/block/vda/inflight) -ge 16 ]")


def said(machine, name, what):
    """The numbers in such lines of a device's log, in their order."""
    return [int(number) for number in re.findall(what, machine.check(BACK, f"cat /tmp/{name}.log"))]


def kill_back_ends(machine):
    """At any moment, and with queues that are full."""
    before = int(machine.check(BACK, "grep -c 'is back' /tmp/disk.log; true"))
    for n in range(3):
        fill(machine) if n == 1 else wait_load(machine)
        machine.check(BACK, "killall -9 qemu-storage-daemon")
        back_end_is_back(machine, before + n + 1)
    wait_load(machine)
    were = said(machine, "disk", r"(\d+) requests were in flight")[-3:]
    print("in flight:", were)
    assert were[1] >= 16


def kill(machine, name):
    """The program between."""
    machine.check(BACK, f"kill -9 $(cat /tmp/{name}.pid)")
    wait_for(machine, BACK, f"! kill -0 $(cat /tmp/{name}.pid) 2>/dev/null")


def kill_the_middle(machine):
    """What the back-end has then it does, but nobody hears of it. It may abort, if it was kicked just then (QEMU 7.2's does)."""
    for _ in range(2):
        wait_load(machine)
        kill(machine, "disk")
        serve_disk(machine)
    wait_load(machine)
    were = said(machine, "disk", r"goes on, with (\d+) requests")
    print("in flight:", were)
    assert len(were) == 2 and max(were) > 0


def kill_the_network(machine):
    """In the middle of a stream, which goes on."""
    machine.check(BACK, "iperf3 -s -D")
    machine.check(FRONT, "rm -f /tmp/sent; (iperf3 -c 10.0.0.2 -n 12M >/dev/null && touch /tmp/sent) & "
                         "cat /sys/class/net/eth0/statistics/tx_bytes >/tmp/begun")
    wait_for(machine, FRONT, "[ $(cat /sys/class/net/eth0/statistics/tx_bytes) -gt $(($(cat /tmp/begun) + 2000000)) ]")
    kill(machine, "net")
    machine.check(FRONT, "[ ! -e /tmp/sent ]")
    serve_net(machine)
    wait_for(machine, FRONT, "[ -e /tmp/sent ]", 1200)
    assert said(machine, "net", r"goes on, with (\d+) requests")


def restart_the_vm(machine):
    """The back-ends' VM ends, with requests in flight, and begins."""
    fill(machine)
    restart_vm(machine, BACK)
    serve_all(machine)
    wait_load(machine)
    assert said(machine, "disk", r"goes on, with (\d+) requests")[0] >= 16
    wait_for(machine, FRONT, "ping -c 1 -W 1 10.0.0.2")
    machine.check(BACK, "iperf3 -s -D")
    machine.check(FRONT, "iperf3 -c 10.0.0.2 -n 8M --bidir", timeout=90)


def goes_on(machine):
    """fio that verifies, while all that serves its disk ends and begins: no error, and the same on both sides."""
    machine.check(FRONT, "ip addr add 10.0.0.3/24 dev eth0; ip link set eth0 up")
    two = f"--numjobs=2 --size=4M --offset_increment={MIB // 2}M"
    machine.check(FRONT, f"(n=0; until [ -e /tmp/stop ]; do {FIO} {two} --randseed=$n || touch /tmp/wrong; n=$((n+1)); "
                         "echo $n >/tmp/rounds; done; touch /tmp/ended) >/dev/null 2>&1 &")
    kill_back_ends(machine)
    kill_the_middle(machine)
    kill_the_network(machine)
    restart_the_vm(machine)
    machine.check(FRONT, "touch /tmp/stop")
    wait_for(machine, FRONT, "[ -e /tmp/ended ]", 6000)
    print("rounds of fio:", machine.check(FRONT, "cat /tmp/rounds"))
    machine.check(FRONT, "[ ! -e /tmp/wrong ] && ! dmesg | grep -iE 'i/o error|blk_update'")
    machine.check(FRONT, "cd /sys/bus/virtio/devices && ! grep -v 0x0000000f $(dirname */block)/status $(dirname */net)/status")
    here = machine.check(FRONT, "dd if=/dev/vda bs=64k iflag=direct 2>/dev/null | sha256sum", 60)
    assert machine.check(BACK, "sha256sum </dev/vda", 60) == here


def no_back_end_survives(machine):
    """What cannot go on is refused; and the same request that each of several has when it goes is given to no other one."""
    machine.check(BACK, f"nk-vhost-user --vm {FRONT} --name files --type fs --tag home --socket /tmp/files.sock --resumes; [ $? = 2 ]")
    machine.check(BACK, "rm /tmp/keep; killall -9 qemu-storage-daemon")
    machine.check(FRONT, "dd if=/dev/vda of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null &")
    for n in range(10):  # the request may miss the first of them
        machine.check(BACK, f"rm -f /tmp/disk.sock; {QSD_STUCK} >/dev/null 2>&1 & echo $! >/tmp/pid")
        wait_for(machine, BACK, f"[ $(grep -c 'is back' /tmp/disk.log) = {n + 1} ] || grep -q 'the same request' /tmp/disk.log")
        machine.check(BACK, "kill -9 $(cat /tmp/pid)")
    wait_for(machine, FRONT, "grep -q 0x0000004f /sys/block/vda/device/status")
    machine.check(BACK, "grep -q '8 back-ends have gone with the same request: the device needs a reset' /tmp/disk.log")


def test_goes_on(boot, system_dts, tmp_path):
    file = tmp_path / "disk.img"
    with open(file, "wb") as image:
        image.truncate(MIB << 20)
    images = {"linux": build.kernel(), "rootfs-back": build.initramfs_back()}
    build.make(*images.values())
    text = nk_vm(BACK, [0], BACK_MODULES, initrd="rootfs-back", size=224 << 20) + \
        nk_vm(FRONT, [1, 2], FRONT_MODULES, initrd="rootfs-back", size=224 << 20) + SYSTEM
    machine = boot(system_dts(text), images, gic=3, cpus=3, mem=2048, extra=disk_options(file))
    machine.wait_ready(BACK)
    serve_all(machine)
    machine.nk_prompt(f"vm {FRONT} start")
    machine.wait_ready(FRONT, timeout=120)
    goes_on(machine)
    no_back_end_survives(machine)
    did("virtio", "back-ends and their VM killed under load", 7)
    no_complaints(machine, FRONT)
    assert machine.quit() == 0
