# SPDX-License-Identifier: Apache-2.0
"""Makes system bundles: a FIT with the system device tree and all images."""

import gzip
import os
import pathlib
import re
import struct
import sys
import tempfile

from nklib import check, dts
from nklib.tool import ToolError, run

NAME_MAX = 31


def is_arm64_image(data):
    """The magic of the arm64 boot header (Documentation/arm64/booting.rst of Linux)."""
    return data[0x38:0x3c] == b"ARM\x64"


def unpack_kernel(data, path):
    """(data, what it is): unpacks a compressed arm64 kernel, leaves all else alone."""
    packed = data
    how = "gzip"
    if data[:2] == b"MZ" and data[4:8] == b"zimg":
        # include/linux/pe.h, zboot.lds of Linux: offset and size of the payload, then its kind
        start, size = struct.unpack_from("<II", data, 8)
        how = data[24:56].split(b"\0")[0].decode(errors="replace")
        if how != "gzip":
            raise ToolError(f"{path}: an EFI zboot kernel packed by {how}; unpack it first")
        packed = data[start:start + size]
    if packed[:2] == b"\x1f\x8b":
        try:
            plain = gzip.decompress(packed)
        except (OSError, EOFError) as error:
            raise ToolError(f"{path}: a broken gzip file: {error}") from error
        if is_arm64_image(plain):
            return plain, f"arm64 Image, was {how}"
    if is_arm64_image(data):
        return data, "arm64 Image"
    return data, "device tree" if data[:4] == dts.MAGIC else "as it is"


def read_image(spec):
    """NAME=FILE -> (name, path, data, what it is)"""
    name, sign, path = spec.partition("=")
    if not sign or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9,._+-]*", name) or not path:
        raise ToolError(f"--image {spec}: must be NAME=FILE, the name of letters, digits and "
                          "any of ,._+-")
    if len(name) > NAME_MAX:
        raise ToolError(f"--image {spec}: a name has {NAME_MAX} characters at most")
    try:
        data = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise ToolError(f"--image {name}: {path}: {error.strerror}") from error
    data, kind = unpack_kernel(data, path)
    return name, path, data, kind


def refuse(name, system, images, board):
    """What nk would refuse, said here, where it is easier to mend. Returns the images that nobody uses."""
    if system[:4] != dts.MAGIC:
        raise ToolError("--system: no device tree blob; it is .dts source or a compiled .dtb")
    check.system(name, system, board)
    names = [image for image, *_ in images]
    for image in names:
        if image == "system" or names.count(image) > 1:
            raise ToolError(f"--image {image}: there is one already; names must differ")
    for image, path, data, _ in images:
        if not data:
            raise ToolError(f"--image {image}: {path} is empty")
    return check.images(name, system, names)


def source(images):
    """The text of the .its; images: [(name, kind, data file, blanks)]."""
    types = {"arm64 Image": "kernel_noload", "device tree": "flat_dt"}
    lines = ["/dts-v1/;", "/ {", '\tdescription = "nk system bundle";', "\t#address-cells = <1>;",
             "\timages {"]
    for name, kind, path, blanks in images:
        lines += [f"\t\t{name} {{", f'\t\t\tdescription = "{name}{blanks * " "}";',
                  f'\t\t\tdata = /incbin/("{path}");',
                  f'\t\t\ttype = "{types.get(kind.partition(",")[0], "standalone")}";',
                  '\t\t\tos = "linux";', '\t\t\tarch = "arm64";', '\t\t\tcompression = "none";',
                  "\t\t\tload = <0>;", "\t\t\tentry = <0>;",
                  '\t\t\thash-1 { algo = "sha256"; };', "\t\t};"]
    lines += ["\t};", "\tconfigurations {", '\t\tdefault = "nk";', "\t\tnk {",
              '\t\t\tdescription = "nk";', '\t\t\tfdt = "system";', "\t\t};", "\t};", "};"]
    return "\n".join(lines) + "\n"


def run_mkimage(work, entries, options):
    """Makes work/system.itb of the entries that source() takes."""
    (work / "system.its").write_text(source(entries), encoding="utf-8")
    env = dict(os.environ)
    env.setdefault("SOURCE_DATE_EPOCH", "0")
    env.setdefault("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")  # large images cost a third less
    _, text = run(["mkimage", *options, "-f", "system.its", "system.itb"], "the bundle", cwd=work,
                  env=env)
    if not (work / "system.itb").exists():
        raise ToolError(f"mkimage made nothing: {text.strip()}")


def align_internal(work, entries):
    """Data inside the tree is 4-byte aligned; a longer description before it makes 8 of that."""
    for number, entry in enumerate(entries):
        for path, name, at, _ in dts.walk((work / "system.itb").read_bytes()):
            if path == f"/images/{entry[0]}" and name == "data" and at % 8:
                entries[number] = (*entry[:3], 4)
                run_mkimage(work, entries, [])


def cut_padding(bundle):
    """Ends the bundle with the last image's data: so nk sees when even a byte of it is missing."""
    blob = bundle.read_bytes()
    cells = {}
    for path, name, _, value in dts.walk(blob):
        if name in ("data-offset", "data-size"):
            cells[path, name], = struct.unpack(">I", value)
    base = (struct.unpack_from(">4xI", blob)[0] + 3) & ~3
    ends = [base + offset + cells[path, "data-size"]
            for (path, name), offset in cells.items() if name == "data-offset"]
    os.truncate(bundle, max(ends))


def make_fit(system, images, output, internal):
    """Writes the bundle; an older one is only replaced by a whole one."""
    with tempfile.TemporaryDirectory(prefix="nk-bundle.", dir=output.parent) as work:
        work = pathlib.Path(work).resolve()
        entries = []
        parts = [("system", "device tree", system)] + [(n, k, d) for n, _, d, k in images]
        for number, (name, kind, data) in enumerate(parts):
            file = work / f"{number}.bin"
            file.write_bytes(data)
            entries.append((name, kind, file.name, 0))
        # Page-aligned data behind a small tree: quick to parse, quick to copy.
        run_mkimage(work, entries, [] if internal else ["-E", "-B", "0x1000"])
        if internal:
            align_internal(work, entries)
        else:
            cut_padding(work / "system.itb")
        os.replace(work / "system.itb", output)


def size_text(size):
    """1536 -> 1.5 KiB"""
    for unit in ("bytes", "KiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} MiB"


def pack(system, blob, images, output, board=None, internal=False, checked=True, say=lambda _: None):
    """Makes the bundle `output` of a system device tree, compiled, and images ("NAME=FILE").

    system: what to call the tree. checked: whether what nk would refuse is refused, on that board (the file of its
    tree) if it is named. internal: see nk-bundle. say: called with each line about what goes in. Raises ToolError or
    OSError.
    """
    say(f"system: {system}, {size_text(len(blob))}")
    images = [read_image(spec) for spec in images]
    for name, path, data, kind in images:
        say(f"{name}: {path}, {size_text(len(data))}, {kind}")
    if checked:
        for name in refuse(system, blob, images, board):
            say(f"note: no VM uses the image {name}")

    output = pathlib.Path(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    make_fit(blob, images, output, internal)
    say(f"made {output}, {size_text(output.stat().st_size)}, {len(images) + 1} images")


def make(system, images, output, includes=(), defines=(), **options):
    """The same of a .dts, compiled with these directories and macros, or a .dtb."""
    blob, warnings = dts.compile_system(pathlib.Path(system), includes, defines)
    for line in warnings.splitlines():
        print(f"nk-bundle: {system}: {line}", file=sys.stderr)
    pack(system, blob, images, output, **options)
