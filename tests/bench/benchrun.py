# SPDX-License-Identifier: Apache-2.0
"""Runs of machines for nk-bench, to their end."""

import subprocess

from nklib import build, qemu
from nklib.machine import TIME_SCALE, end_status

OPTIONS = "nk.panic=off nk.color=off"


class BenchError(Exception):
    """Something could not be measured; str() says what."""


def run(argv, timeout, what):
    """Runs QEMU to its end; returns what it printed."""
    try:
        done = subprocess.run(qemu.tied(argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout * TIME_SCALE, check=False)
    except subprocess.TimeoutExpired as error:
        tail = (error.stdout or b"").decode(errors="replace")[-2000:]
        raise BenchError(f"{what}: not done in {timeout} s\n{tail}") from None
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        raise BenchError(f"{what}: QEMU gave {done.returncode}\n{text[-2000:]}")
    return text


def run_nk(bundle, gic, cpus, what, timeout, extra=(), options="", ends=(0,)):
    """The same with nk and that bundle, which must end with one of these: 0 is in order."""
    argv = qemu.argv(build.NK, bundle, f"{OPTIONS} {options}".strip(), gic=gic, cpus=cpus, mem=1024,
                     icount=True, extra=extra)
    text = run(argv, timeout, what)
    status = end_status(text.rstrip().rpartition("\n")[2], 0)
    if status not in ends:
        raise BenchError(f"{what}: ended with {status}\n{text[-2000:]}")
    return text


def vectors(symbol="vectors"):
    """The address of nk's exception vectors, or of `vectors_watched`."""
    done = subprocess.run(["aarch64-linux-gnu-nm", build.BUILD / "nk.elf"], capture_output=True,
                          text=True, check=True)
    return next(line.split()[0] for line in done.stdout.splitlines() if line.endswith(f" {symbol}"))
