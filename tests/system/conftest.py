# SPDX-License-Identifier: Apache-2.0
"""What the tests share: building once, booting systems, showing consoles when a test fails."""

import os
import pathlib
import sys
import time

import pytest
import tally
from linuxvm import NEWER_MIB, nk_vm

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
os.chdir(ROOT)

from nklib import build, qemu  # noqa: E402
from nklib.machine import Machine  # noqa: E402

SOAK_SECONDS = float(os.environ.get("SOAK_SECONDS", "0"))
SOAK_JOBS = int(os.environ.get("SOAK_JOBS", "1"))


@pytest.fixture(autouse=True)
def tallied(request):
    tally.begin(request.node.user_properties)


@pytest.fixture
def soak_share(request):
    """The seconds that a long form has of SOAK_SECONDS, its own test's share."""
    tests = sum(1 for item in request.session.items if "soak_share" in item.fixturenames)
    return SOAK_SECONDS * SOAK_JOBS / tests


@pytest.fixture
def soak_rounds(soak_share):
    """soak_rounds(): numbers from 0 on, one a round, until the share of this test is over."""
    end = time.monotonic() + soak_share

    def rounds():
        number = 0
        while number == 0 or time.monotonic() < end:
            yield number
            number += 1
        print(f"{number} rounds")

    return rounds


@pytest.fixture(scope="session")
def nk():
    """nk.bin, built."""
    build.make(build.NK)
    return build.NK


@pytest.fixture(scope="session")
def guest_programs():
    """The EL1 programs of tests/guests, built: {name: file}."""
    names = sorted(file.stem for file in (build.ROOT / "tests/guests").glob("*.c"))
    files = {name: build.image_file(name) for name in names}
    build.make(*files.values())  # by name, so that no bundle asks for one of them again
    return files


@pytest.fixture(scope="session")
def linux():
    """Debian's kernel and the initramfs, fetched and built: (kernel, initrd)."""
    build.make(build.kernel(), build.INITRAMFS)
    return build.kernel(), build.INITRAMFS


@pytest.fixture(scope="session")
def linux_modules():
    """linux_modules(flavour="cloud"): Debian's kernel, the initramfs with our modules for it in /lib/nk
    and our tools, fetched and built once: images for boot()."""
    built = {}

    def images(flavour="cloud"):
        if flavour not in built:
            files = {"linux": build.kernel(flavour), "rootfs-nk": build.initramfs_nk(flavour)}
            build.make(*files.values())
            built[flavour] = files
        return built[flavour]

    return images


def log_dir(request):
    """Where a test's logs go: build/test-logs/TEST."""
    name = request.node.name
    if request.function.__module__ != request.module.__name__:  # one of another module, done here once more
        name = f"{request.module.__name__}-{name}"
    name = "".join(c if c.isalnum() or c in "-._" else "_" for c in name)
    return build.BUILD / "test-logs" / name


@pytest.fixture
def machines(request):
    """Keeps track of the machines of one test: shows their consoles if it fails, and ends them."""
    started = []

    def start(argv, bare=None):
        directory = log_dir(request)
        if started:
            directory = directory.with_name(f"{directory.name}.{len(started) + 1}")
        machine = Machine(argv, directory, bare=bare)
        started.append(machine)
        return machine.start()

    yield start
    failed = getattr(request.node, "failed", False)
    for machine in started:
        if failed:
            print(machine.consoles(60))
        machine.kill()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.failed = outcome.get_result().failed


@pytest.fixture
def boot(machines, nk):
    """boot(system, images={}, append="", gic=3, cpus=4, ...): nk with that system, started."""

    def start(system, images=None, append="", flavour="cloud", **options):
        bundle = build.bundle(system, images, flavour)
        return machines(qemu.argv(nk, bundle, f"nk.panic=off {append}".strip(), **options))

    return start


@pytest.fixture
def boot_linux(boot, linux_modules):
    """boot_linux(system, vms=(2, 3), flavour="cloud", ...): that system with our modules and tools in
    its guests, when each of these VMs has its shell. The rest goes to boot()."""

    def start(system, vms=(2, 3), flavour="cloud", images=None, **options):
        machine = boot(system, {**linux_modules(flavour), **(images or {})}, **options)
        for vm in vms:
            machine.wait_ready(vm)
        return machine

    return start


@pytest.fixture
def boot_kernels(boot, system_dts):
    """boot_kernels({VM: flavour}, system, initrd="rootfs-nk", ...): a guest with each of these kernels on a CPU of its own, when
    each has its shell. The rest goes to boot()."""

    def start(kernels, system, initrd="rootfs-nk", **options):
        vms, images = "", {}
        for cpu, (vm, flavour) in enumerate(kernels.items()):
            kernel, root = f"linux-{flavour}", f"{initrd}-{flavour}"
            images |= {kernel: build.kernel(flavour), root: build.image_file(initrd, flavour)}
            vms += nk_vm(vm, [cpu], "nk-core", kernel=kernel, initrd=root, size=NEWER_MIB << 20)
        build.make(*images.values())
        machine = boot(system_dts(vms + system), images, cpus=len(kernels), mem=1024, **options)
        for vm, flavour in kernels.items():
            machine.wait_ready(vm, 120)
            assert machine.check(vm, "uname -r") == (build.kernel(flavour).parent / "release").read_text().strip()
        return machine

    return start


@pytest.fixture
def system_dts(tmp_path):
    """system_dts(text): a system device tree of that text behind the skeleton; returns its file."""

    def write(text, name="system"):
        file = tmp_path / f"{name}.dts"
        file.write_text("/dts-v1/;\n#include <nk/vlm.dtsi>\n" + text)
        return file

    return write
