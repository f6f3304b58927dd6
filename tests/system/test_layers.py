# SPDX-License-Identifier: Apache-2.0
"""The layers that make runs: host unit tests, fuzzers, linters. Each program is one test here."""

import os
import re
import subprocess

import pytest
from nklib import build
from nklib.machine import TIME_SCALE

FUZZ_SECONDS = int(os.environ.get("FUZZ_SECONDS", "5"))
LINT_NEEDS = {"modules": build.BUILD / "guest-linux/cloud.stamp"}  # what a linter looks at when it is built


def make_list(target):
    done = subprocess.run(["make", "-s", "--no-print-directory", target], cwd=build.ROOT,
                          capture_output=True, text=True, check=False)
    return done.stdout.split() if done.returncode == 0 else []


def make(target, timeout, *variables):
    """Makes a target, prints what it said; fails the test with make's end of output."""
    done = subprocess.run(["make", "--no-print-directory", target, *variables], cwd=build.ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout * TIME_SCALE,
                          check=False)
    print(done.stdout)
    return done


@pytest.fixture(scope="session")
def programs():
    """Compiled by all CPUs. What does not compile is found again, and shown, by its own test."""
    with build.alone():
        subprocess.run(["make", "-s", "-k", f"-j{os.cpu_count()}", "--no-print-directory", "unit-build",
                        "fuzz-build"], cwd=build.ROOT, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=900 * TIME_SCALE, check=False)


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


def lint_less():
    """{linter: what leaves out some of its work}. checkpatch has read what is as it was thirty commits ago (a checkout
    without its history is read whole); the analyzer finds most of what it finds in the first states of a function."""
    old = subprocess.run(["git", "rev-parse", "-q", "--verify", "HEAD~30^{commit}"], cwd=build.ROOT, capture_output=True,
                         text=True, check=False).stdout.strip()
    return {"checkpatch": [f"LINT_SINCE={old}"], "tidy": ["LINT_STATES=15000"]}


def lint(tool, *variables):
    if tool in LINT_NEEDS:
        build.make(LINT_NEEDS[tool])
    done = make(f"lint-{tool}", 600, *variables)
    assert done.returncode == 0, f"make lint-{tool} has something to say"


@pytest.mark.lint
@pytest.mark.parametrize("tool", make_list("list-lint"))
def test_lint(lint_tools, tool):
    lint(tool, *lint_less().get(tool, []))


@pytest.mark.lint
@pytest.mark.soak
@pytest.mark.parametrize("tool", sorted(lint_less()))
def test_lint_of_all(lint_tools, tool):
    lint(tool)


@pytest.mark.lint
def test_lint_finds_wrong_locks(lint_tools):
    """Each mistake that tests/lint/locks.c names, at its line, and no other."""
    file = "tests/lint/locks.c"
    done = make("lint-sparse", 60, f"LINT_HYP={file}")
    text = (build.ROOT / file).read_text().splitlines()
    wanted = {(number, match[1]) for number, line in enumerate(text, 1) if (match := re.search(r"\S /\* (.*) \*/$", line))}
    found = re.findall(rf"^{file}:(\d+):\d+: error: (context \w+(?: failure)?)", done.stdout, re.M)
    assert done.returncode and {(int(number), what) for number, what in found} == wanted


@pytest.mark.lint
@pytest.mark.parametrize("text", ["", "one line\n", "two\nlines \n", "no end", "\n\nno end\u00e4", None])
def test_checkpatch_reads_what_diff_says(lint_tools, tmp_path, text):
    """scripts/NkFiles.pm takes diff's place, but for the times; a file that is not there is diff's to say."""
    file = tmp_path / "file.c"
    if text is not None:
        file.write_text(text)
    diff = subprocess.run(["diff", "-u", "/dev/null", file], capture_output=True, check=False)
    program = "open(my $in, '-|', 'diff -u /dev/null ' . $ARGV[0]) or die; print <$in>; close($in)"
    done = subprocess.run(["perl", "-Iscripts", "-MNkFiles", "-e", program, file], cwd=build.ROOT, capture_output=True, check=True)
    assert done.stderr == diff.stderr
    assert done.stdout == re.sub(rb"^([-+]{3} \S+)\t.*$", rb"\1", diff.stdout, flags=re.M)


@pytest.mark.lint
def test_checkpatch_starts_no_program(lint_tools, tmp_path):
    """Else the time that scripts/NkFiles.pm saves is spent again, and nobody sees it."""
    (tmp_path / "diff").write_text("#!/bin/sh\nexit 9\n")
    (tmp_path / "diff").chmod(0o755)
    (tmp_path / "wrong.c").write_text("// SPDX-License-Identifier: Apache-2.0\nint a ;\n")
    done = subprocess.run(["perl", "-Iscripts", "-MNkFiles", build.BUILD / "deps/checkpatch/checkpatch.pl", "--no-tree", "--file",
                           "--terse", tmp_path / "wrong.c"], cwd=build.ROOT, capture_output=True, text=True, check=False,
                          env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert re.search(r"wrong\.c:2: .*space prohibited", done.stdout), done.stdout + done.stderr
