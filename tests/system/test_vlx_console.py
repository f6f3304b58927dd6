# SPDX-License-Identifier: Apache-2.0
"""vlx-console: a terminal and the kernel's console by hypercalls, without an emulated UART and beside one."""

import hashlib

import pytest
from linuxvm import nk_vm
from test_linux_nkops import no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

LINES = 5000


@pytest.fixture(params=[2, 3])
def machine(request, boot_linux, system_dts):
    ours = nk_vm(2, [0]).replace("console=ttyAMA0 earlycon", "console=ttyNK0") + '&vm2 { uart = "none"; };\n'
    return boot_linux(system_dts(ours + nk_vm(3, [1])), gic=request.param, cpus=2)


def check_console(machine):
    assert machine.check(2, "cat /sys/class/tty/console/active") == "ttyNK0"
    assert machine.check(2, "tty") == "/dev/ttyNK0"
    machine.mark(2)
    machine.check(2, "echo '<1>printk says 42' >/dev/kmsg")
    machine.wait_line(2, r"\] printk says 42$")


def check_output(machine):
    """More than fits anywhere on its way: each line comes, in order."""
    said = machine.check(2, f"seq 1 {LINES}", timeout=120).splitlines()
    assert said == [str(n) for n in range(1, LINES + 1)]


def check_keys(machine):
    """Typed far ahead, each key comes, in order."""
    text = "".join(f"{n:04} the quick brown fox jumps over the lazy dog\n" for n in range(30))
    machine.mark(2)
    machine.send(2, "echo type n''ow; cat >/tmp/typed\n")
    machine.wait_line(2, "^type now$")
    machine.send(2, text + "\x04")
    digest = machine.check(2, "sha256sum /tmp/typed").split()[0]
    assert digest == hashlib.sha256(text.encode()).hexdigest()


def check_beside_the_uart(machine):
    """Where the UART has a user, keys are that one's, and are told by its interrupt alone."""
    machine.check(3, "cat /dev/ttyNK0 >/tmp/stolen &")
    told = "awk '/vlx-console/ { print $2 }' /proc/interrupts"
    before = machine.check(3, told)
    assert machine.check(3, "echo all keys are mine") == "all keys are mine"
    assert machine.check(3, told) == before
    assert machine.check(3, "stat -c %s /tmp/stolen") == "0"
    machine.check(3, "kill %1; wait")
    machine.check(3, "for i in 1 2 3; do rmmod vlx_console && modprobe vlx-console || exit 1; done; test -c /dev/ttyNK0")


def test_terminal(machine):
    check_console(machine)
    check_output(machine)
    check_keys(machine)
    check_beside_the_uart(machine)
    no_complaints(machine, 2)
    no_complaints(machine, 3)
