# SPDX-License-Identifier: Apache-2.0
"""The layers that make runs: host unit tests, fuzzers, linters. Each program is one test here."""

import os
import re
import subprocess

import pytest
from nklib import build

FUZZ_SECONDS = int(os.environ.get("FUZZ_SECONDS", "10"))
LINT_NEEDS = {"modules": build.BUILD / "guest-linux/cloud.stamp"}  # what a linter looks at when it is built


def make_list(target):
    done = subprocess.run(["make", "-s", "--no-print-directory", target], cwd=build.ROOT,
                          capture_output=True, text=True, check=False)
    return done.stdout.split() if done.returncode == 0 else []


def make(target, timeout):
    """Makes a target, prints what it said; fails the test with make's end of output."""
    done = subprocess.run(["make", "--no-print-directory", target], cwd=build.ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                          check=False)
    print(done.stdout)
    return done


@pytest.fixture(scope="session")
def programs():
    """Compiled by all CPUs. What does not compile is found again, and shown, by its own test."""
    with build.alone():
        subprocess.run(["make", "-s", "-k", f"-j{os.cpu_count()}", "--no-print-directory", "unit-build",
                        "fuzz-build"], cwd=build.ROOT, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=900, check=False)


@pytest.mark.unit
@pytest.mark.parametrize("program", make_list("list-unit"))
def test_unit(programs, program):
    done = make(f"unit-{program}", 300)
    failed = re.findall(r"\[  FAILED  \] (\w+)", done.stdout)
    assert done.returncode == 0, f"{program}: failed: {', '.join(sorted(set(failed))) or 'see output'}"


@pytest.mark.fuzz
@pytest.mark.parametrize("target", make_list("list-fuzz"))
def test_fuzz(programs, target):
    done = make(f"run-{target}", FUZZ_SECONDS + 240)
    assert done.returncode == 0, f"{target} found something"


@pytest.fixture(scope="module")
def lint_tools():
    with build.alone():
        assert make("lint-setup", 600).returncode == 0


@pytest.mark.lint
@pytest.mark.parametrize("tool", make_list("list-lint"))
def test_lint(lint_tools, tool):
    if tool in LINT_NEEDS:
        build.make(LINT_NEEDS[tool])
    done = make(f"lint-{tool}", 600)
    assert done.returncode == 0, f"make lint-{tool} has something to say"
