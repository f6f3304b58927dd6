# SPDX-License-Identifier: Apache-2.0
"""A Linux guest panics, an EL1 program strays: another Linux guest reads why, and has their memory."""

import io
import re

import pytest
from elftools.elf.elffile import ELFFile
from linuxvm import MIB, nk_vm, read_bytes, wait_for
from nklib import build
from nklib.machine import NK

pytestmark = pytest.mark.system

MARK = 0x6b72616d6e6b0000
PAGE = 4096
FAR, MORE = 0x1000000000, 0x1000000  # of the other piece of Linux's RAM
WATCHER, LINUX, PROGRAM = 2, 3, 4
POLICY = """
&vm3 {
	on-crash = "restart";
	max-restarts = <1 3600>;
	dump-time = <3600>;
	memory@1 { size = <0x0 0x01000000>; base = <0x10 0x0>; };
};
&vm4 {
	name = "program";
	kernel = "crash";
	kernel-offset = <0x80000>;
	on-stray = "stop";
	symbols = "crash.elf";
	memory { size = <0x0 0x00800000>; base = <0x0 0x40000000>; };
	memory@3 { size = <0x0 0x00200000>; base = <0x0 0x80000000>; };
};
&vm4_vcpus { #count = <1>; affinity = "3"; migration = "off"; };
&hyp_property {
	nk.memory.heap.used { allow-get = "2"; };
	nk.memory.pmem.used { allow-get = "2"; };
	nk.vm.3.crash { allow-get = "2"; };
	nk.vm.3.dump { allow-get = "2"; };
	nk.vm.3.state.crashed { allow-get = "2"; allow-notify = "2"; };
	nk.vm.3.state.running { allow-get = "2"; allow-set = "2"; };
	nk.vm.3.state.paused { allow-get = "2"; allow-set = "2"; };
	nk.vm.4.crash { allow-get = "2"; };
	nk.vm.4.dump { allow-get = "2"; };
	nk.vm.4.state.crashed { allow-get = "2"; };
	nk.vm.4.state.running { allow-get = "2"; allow-set = "2"; };
	nk.vm.4.state.paused { allow-get = "2"; allow-set = "2"; };
};
"""


@pytest.fixture
def machine(boot_linux, system_dts, guest_programs):
    del guest_programs
    system = (nk_vm(WATCHER, [0], modules="vlx-prop,no-such,vlx-vinfo,vlx-dump", size=320 << 20) +
              nk_vm(LINUX, [1, 2], modules="vlx-prop,vlx-vinfo,vlx-dump,vlx-crash") + POLICY)
    machine = boot_linux(system_dts(system), vms=(WATCHER, LINUX), cpus=4, mem=1024,
                         images={"crash": build.image_file("crash"), "crash.elf": build.image_file("crash.elf")})
    not_loaded = re.findall(r"nk-init: module (\S+): not loaded", "\n".join(machine.lines(WATCHER) + machine.lines(LINUX)))
    assert not_loaded == ["no-such"]  # and the test needs those behind it
    return machine


def report(machine, vm):
    return read_bytes(machine, WATCHER, f"/sys/nk/prop/nk.vm.{vm}.crash").decode()


def wait_state(machine, vm, state):
    wait_for(machine, WATCHER, f"nk list 2>/dev/null | grep -q '^ *{vm} .* {state} '")


class Core:
    """A core in the watcher's /tmp, of which parts are looked at here."""

    def __init__(self, machine, file):
        self.machine = machine
        self.file = file
        head = self.read(0, 3 * PAGE)
        self.elf = ELFFile(io.BytesIO(head))
        assert (self.elf["e_type"], self.elf["e_machine"]) == ("ET_CORE", "EM_AARCH64")
        segments = list(self.elf.iter_segments())
        self.loads = [s.header for s in segments if s["p_type"] == "PT_LOAD"]
        notes = head[segments[0]["p_offset"]:][:segments[0]["p_filesz"]]
        self.vcpus, self.info = [], {}
        while notes:
            name, desc, kind = (int.from_bytes(notes[i:i + 4], "little") for i in (0, 4, 8))
            at = 12 + (name + 3) // 4 * 4
            if kind == 1:
                regs = notes[at + 112:at + desc]
                self.vcpus.append([int.from_bytes(regs[i:i + 8], "little") for i in range(0, 34 * 8, 8)])
            else:
                text = notes[at:at + desc].decode()
                self.info = dict(line.split("=", 1) for line in text.split("\n") if "=" in line)
            notes = notes[at + (desc + 3) // 4 * 4:]

    def read(self, at, size):
        self.machine.check(WATCHER, f"dd if={self.file} of=/tmp/part bs=1 skip={at} count={size} 2>/dev/null")
        return read_bytes(self.machine, WATCHER, "/tmp/part")

    def offset(self, address, kind="p_vaddr"):
        """Where an address is in the file."""
        return next(s["p_offset"] + address - s[kind] for s in self.loads
                    if 0 <= address - s[kind] < s["p_filesz"])


def check_program(machine):
    """An EL1 program, whose whole core is looked at by its ELF file."""
    more = int(machine.wait_line(PROGRAM, r"^crash: another mark at (0x801ffff8)$")[1], 16)
    mark = int(machine.wait_line(PROGRAM, r"^crash: mark at (0x\w+)$")[1], 16)
    machine.wait_line(PROGRAM, r"^crash: ready$")
    said = machine.run(WATCHER, f"nk dump {PROGRAM} /tmp/program 2>&1")
    assert said[0] == 1 and "VM 4 runs" in "".join(said[1])
    machine.send(PROGRAM, "stray\r")
    wait_state(machine, PROGRAM, "crashed")
    text = report(machine, PROGRAM)
    assert "die+0x" in text and "crash: ready" in text
    machine.check(WATCHER, f"nk dump {PROGRAM} /tmp/program")
    core = Core(machine, "/tmp/program")
    assert len(core.vcpus) == 1 and len(core.loads) == 2
    registers = core.vcpus[0]
    assert registers[28] == MARK + 28
    assert f"pc  {registers[32]:016x}" in text and f"sp  {registers[31]:016x}" in text
    for at in mark, more:
        assert core.read(core.offset(at), 8) == MARK.to_bytes(8, "little")
    assert machine.run(WATCHER, f"nk dump {PROGRAM} /tmp/program")[0] == 1  # it is there already
    machine.check(WATCHER, "rm /tmp/program")


def check_pause(machine):
    """A VM that only waits is dumped as well, and goes on."""
    machine.check(WATCHER, f"nk suspend --wait 20 {LINUX} && nk dump {LINUX} /tmp/core && nk resume {LINUX}")
    core = Core(machine, "/tmp/core")
    assert len(core.vcpus) == 2
    assert core.info["OSRELEASE"] == machine.check(LINUX, "uname -r")
    machine.check(WATCHER, "rm /tmp/core")


def panic(machine):
    machine.send(LINUX, "echo c >/proc/sysrq-trigger\n")
    machine.wait_line(LINUX, "Kernel panic - not syncing")
    wait_state(machine, LINUX, "crashed")


def check_pieces(machine):
    """Linux has both pieces of its RAM."""
    found = machine.check(LINUX, "grep 'System RAM' /proc/iomem").splitlines()
    spans = [(int(first, 16), int(last, 16)) for first, last in (line.split()[0].split("-") for line in found)]
    assert spans[-1] == (FAR, FAR + MORE - 1), found
    first = sum(last + 1 - at for at, last in spans[:-1])
    assert MIB << 20 >= first > (MIB - 2) << 20
    assert spans[0][0] < FAR // 2
    present = re.findall(r"present +(\d+)", machine.check(LINUX, "cat /proc/zoneinfo"))
    assert sum(map(int, present)) * PAGE == (MIB << 20) + MORE


def check_linux(machine):
    release = machine.check(LINUX, "uname -r")
    panic(machine)
    text = report(machine, LINUX)
    assert re.match(r"vm3 linux-3: crash 1: its guest panicked\n", text)
    assert "sysrq trigger" in text.lower() or "sysrq triggered crash" in text.lower()
    assert "sysrq_handle_crash+0x" in text  # by the guest's own symbols
    assert "console:\n" in text
    assert len(re.findall(r"^  #\d+ 0xffff", text, re.M)) >= 5
    machine.check(WATCHER, f"nk dump {LINUX} /tmp/core")
    machine.wait_ready(LINUX)  # which waited for that
    core = Core(machine, "/tmp/core")
    assert core.info["OSRELEASE"] == release
    assert f"pc  {core.vcpus[0][32]:016x}" in text or f"pc  {core.vcpus[1][32]:016x}" in text
    # By the address of the kernel's image, and of all memory.
    names = core.read(core.offset(int(core.info["SYMBOL(init_uts_ns)"], 16)), 400)
    assert b"Linux\0" in names and release.encode() + b"\0" in names
    assert core.loads[0]["p_vaddr"] >> 48 == 0xffff
    # Memory is mapped in one go, from its lowest piece on; the image is in the first.
    first, more, image = core.loads
    assert more["p_paddr"] == FAR and more["p_filesz"] == MORE
    assert more["p_vaddr"] - first["p_vaddr"] == FAR - first["p_paddr"]
    assert more["p_offset"] == first["p_offset"] + (MIB << 20) and image["p_offset"] == first["p_offset"]
    used = machine.check(WATCHER, f"tail -c {MORE} /tmp/core | tr -d '\\000' | wc -c")
    assert int(used) > MORE // 8
    machine.check(WATCHER, "grep -aq 'Linux version 6' /tmp/core && rm /tmp/core")


def check_who_may(machine):
    assert machine.check(LINUX, "ls /proc/nk/vmcore") == ""
    said = "".join(machine.run(LINUX, "nk dump 4 /tmp/core 2>&1")[1])
    assert 'nk.vm.4.dump { allow-get = "3"; }' in said.replace("\n", "")


def books(machine):
    """What is taken of nk's heap and of the links' memory; a VM's VMID is its id."""
    return [read_bytes(machine, WATCHER, f"/sys/nk/prop/nk.memory.{pool}.used") for pool in ("heap", "pmem")]


def starts(machine):
    """How often the program was started, and that it does not run: bit 0."""
    value = int.from_bytes(read_bytes(machine, WATCHER, f"/sys/nk/prop/nk.vm.{PROGRAM}.state.running"), "little")
    assert not value & 1
    return value >> 1


def crash_again(machine, count):
    """The program, which is dead, begins anew and dies, by turns in each way, so often; nothing is taken for good."""
    before = books(machine)
    restarts = starts(machine)
    for turn in range(count):
        machine.check(WATCHER, f"nk start --wait 20 {PROGRAM}")
        machine.wait_line(PROGRAM, r"^crash: ready$")
        machine.send(PROGRAM, ("stray", "panic", "deep")[turn % 3] + "\r")
        wait_state(machine, PROGRAM, "crashed")
        machine.check(WATCHER, f"nk dump {PROGRAM} /tmp/again && rm /tmp/again")
    assert starts(machine) == restarts + count
    assert books(machine) == before


@pytest.mark.soak
def test_crash_often(machine):
    machine.wait_line(PROGRAM, r"^crash: ready$")
    machine.send(PROGRAM, "panic\r")
    wait_state(machine, PROGRAM, "crashed")
    crash_again(machine, 100)


def test_crash(machine):
    check_pieces(machine)
    check_who_may(machine)
    check_program(machine)
    crash_again(machine, 5)
    check_pause(machine)
    check_linux(machine)
    panic(machine)
    assert any("vm3 linux-3: stopped" in line for line in machine.nk_prompt("vm"))
    assert "crash 2" in report(machine, LINUX)
    assert not any("panic:" in line for line in machine.lines(NK))
