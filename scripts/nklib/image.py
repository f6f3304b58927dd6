# SPDX-License-Identifier: Apache-2.0
"""The image for a board's U-Boot: a signed FIT with nk, the board's device tree and the system bundle."""

import os
import pathlib
import tempfile

from nklib import boards
from nklib.tool import ToolError, run

KEY = "nk"  # what the key is called in FITs and in U-Boot's device tree
ALGORITHM = "sha256,rsa2048"
DAYS = "3650"
DELAY = "0xfffffffe"  # -2: U-Boot waits for no key and looks for none
PARTS = {
    "nk": 'type = "kernel"; os = "linux"; load = <{load:#x}>; entry = <{load:#x}>;',
    "board": 'type = "flat_dt";',
    "system": 'type = "ramdisk"; os = "linux";',
}


def make_keys(directory):
    """A private key and its certificate there, unless there are some. Returns the directory."""
    key, certificate = directory / f"{KEY}.key", directory / f"{KEY}.crt"
    if key.exists() and certificate.exists():
        return directory
    if key.exists() or certificate.exists():
        raise ToolError(f"{directory}: a key or a certificate without the other: {key.name}, {certificate.name}")
    directory.mkdir(parents=True, exist_ok=True)
    made = directory / f".{os.getpid()}"
    run(["openssl", "req", "-batch", "-new", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", f"{made}.key",
         "-out", f"{made}.crt", "-subj", f"/CN={KEY}", "-days", DAYS], "the keys")
    pathlib.Path(f"{made}.crt").replace(certificate)
    pathlib.Path(f"{made}.key").replace(key)
    return directory


def source(load, signed):
    """The text of the .its. load: where U-Boot puts nk, a multiple of 2 MiB."""
    lines = ["/dts-v1/;", "/ {", '\tdescription = "nk, its board and its system";', "\t#address-cells = <1>;",
             "\timages {"]
    for name, what in PARTS.items():
        lines += [f"\t\t{name} {{", f'\t\t\tdescription = "{name}"; data = /incbin/("{name}");',
                  f"\t\t\t{what.format(load=load)}", '\t\t\tarch = "arm64"; compression = "none";',
                  '\t\t\thash-1 { algo = "sha256"; };', "\t\t};"]
    lines += ["\t};", "\tconfigurations {", '\t\tdefault = "nk";', "\t\tnk {",
              '\t\t\tdescription = "nk"; kernel = "nk"; fdt = "board"; ramdisk = "system";']
    if signed:
        lines += [f'\t\t\tsignature-1 {{ algo = "{ALGORITHM}"; key-name-hint = "{KEY}";',
                  '\t\t\t\tsign-images = "kernel", "fdt", "ramdisk"; };']
    return "\n".join([*lines, "\t\t};", "\t};", "};"]) + "\n"


def board_tree(tree, append, output):
    """The board's tree without the room that is left in it, with nk's options."""
    run(["dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", output, tree], "the board's device tree")
    if append:
        run(["fdtput", "-p", "-t", "s", output, "/chosen", "bootargs", append], "nk's options")


def control_tree(tree, bootcmd, output):
    """U-Boot's own device tree: what it does when it starts. The key is mkimage's to add."""
    run(["dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", output, tree], "U-Boot's device tree")
    run(["fdtput", "-p", "-t", "s", output, "/config", "bootcmd", bootcmd], "U-Boot's command")
    run(["fdtput", "-t", "x", output, "/config", "bootdelay", DELAY], "U-Boot's command")


def make(nk, tree, bundle, output, load, keys=None, append="", control=None):
    """Writes the image `output`. Raises ToolError.

    nk: nk.bin. tree: the board's device tree. load: where U-Boot puts nk. keys: a directory of make_keys(), or None for an
    image that is not signed. append: options for nk. control: a device tree of U-Boot's that gets the public key: from
    then on it takes nothing else.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nk-image.", dir=output.parent) as work:
        work = pathlib.Path(work).resolve()
        (work / "nk").symlink_to(pathlib.Path(nk).resolve())
        (work / "system").symlink_to(pathlib.Path(bundle).resolve())
        board_tree(tree, append, work / "board")
        (work / "nk.its").write_text(source(load, keys is not None), encoding="utf-8")
        sign = ["-k", pathlib.Path(keys).resolve(), "-r"] if keys else []
        if control:
            sign += ["-K", pathlib.Path(control).resolve()]
        run(["mkimage", *map(str, sign), "-E", "-B", "0x1000", "-f", "nk.its", "nk.itb"], "the image", cwd=work,
            env={"SOURCE_DATE_EPOCH": "0", **os.environ})
        (work / "nk.itb").replace(output)


def make_pair(nk, tree, bundle, output, uboot, keys, append=""):
    """make(), and beside the image a device tree for U-Boot, u-boot.dtb, that has it start that image by itself.

    uboot: that part of the board's facts. Returns the second file.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    control = output.with_name("u-boot.dtb")
    control_tree(tree, boards.bootcmd(uboot), control)
    make(nk, tree, bundle, output, uboot["load"], keys, append, control)
    return control
