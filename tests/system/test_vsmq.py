# SPDX-License-Identifier: Apache-2.0
"""vsmq and vmbox between two Debian guests: their APIs, messages to an echo and back, restarts of either side."""

import re

import pytest
from gics import on_gic
from linuxvm import PMEM_READ, nk_vm, same_pmem
from modtest import check_module, number, restarts_under_load
from tally import did
from test_linux_nkops import no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

# Endpoints without direction have a link each way. The back-end of boxes in VM 2 has a front-end there too.
SYSTEM = PMEM_READ + """
&hyp { pmem-size = <0x200000>; };
&vm2_vdevs {
	smq: smq { compatible = "test-smq"; };
	loop: loop@a { compatible = "test-smq-loop"; };
	loop@b { peer-phandle = <&loop>; };
	box: box { compatible = "test-mbox"; };
	own: own@back { compatible = "test-mbox"; };
	own@front { peer-phandle = <&own>; };
};
&vm3_vdevs {
	smq { peer-phandle = <&smq>; };
	box { peer-phandle = <&box>; };
};
"""
MESSAGES = 30000
BOX_MESSAGES = 5000
RESTARTS = 4
TX = "Link Peer    Tx-Msg    Tx-Alloc    Tx-IRQ Rx-Sysconf Tx-Sysconf Reset Name"
RX = "Link Peer    Rx-Msg    Rx-Free    Rx-IRQ Rx-Sysconf Tx-Sysconf Reset Name"


def check_files(machine, messages):
    """Of the echo, which is there still, and of who was looked up and is gone."""
    names = machine.check(2, "cd /proc/nk; ls -d vsmq-*").split()
    kinds = sorted(re.fullmatch(r"vsmq-test-smq-(tx|rx)-3\.[0-9a-f]+", name)[1] for name in names)
    assert kinds == ["rx", "tx"], names
    for name in names:
        head, line = machine.check(2, f"cat /proc/nk/{name}").splitlines()
        assert head == (TX if "-tx-" in name else RX)
        link, peer, msgs, buffers, irqs, *_, resets, called = line.split()
        assert (link, peer, called) == ("0", "3", "test-smq")
        assert int(msgs) >= messages and int(buffers) >= messages - 64 and 0 < int(irqs) <= int(msgs) + 8
        assert int(resets) >= 1
    print("\n".join(machine.check(2, "cat /proc/nk/vsmq-*").splitlines()))


def check_messages(machine, messages=MESSAGES, timeout=300):
    check_module(machine, 2, "vsmq-test", "messages=0")
    machine.check(2, "rmmod vsmq-test; modprobe vsmq-test echo=1")
    check_module(machine, 3, "vsmq-test", f"messages={messages}", timeout=timeout)
    assert number(machine, 2, "vsmq-test", "wrong") == 0
    check_files(machine, messages)
    machine.check(3, "rmmod vsmq-test")
    did("vsmq", "messages there and back, in order", messages)


def check_restarts(machine, turns=range(RESTARTS)):
    with same_pmem(machine):
        restarts_under_load(machine, "vsmq-test", 3, 2, turns, "load=1", "echo=1")
    assert number(machine, 2, "vsmq-test", "wrong") == 0


def check_boxes(machine, messages=BOX_MESSAGES, timeout=300):
    check_module(machine, 2, "vmbox-test", "backend=0xc messages=2000")
    check_module(machine, 3, "vmbox-test", f"messages={messages}", timeout=timeout)
    assert number(machine, 2, "vmbox-test", "wrong") == 0
    machine.check(3, "rmmod vmbox-test")
    did("vmbox", "messages there and back, in order", messages)


def check_box_restarts(machine, turns=range(RESTARTS)):
    with same_pmem(machine):
        restarts_under_load(machine, "vmbox-test", 3, 2, turns, "load=1", "backend=0xc")
    assert number(machine, 2, "vmbox-test", "wrong") == 0


@on_gic(3)
def test_vsmq(boot_linux, system_dts, gic):
    system = system_dts(nk_vm(2, [0], "nk-core") + nk_vm(3, [1], "nk-core") + SYSTEM)
    machine = boot_linux(system, gic=gic, cpus=2, mem=1024)
    part, turns = (1, RESTARTS) if gic == 3 else (5, 2)
    check_messages(machine, MESSAGES // part)
    check_restarts(machine, range(turns))
    check_boxes(machine, BOX_MESSAGES // part)
    check_box_restarts(machine, range(turns))
    for vm in 2, 3:
        machine.check(vm, "rmmod vsmq-test vmbox-test vmbox vsmq vlink-lib")
        no_complaints(machine, vm)
    assert machine.quit() == 0
