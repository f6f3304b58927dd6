# SPDX-License-Identifier: Apache-2.0
"""System device trees: compiling them, and reading what dtc made."""

import pathlib
import re
import struct

from nklib.tool import ToolError, run

INCLUDE = pathlib.Path(__file__).resolve().parents[2] / "dts/include"
MAGIC = b"\xd0\x0d\xfe\xed"
CPP = ["cpp", "-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp"]
# A VM's name is a property of that name; unit addresses without reg (vnet@23_0) are how vdevs are named; nodes of vplatform
# stand below another root when a guest sees them, which has numbers of cells and an interrupt controller.
DTC = ["dtc", "-I", "dts", "-O", "dtb", "-E", "no-name_properties", "-W", "no-unit_address_vs_reg",
       "-W", "no-avoid_default_addr_size", "-W", "no-reg_format", "-W", "no-interrupts_property"]


def compile_system(path, includes=(), defines=()):
    """(blob, dtc's warnings) of a .dts with all that it includes, or a .dtb as it is."""
    if not path.is_file():
        raise ToolError(f"{path}: no such system device tree")
    if path.suffix != ".dts":
        try:
            return path.read_bytes(), ""
        except OSError as error:
            raise ToolError(f"{path}: {error.strerror}") from error
    cpp, dtc = list(CPP), [*DTC, "-i", path.parent]
    for directory in (INCLUDE, *includes):
        cpp += ["-I", directory]
        dtc += ["-i", directory]
    source, _ = run(cpp + [f"-D{name}" for name in defines] + [path], path)
    return run(dtc + ["-"], path, input=source)


def walk(blob):
    """Yields (path, property, offset of the value, value) of a device tree blob."""
    structure, strings = struct.unpack_from(">8xII", blob)
    path, at = [], structure
    while True:
        tag, = struct.unpack_from(">I", blob, at)
        at += 4
        if tag == 1:
            end = blob.index(b"\0", at)
            path.append(blob[at:end].decode())
            at = (end + 4) & ~3
        elif tag == 2:
            path.pop()
        elif tag == 3:
            size, name = struct.unpack_from(">II", blob, at)
            at += 8
            end = blob.index(b"\0", strings + name)
            yield "/".join(path), blob[strings + name:end].decode(), at, blob[at:at + size]
            at = (at + size + 3) & ~3
        elif tag == 9:
            return


def wanted_images(blob):
    """{image name: [(VM's node, property) that wants it]} of a system device tree."""
    wanted = {}
    try:
        for path, name, _, value in walk(blob):
            if re.fullmatch(r"/vm/vm\d+", path) and name in ("kernel", "initrd", "dtb", "symbols"):
                image = value.rstrip(b"\0").decode(errors="replace")
                wanted.setdefault(image, []).append((path, name))
    except (struct.error, ValueError, IndexError) as error:
        raise ToolError("the system device tree is damaged") from error
    return wanted
