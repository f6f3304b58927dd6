# SPDX-License-Identifier: Apache-2.0
"""A tree that a guest compiles: one of guest-linux/tools, with Debian's tcc, make and headers below one root."""

import shutil
import subprocess

from nklib import build

COMPILER = build.BUILD / "deps/compiler"
TOOLS = build.ROOT / "guest-linux/tools"
INCLUDE = build.ROOT / "guest-linux/include"
MAKEFILE = """\
{tool}: $(patsubst %.c,%.o,$(wildcard *.c))
	tcc -o $@ $^
%.o: %.c
	tcc -Iinclude '-DNK_VERSION="{tool}"' -c -o $@ $<
"""


def headers_of(sources):
    """Those that a compiler of this machine's finds for them: those of COMPILER, and our own."""
    include = COMPILER / "usr/include"
    command = ["aarch64-linux-gnu-gcc", "-M", f"-I{INCLUDE}", f"-I{TOOLS}", "-isystem", include, "-isystem", include / "aarch64-linux-gnu"]
    rules = subprocess.run([*command, *sources], check=True, capture_output=True, text=True).stdout
    names = {name for name in rules.split() if name.endswith(".h")}
    return [name for name in names if name.startswith((f"{include}/", f"{INCLUDE}/"))]


def tree(tool, root):
    """Makes, in the folder root, what a guest is to have below its own: /usr/bin/tcc and make with what they take, and /src,
    where `make` makes that tool."""
    build.make(COMPILER / "usr/bin/tcc")
    source = root / "src"
    shutil.copytree(TOOLS / tool, source)
    (source / "Makefile").write_text(MAKEFILE.format(tool=tool))
    for name in "usr/bin", "usr/lib", "lib":
        shutil.copytree(COMPILER / name, root / name, symlinks=True)
    for name in headers_of(sorted(source.glob("*.c"))):
        to = root / "usr" if name.startswith(f"{COMPILER}/") else source
        to /= name.removeprefix(f"{COMPILER}/usr/").replace(f"{INCLUDE}/", "include/")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(name, to)


def archive(folder):
    """All of it, for a kernel that unpacks one archive after the other."""
    files = sorted(str(file.relative_to(folder)) for file in folder.rglob("*"))
    return subprocess.run(["cpio", "--quiet", "--create", "--format=newc", "--owner=+0:+0"], cwd=folder, check=True,
                          capture_output=True, input="\n".join(files).encode()).stdout
