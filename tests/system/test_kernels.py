# SPDX-License-Identifier: Apache-2.0
"""Debian's kernels of each version and flavour: fetched, and with our modules in them."""

import fnmatch
import os
import re
import subprocess

import pytest
from linuxvm import NEWER, SWIFT, linux_vm
from nklib import build
from test_linux import check_guest
from test_linux_nkops import no_complaints

pytestmark = pytest.mark.system

FLAVOURS = build.flavours()
TESTED = [flavour for flavour in FLAVOURS if not flavour.endswith("-13") or flavour == NEWER]
CPUS = {flavour: 2 if flavour.startswith("full") else 1 for flavour in FLAVOURS}


def modules(directory):
    """The modules in that directory as lsmod names them."""
    return {file.stem.replace("-", "_") for file in directory.glob("*.ko")}


def udev_loads(machine, vm, module):
    """Whether some device of the guest's is one that the module is for."""
    aliases = [alias.decode() for alias in re.findall(rb"alias=(of:[^\0]+)", module.read_bytes())]
    devices = machine.check(vm, "cat /sys/bus/platform/devices/*/modalias").splitlines()
    return any(fnmatch.fnmatch(device, alias) for device in devices for alias in aliases)


def check_unpacked(place, flavour):
    """Whatever the package has as modules, compressed or not, or built in."""
    release = (place / "release").read_text().strip()
    assert release.startswith("6.12." if flavour.endswith("-13") else "6.1.0-")
    assert ("cloud" in release) == ("cloud" in flavour)
    assert (place / "vmlinuz").read_bytes()[0x38:0x3c] == b"ARM\x64"
    assert {"virtio_mmio", "virtio_blk", "virtio_net"} <= modules(place / "virtio")
    for file in (place / "virtio").iterdir():
        data = file.read_bytes()
        assert file.suffix == ".ko" and data.startswith(b"\x7fELF")
        assert f"vermagic={release} ".encode() in data


@pytest.mark.parametrize("flavour", [pytest.param(name, marks=[] if name in TESTED else pytest.mark.soak) for name in FLAVOURS])
def test_unpacked(flavour):
    """Before the first test, where the build directory is new."""
    build.make(build.kernel(flavour))
    check_unpacked(build.kernel(flavour).parent, flavour)


@pytest.mark.parametrize("flavour", [FLAVOURS[0], *(pytest.param(name, marks=pytest.mark.soak) for name in FLAVOURS[1:])])
def test_unpacked_from_scratch(tmp_path, flavour):
    """Into an empty build directory."""
    subprocess.run([build.ROOT / "scripts/nk-setup", "--kernel", flavour], check=True,
                   env={**os.environ, "BUILD": str(tmp_path)})
    check_unpacked(tmp_path / f"deps/linux-{flavour}", flavour)


@pytest.mark.parametrize("change", [None, "another program", "of which nobody knows"])
def test_what_workloads_are_made_of(tmp_path, change):
    """nk-setup sees that its list has changed since."""
    def setup(*options):
        return subprocess.run([build.ROOT / "scripts/nk-setup", *options], capture_output=True, text=True, check=False,
                              env={**os.environ, "BUILD": str(tmp_path)})
    there = tmp_path / "deps/workloads-cloud"
    (there / "libraries").mkdir(parents=True)
    if change != "of which nobody knows":
        (there / "list").write_text(setup("--list", "workloads").stdout + (f"{change}\n" if change else ""))
    said = setup("--check", "--workloads", "cloud")
    assert (said.returncode, "missing: " in said.stdout) == ((1, True) if change else (0, False)), said


MONITORING = """
&hyp { monitoring { log-size = <0x4000>; stats { compatible = "vl,evt-stats"; }; }; };
&hyp_property {
	nk.monitoring { allow-get = "*"; };
	nk.monitoring.enable { allow-set = "*"; allow-get = "*"; };
};
"""


def check_monitoring(machine, vm):
    """Events and counters, as this kernel's modules show them."""
    enable, shown = "/sys/nk/prop/nk.monitoring.enable", "/proc/nk/monitoring"
    machine.check(vm, f"echo -n 3 >{enable}; nk prop get nk.version.api; echo -n 0 >{enable}")
    lines = machine.check(vm, f"grep -m 3 '^\\[' {shown}/vl,evt-log-0/cpu-0").splitlines()
    assert len(lines) == 3 and all(re.fullmatch(r"\[\d+\] \d+: CPU0 VM\d+ VCPU\d+ - [a-z0-9_]+", line) for line in lines), lines
    assert "HCALL-22 'prop_get'" in machine.check(vm, f"cat {shown}/vl,evt-stats-0/hcall-{vm}-cntrs")
    assert "PERIOD: " in machine.check(vm, "cat /proc/nk/cpu/0/pmon/ascii/cpustats")


@pytest.mark.parametrize("flavours", [TESTED, pytest.param(FLAVOURS, marks=pytest.mark.soak)], ids=["tested", "all"])
def test_in_guests(boot, linux_modules, system_dts, tmp_path, flavours):
    """Each in a VM, all of our modules and those for virtio loaded."""
    images, system, cpus = {}, MONITORING, 0
    for vm, flavour in enumerate(flavours, 2):
        kernel, initrd = f"linux-{flavour}", f"rootfs-{flavour}"
        build.make(build.initramfs_virtio(flavour))
        ours = linux_modules(flavour)
        images[kernel] = ours["linux"]
        images[initrd] = tmp_path / initrd  # the kernel unpacks one archive after the other
        images[initrd].write_bytes(ours["rootfs-nk"].read_bytes() + build.initramfs_virtio(flavour).read_bytes())
        system += linux_vm(vm, range(cpus, cpus + CPUS[flavour]), kernel=kernel, initrd=initrd,
                           size=128 << 20, bootargs=f"{SWIFT} nk.modules=all")
        cpus += CPUS[flavour]
    machine = boot(system_dts(system), images, cpus=cpus)
    for vm, flavour in enumerate(flavours, 2):
        machine.wait_ready(vm, 120)
        check_guest(machine, vm, cpus=CPUS[flavour], mib=128, gic=3)
        kernel = build.kernel(flavour).parent
        assert machine.check(vm, "uname -r") == (kernel / "release").read_text().strip()
        loaded = set(re.findall(r"^(\w+) +\d", machine.check(vm, "lsmod"), re.M))
        ours = {name for name in modules(build.BUILD / f"guest-linux/{flavour}")
                if not name.endswith(("_test", "_bench"))}
        assert "nk_core" in ours and "virtio_mmio" in loaded
        theirs = [modules(kernel / kind) for kind in ("virtio", "disk", "watchdog", "devices")]
        assert loaded == ours.union(*theirs)
        assert udev_loads(machine, vm, build.BUILD / f"guest-linux/{flavour}/nk-core.ko")
        assert machine.check(vm, "cat /proc/nk/id") == str(vm)
        assert machine.check(vm, "nk list 2>/dev/null | wc -l") == str(len(flavours) + 1)
        check_monitoring(machine, vm)
        no_complaints(machine, vm)
    assert machine.quit() == 0
