# SPDX-License-Identifier: Apache-2.0
"""The Debian packages where they belong: in a Debian guest apt installs them, dkms builds, udev loads at boot, and from
an initrd that mounts a root on vbd2."""

import re
import subprocess

import pytest
import vbd2root
from debiandisk import debian_disk, disk_options
from nklib import build
from test_deb import make_packages

pytestmark = [pytest.mark.soak, pytest.mark.system]
__all__ = ["debian_disk"]  # a fixture

# All devices of one page, as in dts/examples/virtio-given.dts; the clock is for make, which looks at dates.
SYSTEM = """
&vm2 {
	name = "debian";
	kernel = "linux";
	initrd = "rootfs-virtio";
	bootargs = "console=ttyAMA0 earlycon quiet systemd.show_status=false systemd.service_watchdogs=false nk.modules=virtio_mmio,virtio_blk nk.root=/dev/vda";
	devices = "/pl031@9010000", %s;
	memory { size = <0x0 0x80000000>; };
};
&vm2_vcpus { #count = <2>; affinity = "0,1"; migration = "off"; };
&vm2_vdevs {
	outside: outside@s { compatible = "outside"; server; };
	outside@c { peer-phandle = <&outside>; client; };
};
""" % ", ".join(f'"/virtio_mmio@{slot:x}"' for slot in range(0xa003000, 0xa004000, 0x200))
LOADED = ("nk-core", "vlx-console", "svec", "vlx-prop", "vlx-vinfo", "vlx-history", "vlx-log", "vlx-dt", "vlx-shutdown",
          "vwatchdog", "vlx-cpu-hotplug", "vlx-monitor", "vlx-event-log", "vlx-event-rings", "vlx-event-stats", "vlx-event-log-filtering",
          "perfmonitor", "vlink-lib", "veth2", "vlx-pipe", "vpipe", "vbpipe", "vlx-vmq", "vlx-vbd2", "vlx-vbd2-be",
          "vlx-vbd2-fe", "vrpc", "vlx-vcall", "vrtc-be", "vrtc-fe", "vthermal-be", "vthermal-fe",
          "vlx-pm-domain-be", "vlx-pm-domain-fe", "vlx-clk-ctrl-be", "vlx-clk-ctrl-fe", "vlx-virtio-grants",
          "vlx-focus", "vevent-be", "vevent-fe",
          "vlx-dma-heap", "vlx-vbuf", "vdmaheap", "vion")
OURS = " -o ".join(f"-name '{name}'"
                   for name in (*(f"{name}.*" for name in LOADED), "*nk-guest*", "nk-tools*", "nk.1*", "nk"))


@pytest.fixture
def debian(debian_disk, tmp_path):
    """debian(flavour): the image of a Debian with our two packages in /srv; and their version."""

    def make(flavour):
        files, version = make_packages(tmp_path)
        commands = [f"write {file} srv/{name}.deb" for name, file in files.items()]
        commands += ["mkdir srv/outside"]
        commands += [f"write {file} srv/outside/{file.name}" for file in (build.ROOT / "tests/outside").iterdir()]
        return debian_disk(flavour, commands), version

    return make


def install(machine):
    """As guest-linux/README.md has it, with all that apt brings for it; the headers are those of the kernel that runs."""
    machine.check(2, "apt-get -q -y install linux-headers-$(uname -r) /srv/nk-guest-dkms.deb /srv/nk-tools.deb", 2400)


def check_built(machine, version):
    release = machine.check(2, "uname -r")
    assert machine.check(2, "dkms status", 120) == f"nk-guest/{version}, {release}, aarch64: installed"
    for module in LOADED + ("vlx-panic-trigger", "xirq-bench"):
        file = machine.check(2, f"modinfo -n {module}")
        assert re.fullmatch(rf"/(usr/)?lib/modules/{re.escape(release)}/updates/dkms/{module}\.ko(\.xz)?", file)
    assert machine.check(2, "grep -c '^Package: nk-' /var/lib/dpkg/status; nk --version") == f"2\nnk {version}"


def check_initrd(machine):
    """The package has had an initrd made, with all that a root on another VM's disk may want."""
    files = machine.check(2, "lsinitramfs /boot/initrd.img-$(uname -r) | grep /updates/dkms/", 120).split()
    assert set(LOADED) <= {file.rpartition("/")[2].partition(".")[0] for file in files}


def reboot(machine):
    """The guest starts again, and all of its devices have been looked at."""
    machine.mark(2)
    machine.send(2, "reboot\n")
    machine.wait_ready(2, 600)
    machine.check(2, "udevadm settle", 150)
    assert not machine.check(2, "dmesg | grep -E 'BUG|Oops|nknown symbol|disagrees' || true")


def check_loaded(machine):
    """They came with nk-core, which is all that anybody asked for."""
    there = machine.check(2, "ls /sys/module").split()
    assert {name.replace("-", "_") for name in LOADED} <= set(there)
    assert not {"vlx_panic_trigger", "xirq_bench"} & set(there)
    assert machine.check(2, "cat /proc/nk/id") == "2"
    assert re.search(r"^ *2\* +\S+ +running ", machine.check(2, "nk list"), re.M)


def check_driver_out_of_the_tree(machine):
    """One that is built in the guest, of what the package has put there, finds the link and its peer."""
    machine.check(2, "make -C /srv/outside", 600)
    machine.check(2, "insmod /srv/outside/outside.ko")
    said = "server up|client up|server hears vm2|client hears vm2"
    machine.check(2, f"for i in $(seq 600); do [ $(dmesg | grep -cE 'outside: ({said})$') = 4 ] && break; sleep 0.1; done;"
                     " [ $i -lt 600 ]", 120)
    machine.check(2, "rmmod outside")


def check_removed(machine):
    """Neither files nor what others keep about them, but for logs."""
    assert machine.check(2, "dkms status", 120) == ""
    assert machine.run(2, "ls -d /lib/modules/*/updates /var/lib/dkms/nk-guest 2>/dev/null") == (2, [])
    assert machine.check(2, f"find / -xdev \\( {OURS} \\) ! -path '/srv/*' ! -path '/var/log/*'", 120) == ""
    assert machine.run(2, "modprobe nk-core")[0] == 1
    assert machine.check(2, "lsinitramfs /boot/initrd.img-* | grep -E 'nk-core|nk-guest' || true", 120) == ""
    assert machine.check(2, "grep '^Package: nk-' /var/lib/dpkg/status || true") == ""


def boot_debian(boot, system_dts, flavour, disk):
    machine = boot(system_dts(SYSTEM), flavour=flavour, cpus=2, mem=3072, extra=disk)
    machine.wait_ready(2, 600)
    return machine


def end(machine):
    machine.send(2, "poweroff\n")
    assert machine.wait_end(300) == 0


def root_images(linux_modules, tmp_path, flavour, image):
    """The back-end's initramfs, which has the modules for QEMU's disks too, and the initrd that Debian has made."""
    disk = tmp_path / "rootfs-disk"
    virtio = build.initramfs_virtio(flavour)
    build.make(virtio)
    disk.write_bytes(linux_modules(flavour)["rootfs-nk"].read_bytes() + virtio.read_bytes())
    return {"rootfs-disk": disk, "root-initrd": vbd2root.initrd_of(image, tmp_path / "initrd")}


@pytest.mark.parametrize("flavour", ["cloud", "cloud-13"])
def test_from_apt_to_a_root_on_vbd2(boot, system_dts, linux_modules, debian, tmp_path, flavour):
    image, version = debian(flavour)
    disk = disk_options(image)
    machine = boot_debian(boot, system_dts, flavour, disk)
    install(machine)
    check_built(machine, version)
    check_initrd(machine)
    machine.check(2, "modprobe nk-core", 120)
    check_loaded(machine)
    check_driver_out_of_the_tree(machine)
    reboot(machine)
    check_loaded(machine)
    end(machine)

    vbd2root.check_root(boot, system_dts, root_images(linux_modules, tmp_path, flavour, image), flavour, disk)
    subprocess.run(["/sbin/e2fsck", "-f", "-n", image], check=True)

    machine = boot_debian(boot, system_dts, flavour, disk)
    machine.check(2, "apt-get -q -y purge nk-guest-dkms nk-tools", 600)
    check_removed(machine)
    reboot(machine)
    assert machine.run(2, "ls -d /proc/nk /sys/nk 2>/dev/null") == (2, [])
    end(machine)
