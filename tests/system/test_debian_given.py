# SPDX-License-Identifier: Apache-2.0
"""A whole Debian on devices that its VM was given: root on virtio-blk, virtio-net to QEMU's user network, the board's
clock and GPIO. It is restarted in the middle of its work, and goes on from its disk."""

import hashlib
import http.server
import random
import threading

import pytest
from debiandisk import debian_disk, disk_options
from linuxvm import interrupts
from nklib.machine import NK
from test_panic import COUNTER

pytestmark = [pytest.mark.soak, pytest.mark.system]
__all__ = ["debian_disk"]  # a fixture
LIVES = 4

SYSTEM = """
&vm2 {
	name = "debian";
	kernel = "linux";
	initrd = "rootfs-virtio";
	bootargs = "console=ttyAMA0 quiet systemd.show_status=false systemd.service_watchdogs=false nk.modules=virtio_mmio,virtio_blk,virtio_net nk.root=/dev/vda";
	devices = "/pl031@9010000", "/pl061@9030000", %s;
	memory { size = <0x0 0x40000000>; };
};
&vm2_vcpus { #count = <2>; affinity = "0,1"; };
""" % ", ".join(f'"/virtio_mmio@{slot:x}"' for slot in range(0xa003000, 0xa004000, 0x200))
NETWORK = "[Match]\nName=e*\n[Network]\nDHCP=yes\n"


@pytest.fixture
def served(tmp_path):
    """A file that the host serves by HTTP: (its port, its sum)."""
    data = random.randbytes(1 << 20)
    (tmp_path / "www").mkdir()
    (tmp_path / "www/file").write_bytes(data)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=tmp_path / "www")

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, hashlib.sha256(data).hexdigest()
        server.shutdown()


@pytest.fixture
def devices(debian_disk, tmp_path):
    """devices(flavour): QEMU's options for a disk with a Debian of its own, and for its network."""

    def make(flavour):
        network = tmp_path / "net.network"
        network.write_text(NETWORK)
        image = debian_disk(flavour, [f"write {network} etc/systemd/network/net.network"])
        return disk_options(image) + ["-netdev", "user,id=net", "-device", "virtio-net-device,netdev=net"]

    return make


def check_network(machine, port, digest):
    machine.check(2, "systemctl start systemd-networkd && /lib/systemd/systemd-networkd-wait-online --timeout=120", 200)
    fetch = f"exec 3<>/dev/tcp/10.0.2.2/{port}; printf \"GET /file HTTP/1.0\\r\\n\\r\\n\" >&3; sed \"1,/^\\r*$/d\" <&3 | sha256sum"
    assert machine.check(2, f"bash -c '{fetch}'", 120).split()[0] == digest


def check_devices(machine):
    """Each has its driver, and its interrupts come."""
    assert machine.check(2, "awk '$2 == \"/\" { print $1, $3 }' /proc/mounts") == "/dev/vda ext4"
    counts = interrupts(machine, 2)
    assert counts["virtio0"] > 10 and counts["virtio1"] > 10
    machine.check(2, "test -e /sys/bus/amba/drivers/pl061_gpio/9030000.pl061")
    assert int(machine.check(2, "cat /sys/class/rtc/rtc0/since_epoch")) > 1700000000
    assert not machine.check(2, "dmesg | grep -E 'BUG|Oops|EXT4-fs error|I/O error' || true")


def work_until_cut_off(machine, life):
    """What was synced is there in the next life, whatever was being written when this one ended."""
    machine.check(2, f"dd if=/dev/urandom of=/srv/life{life} bs=64k count=64 status=none; cd /srv; sha256sum life{life} >>sums;"
                     " cd /; sync", 120)
    machine.check(2, "(while :; do dd if=/dev/zero of=/srv/junk bs=64k count=256 conv=fsync status=none; done) &")
    machine.mark(2)
    machine.nk_prompt("vm 2 restart")


@pytest.mark.parametrize("flavour", ["cloud", "cloud-13"])
def test_restarts(boot, system_dts, guest_programs, devices, served, flavour):
    del guest_programs
    system = system_dts(SYSTEM + COUNTER.format(vm=3, cpu=2, given=""))
    machine = boot(system, flavour=flavour, cpus=3, mem=2048, extra=devices(flavour))
    for life in range(LIVES):
        machine.wait_ready(2, 600)
        state = machine.run(2, "systemctl is-system-running --wait", 300)[1]
        assert state in (["running"], ["degraded"])
        if life:
            assert machine.check(2, "cd /srv; sha256sum -c --quiet sums; wc -l <sums; cd /", 60) == str(life)
        check_network(machine, *served)
        check_devices(machine)
        if life + 1 < LIVES:
            work_until_cut_off(machine, life)
    machine.mark(3)
    machine.wait_line(3, r"^counter \d+$")
    machine.send(2, "poweroff\n")
    machine.wait_line(NK, r"^nk: vm2 debian: stopped$", 300)
    assert machine.quit() == 0
