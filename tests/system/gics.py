# SPDX-License-Identifier: Apache-2.0
"""Which of the two GICs a test has when."""

import pytest


def on_gic(gic):
    """For what a Linux guest sees of its interrupt controller only through its kernel, as drivers do: on this GIC in make
    test, on the other one in make soak. nk's own side of both is what the EL1 programs test. A driver works on one GIC
    and meets its hostile peer on the other, so that make test has each driver on both."""
    return pytest.mark.parametrize("gic", [pytest.param(each, marks=[] if each == gic else pytest.mark.soak) for each in (2, 3)])
