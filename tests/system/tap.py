# SPDX-License-Identifier: Apache-2.0
"""Reading what the EL1 test guests print: TAP, the plan last."""

import re

from nklib.machine import Ended, Timeout


class Tap:
    """The tests in a guest's lines."""

    def __init__(self, lines):
        self.good, self.bad, self.plan = 0, [], None
        for line in lines:
            match = re.search(r"(?:^|\s)(not ok|ok) \d+\b.*", line)
            plan = re.search(r"^1\.\.(\d+)$", line)
            if plan:
                self.plan = int(plan[1])
            elif match and match[1] == "ok":
                self.good += 1
            elif match:
                self.bad.append(line)


def check_tap(machine, vm, timeout=60):
    """Waits for the plan of a test guest; its tests must all be there and be good."""
    try:
        machine.wait_line(vm, r"^1\.\.\d+$", timeout)
    except (Ended, Timeout) as error:
        tap = Tap(machine.lines(vm))
        raise AssertionError(f"no plan after {tap.good} good and {len(tap.bad)} bad tests:"
                             f" {tap.bad}\n{error}") from None
    tap = Tap(machine.lines(vm))
    assert not tap.bad, "\n".join(["bad:"] + tap.bad)
    assert tap.good == tap.plan, f"{tap.good} tests were seen, {tap.plan} were planned"
    return tap
