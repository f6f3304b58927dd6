# SPDX-License-Identifier: Apache-2.0
"""The device trees of QEMU's machines, as nk finds them there."""

import hashlib
import os
import shutil

from nklib import boards, build, qemu
from nklib.tool import ToolError, run


def tree(**machine):
    """A file with the tree of that machine, made once; machine: as qemu.machine_argv() has it.

    None for machines that QEMU has no tree of its own for.
    """
    if not qemu.is_virt(machine.get("machine") or "virt"):
        return None
    # Any file: with a kernel QEMU is the firmware too, and says so in the tree.
    argv = qemu.machine_argv(**machine) + ["-kernel", __file__]
    found = shutil.which(argv[0])
    if not found:
        raise ToolError(f"{argv[0]} is not installed; scripts/nk-setup --for run does that")
    argv[0] = os.path.abspath(found)
    what = hashlib.sha256(f"{argv} {os.stat(found).st_mtime_ns}".encode()).hexdigest()[:8]
    output = build.BUILD / "boards" / f"{machine.get('board') or boards.DEFAULT}-{what}.dtb"
    if not output.exists():
        output.parent.mkdir(parents=True, exist_ok=True)
        new = f"{output.stem}.{os.getpid()}"  # a name without commas, wherever the build directory is
        argv[argv.index("-M") + 1] += f",dumpdtb={new}"
        run(qemu.tied(argv), "the board's device tree", cwd=output.parent)
        (output.parent / new).replace(output)
    return output
