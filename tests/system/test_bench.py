# SPDX-License-Identifier: Apache-2.0
"""Gates on costs: make bench counts instructions, and no number may be above its limit. What takes long is left to it."""

import json
import os
import subprocess

import pytest
from nklib import build
from nklib.machine import TIME_SCALE

# One run of all rows for all tests.
pytestmark = [pytest.mark.bench, pytest.mark.xdist_group("bench")]


@pytest.fixture(scope="module")
def bench():
    """What make bench measures, without drivers: a list of {name, gic, cpus, value, unit, limit, least}."""
    result = build.BUILD / "bench.json"
    result.unlink(missing_ok=True)
    build.make("bench-build")
    done = subprocess.run(["tests/bench/nk-bench", "--no-drivers"], cwd=build.ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900 * TIME_SCALE, check=False)
    print(done.stdout)
    assert result.exists(), f"nk-bench wrote no {result.name}"
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


def test_size_of_nk(bench):
    """Text, read-only data and data together, as the linker laid them out."""
    sizes = [entry for entry in bench if entry["name"] == "nk_size"]
    assert len(sizes) == 1 and 0 < sizes[0]["value"] <= sizes[0]["limit"], sizes


def test_size_of_folders(bench):
    """Each folder of hyp/ has a size that is kept in the tree, so that growth is seen in the commit it comes with."""
    folders = {entry["name"]: entry["value"] for entry in bench if entry["name"].startswith("size_")}
    with_code = {file.parent.relative_to(build.ROOT / "hyp") for file in (build.ROOT / "hyp").rglob("*.[cS]")
                 if file.parent.name not in ("gen", "checked")}
    assert set(folders) == {f"size_{folder}" for folder in with_code}
    kept = json.loads((build.ROOT / "tests/bench/sizes.json").read_text())
    assert set(kept) == {str(folder) for folder in with_code}
    for folder, size in kept.items():
        assert size <= folders[f"size_{folder}"] * 1.05 + 64, f"{folder} has shrunk: nk-bench --keep-sizes"


def test_page_of_numbers(bench, tmp_path):
    """What docs/performance.md is made by finds all of its numbers."""
    page = tmp_path / "performance.md"
    subprocess.run([build.ROOT / "tests/bench/nk-numbers", page], check=True)
    rows = {row.split(" | ")[0].strip("| "): row for row in page.read_text().splitlines() if row.startswith("| ")}
    posts = {entry["gic"]: entry["value"] for entry in bench if entry["name"] == "xirq_post"}
    row = rows["cross interrupt: at EL2, who posts"].split(" | ")
    assert [row[2], row[5]] == [f"{posts[gic]:g}" for gic in (2, 3)]
    assert str(next(entry["value"] for entry in bench if entry["name"] == "nk_size")) in rows["all, as it is linked"]


def test_page_of_drivers(bench, tmp_path):
    """Their table has the limits of either kind; and a page for the tree is not made without them."""
    made = [{"name": name, "gic": gic, "cpus": 2, "value": 0.5, "unit": "", "limit": limit, "least": least}
            for name, limit, least in (("link_veth2", None, 0.25), ("link_vmq_exits", 0.75, None)) for gic in (2, 3)]
    env = {**os.environ, "BUILD": str(tmp_path)}
    command = [build.ROOT / "tests/bench/nk-numbers"]
    file, page = tmp_path / "bench.json", tmp_path / "page.md"
    file.write_text(json.dumps(bench))
    assert subprocess.run(command, env=env, check=False).returncode == 1
    file.write_text(json.dumps(bench + made))
    subprocess.run([*command, page], env=env, check=True)
    rows = page.read_text().splitlines()
    assert "| veth2: TCP, over loopback | 0.5 | 0.5 | at least 0.25 |" in rows
    assert "| vmq: exits a message | 0.5 | 0.5 | at most 0.75 |" in rows
