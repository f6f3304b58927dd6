# SPDX-License-Identifier: Apache-2.0
"""vbd2: disks of one Debian guest in another: whole data, restarts of either side under load, changes, hostile peers."""

import re

import pytest
from gics import on_gic
from linuxvm import NEWER, PMEM_READ, nk_vm, same_pmem, wait_for
from nklib.machine import NK
from tally import did
from test_guests import raw_vm
from test_linux_nkops import kernel_log, no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

# The first link's disks are for pages ("odb"), the second one's has one buffer a request.
SYSTEM = PMEM_READ + """
&hyp { pmem-size = <0x00800000>; };
&vm2_vdevs {
	vbd_a: vbd@0 {
		compatible = "vbd2";
		info = "16,32,odb,be",
			" bootargs:",
			" vbd2=(3,202,0:/dev/loop0,rw)",
			" vbd2=(3,202,16/7,1,ro,nz)",
			" vbd2=(3,7,0:/dev/loop2,rw,nw)";
		pmem-quota = <0x00100000>;
	};
	vbd_b: vbd@1 {
		compatible = "vbd2";
		info = "4,16,db,be bootargs: vbd2=(3,179,1:/dev/loop3,rw,wa) vbd2=(3,179,2//dev/loop4,rw,nz)";
		pmem-quota = <0x00080000>;
	};
	vbd_l: vbd@l {
		compatible = "vbd2";
		info = "8,16,odb,be bootargs: vbd2=(2,202,32:/dev/loop6,rw)";
		pmem-quota = <0x00080000>;
	};
	vbd@lf { peer-phandle = <&vbd_l>; };
};
&vm3_vdevs {
	vbd@0 {
		peer-phandle = <&vbd_a>;
		info = " bootargs: vbd2-wait=(202,0)";
	};
	vbd@1 { peer-phandle = <&vbd_b>; };
};
"""
BACK, FRONT = 2, 3
MODULES = {BACK: "vlx-vbd2-be", FRONT: "vlx-vbd2-fe"}
DISK, READ_ONLY, LATE, PLAIN = "/dev/vbd202-0", "/dev/vbd202-16", "/dev/vbd7-0", "/dev/vbd179-1"


def make_loops(machine, **sizes):
    """loop0="8M" and so on: files in the back-end's memory."""
    for name, size in sizes.items():
        machine.check(BACK, f"truncate -s {size} /tmp/{name} && losetup /dev/{name} /tmp/{name}")


def wait_disk(machine, disk):
    wait_for(machine, FRONT, f"[ -b {disk} ] && [ $(cat /sys/block/{disk[5:]}/size) -gt 0 ]")


def table(machine, vm):
    """/proc/nk/vbd2-be and -fe: {(major, minor): words of the line}, by the numbers of the front-end's names."""
    side = "be" if vm == BACK else "fe"
    found = {}
    for line in machine.check(vm, f"cat /proc/nk/vbd2-{side}").splitlines():
        words = line.split()
        if re.match(r"\d+$", words[0]):
            key = words[2:4] if vm == BACK else words[2].removeprefix("vbd").split("-")
            found[tuple(map(int, key))] = words
    return found


def checksum(machine, vm, file):
    return machine.check(vm, f"sha256sum {file}", timeout=60).split()[0]


def check_shown(machine):
    """Names, numbers, access; whose numbers are taken (7 is the loop driver's) has others."""
    assert machine.check(FRONT, f"stat -c '%t %T' {DISK} {READ_ONLY} {PLAIN}").split() == ["ca", "0", "ca", "10", "b3", "1"]
    assert machine.check(FRONT, f"stat -c %t {LATE}") == "103"
    assert machine.check(FRONT, "cat /sys/block/vbd202-16/ro /sys/block/vbd202-0/ro").split() == ["1", "0"]
    assert machine.check(FRONT, "cat /sys/block/vbd7-0/size") == "0"
    for vm in BACK, FRONT:
        print(machine.check(vm, f"cat /proc/nk/vbd2-{'be' if vm == BACK else 'fe'}"))
    assert machine.run(FRONT, f"echo 1 >{READ_ONLY}")[0] != 0


def check_data(machine):
    """What one side wrote the other one reads, of each way of buffering."""
    for disk, loop in (DISK, "loop0"), (PLAIN, "loop3"):
        machine.check(FRONT, f"dd if=/dev/urandom of={disk} bs=64k count=48 conv=fsync", timeout=60)
        machine.check(FRONT, f"dd if=/dev/urandom of={disk} bs=1536 count=7 seek=3 conv=fsync,notrunc")
        machine.check(FRONT, "echo 3 >/proc/sys/vm/drop_caches")
        assert checksum(machine, FRONT, disk) == checksum(machine, BACK, f"/tmp/{loop}"), disk
    machine.check(BACK, "echo written here >/tmp/loop1; truncate -s 1M /tmp/loop1; echo 3 >/proc/sys/vm/drop_caches")
    machine.check(FRONT, "echo 3 >/proc/sys/vm/drop_caches")
    assert machine.check(FRONT, f"head -n 1 {READ_ONLY}") == "written here"


def check_features(machine):
    """Flushes, discarded and zeroed blocks arrive at the device; a file below a loop device has holes then."""
    others = int(table(machine, BACK)[202, 0][10])
    machine.check(FRONT, f"dd if=/dev/urandom of={DISK} bs=64k count=4 seek=80 conv=fsync,notrunc")
    machine.check(FRONT, f"blkdiscard -o 5242880 -l 131072 {DISK}")
    machine.check(FRONT, f"[ -z \"$(dd if={DISK} bs=64k skip=80 count=2 | tr -d '\\0')\" ]")
    assert int(table(machine, BACK)[202, 0][10]) >= others + 2
    assert machine.check(FRONT, "cat /sys/block/vbd202-0/queue/write_cache") == "write back"


def check_partitions(machine):
    """Two of them, with the minors behind the disk's."""
    machine.check(FRONT, f"printf 'n\\np\\n1\\n\\n+2M\\nn\\np\\n2\\n\\n\\nw\\n' | fdisk {DISK}", timeout=60)
    wait_for(machine, FRONT, f"[ -b {DISK}p2 ]")
    assert machine.check(FRONT, f"stat -c '%t %T' {DISK}p1 {DISK}p2").split() == ["ca", "1", "ca", "2"]
    machine.check(FRONT, f"mke2fs -F {DISK}p1 && mount {DISK}p1 /mnt && echo x >/mnt/x && umount /mnt", timeout=60)


def check_late(machine):
    """A device that comes late, grows, goes; a set of disks that changes by hand."""
    make_loops(machine, loop2="1M")
    wait_disk(machine, LATE)
    machine.check(BACK, "truncate -s 3M /tmp/loop2 && losetup -c /dev/loop2")
    wait_for(machine, FRONT, "[ $(cat /sys/block/vbd7-0/size) = 6144 ]")
    assert machine.run(FRONT, "[ -e /dev/vbd179-2 ]")[0] != 0
    make_loops(machine, loop4="2M", loop5="1M")
    wait_disk(machine, "/dev/vbd179-2")
    machine.check(BACK, "echo 'vbd2=(3,202,64:/dev/loop5,ro)' >/proc/nk/vbd2-be")
    wait_disk(machine, "/dev/vbd202-64")
    machine.check(BACK, "echo 'vbd2=(3,202,64)' >/proc/nk/vbd2-be")
    wait_for(machine, FRONT, "[ ! -e /dev/vbd202-64 ]")
    for wrong in "vbd2=(3,202,64)", "vbd2=(5,202,64:/dev/loop5,ro)", "vbd2=(3,202,64:/dev/loop5)", "vbd2=(3,300,1:7,1,ro)":
        assert machine.run(BACK, f"echo '{wrong}' >/proc/nk/vbd2-be")[0] != 0, wrong


def reload(machine, vm):
    machine.check(vm, f"rmmod {MODULES[vm]} && modprobe {MODULES[vm]}", timeout=60)


def begin_writing(machine, disk):
    """Files, each read again and compared, as long as /tmp/go is there; /tmp/rounds says how many."""
    machine.check(FRONT, f"mke2fs -F {disk} >/dev/null; mkdir -p /mnt; mount {disk} /mnt; touch /tmp/go;"
                         " dd if=/dev/urandom of=/tmp/data bs=64k count=16; echo 0 >/tmp/rounds", timeout=60)
    machine.check(FRONT, "(n=0; while [ -e /tmp/go ]; do n=$((n+1)); dd if=/tmp/data of=/mnt/f$((n%3)) bs=64k conv=fsync"
                         " 2>>/tmp/errors && echo 1 >/proc/sys/vm/drop_caches && cmp /tmp/data /mnt/f$((n%3)) 2>>/tmp/wrong"
                         " && echo $n >/tmp/new && mv /tmp/new /tmp/rounds || echo round $n >>/tmp/wrong; done; touch /tmp/ended)"
                         " >/dev/null 2>&1 &")


def wait_rounds(machine, more=2):
    now = int(machine.check(FRONT, "cat /tmp/rounds"))
    wait_for(machine, FRONT, f"[ $(cat /tmp/rounds) -ge {now + more} ]")


def end_writing(machine, disk):
    machine.check(FRONT, "rm /tmp/go")
    wait_for(machine, FRONT, "[ -e /tmp/ended ]")
    assert machine.check(FRONT, "cat /tmp/wrong 2>/dev/null; true") == ""
    machine.check(FRONT, "umount /mnt; rm -f /tmp/ended")
    assert table(machine, FRONT)[tuple(map(int, disk.removeprefix("/dev/vbd").split("-")))][-2] == "0"  # errors


def check_restarts(machine, rounds, disk=DISK):
    """The back-end stops in the middle of writing, and starts again: nobody sees more than that it took a while."""
    begin_writing(machine, disk)
    with same_pmem(machine):
        for _ in rounds:
            wait_rounds(machine)
            reload(machine, BACK)
            did("vbd2", "restarts of the back-end's module under a file system")
        wait_rounds(machine)
    did("vbd2", "MiB written, flushed, read again and the same", int(machine.check(FRONT, "cat /tmp/rounds")))
    end_writing(machine, disk)


def wait_scanned(machine, *disks):
    """Linux has looked for partitions: until then it has a disk open, and keeps it so while the back-end is away."""
    for disk in disks:
        wait_disk(machine, disk)
    wait_for(machine, FRONT, "awk '$3 ~ /^vbd[0-9]/ && !$10 { exit 1 }' /proc/nk/vbd2-fe"
                             " && grep -q '^vlx_vbd2_fe [0-9]* 0 ' /proc/modules")


def check_front_end_goes(machine):
    """A module in use stays; one that is not goes, and its disks with it, also while the back-end is away."""
    machine.check(FRONT, f"mount {DISK} /mnt")
    assert machine.run(FRONT, "rmmod vlx-vbd2-fe")[0] != 0
    machine.check(FRONT, "umount /mnt")
    reload(machine, FRONT)  # waits for its disk
    assert machine.run(FRONT, f"[ -b {DISK} ]")[0] == 0
    wait_scanned(machine, READ_ONLY, LATE, PLAIN, "/dev/vbd179-2")
    machine.check(BACK, "rmmod vlx-vbd2-be")
    machine.check(FRONT, "rmmod vlx-vbd2-fe", timeout=30)
    assert machine.run(FRONT, f"[ -e {DISK} ]")[0] != 0
    machine.check(FRONT, "modprobe vlx-vbd2-fe & echo $! >/tmp/loading")
    wait_for(machine, FRONT, "grep -q '^link 0: vm2 down' /proc/nk/vbd2-fe")
    machine.check(FRONT, "kill -0 $(cat /tmp/loading)")  # there is nobody yet
    machine.check(BACK, "modprobe vlx-vbd2-be")
    wait_disk(machine, DISK)


def check_loop(machine):
    """The third link has both ends in the back-end's VM: one driver at each, and either may go."""
    disk = "/dev/vbd202-32"
    make_loops(machine, loop6="1M")
    machine.check(BACK, "modprobe vlx-vbd2-fe")
    for turn in range(2):
        try:
            wait_for(machine, BACK, f"[ -b {disk} ] && [ $(cat /sys/block/{disk[5:]}/size) -gt 0 ]")
        except AssertionError:  # what it waits for is in the report
            machine.check(BACK, "cat /proc/nk/vbd2-be /proc/nk/vbd2-fe /proc/nk/vdevs; losetup -a; dmesg | tail -20")
            raise
        machine.check(BACK, f"dd if=/dev/urandom of={disk} bs=64k count=16 conv=fsync", timeout=60)
        assert checksum(machine, BACK, disk) == checksum(machine, BACK, "/tmp/loop6")
        if not turn:
            reload(machine, BACK)
    machine.check(BACK, "rmmod vlx-vbd2-fe", timeout=60)


def boot_pair(boot_linux, system_dts, **options):
    system = system_dts(nk_vm(2, [0], "loop") + nk_vm(3, [1], "loop") + SYSTEM)
    machine = boot_linux(system, cpus=2, **options)
    make_loops(machine, loop0="8M", loop1="1M", loop3="4M")
    for vm in BACK, FRONT:
        machine.check(vm, f"modprobe {MODULES[vm]}", timeout=60)
    for disk in DISK, READ_ONLY, PLAIN:
        wait_disk(machine, disk)
    return machine


@on_gic(3)
def test_vbd2(boot_linux, system_dts, gic):
    machine = boot_pair(boot_linux, system_dts, gic=gic)
    check_shown(machine)
    check_data(machine)
    check_features(machine)
    check_late(machine)
    check_restarts(machine, range(2 if gic == 3 else 1))
    check_restarts(machine, range(1), PLAIN)
    check_front_end_goes(machine)
    check_partitions(machine)
    check_loop(machine)
    for vm in BACK, FRONT:
        no_complaints(machine, vm)
        assert not [line for line in kernel_log(machine, vm) if re.search("I/O error|EXT4-fs error", line)]
    assert not any("panic" in line for line in machine.lines(NK))
    assert machine.quit() == 0


# No buffers at all. Nothing below a loop device does DMA here.
GRANT_SYSTEM = PMEM_READ + """
&hyp { pmem-size = <0x00400000>; };
&vm2_vdevs {
	vbd_a: vbd@0 {
		compatible = "vbd2";
		info = "16,32,pg,be bootargs: vbd2_dma=1 vbd2=(3,202,0:/dev/loop0,rw)";
		pmem-quota = <0x00010000>;
	};
};
&vm3_vdevs {
	vbd@0 { peer-phandle = <&vbd_a>; info = " bootargs: vbd2-wait=(202,0)"; grants = <256>; };
};
"""
GRANTED = "awk '/GRANT/ { n += $2 } END { print n + 0 }' /proc/nk/vdevs"


def side(machine, vm, what, driver=None):
    """A number of the link's lines in /proc/nk/vbd2-*."""
    text = machine.check(vm, f"cat /proc/nk/vbd2-{driver or ('be' if vm == BACK else 'fe')}")
    return int(re.search(rf"(\d+) {what}\b", text)[1])


def check_nothing_granted(machine):
    """After a while: who has closed a disk may still be reading ahead."""
    wait_for(machine, FRONT, f"[ $({GRANTED}) = 0 ]")
    assert [side(machine, FRONT, what) for what in ("in use", "kept", "lost")] == [0, 0, 0]


def check_granted(machine, disk, file):
    """There are no buffers that could be copied to; pages are granted while requests run."""
    assert "0 buffers of 0" in machine.check(FRONT, "grep '^link' /proc/nk/vbd2-fe")
    most = machine.check(FRONT, f"(while [ ! -e /tmp/stop ]; do dd if={disk} of=/dev/null bs=128k iflag=direct; done)"
                                " >/dev/null 2>&1 & most=0; i=0; while [ $most = 0 -a $i -lt 200 ]; do"
                                f" most=$({GRANTED}); i=$((i+1)); done; touch /tmp/stop; wait; rm /tmp/stop; echo $most",
                         timeout=120)
    assert 0 < int(most.split()[-1]) <= 256
    for blocks in "bs=64k count=48", "bs=1536 count=7 seek=3 conv=notrunc":
        machine.check(FRONT, f"dd if=/dev/urandom of={disk} {blocks} && sync", timeout=60)
    machine.check(FRONT, "echo 3 >/proc/sys/vm/drop_caches")
    assert checksum(machine, FRONT, disk) == checksum(machine, BACK, file)
    check_nothing_granted(machine)


def boot_granting(boot_linux, system_dts, flavour, **options):
    """Two guests whose link has grants, and nothing else for data."""
    system = system_dts(nk_vm(2, [0], "loop") + nk_vm(3, [1], "") + GRANT_SYSTEM)
    machine = boot_linux(system, cpus=2, flavour=flavour, **options)
    make_loops(machine, loop0="8M")
    for vm in BACK, FRONT:
        machine.check(vm, f"modprobe {MODULES[vm]}", timeout=60)
    wait_disk(machine, DISK)
    return machine


def check_stops(machine):
    """The front-end's VM stops while its pages are in use: the back-end's goes on, and serves it again."""
    begin_writing(machine, DISK)
    wait_rounds(machine)
    machine.nk_prompt("vm 2 suspend")
    machine.nk_prompt("vm 3 stop")
    machine.wait_line(NK, r"vm3 \S+: stopped")
    machine.nk_prompt("vm 2 resume")
    machine.check(BACK, "true")
    no_complaints(machine, BACK)
    machine.mark(FRONT)
    machine.nk_prompt("vm 3 start")
    machine.wait_ready(FRONT)
    machine.check(FRONT, "modprobe vlx-vbd2-fe", timeout=60)
    wait_disk(machine, DISK)
    did("vbd2", "stops of a front-end's VM while its pages were in use")


def check_back_end_stops(machine):
    """The back-end's VM stops while it has pages locked: they are the front-end's own again, and it goes on."""
    machine.check(FRONT, f"(while [ ! -e /tmp/stop ]; do dd if={DISK} of=/dev/null bs=128k iflag=direct 2>/dev/null || touch"
                         " /tmp/failed; done; touch /tmp/ended) >/dev/null 2>&1 &")
    wait_for(machine, FRONT, f"[ $({GRANTED}) -gt 0 ]")
    machine.mark(BACK)
    machine.nk_prompt("vm 2 restart")
    machine.wait_ready(BACK)
    make_loops(machine, loop0="8M")
    reads = int(table(machine, FRONT)[202, 0][9])
    machine.check(BACK, "modprobe vlx-vbd2-be", timeout=60)
    wait_for(machine, FRONT, f"awk '/vbd202-0/ && $10 > {reads} {{ n = 1 }} END {{ exit !n }}' /proc/nk/vbd2-fe")
    machine.check(FRONT, "touch /tmp/stop")
    wait_for(machine, FRONT, "[ -e /tmp/ended ]")
    machine.check(FRONT, "[ ! -e /tmp/failed ]")
    check_nothing_granted(machine)


def end(machine):
    for vm in BACK, FRONT:
        no_complaints(machine, vm)
    assert not any("panic" in line for line in machine.lines(NK))
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [3])
def test_zero_copy(boot_linux, system_dts, gic):
    """Where the kernel can have struct pages of what is granted, the device below reads and writes just these."""
    machine = boot_granting(boot_linux, system_dts, NEWER, gic=gic)
    check_granted(machine, DISK, "/tmp/loop0")
    assert side(machine, BACK, "direct") > 0
    check_restarts(machine, range(2))
    check_nothing_granted(machine)
    reload(machine, FRONT)
    check_stops(machine)
    check_granted(machine, DISK, "/tmp/loop0")
    check_back_end_stops(machine)
    end(machine)


# vm2's disk is vm4's, and vm4's is vm3's; later another one of vm4's is vm3's too.
MIDDLE = 4
CHAIN_SYSTEM = PMEM_READ + """
&hyp { pmem-size = <0x00400000>; };
&vm2_vdevs {
	vbd_a: vbd@0 {
		compatible = "vbd2";
		info = "16,32,pg,be bootargs: vbd2_dma=1 vbd2=(4,202,0:/dev/loop0,rw)";
		pmem-quota = <0x00010000>;
	};
};
&vm4_vdevs {
	vbd@0 { peer-phandle = <&vbd_a>; grants = <256>; };
	vbd_b: vbd@1 {
		compatible = "vbd2";
		info = "16,32,pg,be bootargs: vbd2_dma=1 vbd2=(3,202,0:/dev/vbd202-0,rw,nz)";
		pmem-quota = <0x00010000>;
	};
};
&vm3_vdevs {
	vbd@0 { peer-phandle = <&vbd_b>; info = " bootargs: vbd2-wait=(202,0)"; grants = <256>; };
};
"""


def boot_chain(boot_linux, linux_modules, system_dts, **options):
    """The one in the middle has Debian 13's kernel."""
    newer = linux_modules(NEWER)
    images = {"linux-13": newer["linux"], "rootfs-13": newer["rootfs-nk"]}
    system = system_dts(nk_vm(BACK, [0], "loop") + nk_vm(FRONT, [1], "")
                        + nk_vm(MIDDLE, [2], "loop", kernel="linux-13", initrd="rootfs-13") + CHAIN_SYSTEM)
    machine = boot_linux(system, vms=(BACK, FRONT, MIDDLE), cpus=3, images=images, **options)
    make_loops(machine, loop0="8M")
    for vm, modules in (BACK, ["be"]), (MIDDLE, ["be", "fe"]), (FRONT, ["fe"]):
        for module in modules:
            machine.check(vm, f"modprobe vlx-vbd2-{module}", timeout=60)
    wait_disk(machine, DISK)
    return machine


def check_refused(machine):
    """Of a page that he was granted himself the one in the middle can grant nothing: he copies, once he has tried."""
    assert 0 < side(machine, MIDDLE, "direct", "be") <= 16  # those on their way when the first one failed
    machine.check(MIDDLE, "echo 3 >/proc/sys/vm/drop_caches")
    assert checksum(machine, MIDDLE, DISK) == checksum(machine, BACK, "/tmp/loop0")


def check_direct(machine, disk="/dev/vbd202-16"):
    """To a device of his own he gives the pages that he was granted."""
    before = side(machine, MIDDLE, "direct", "be")
    machine.check(MIDDLE, "truncate -s 2M /tmp/loop1 && losetup /dev/loop1 /tmp/loop1")
    machine.check(MIDDLE, "echo 'vbd2=(3,202,16:/dev/loop1,rw)' >/proc/nk/vbd2-be")
    wait_disk(machine, disk)
    machine.check(FRONT, f"dd if=/dev/urandom of={disk} bs=64k count=32 conv=fsync && echo 3 >/proc/sys/vm/drop_caches")
    assert checksum(machine, FRONT, disk) == checksum(machine, MIDDLE, "/tmp/loop1")
    assert side(machine, MIDDLE, "direct", "be") >= before + 2 * (2 << 20) // (32 * 4096)


@pytest.mark.parametrize("gic", [2])
def test_granted_pages_are_copied(boot_linux, linux_modules, system_dts, gic):
    """Where they cannot be given to a device: Debian 12's kernel has no struct pages of what is granted, and a disk that
    is another VM's already cannot be granted on."""
    machine = boot_chain(boot_linux, linux_modules, system_dts, gic=gic)
    check_granted(machine, DISK, "/tmp/loop0")
    check_refused(machine)
    check_restarts(machine, range(1))
    check_nothing_granted(machine)
    assert side(machine, BACK, "direct") == 0
    check_direct(machine)
    no_complaints(machine, MIDDLE)
    end(machine)


HOSTILE_SYSTEM = """
&hyp { pmem-size = <0x00400000>; };
&vm3 { xirq-rate = <40000>; };
&vm2_vdevs {
	vbd_a: vbd@0 {
		compatible = "vbd2";
		info = "8,16,odb:2,be bootargs: vbd2=(3,202,0:/dev/loop0,rw) vbd2=(3,202,16:/dev/loop1,ro)";
	};
	vbd_b: vbd@1 { compatible = "vbd2"; };
	vbd_c: vbd@2 {
		compatible = "vbd2";
		info = "8,16,pg,be bootargs: vbd2_dma=1 vbd2=(3,202,0:/dev/loop2,rw) vbd2=(3,202,16:/dev/loop1,ro)";
	};
	vbd_d: vbd@3 { compatible = "vbd2"; grants = <64>; };
};
&vm3_vdevs {
	vbd@0 { peer-phandle = <&vbd_a>; };
	vbd@1 {
		peer-phandle = <&vbd_b>;
		info = "8,16,odb:2,be bootargs: vbd2=(2,202,0:1,1,rw)";
	};
	vbd@2 { peer-phandle = <&vbd_c>; grants = <16>; };
	vbd@3 {
		peer-phandle = <&vbd_d>;
		info = "8,16,pg,be bootargs: vbd2=(2,203,0:1,1,rw)";
	};
};
"""


def bad(machine):
    """What either side has counted as such."""
    said = machine.check(BACK, "cat /proc/nk/vbd2-be /proc/nk/vbd2-fe")
    print(said)
    return [int(n) for n in re.findall(r"(\d+) bad$", said, re.M)]


def check_kept(machine, disk="/dev/vbd203-0"):
    """It answers, and keeps the page locked: the writer waits, until the disk goes, and a while; the page is lost."""
    machine.check(BACK, f"(dd if=/dev/zero of={disk} bs=4k count=1 seek=6 conv=fsync,notrunc; echo $? >/tmp/kept)"
                        " 2>/dev/null &")
    wait_for(machine, BACK, "grep -q ' 1 kept' /proc/nk/vbd2-fe")
    before = side(machine, BACK, "lost", "fe")  # while it lied, disks may have gone whose pages it had
    wait_for(machine, BACK, "[ -e /tmp/kept ]")
    assert machine.check(BACK, "cat /tmp/kept") == "1"
    wait_for(machine, BACK, f"[ ! -e {disk} ]")
    assert side(machine, BACK, "lost", "fe") == side(machine, BACK, "in use", "fe") == before + 1


def check_hostile(machine, seconds, direct):
    """Both drivers work against it; then it is honest, and there is a disk to read."""
    make_loops(machine, loop0="4M", loop1="1M", loop2="4M")
    machine.check(BACK, "dmesg -n 1")  # its errors would come in the middle of answers
    sums = checksum(machine, BACK, "/tmp/loop1")
    machine.check(BACK, "modprobe vlx-vbd2-be; modprobe vlx-vbd2-fe")
    machine.wait_line(FRONT, r"^hostile-vbd2: up$")
    # Nodes of our own for what is written: where one of /dev has just gone, dd would make a file in its place.
    machine.check(BACK, "for n in 202 203; do mknod /tmp/node$n-0 b $n 0; mknod /tmp/node$n-16 b $n 16; done; while [ ! -e /tmp/stop ]; do"
                        " for d in /dev/vbd*; do [ ! -b $d ] || dd if=$d of=/dev/null bs=16k count=16 iflag=direct; done;"
                        " for d in /tmp/node*; do dd if=/dev/zero of=$d bs=4k count=4 conv=fsync; done;"
                        " usleep 10000; done >/dev/null 2>&1 &")
    print(machine.wait_line(FRONT, r"^hostile-vbd2: \d+ steps.*$", seconds + 60)[0])
    assert int(machine.wait_line(FRONT, r"^hostile-vbd2: (\d+) flaps$", seconds + 120)[1]) > 1
    machine.wait_line(FRONT, r"^hostile-vbd2: answered$", 120)
    machine.check(BACK, "touch /tmp/stop")
    counted = bad(machine)
    assert len(counted) == 4 and min(counted) > 0
    assert direct == (machine.run(BACK, "grep -q ' [1-9][0-9]* direct' /proc/nk/vbd2-be")[0] == 0)
    assert checksum(machine, BACK, "/tmp/loop1") == sums  # its disk is read-only
    machine.check(BACK, "echo 3 >/proc/sys/vm/drop_caches")
    for disk in DISK, "/dev/vbd203-0":
        wait_for(machine, BACK, f"[ $(cat /sys/block/{disk[5:]}/size) = 64 ]")
        assert machine.check(BACK, f"dd if={disk} bs=4k count=8 iflag=direct 2>/dev/null | tr -cd Z | wc -c") == str(8 << 12)
    check_kept(machine)
    machine.check(BACK, "rmmod vlx-vbd2-fe vlx-vbd2-be", timeout=60)
    no_complaints(machine, BACK)


def hostile(boot_linux, system_dts, gic, seed, seconds):
    """With GICv3 by Debian 13's kernel, which has devices use pages that are granted."""
    vm = raw_vm("hostile-vbd2", [1], vm=3, bootargs=f"seed={seed} seconds={seconds}", size=0x00800000)
    machine = boot_linux(system_dts(nk_vm(2, [0], "loop") + vm + HOSTILE_SYSTEM), vms=(2,), gic=gic, cpus=2, mem=1024,
                         flavour={2: "cloud", 3: NEWER}[gic])
    check_hostile(machine, seconds, gic == 3)
    # A disk that comes is one of the changes of which there are 32 at once, and four a second.
    said = [line for line in kernel_log(machine, BACK) if "vbd" in line]
    assert len([line for line in said if "unable to read partition table" in line]) <= 32 + 4 * 3 * seconds, said[-20:]
    assert len(said) < 200 + 20 * seconds, said[-20:]
    assert machine.quit() == 0
    did("vbd2", "seconds of a hostile peer", seconds)
    did("vbd2", "lines that the kernel said of it", len(said))


@on_gic(2)
def test_hostile_vbd2(boot_linux, system_dts, guest_programs, gic):
    del guest_programs
    hostile(boot_linux, system_dts, gic, gic, 5)
