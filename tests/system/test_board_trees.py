# SPDX-License-Identifier: Apache-2.0
"""The device trees of all boards that Debian 13's kernel knows, read by nk: accepted, or refused for what is true of the
board. What firmware adds is added by tests/unit/config/board_trees.c."""

import collections
import re
import subprocess

import pytest
from nklib import build

pytestmark = pytest.mark.unit

PROGRAM = build.BUILD / "unit/board_trees/board_trees"
TREES = build.BUILD / "deps/board-trees"
ACCEPTED = 960  # the least; the kernel gets new boards, and Debian new kernels
DRIVEN = 895
# What nk says, and what is so about these boards.
CAUSES = {
    r"compatible: missing: a node with arm,psci-0\.2 or newer": "its other CPUs start without PSCI 0.2",
    r"reg: .*: four regions: distributor, CPU, hypervisor and virtual CPU interface":
        "its tree has no virtual interface of the GICv2",
    r"interrupt-controller: missing: a node with arm,gic-v3, or arm,gic-400": "it has no GIC",
    r"reg: .*: at most 16 CPUs": "it has more than 16 CPUs",
    r"compatible: missing: a node with arm,armv8-timer": "its tree has no architected timer",
    r"reg: 0x0: RAM without the interrupt controller's distributor": "its tree has RAM where the GIC is",
}


def cause(text):
    """The row of CAUSES, or what nk said."""
    return next((why for pattern, why in CAUSES.items() if re.search(rf": {pattern}$", text)), text)


@pytest.fixture(scope="module")
def read():
    """[(file, what nk says, console)]"""
    build.make(TREES / "from", PROGRAM)
    files = "\n".join(map(str, sorted(TREES.rglob("*.dtb"))))
    done = subprocess.run(PROGRAM, input=files, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_accepted_or_refused_with_reason(read, capsys):
    refused = collections.Counter((cause(what), file.split("/")[-2]) for file, what, _ in read if what != "accepted")
    accepted = len(read) - refused.total()
    with capsys.disabled():
        print(f"\n{accepted} of {len(read)} boards accepted; the others:")
        for (why, family), n in refused.most_common():
            print(f"{n:5} {family}: {why}")
    assert accepted >= ACCEPTED
    assert {why for why, _ in refused} <= set(CAUSES.values())


def test_console(read, capsys):
    consoles = collections.Counter(console for _, what, console in read if what == "accepted")
    driven = sum(n for console, n in consoles.items() if console.startswith("!"))
    with capsys.disabled():
        print(f"\nnk drives the console of {driven}; those that most boards have beside:")
        for console, n in [row for row in consoles.most_common() if not row[0].startswith("!")][:10]:
            print(f"{n:5} {console}")
    assert driven >= DRIVEN
