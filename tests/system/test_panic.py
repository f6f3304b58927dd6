# SPDX-License-Identifier: Apache-2.0
"""What nk does about its own defects: each is forced on it by way of QEMU's GDB stub."""

import re
import subprocess
import tempfile
import time

import pytest
from nklib import build, qemu
from nklib.machine import NK
from nklib.rsp import Rsp, qemu_args

pytestmark = pytest.mark.guests

NOWHERE = 0x700000000000  # a window of EL2's addresses that nothing is in
IMAGE, LOADED = 0x400000000000, 0x40200000  # where nk is linked for, and where QEMU loads it
STACKS, STRIDE = 0x500000000000, 0x10000
THREADS = STACKS + 16 * STRIDE  # those of vCPUs, behind as many as there can be CPUs
PAGE = 0x1000
STEP = 4  # an instruction
TRANSLATION, PERMISSION = 0x04, 0x0c  # of ESR_EL2's fault status
EL2H = 9
COUNTER = """
&vm{vm} {{
	name = "counter{vm}";
	kernel = "counter";
	kernel-offset = <0x80000>;
	{given}
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
&vm{vm}_vcpus {{ #count = <1>; affinity = "{cpu}"; migration = "off"; }};
"""


class Symbols:
    """nk's functions and variables, by nm."""

    def __init__(self, nk=build.NK):
        text = subprocess.run(["nm", nk.with_suffix(".elf")], capture_output=True, text=True,
                              check=True).stdout
        found = re.findall(r"^([0-9a-f]+) \w ([A-Za-z_][\w.]*)$", text, re.M)
        self.at = {name: int(address, 16) for address, name in found}

    def __getitem__(self, name):
        """Its address; what the compiler hangs on to the names of static functions may be left out."""
        if name in self.at:
            return self.at[name]
        return next(at for full, at in self.at.items() if full.startswith(name + "."))

    def holds(self, name, offset, address):
        """Whether it is so many bytes into that function, or just behind its last instruction."""
        start = address - offset
        above = min((at for at in self.at.values() if at > start), default=address)
        return self[name] == start and start <= address <= above


def test_names_are_whole(nk):
    """nk's functions have outgrown their table when some are cut: then it needs more room."""
    names = subprocess.run(["nm", nk.parent / "hyp/nk.pass1.elf"], capture_output=True, text=True, check=True).stdout
    done = subprocess.run([build.ROOT / "scripts/nk-syms"], input=names, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def boot_counters(machines, system_dts, place, append="nk.panic=off", reboot=False, given="",
                  paused=False, nk=build.NK, **options):
    """nk with a counting VM on each of two CPUs, and a GDB stub at the socket `place`.

    given: more properties for vm2. reboot: a reset starts the machine again, not ends QEMU.
    paused: it waits for the stub before its first instruction.
    """
    system = system_dts(COUNTER.format(vm=2, cpu=0, given=given) +
                        COUNTER.format(vm=3, cpu=1, given=""), "counters")
    argv = qemu.argv(nk, build.bundle(system), append, cpus=2, mem=512,
                     extra=qemu_args(place) + paused * ["-S"], **options)
    machine = machines([arg for arg in argv if not reboot or arg != "-no-reboot"])
    for vm in () if paused else (2, 3):
        machine.wait_line(vm, r"^counter 1$")
    return machine


@pytest.fixture
def symbols(nk):
    return Symbols(nk)


@pytest.fixture
def start(machines, nk, guest_programs, system_dts):
    """start(): the machine with the two counters, and its stub's socket."""
    del guest_programs
    with tempfile.TemporaryDirectory() as place:  # a socket's path must be short

        def boot(*args, **options):
            socket = f"{place}/gdb"
            return boot_counters(machines, system_dts, socket, *args, nk=nk, **options), socket

        yield boot


def stop_at(gdb, address, cpu=None):
    """Runs all CPUs, or one, to an address; returns whose CPU is there."""
    gdb.breakpoint(address)
    cpu = gdb.go(cpu)
    gdb.breakpoint(address, False)
    assert gdb.read(cpu, "pc") == address
    return cpu


def stop_at_read(gdb, symbols, cpu=None):
    """Runs all CPUs, or one, until one is about to read from its UART; returns whose that is.

    Of a write the callers' frames are gone: each has called the next one last.
    """
    for _ in range(100):
        where = stop_at(gdb, symbols["vuart_access"], cpu)
        if gdb.read(where, "x29"):
            return where
        stop_at(gdb, symbols["trap_sync"], cpu)
    raise AssertionError("nobody reads")


def force(place, symbols, registers):
    """Stops some CPU at a read of its UART, changes its registers, lets go; returns its number."""
    with Rsp(place) as gdb:
        cpu = stop_at_read(gdb, symbols)
        for name, value in registers.items():
            gdb.write(cpu, name, value(cpu) if callable(value) else value)
        gdb.detach()
    return cpu


def backtrace(machine, symbols):
    """The names in the backtrace that comes now, innermost first; they must be nm's."""
    machine.wait_line(NK, r"^nk: backtrace:$")
    machine.wait_line(NK, r"^nk:   #0 0x")
    deadline = time.monotonic() + 5  # of the frames only the last one says that it is
    while time.monotonic() < deadline and machine.running():
        time.sleep(0.05)
        if "#1 " in machine.lines(NK)[-1]:
            break
    names = []
    lines = machine.lines(NK)
    for line in lines[lines.index("nk: backtrace:") + 1:]:
        frame = re.match(r"nk:   #(\d+) 0x([0-9a-f]+)(?: ([\w.]+)\+0x([0-9a-f]+))?$", line)
        if not frame:
            break
        assert int(frame[1]) == len(names)
        if frame[3]:
            assert symbols.holds(frame[3], int(frame[4], 16), int(frame[2], 16)), line
        names.append(frame[3])
    return names


def registers_of(machine):
    """The registers in the report, by name."""
    found = {}
    for line in machine.lines(NK):
        if line.startswith("nk:   ") and "#" not in line:
            found.update((n, int(v, 16)) for n, v in re.findall(r"(\w+) +([0-9a-f]{8,16})\b", line))
    return found


def exception(machine, cpu, what, fault=None):
    """The line of the panic; returns FAR_EL2."""
    line = machine.wait_line(NK, rf"^nk: panic: cpu{cpu}: synchronous exception at EL2: {what} "
                                 r"\(esr ([0-9a-f]{8}), far ([0-9a-f]{16})\)$", 10)
    assert fault is None or int(line[1], 16) & 0x3c == fault, line[0]
    return int(line[2], 16)


@pytest.mark.parametrize("gic, cpu", [(2, "cortex-a57"), (3, "cortex-a57"), (3, "max")])
def test_jump_to_nowhere(start, symbols, gic, cpu):
    machine, place = start(gic=gic, cpu=cpu)
    mark = 0x1122334455667788
    where = force(place, symbols, {"pc": NOWHERE, "x19": mark})
    assert exception(machine, where, "instruction abort", TRANSLATION) == NOWHERE
    assert machine.wait_end(10) == 2
    registers = registers_of(machine)
    assert registers["pc"] == NOWHERE
    assert registers["x19"] == mark
    assert set(registers) >= {f"x{i}" for i in range(31)} | {"pstate"}
    # Who jumped, and who called that one.
    assert backtrace(machine, symbols) == ["mmio_abort", "sync_slow"]


@pytest.mark.parametrize("what, registers, kind, fault", [
    ("run data", {"pc": "mmu_root"}, "instruction abort", PERMISSION),
    ("run rodata", {"pc": "pac_sites"}, "instruction abort", PERMISSION),
    ("write text", {"pc": "memcpy", "x0": "trap_sync"}, "data abort", PERMISSION),
    ("write rodata", {"pc": "memcpy", "x0": "pac_sites"}, "data abort", PERMISSION),
    ("null pointer", {"pc": "memcpy", "x0": 0}, "data abort", TRANSLATION),
], ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "")
def test_access_that_is_not_allowed(start, symbols, what, registers, kind, fault):
    del what
    machine, place = start()
    values = {name: symbols[value] if isinstance(value, str) else value
              for name, value in registers.items()}
    values.update({"x1": symbols["trap_sync"], "x2": 8})
    cpu = force(place, symbols, values)
    assert exception(machine, cpu, kind, fault) == values.get("x0", values["pc"])
    assert machine.wait_end(10) == 2
    assert backtrace(machine, symbols)[-1] == "sync_slow"


@pytest.mark.parametrize("cpu", ["cortex-a57", "max"])
def test_stack_overflow(start, symbols, cpu):
    """Reported from the panic stack, with the frames that are on the stack."""
    machine, place = start(cpu=cpu)
    bottom = [THREADS + i * STRIDE for i in range(2)]
    where = force(place, symbols, {"sp": lambda i: bottom[i] - 64})
    far = exception(machine, where, "data abort", TRANSLATION)
    assert bottom[where] - PAGE <= far < bottom[where]
    assert machine.wait_end(10) == 2
    assert backtrace(machine, symbols) == ["vuart_access", "sync_slow"]


def test_overflow_of_the_boot_stack(start, symbols):
    machine, place = start(paused=True)
    guard = symbols["boot_guard"]
    with Rsp(place) as gdb:
        cpu = stop_at(gdb, symbols["bundle_verify"])
        gdb.write(cpu, "sp", guard + PAGE - 64)
        gdb.detach()
    assert guard <= exception(machine, 0, "data abort", TRANSLATION) < guard + PAGE
    assert machine.wait_end(10) == 2
    assert backtrace(machine, symbols)[0] == "bundle_verify"


def test_e2h_that_stays(start, symbols):
    """A CPU that has VHE at EL2 whether it is wanted or not, as QEMU has none: one line."""
    machine, place = start(paused=True)
    with Rsp(place) as gdb:
        cpu = stop_at(gdb, LOADED + symbols["e2h_written"] - IMAGE + STEP)
        gdb.write(cpu, "x1", gdb.read(cpu, "x1") | 1 << 34)
        gdb.detach()
    machine.wait_line(NK, r"^nk: error: HCR_EL2.E2H stays 1: ", 10)
    assert len(machine.lines(NK)) == 1


def test_canary(start, symbols):
    """One word of a stack is changed while a function that guards it is at work."""
    machine, place = start()
    machine.send(3, "restar")
    with Rsp(place) as gdb:
        machine.send(3, "t\r")  # while it stands still: a restart may be quicker than a debugger
        cpu = stop_at(gdb, symbols["bundle_verify"])
        stop_at(gdb, symbols["memcmp"], cpu)
        sp = gdb.read(cpu, "sp")
        stack = gdb.memory(sp, -sp % 0x4000, cpu)
        canary = gdb.memory(symbols["__stack_chk_guard"], 8, cpu)
        assert canary[0] == 0 and any(canary)
        assert canary in stack
        gdb.set_memory(sp + stack.index(canary), b"A", cpu)
        gdb.detach()
    machine.wait_line(NK, rf"^nk: panic: cpu{cpu}: stack overwritten$", 10)
    assert machine.wait_end(10) == 2
    assert backtrace(machine, symbols)[:2] == ["__stack_chk_fail", "bundle_verify"]


def test_branch_target(start, symbols):
    """With BTI an indirect branch into the middle of a function goes nowhere."""
    machine, place = start(cpu="max")
    with Rsp(place) as gdb:
        cpu = stop_at(gdb, symbols["trap_sync"])
        code = gdb.memory(symbols["stack_switch_call"], 64, cpu)
        branch = code.index(0xd61f0200.to_bytes(4, "little"))  # br x16
        gdb.write(cpu, "x16", symbols["trap_sync"] + STEP)
        gdb.write(cpu, "pc", symbols["stack_switch_call"] + branch)
        gdb.detach()
    exception(machine, cpu, "branch target")
    assert machine.wait_end(10) == 2
    assert backtrace(machine, symbols)[0] == "trap_sync"


def test_panic_in_a_panic(start, symbols):
    """The end comes all the same."""
    machine, place = start()
    with Rsp(place) as gdb:
        cpu = stop_at_read(gdb, symbols)
        gdb.write(cpu, "pc", NOWHERE)
        assert stop_at(gdb, symbols["core_backtrace"]) == cpu
        gdb.write(cpu, "pc", NOWHERE)
        gdb.detach()
    exception(machine, cpu, "instruction abort")
    assert machine.wait_end(10) == 2
    assert "nk: backtrace:" not in machine.lines(NK)


@pytest.mark.parametrize("gic", [2, 3])
def test_two_panics_at_once(start, symbols, gic):
    """One of them reports, whole."""
    machine, place = start(gic=gic)
    with Rsp(place) as gdb:
        first = stop_at_read(gdb, symbols)
        stop_at_read(gdb, symbols, 1 - first)
        for cpu in (0, 1):
            gdb.write(cpu, "pc", NOWHERE)
        gdb.detach()
    line = machine.wait_line(NK, r"^nk: panic: cpu([01]):", 10)
    assert machine.wait_end(10) == 2
    assert backtrace(machine, symbols) == ["mmio_abort", "sync_slow"]
    assert registers_of(machine)["pc"] == NOWHERE
    assert sum(text.startswith("nk: panic:") for text in machine.lines(NK)) == 1, line[0]


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("same", [True, False])
def test_panic_amidst_output(start, symbols, same, gic):
    """The console's lock is held for ever, by this CPU or by one that hears nothing any more."""
    machine, place = start(gic=gic)
    with Rsp(place) as gdb:
        # The one that is to panic stops first, while it cannot wait for the lock.
        cpu = stop_at(gdb, symbols["pl011_send" if same else "vuart_access"])
        if not same:
            deaf = stop_at(gdb, symbols["pl011_send"], 1 - cpu)
            gdb.write(deaf, "pc", symbols["arch_halt"])
        gdb.write(cpu, "pc", NOWHERE)
        gdb.detach()
    exception(machine, cpu, "instruction abort", TRANSLATION)
    assert machine.wait_end(10) == 2
    assert backtrace(machine, symbols)[-1] == "sync_slow"


@pytest.mark.parametrize("reboot", [False, True])
def test_reset(start, symbols, reboot):
    machine, place = start("nk.panic=reset", reboot=reboot)
    cpu = force(place, symbols, {"pc": NOWHERE})
    exception(machine, cpu, "instruction abort")
    if not reboot:  # -no-reboot: QEMU ends
        assert machine.wait_end(10) == 2
        assert backtrace(machine, symbols) == ["mmio_abort", "sync_slow"]
        return
    machine.wait_line(NK, r"^nk: nk .* 2 CPUs$", 20)
    for vm in (2, 3):
        machine.wait_line(vm, r"^counter 1$", 20)


@pytest.mark.parametrize("gic", [2, 3])
def test_stop(start, symbols, gic):
    """All CPUs are in nk for ever, and nothing is said any more."""
    machine, place = start("nk.panic=stop", gic=gic)
    cpu = force(place, symbols, {"pc": NOWHERE})
    exception(machine, cpu, "instruction abort")
    assert backtrace(machine, symbols) == ["mmio_abort", "sync_slow"]
    before = [machine.lines(vm) for vm in (NK, 2, 3)]
    time.sleep(1)  # ten lines of each guest
    assert [machine.lines(vm) for vm in (NK, 2, 3)] == before
    assert machine.running()
    with Rsp(place) as gdb:
        for i in (0, 1):
            assert gdb.read(i, "cpsr") & 0xf == EL2H
            pc = gdb.read(i, "pc")
            assert symbols["__text_start"] <= pc < symbols["__text_end"]
            wait = gdb.memory(pc - STEP, 2 * STEP, i)
            assert 0xd503205f.to_bytes(4, "little") in wait, f"cpu{i} is not in a loop of wfe"
