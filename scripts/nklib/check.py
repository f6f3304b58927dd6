# SPDX-License-Identifier: Apache-2.0
"""Looks at a system with nk's own code, before nk does: what nk would refuse is said here, with advice."""

import fcntl
import functools
import os
import subprocess

from nklib import build, dts
from nklib.tool import ToolError, run

PROGRAM = build.ROOT / os.environ.get("BUILD", "build") / "host/check"
GOOD, BAD_SYSTEM, BAD_BOARD = range(3)  # its exit status, as scripts/check/main.c has it


@functools.lru_cache
def program():
    """The host's program, built of what nk is made of when the first one asks."""
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    with open(PROGRAM.parent / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        name = os.environ.get("BUILD", "build")
        run(["make", "-s", f"-j{os.cpu_count()}", "-f", "scripts/check/check.mk", f"BUILD={name}",
             f"{name}/host/check"], "the checker", cwd=build.ROOT, env=build.make_environ())
    return PROGRAM


def system(name, blob, board=None):
    """The lines that say what is in a system: [] without a board, of which only what all have counts then.

    name: what to call it. blob: its tree, compiled. board: a file with the board's tree. Raises ToolError
    with nk's own line when nk would refuse either.
    """
    done = subprocess.run([program(), *([board] if board else [])], input=blob, capture_output=True, check=False)
    said = done.stdout.decode().splitlines()
    if done.returncode in (BAD_SYSTEM, BAD_BOARD):
        raise ToolError(f"{board if done.returncode == BAD_BOARD else name}: {said[0]}")
    if done.returncode != GOOD:
        raise ToolError(done.stderr.decode().strip() or f"{PROGRAM} ended with {done.returncode}")
    return said


def images(name, blob, there):
    """Those of the images there that no VM asks for. Raises ToolError when a VM asks for one that is not there.

    name, blob: as for system().
    """
    wanted = dts.wanted_images(blob)
    for image, users in wanted.items():
        if image not in there:
            node, prop = users[0]
            raise ToolError(f'{name}: {node}: {prop}: "{image}": the bundle has no such image; give it with '
                            f"--image {image}=FILE")
    return [image for image in there if image not in wanted]
