# SPDX-License-Identifier: Apache-2.0
"""Disks with a whole Debian, which scripts/nk-debian installs once: a test has a copy, and changes what it likes."""

import subprocess

import pytest
from nklib import build


@pytest.fixture
def debian_disk(request, tmp_path):
    """debian_disk(flavour, commands): the image of such a disk after these commands of debugfs, for one test."""
    image = tmp_path / "disk.img"
    request.addfinalizer(lambda: image.unlink(missing_ok=True))

    def make(flavour, commands):
        made = subprocess.run([build.ROOT / "scripts/nk-debian", flavour], stdout=subprocess.PIPE, text=True, check=True)
        subprocess.run(["cp", "--sparse=always", made.stdout.strip(), image], check=True)
        subprocess.run(["/sbin/debugfs", "-w", "-f", "-", image], input="\n".join(commands), text=True,
                       stdout=subprocess.DEVNULL, check=True)
        return image

    return make


def disk_options(image):
    """QEMU's, for a virtio-mmio disk."""
    return ["-drive", f"if=none,id=disk,format=raw,cache=unsafe,file={image}", "-device", "virtio-blk-device,drive=disk"]
