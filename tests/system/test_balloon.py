# SPDX-License-Identifier: Apache-2.0
"""Memory ballooning: pages go from a host to nk to a taker and back, and nobody finds anything in them."""

import re

import pytest
from nklib.machine import NK

pytestmark = pytest.mark.guests

PAGES = 1024
HOST, TAKER, OTHER = 2, 3, 4
VM = """
&vm{vm} {{
	name = "{name}";
	kernel = "balloon";
	kernel-offset = <0x80000>;
	bootargs = "{args}";
	memory {{ size = <0x0 0x00800000>; {base} }};
}};
&vm{vm}_vcpus {{ #count = <{count}>; affinity = "{cpus}"; migration = "off"; }};
"""
SYSTEM = ("&hyp { balloon { host = <2>; size = <0x0 0x400000>; takers = \"3\"; }; };"
          + VM.format(vm=HOST, name="host", args="all", base="", count=1, cpus="0")
          + VM.format(vm=TAKER, name="taker", args="", base="base = <0x0 0x40000000>;", count=2,
                      cpus="1-2")
          + VM.format(vm=OTHER, name="other", args="", base="base = <0x0 0x40000000>;", count=1,
                      cpus="3"))


class Member:
    def __init__(self, machine, vm):
        self.machine = machine
        self.vm = vm

    def ready(self, text):
        assert self.machine.wait_line(self.vm, r"^balloon: ready, (.*)$")[1] == text

    def ask(self, command, answer):
        """Runs a command; the line it answers with has to be that."""
        self.machine.mark(self.vm)
        self.machine.send(self.vm, command + "\r")
        assert self.machine.wait_line(self.vm, r"^balloon: (.*)$")[1] == answer, command

    def take(self, want, got, holds, calls):
        self.ask(f"take {want}", f"took {got} of {want}, 0 words not zero, 0 odd, {calls} calls,"
                                 f" holds {holds}")

    def give(self, n, holds):
        self.ask(f"give {n}", f"gave {n} of {n}, holds {holds}")

    def keep(self, n):
        self.ask("keep", f"keeps {n}, 0 words wrong")

    def adopt(self, n):
        """What a VM that has started again holds."""
        self.ask("adopt", f"had {n}")
        took = self.machine.wait_line(self.vm, r"^balloon: took (\d+) of (\d+), 0 words not zero")
        assert took[1] == took[2] == str(n)


@pytest.mark.parametrize("gic", [2, 3])
def test_balloon(boot, system_dts, guest_programs, gic):
    del guest_programs
    machine = boot(system_dts(SYSTEM, "balloon"), gic=gic, cpus=4, mem=512)
    host, taker, other = (Member(machine, vm) for vm in (HOST, TAKER, OTHER))
    host.ready(f"status 1, host 2, {PAGES} pages, tree agrees, holds {PAGES}, 0 not zero, took 0")
    taker.ready(f"status 1, host 2, {PAGES} pages, tree agrees, holds 0, 0 not zero, took 0")
    other.ready("status 0, host 0, 0 pages, tree agrees, holds 0, 0 not zero, took 0")

    # What the host does not give nobody can have; what it gives is there once.
    taker.take(10, 0, 0, 1)
    host.give(600, 424)
    taker.take(300, 300, 300, 2)
    host.keep(424)
    taker.give(100, 200)
    host.take(100, 100, 524, 1)
    taker.take(1000, 300, 500, 3)
    host.keep(524)
    taker.keep(500)
    host.ask("wrong", "wrong: 0 of 22 not as they should be")
    machine.wait_line(HOST, r"^balloon: took 1 of 1, 0 words not zero")
    taker.ask("race 200", "race: 200 of 200 gone")
    taker.keep(300)
    host.take(300, 200, 724, 2)

    # A page that was freed is not there: an abort for whoever reads it, and nobody else.
    taker.ask("touch", "1 freed, abort 0x96000010 there")
    taker.keep(299)
    machine.mark(NK)
    machine.nk_prompt("vm 3 stop")
    machine.wait_line(NK, r"vm3 taker: stopped")
    host.keep(724)
    host.take(400, 300, PAGES, 3)

    # The taker starts again with nothing; so does a host, but for what nobody else has.
    machine.nk_prompt("vm 3 start")
    taker.ready(f"status 1, host 2, {PAGES} pages, tree agrees, holds 0, 0 not zero, took 0")
    host.give(512, 512)
    taker.take(256, 256, 256, 1)
    machine.nk_prompt("vm 3 restart")
    taker.ready(f"status 1, host 2, {PAGES} pages, tree agrees, holds 0, 0 not zero, took 0")
    taker.take(512, 512, 512, 2)
    taker.give(100, 412)
    machine.nk_prompt("vm 2 stop")
    machine.wait_line(NK, r"vm2 host: stopped")
    taker.take(1000, 100, 512, 2)
    taker.give(200, 312)
    machine.nk_prompt("vm 2 start")
    machine.wait_line(HOST, r"^balloon: ready")
    host.adopt(PAGES - 312)
    taker.take(1, 0, 312, 1)
    host.give(1, PAGES - 313)
    taker.take(2, 1, 313, 2)
    taker.keep(313)
    assert not any(re.search("panic", line) for line in machine.lines(NK))
    assert machine.quit() == 0
