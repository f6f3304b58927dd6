# SPDX-License-Identifier: Apache-2.0
"""Gates on costs: make bench counts instructions, and no number may be above its limit."""

import json
import subprocess

import pytest
from nklib import build

pytestmark = pytest.mark.bench


@pytest.fixture(scope="module")
def bench():
    """What make bench measured: a list of {name, gic, cpus, value, unit, limit}."""
    result = build.BUILD / "bench.json"
    result.unlink(missing_ok=True)
    done = subprocess.run(["make", "--no-print-directory", "bench"], cwd=build.ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900, check=False)
    print(done.stdout)
    assert result.exists(), f"make bench wrote no {result.name}"
    return json.loads(result.read_text())


def describe(entry):
    return (f"{entry['name']} (GICv{entry['gic']}, {entry['cpus']} CPUs): "
            f"{entry['value']} {entry['unit']}, limit {entry['limit']}")


def test_numbers_are_within_limits(bench):
    over = [describe(entry) for entry in bench
            if entry["limit"] is not None and entry["value"] > entry["limit"]]
    assert not over, "\n".join(["over the limit:"] + over)


def test_all_that_is_promised_is_measured(bench):
    limited = [entry for entry in bench if entry["limit"] is not None]
    assert {entry["gic"] for entry in limited} >= {2, 3}
    assert len(limited) >= 20, "some of the numbers with a limit were not measured"


def test_size_of_nk():
    """Text, read-only data and data together, as the linker laid them out.

    96 KiB are for what starts and runs VMs, 32 KiB for the NKDDI on top of that.
    """
    build.make(build.NK)
    done = subprocess.run(["aarch64-linux-gnu-size", "-A", "-d", build.BUILD / "nk.elf"],
                          capture_output=True, text=True, check=True)
    sizes = {}
    for line in done.stdout.splitlines():
        fields = line.split()
        if len(fields) == 3 and fields[1].isdecimal() and int(fields[2]) > 0:
            sizes[fields[0]] = int(fields[1])
    loaded = sum(size for name, size in sizes.items() if "bss" not in name)
    assert 0 < loaded <= (96 + 32) * 1024, f"{loaded} bytes: {sizes}"
