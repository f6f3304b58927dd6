# SPDX-License-Identifier: Apache-2.0
"""Real workloads over vbd2: fio that verifies, ext4, a root, on a disk of QEMU's in a VM that is cut off in the middle."""

import pytest
from gics import on_gic
from linuxvm import SWIFT, nk_vm, restart_vm, wait_for
from test_linux_nkops import kernel_log, no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

BACK, FRONT = 2, 3
DISK = "/dev/vbd202-0"
STAT = "/sys/block/vbd202-0/stat"
MIB = 48
# All devices of one page. What the disk has kept outlives the VM that it is given to.
SYSTEM = """
&hyp { pmem-size = <0x00800000>; };
&vm2 { devices = %s; };
&vm2_vdevs {
	vbd_a: vbd@0 {
		compatible = "vbd2";
		info = "32,32,odb,be bootargs: vbd2=(3,202,0:/dev/vda,rw,nz)";
		pmem-quota = <0x00300000>;
	};
};
&vm3_vdevs { vbd@0 { peer-phandle = <&vbd_a>; }; };
""" % ", ".join(f'"/virtio_mmio@{slot:x}"' for slot in range(0xa003000, 0xa004000, 0x200))
MODULES = {BACK: "nk-core,virtio_mmio,virtio_blk,vlx-vbd2-be", FRONT: "nk-core,ext4,vlx-vbd2-fe"}
ROOT = {BACK: "", FRONT: f" nk.root={DISK}"}  # where it goes on once there is a file system
FIO = (f"fio --name=work --filename={DISK} --ioengine=libaio --direct=1 --iodepth=16 --rw=randrw --bsrange=4k-64k"
       " --verify=crc32c --verify_fatal=1 --verify_backlog=64 --output=/tmp/fio --thread")


@pytest.fixture
def disk(tmp_path):
    """QEMU's options for a disk."""
    file = tmp_path / "disk.img"
    with open(file, "wb") as image:
        image.truncate(MIB << 20)
    return ["-drive", f"if=none,id=disk,format=raw,cache=unsafe,file={file}", "-device", "virtio-blk-device,drive=disk"]


def wait_disk(machine):
    name = DISK.removeprefix("/dev/")
    wait_for(machine, FRONT, f"[ -b {DISK} ] && [ $(cat /sys/block/{name}/size) = {MIB * 2048} ]")


def cut_off(machine):
    """The back-end's VM stops as if its power had failed, and starts again."""
    restart_vm(machine, BACK)


def reload(machine):
    """The back-end's module goes, and comes again."""
    machine.check(BACK, "rmmod vlx-vbd2-be && modprobe vlx-vbd2-be", timeout=60)


def wait_load(machine):
    """Something is read and written: what is on the way when the back-end goes has to be sent again."""
    sectors = f"awk '{{ print $3 + $7 }}' {STAT}"
    begun = int(machine.check(FRONT, sectors))
    wait_for(machine, FRONT, f"[ $({sectors}) -gt {begun + 100} ]")


def check_fio(machine, options, cuts):
    machine.check(FRONT, f"rm -f /tmp/status; ({FIO} {options}; echo $? >/tmp/status) >/dev/null 2>&1 &")
    for cut in cuts:
        wait_load(machine)
        cut(machine)
    wait_for(machine, FRONT, "[ -e /tmp/status ]", 6000)
    said = machine.check(FRONT, "cat /tmp/status; grep -E 'err=|READ:|WRITE:|^ *(read|write):' /tmp/fio")
    print(said)
    assert said.startswith("0\n") and "err= 0" in said


def make_file_system(machine):
    machine.check(FRONT, f"/usr/sbin/mke2fs -q -F -t ext4 {DISK} && mkdir -p /mnt && mount -t ext4 {DISK} /mnt", 120)


def check_files(machine, place, cuts):
    """Files there, each flushed and compared, while the back-end goes and comes."""
    machine.check(FRONT, "dd if=/dev/urandom of=/tmp/data bs=64k count=16 2>/dev/null; echo 0 >/tmp/rounds; touch /tmp/go;"
                         " rm -f /tmp/ended")
    machine.check(FRONT, f"(n=0; while [ -e /tmp/go ]; do n=$((n+1)); f={place}/f$((n%5)); dd if=/tmp/data of=$f bs=64k conv=fsync"
                         " && echo 3 >/proc/sys/vm/drop_caches && cmp /tmp/data $f && echo $n >/tmp/rounds"
                         " || echo $n >>/tmp/wrong; done; touch /tmp/ended) >/dev/null 2>&1 &")
    for cut in cuts:
        rounds = int(machine.check(FRONT, "cat /tmp/rounds"))
        wait_for(machine, FRONT, f"[ $(cat /tmp/rounds) -gt {rounds} ]")
        cut(machine)
    rounds = int(machine.check(FRONT, "cat /tmp/rounds"))
    wait_for(machine, FRONT, f"[ $(cat /tmp/rounds) -gt {rounds + 1} ]")
    machine.check(FRONT, "rm /tmp/go")
    wait_for(machine, FRONT, "[ -e /tmp/ended ]")
    assert machine.check(FRONT, "cat /tmp/wrong 2>/dev/null; true") == ""


def check_file_system(machine, cuts):
    """Then fsck has nothing to say."""
    make_file_system(machine)
    check_files(machine, "/mnt", cuts)
    print(machine.check(FRONT, f"umount /mnt && /usr/sbin/e2fsck -f -n {DISK} 2>&1", 120))


def check_sums(machine):
    """Each file of the root is what it was in the initramfs, read from the disk; but for what depmod has made anew."""
    machine.check(FRONT, f"grep -q '^{DISK} / ext4 rw' /proc/mounts && echo 3 >/proc/sys/vm/drop_caches && cd /")
    said = machine.check(FRONT, "sha256sum -c /sums", 120).splitlines()
    assert len(said) > 40 and all(line.endswith(": OK") for line in said), said


def check_root(machine, cuts):
    """The front-end's VM has its root there, started again in order and not, while the back-end goes and comes."""
    make_file_system(machine)
    machine.check(FRONT, "cd / && mkdir /mnt/dev /mnt/proc /mnt/sys /mnt/tmp && cp -a bin etc init lib root sbin usr /mnt &&"
                         " find bin etc init lib root sbin usr -type f ! -name 'modules.*' -exec sha256sum {} + >/mnt/sums && umount /mnt", 120)
    machine.mark(FRONT)
    machine.send(FRONT, "reboot\n")
    machine.wait_ready(FRONT, 120)
    check_sums(machine)
    check_files(machine, "", cuts)
    sums = machine.check(FRONT, "sha256sum /f? && sync")
    machine.mark(FRONT)
    machine.nk_prompt(f"vm {FRONT} restart")
    machine.wait_ready(FRONT, 120)
    check_sums(machine)
    assert machine.check(FRONT, "sha256sum /f?") == sums
    machine.check(FRONT, "mount -o remount,ro / && sync")
    print(machine.check(BACK, "/usr/sbin/e2fsck -f -n /dev/vda 2>&1", 120))


def boot_disk(boot_linux, system_dts, disk, gic):
    vms = "".join(nk_vm(vm, [vm - 2], modules, bootargs=SWIFT + ROOT[vm], size=128 << 20, initrd="rootfs-work")
                  for vm, modules in MODULES.items())
    machine = boot_linux(system_dts(vms + SYSTEM), gic=gic, cpus=2, extra=disk)
    wait_disk(machine)
    return machine


def check_both(machine, seed, cuts=((reload, cut_off), (reload, cut_off)), check_ext4=check_file_system):
    check_fio(machine, f"--size={MIB}M --randseed={seed + 1}", cuts[0])
    check_ext4(machine, cuts[1])


def no_disk_errors(machine):
    wrong = [line for line in kernel_log(machine, FRONT) if "I/O error" in line or "EXT4-fs error" in line]
    assert not wrong, wrong


def end(machine):
    for vm in BACK, FRONT:
        no_complaints(machine, vm)
    no_disk_errors(machine)
    assert machine.quit() == 0


CUTS = {2: ((reload,), (cut_off,)), 3: ((reload, cut_off), (reload, cut_off))}
EXT4 = {2: check_file_system, 3: check_root}


@on_gic(3)
def test_disk(boot_linux, system_dts, disk, gic):
    machine = boot_disk(boot_linux, system_dts, disk, gic)
    check_both(machine, 0, CUTS[gic], EXT4[gic])
    end(machine)
