# SPDX-License-Identifier: Apache-2.0
"""Where nk's instructions of a row of nk-bench are: by function, or by instruction of some of them."""

import bisect
import collections
import subprocess

from benchrun import run_nk
from nklib import build

PLUGIN = build.BUILD / "bench" / "profile.so"
OUT = build.BUILD / "bench" / "profile.txt"
ELF = build.BUILD / "nk.elf"


def counts(bundle, gic, cpus, what, timeout):
    """{address: how often it was done between the guests' marks}."""
    OUT.unlink(missing_ok=True)
    run_nk(bundle, gic, cpus, what, timeout, ["-plugin", f"{PLUGIN},out={OUT}"])
    lines = (line.split() for line in OUT.read_text().splitlines())
    return {int(address, 16): int(times) for address, times in lines}


def functions():
    """Addresses of nk's functions, in order, and their names."""
    text = subprocess.run(["aarch64-linux-gnu-nm", "-n", ELF], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in text.splitlines()]
    rows = [(int(address, 16), name) for address, kind, name in rows if kind in "tT" and not name.startswith("$")]
    return [address for address, _ in rows], [name for _, name in rows]


def by_function(counted, exits):
    """Lines "INSTRUCTIONS FUNCTION", an exit."""
    starts, names = functions()
    found = collections.Counter()
    for address, times in counted.items():
        found[names[bisect.bisect(starts, address) - 1]] += times
    yield f"{sum(counted.values()) / exits:8.1f} in all"
    for name, times in found.most_common():
        if times / exits >= 0.05:
            yield f"{times / exits:8.1f} {name}"


def by_instruction(counted, exits, function):
    """The function as objdump prints it, with how often each instruction that was done was done an exit."""
    text = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", f"--disassemble={function}", ELF],
                          capture_output=True, text=True, check=True).stdout
    for line in text.splitlines():
        address, colon, rest = line.strip().partition(":")
        if colon and address.isalnum() and (times := counted.get(int(address, 16))):
            yield f"{times / exits:8.2f} {address}{rest}"
