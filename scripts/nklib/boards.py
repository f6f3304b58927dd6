# SPDX-License-Identifier: Apache-2.0
"""The boards that nk starts on here: boards/NAME/board.toml says what each is in QEMU.

machine: QEMU's -M. mem: MiB. cpus, cpu, gic: where they can be chosen, what they are when nobody does. tree: the board's
device tree, a file of Debian's kernel; without it QEMU writes one. system: what is booted when nobody says so. uboot: of
a board that U-Boot can start on, where in RAM it finds the image, and where it puts nk.
"""

import functools
import tomllib

from nklib import build

DEFAULT = "qemu-virt"
SYSTEM = "dts/examples/nkddi2.dts"
TREES = build.BUILD / "deps/board-trees"
UBOOT = build.BUILD / "deps/u-boot/u-boot.bin"


def names():
    """All boards, the usual one first."""
    found = sorted(file.parent.name for file in (build.ROOT / "boards").glob("*/board.toml"))
    return sorted(found, key=lambda name: name != DEFAULT)


@functools.lru_cache
def facts(name):
    """What board.toml says."""
    with open(build.ROOT / "boards" / name / "board.toml", "rb") as file:
        return tomllib.load(file)


def system(name):
    """The file with the system that is booted there when nobody says another."""
    return build.ROOT / facts(name).get("system", SYSTEM)


def tree_argv(name):
    """The part of QEMU's command line that gives it the board's device tree, fetched when it is not there."""
    tree = facts(name).get("tree")
    if not tree:
        return []
    if not (TREES / tree).exists():
        build.make(TREES / "from")
    return ["-dtb", str(TREES / tree)]


def bootcmd(uboot):
    """What a board's U-Boot does by itself: start the image, or end. uboot: that part of its facts."""
    return f"bootm {uboot['image']:#x}; poweroff"


def uboot_argv(uboot, image, control):
    """The part of QEMU's command line that has U-Boot start an image; control: its device tree."""
    return ["-bios", str(UBOOT), "-dtb", str(control), "-device",
            f"loader,file={image},addr={uboot['image']:#x},force-raw=on"]
