# SPDX-License-Identifier: Apache-2.0
"""
What the tests of a run did to each driver, and how often: counted where it is done, and shown as a table at the end of
`make test` and `make soak` (tests/conftest.py). docs/reliability.md has such a table.
"""

_now = []  # the properties of the test that runs, which its report carries to the process that shows them


def begin(properties):
    _now[:] = [properties]


def did(driver, what, times=1):
    """It has been done so often, and was good: to be called behind the check."""
    for properties in _now:
        properties.append(("did", (driver, what, times)))
