# SPDX-License-Identifier: Apache-2.0
"""The order of all tests, and where their time went. Here, since the process that deals them out looks no deeper."""

import collections
import os

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


def pytest_terminal_summary(terminalreporter):
    """Where the time went, by file: tests, seconds of all of them, the longest one."""
    spent = collections.defaultdict(lambda: collections.defaultdict(float))
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration"):
                spent[report.nodeid.partition("::")[0]][report.nodeid] += report.duration
    if sum(map(len, spent.values())) < 2:
        return
    terminalreporter.section("where the time went")
    rows = sorted(spent.items(), key=lambda row: -sum(row[1].values()))
    for file, tests in rows:
        longest = max(tests, key=tests.get)
        terminalreporter.write_line(f"{sum(tests.values()):8.1f} s {len(tests):4} tests  {file}"
                                    f"  ({tests[longest]:.1f} s {longest.partition('::')[2]})")
    terminalreporter.write_line(f"{sum(sum(tests.values()) for _, tests in rows):8.1f} s of all tests together")
