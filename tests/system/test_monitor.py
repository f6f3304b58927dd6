# SPDX-License-Identifier: Apache-2.0
"""Monitoring seen from EL1: what a guest has done exactly so often, matrices and rings say so."""

import pytest
from tap import check_tap
from test_guests import raw_vm

pytestmark = pytest.mark.guests

SYSTEM = """
&hyp { monitoring { log-size = <0x20000>; stats { compatible = "vl,evt-stats"; }; }; };
&hyp_property {
	nk.monitoring { allow-get = "2"; };
	nk.monitoring.enable { allow-set = "2"; allow-get = "2"; };
	nk.monitoring.user { allow-set = "2"; };
	nk.event-log.filter { allow-set = "2"; allow-get = "2"; };
};
"""


@pytest.mark.parametrize("gic", [2, 3])
def test_counts_and_records(boot, guest_programs, system_dts, gic):
    del guest_programs  # built by now
    machine = boot(system_dts(raw_vm("monitor", [0]) + SYSTEM, "monitor"), gic=gic, cpus=1, mem=1024)
    check_tap(machine, 2)
    assert machine.wait_end() == 0
