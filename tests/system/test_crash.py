# SPDX-License-Identifier: Apache-2.0
"""The death of a VM: what is reported, who reads it, what is done then, and its memory."""

import re
import tempfile
import time

import pytest
from nklib import build, qemu, rsp
from nklib.machine import NK, TIME_SCALE
from test_panic import Symbols, stop_at

pytestmark = pytest.mark.guests

MARK = 0x6b72616d6e6b0000
VM = """
&vm{vm} {{
	name = "{name}";
	kernel = "crash";
	kernel-offset = <0x80000>;
	bootargs = "{args}";
	{more}
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
&vm{vm}_vcpus {{ #count = <{count}>; affinity = "{cpus}"; migration = "off"; }};
"""
LET = """
&hyp_property {
	nk.vm.2.crash { allow-get = "2,3"; };
	nk.vm.2.dump { allow-get = "3"; };
	nk.vm.2.state.crashed { allow-get = "2,3"; };
};
"""
# More of the victim's RAM, as it sees it above and below the first piece.
PIECES = """
&vm2 {
	memory@1 { size = <0x0 0x00400000>; base = <0x10 0x0>; };
	memory@2 { size = <0x0 0x00200000>; base = <0x0 0x00800000>; };
};
"""
DIES = 'on-stray = "stop"; symbols = "crash.elf"; '


def victim(more, cpus="0,1"):
    return VM.format(vm=2, name="victim", args="", more=DIES + more, count=len(cpus.split(",")), cpus=cpus)


def watcher(vm=3, cpu=2):
    return VM.format(vm=vm, name=f"watcher{vm}", args="watch", more="", count=1, cpus=cpu)


class Watcher:
    """A VM that looks at VM 2."""

    def __init__(self, machine, vm=3):
        self.machine = machine
        self.vm = vm
        machine.wait_line(vm, r"^watch: ready$")

    def ask(self, command, answer):
        self.machine.mark(self.vm)
        self.machine.send(self.vm, command + "\r")
        return self.machine.wait_line(self.vm, rf"^watch: {answer}")

    def state(self):
        """(how often it crashed, whether it is dead), or what the call said."""
        got = self.ask("state", r"state (-?\d+) (\d+)$")
        return (int(got[2]) >> 1, bool(int(got[2]) & 1)) if int(got[1]) > 0 else int(got[1])

    def wait_state(self, state):
        end = time.monotonic() + 20 * TIME_SCALE
        while self.state() != state:
            assert time.monotonic() < end, f"{state} does not come: {self.state()}"

    def report(self):
        before = len(self.machine.lines(self.vm))
        length = int(self.ask("report", r"report (-?\d+)$")[1])
        self.machine.wait_line(self.vm, r"^watch: end$")
        lines = self.machine.lines(self.vm)[before:]
        begin = lines.index(f"watch: report {length}")
        return length, lines[begin + 1:lines.index("watch: end", begin)]


def ready(machine):
    machine.wait_line(2, r"^crash: ready$")


def where(machine):
    """The address of what is in VM 2's memory, which is ready."""
    mark = int(machine.wait_line(2, r"^crash: mark at (0x\w+)$")[1], 16)
    ready(machine)
    return mark


def die(machine, how):
    machine.mark(NK)
    machine.mark(2)
    machine.send(2, how + "\r")


def wait_said(machine, text):
    """nk's prompt says so of a VM."""
    end = time.monotonic() + 20 * TIME_SCALE
    while not any(text in line for line in machine.nk_prompt("vm")):
        assert time.monotonic() < end, f"not said: {text}"


def start_again(machine):
    machine.nk_prompt("vm 2 start")
    ready(machine)


def registers(lines):
    return {name: int(value, 16) for line in lines[:lines.index("backtrace:")] for name, value in
            re.findall(r"(\w+) +([0-9a-f]{8,16})\b", line)}


def names(lines):
    """The functions of the backtrace."""
    frames = lines[lines.index("backtrace:") + 1:]
    found = [re.match(r"  #\d+ 0x[0-9a-f]+(?: (\w+)\+0x[0-9a-f]+)?$", line) for line in frames]
    return [match[1] for match in found[:found.index(None)]]


@pytest.mark.parametrize("gic", [2, 3])
def test_report(boot, system_dts, gic):
    """A VM dies in several ways; another one reads how, and takes its registers and memory."""
    machine = boot(system_dts(victim("") + watcher() + watcher(4, 3) + LET + PIECES), gic=gic, cpus=4, mem=512)
    watch, stranger = Watcher(machine), Watcher(machine, 4)
    machine.wait_line(2, r"^crash: another mark at 0x9ffff8$")
    mark = where(machine)
    assert watch.state() == (0, False)
    assert watch.report() == (0, [""])
    assert "info -1" in watch.ask(f"dump {mark:#x}", "info .*")[0]  # it runs

    die(machine, "stray")
    machine.wait_line(NK, r"vm2 victim: ended: vCPU 0 on CPU 0: access to memory the VM does not have")
    machine.wait_line(NK, r"vm2 victim: crashed, 1 times now: ended by nk$")
    watch.wait_state((1, True))
    _, lines = watch.report()
    assert lines[0] == "vm2 victim: crash 1: ended by nk"
    assert "IPA 0xb000000" in "\n".join(lines)
    found = registers(lines)
    assert found["x28"] == MARK + 28
    assert found["far_el1"] == 0x123456789abcdef0
    assert names(lines)[:3] == ["die", "inner", "outer"]
    assert "guest_main" in names(lines)
    assert "  crash: ready" in lines
    assert any(re.match(r"vCPU 1: pc 0*400[0-9a-f]+ ", line) for line in lines)
    assert any("#2 0x" in line and "outer+0x" in line for line in machine.lines(NK))

    got = watch.ask(f"dump {mark:#x}", r"info 0 reason 1 vcpu 0 of 2 ram 0x40000000 0x800000$")
    machine.wait_line(3, r"^watch: piece 0 0 0x40000000 0x800000 read 0 0x0$")
    machine.wait_line(3, r"^watch: piece 1 0 0x1000000000 0x400000 read 0 0x0$")
    machine.wait_line(3, rf"^watch: piece 2 0 0x800000 0x200000 read 0 {MARK:#x}$")
    machine.wait_line(3, r"^watch: piece 3 -1 0x800000 ")
    machine.wait_line(3, r"^watch: no piece -1 -1 -1$")
    got = machine.wait_line(3, r"^watch: vcpu 0 0 on 1 pc (0x\w+) x28 (0x\w+) far (0x\w+)$")
    assert int(got[1], 16) == found["pc"]
    assert int(got[2], 16) == MARK + 28
    machine.wait_line(3, r"^watch: vcpu 1 0 on 1 ")
    machine.wait_line(3, r"^watch: vcpu 2 -1 ")
    machine.wait_line(3, rf"^watch: read 0 {MARK:#x}$")
    machine.wait_line(3, r"^watch: wrong -1 -1 -1 -1 -1$")

    # Nobody told the other VM that it may.
    assert stranger.state() == -3
    assert stranger.report() == (-3, [""])
    stranger.ask(f"dump {mark:#x}", "info -3 ")
    machine.wait_line(4, r"^watch: piece 0 -3 0x0 0x0 read -3 0x0$")
    machine.wait_line(4, r"^watch: no piece -3 -3 -3$")
    machine.wait_line(4, r"^watch: vcpu 0 -3 ")
    machine.wait_line(4, r"^watch: read -3 0x0$")
    machine.wait_line(4, r"^watch: wrong -3 -3 -3 -3 -3$")

    start_again(machine)
    assert watch.state() == (1, False)
    # What it left is gone, and its report is not.
    assert int(watch.ask("end", r"ended (-?\d+)$")[1]) == -1
    assert watch.report()[1] == lines

    die(machine, "panic")
    watch.wait_state((2, True))
    _, lines = watch.report()
    assert lines[0] == "vm2 victim: crash 2: its guest panicked"
    assert lines[2:4] == ["  crash: the guest says why", "  in two.lines"]
    assert registers(lines)["x28"] == MARK + 28
    assert names(lines)[:3] == ["die", "inner", "outer"]

    start_again(machine)
    die(machine, "deep")
    watch.wait_state((3, True))
    frames = names(watch.report()[1])
    assert len(frames) == 16  # of a loop without an end
    assert frames[1] == "inner"

    start_again(machine)
    die(machine, "reset")
    ready(machine)
    assert watch.state() == (3, False)  # no crash


def test_restart(boot, system_dts):
    """Restarted, but not too often; and not before its memory was taken, or the time is over."""
    policy = 'on-crash = "restart"; max-restarts = <3 3600>; dump-time = <3600>;'
    machine = boot(system_dts(victim(policy) + watcher() + LET), cpus=4, mem=512)
    watch = Watcher(machine)
    mark = where(machine)
    for count, how in enumerate(("stray", "panic", "stray"), 1):
        die(machine, how)
        if count == 1:  # the next lines may be held back
            machine.wait_line(NK, r"vm2 victim: restarts in 3600 s, or when its memory was dumped$")
        watch.wait_state((count, True))
        wait_said(machine, "vm2 victim: crashed")
        watch.ask(f"dump {mark:#x}", r"info 0 ")
        machine.wait_line(3, rf"^watch: read 0 {MARK:#x}$")
        if count == 2:
            start_again(machine)
        else:
            watch.ask("end", "ended 0$")
            ready(machine)
    die(machine, "panic")
    watch.wait_state((4, True))
    wait_said(machine, "vm2 victim: stopped")
    # Its operator thinks otherwise.
    start_again(machine)


def test_restart_after_the_time(boot, system_dts):
    machine = boot(system_dts(victim('on-crash = "restart"; dump-time = <1>;', "0") + watcher(cpu=0) + LET), cpus=2, mem=512)
    watch = Watcher(machine)
    ready(machine)
    die(machine, "panic")
    ready(machine)
    assert watch.state() == (1, False)


def test_stopped_while_it_waits(boot, system_dts):
    machine = boot(system_dts(victim('on-crash = "restart"; dump-time = <3600>;') + watcher() + LET), cpus=4, mem=512)
    watch = Watcher(machine)
    mark = where(machine)
    die(machine, "panic")
    machine.wait_line(NK, r"restarts in 3600 s")
    machine.nk_prompt("vm 2 stop")
    machine.wait_line(NK, r"vm2 victim: not started: stopped before$")
    watch.ask(f"dump {mark:#x}", r"info 0 ")
    machine.wait_line(3, rf"^watch: read 0 {MARK:#x}$")
    assert watch.state() == (1, True)


def test_stopped_before_it_waits(machines, nk, guest_programs, system_dts, tmp_path):
    """Between its report and its restart somebody stops it: no wait is left behind for the start that comes some day."""
    del guest_programs
    tree = system_dts(victim('on-crash = "restart"; dump-time = <3600>;', "1") + watcher() + LET)
    with tempfile.TemporaryDirectory() as place:
        socket = f"{place}/gdb"
        machine = machines(qemu.argv(nk, build.bundle(tree), cpus=4, mem=512, extra=rsp.qemu_args(socket)))
        ready(machine)
        symbols = Symbols(nk)
        machine.send(2, "pani")
        with rsp.Rsp(socket) as gdb:
            machine.send(2, "c\r")  # while all stand still, as is what comes next: nobody could answer
            assert stop_at(gdb, symbols["crash_vm_stop"]) == 1
            stop_at(gdb, gdb.read(1, "x30"))
            machine.key("1")
            machine.send(2, "vm 2 stop\r")  # which nk reads
            machine.key("2")
            stop_at(gdb, symbols["request_stop"], 0)
            stop_at(gdb, gdb.read(0, "x30"), 0)
            gdb.detach()
    machine.wait_line(NK, r"^nk: vm2 victim: stopped$")
    assert not any("restarts" in line for line in machine.lines(NK))
    machine.mark(2)
    start_again(machine)


def test_panic(boot, system_dts):
    machine = boot(system_dts(victim('on-crash = "panic";') + watcher() + LET), cpus=4, mem=512)
    ready(machine)
    die(machine, "panic")
    machine.wait_line(NK, r"^nk: panic: cpu\d: vm2 victim has crashed, and its on-crash is \"panic\"$")
    assert machine.wait_end(10) == 2
