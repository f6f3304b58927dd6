# SPDX-License-Identifier: Apache-2.0
"""The order of all tests, what they did, and where their time went. Here, since the process that deals them out looks no deeper."""

import collections
import os
import re

import pytest

# What says soon that a tree is broken, then long ones, and short ones last: two run at a time, and end together.
LAYERS = ["harness", "lint", "unit", "fuzz", "bench", "system", "bad", "guests"]


def pytest_collection_modifyitems(config, items):
    def layer(item):
        return min((LAYERS.index(mark.name) for mark in item.iter_markers() if mark.name in LAYERS),
                   default=len(LAYERS))

    items.sort(key=layer)
    if os.environ.get("SOAK_SECONDS"):
        return
    long = [item for item in items if item.get_closest_marker("soak")]
    items[:] = [item for item in items if not item.get_closest_marker("soak")]
    config.hook.pytest_deselected(items=long)


def cpu_seconds():
    """Of this process, and of all that it has waited for."""
    return sum(os.times()[:4])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    item.cpu_before = cpu_seconds()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item, call):
    if call.when == "teardown":
        item.user_properties.append(("cpu", cpu_seconds() - item.cpu_before))


def reports_of(terminalreporter):
    return [report for reports in terminalreporter.stats.values() for report in reports if hasattr(report, "duration")]


def show_tally(terminalreporter):
    """What tests/system/tally.py counted, on GICv2 and GICv3."""
    done = collections.defaultdict(collections.Counter)
    for report in reports_of(terminalreporter):
        if report.when == "teardown":
            gic = re.search(r"\[(?:.*-)?([23])(?:-.*)?\]$", report.nodeid)
            for driver, what, times in (value for name, value in report.user_properties if name == "did"):
                done[driver, what][gic and gic[1]] += times
    if not done:
        return
    terminalreporter.section("what was done")
    terminalreporter.write_line("| driver | what | GICv2 | GICv3 |\n|---|---|---|---|")
    for driver, what in sorted(done, key=lambda row: row[0]):
        times = done[driver, what]
        terminalreporter.write_line(f"| {driver} | {what} | {times['2']} | {times['3'] + times[None]} |")


def pytest_terminal_summary(terminalreporter):
    show_tally(terminalreporter)
    show_times(terminalreporter)


def show_times(terminalreporter):
    """Where the time went, by file: seconds of the CPUs and of the clock, tests, and the longest one."""
    spent = collections.defaultdict(lambda: collections.defaultdict(float))
    cpu = collections.Counter()
    for report in reports_of(terminalreporter):
        file = report.nodeid.partition("::")[0]
        spent[file][report.nodeid] += report.duration
        cpu[file] += dict(report.user_properties).get("cpu", 0)
    if sum(map(len, spent.values())) < 2:
        return
    terminalreporter.section("where the time went")
    rows = sorted(spent.items(), key=lambda row: -cpu[row[0]])
    for file, tests in rows:
        longest = max(tests, key=tests.get)
        terminalreporter.write_line(f"{cpu[file]:8.1f} s of CPUs {sum(tests.values()):8.1f} s {len(tests):4} tests  {file}"
                                    f"  ({tests[longest]:.1f} s {longest.partition('::')[2]})")
    terminalreporter.write_line(f"{sum(cpu.values()):8.1f} s of CPUs {sum(sum(tests.values()) for _, tests in rows):8.1f} s"
                                " of all tests together")
