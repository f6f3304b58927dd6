# SPDX-License-Identifier: Apache-2.0
"""A VM that does what it must not: it harms itself at worst, and its neighbour never notices."""

import random
import re
import time

import pytest
from nklib.machine import NK, TIME_SCALE
from tap import check_tap

pytestmark = pytest.mark.guests

RAM, SIZE = 0x40000000, 0x00800000
PAIR = """
&vm2 {{
	name = "neighbour";
	kernel = "counter";
	kernel-offset = <0x80000>;
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
&vm2_vcpus {{ #count = <1>; affinity = "0"; migration = "off"; }};
&vm3 {{
	name = "{name}";
	kernel = "{name}";
	kernel-offset = <0x80000>;
	bootargs = "{args}";
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
&vm3_vcpus {{ #count = <1>; affinity = "1"; migration = "off"; }};
"""

# Pages with something of the machine in them that is nobody's, nk's or the other VM's, and pages
# with nothing. Under GICv2 the VM has GICD (a page) and GICC (two), under GICv3 GICD and GICR.
BOTH = [0, 0x1000, 0x00100000, 0x03fff000, 0x04000000, 0x07fff000,
        0x08ffff00, 0x08fff000, 0x09001000, 0x09010000, 0x09020000, 0x09030000, 0x09040000,
        0x09050000, 0x0a000000, 0x0a001000, 0x0a003000, 0x0a004000, 0x0b000000, 0x0c000000,
        0x10000000, 0x20000000, 0x3eff0000, 0x3f000000, RAM - 0x1000, RAM - 4,
        RAM + SIZE, RAM + SIZE + 0x1000, 0x40a00000, 0x41000000, 0x42000000, 0x44000000,
        0x48000000, 0x50000000, 0x5ffff000, 0x7ffff000, 0x80000000, 0xc0000000, 0xfffff000,
        0x100000000, 0x4010000000, 0x8000000000, 0xfffffff000]
ONLY = {2: [0x08001000, 0x08012000, 0x08020000, 0x08030000, 0x08040000, 0x080a0000, 0x080c0000],
        3: [0x08010000, 0x08020000, 0x08030000, 0x08040000, 0x08080000, 0x080c0000, 0x080e0000]}


def anywhere():
    """Addresses by chance, of each order of magnitude up to 40 bits, outside what the VM has."""
    chance = random.Random(1)
    for bits in range(12, 41):
        for _ in range(4):
            address = chance.randrange(1 << (bits - 1), 1 << bits) & ~3
            if not RAM <= address < RAM + SIZE and not 0x08000000 <= address < 0x09001000:
                yield address


def pair(boot, system_dts, name, gic, args="", cpu="cortex-a57"):
    machine = boot(system_dts(PAIR.format(name=name, args=args), name), gic=gic, cpus=2, mem=512,
                   cpu=cpu)
    machine.wait_line(2, r"^counter 1$")
    return machine


def counts(machine):
    """The neighbour goes on."""
    machine.mark(2)
    machine.wait_line(2, r"^counter \d+$", 10)


STRICT = """
&vm4 {
	name = "strict";
	kernel = "walls";
	kernel-offset = <0x80000>;
	on-stray = "stop";
	memory { size = <0x0 0x00800000>; base = <0x0 0x40000000>; };
};
&vm4_vcpus { #count = <1>; affinity = "2"; migration = "off"; };
"""
READ, WRITE, FETCH = 0x96000010, 0x96000050, 0x86000010  # ESR_EL1: from EL1, IL, WnR, FSC 0x10


def must_stray(machine, command, esr, address):
    """An external abort in the VM that names the address; it lives on."""
    machine.mark(3)
    machine.send(3, command + "\r")
    match = machine.wait_line(3, r"^walls: .*(?:faulted, (.*)|ok.*)$", 10)
    assert match[1] == f"esr {esr:#x}, far {address:#x}", f"{command}: {match[0]}"


def all_stray(machine, addresses):
    """The same for a load, a store and a call of each."""
    for at in range(0, len(addresses), 8):
        some = addresses[at:at + 8]
        machine.mark(3)
        machine.send(3, "try " + " ".join(f"{address:#x}" for address in some) + "\r")
        found = machine.wait_line(3, r"^walls: ((?!ready).*)$")
        assert found[1] == f"tried {len(some)}"


def must_stop(machine, vm):
    """Asked at the prompt: nk's line about it may be among those held back."""
    end = time.monotonic() + 20 * TIME_SCALE
    while not any(f"{vm}: stopped" in line for line in machine.nk_prompt("vm")):
        assert time.monotonic() < end, f"{vm} does not stop"


def must_end(machine, command, ipa):
    """With on-stray = "stop": the VM's end, with a report, of which the log has room for three. It is started
    again."""
    machine.mark(NK)
    machine.send(4, command + "\r")
    machine.wait_line(NK, r"vm4 strict: ended", 10)
    match = machine.wait_line(NK, r"IPA 0x([0-9a-f]+)", 10)
    assert int(match[1], 16) == ipa, f"{command}: {match[0]}"
    must_stop(machine, "vm4 strict")
    machine.mark(4)
    machine.nk_prompt("vm 4 start")
    machine.wait_line(4, r"^walls: ready$")


@pytest.mark.parametrize("gic, cpu", [(2, "cortex-a57"), (3, "cortex-a76"), (2, "max"), (3, "max")])
def test_walls(boot, system_dts, guest_programs, gic, cpu):
    del guest_programs
    machine = boot(system_dts(PAIR.format(name="walls", args="") + STRICT, "walls"), gic=gic,
                   cpus=3, mem=512, cpu=cpu)
    machine.wait_line(2, r"^counter 1$")
    for vm in (3, 4):
        machine.wait_line(vm, r"^walls: ready$")
    all_stray(machine, [*BOTH, *ONLY[gic], *anywhere()])
    for command, esr in (("peek 0x9020000", READ), ("poke 0x9020000 1", WRITE),
                         ("exec 0x9020000", FETCH)):
        must_stray(machine, command, esr, 0x9020000)
    # What is emulated cannot be executed, nor be read by two at once; the VM has it all the same.
    must_stray(machine, "pair 0x9000fe0", READ, 0x9000fe0)
    must_stray(machine, "exec 0x9000020", FETCH, 0x9000020)
    for command, ipa in (("poke 0x9020000 1", 0x9020000), (f"exec {RAM + SIZE:#x}", RAM + SIZE),
                         ("pair 0x9000fe0", 0x9000fe0)):
        must_end(machine, command, ipa)
    counts(machine)
    for good in (RAM, RAM + 0x1000, RAM + SIZE - 0x1000, RAM + SIZE - 4, 0x09000018, 0x08000008):
        machine.mark(3)
        machine.send(3, f"peek {good:#x}\r")
        machine.wait_line(3, rf"^walls: peek {good:#x} ok")
    assert any("vm3 walls: stray read of IPA 0x0, VA 0x0, pc 0x" in line
               for line in machine.lines(NK))
    abort_storm(machine)
    assert not any(re.search("panic|vm3 walls: ended", line) for line in machine.lines(NK))
    machine.send(3, "off\r")
    must_stop(machine, "vm3 walls")
    counts(machine)
    assert machine.quit() == 0


def abort_storm(machine):
    """An abort whose vector is nowhere: the VM has nothing else any more, the others have all."""
    def said():
        return sum(len(line) for line in machine.lines(NK)
                   if re.search("vm3 walls: (stray|.* held back)", line))

    machine.mark(3)
    machine.send(3, f"storm {RAM + SIZE:#x}\r")
    machine.wait_line(3, r"^walls: storm$")
    before, begun = said(), time.monotonic()
    for _ in range(10):
        counts(machine)
        assert any("vm3 walls: running" in line for line in machine.nk_prompt("vm"))
    # 4096 bytes at once, then 256 a second, each line with one on how many were held back.
    assert said() - before <= 4096 + 2 * 256 * (time.monotonic() - begun + 1)
    machine.mark(3)
    machine.nk_prompt("vm 3 restart")
    machine.wait_line(3, r"^walls: ready$")


@pytest.mark.parametrize("gic", [2, 3])
def test_memory_is_clean_at_each_start(boot, system_dts, guest_programs, gic):
    """What one life of a VM wrote, the next one does not find."""
    del guest_programs
    machine = pair(boot, system_dts, "counter", gic)
    clean = r"^counter: start, 0 words of ram not zero, bss zero, data fresh$"
    machine.wait_line(3, r"^counter 1$")
    assert any(re.search(clean, line) for line in machine.lines(3))
    for turn, command in enumerate(["restart", "restart2"] * 10):
        machine.mark(3)
        machine.send(3, "dirty\r")
        machine.wait_line(3, r"^counter: \d+ words soiled$")
        machine.send(3, command + "\r")
        found = machine.wait_line(3, r"^counter: start, .*$")
        assert re.search(clean, found[0]), f"turn {turn}: {found[0]}"
    counts(machine)
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("seed, cpu", enumerate(("cortex-a57", "cortex-a76", "max", "cortex-a53"), 1))
def test_random_instructions(boot, system_dts, guest_programs, gic, seed, cpu):
    """In the sandbox all of them come to an end."""
    del guest_programs
    machine = pair(boot, system_dts, "randexec", gic, f"seed={seed} n=5000", cpu)
    check_tap(machine, 3, 120)
    counts(machine)
    assert machine.quit() == 0


def wild_instructions(boot, system_dts, gic, cpu, seed, starts):
    """With any pointer and any branch, the VM may end or hang; nothing else may."""
    machine = pair(boot, system_dts, "randexec", gic, f"wild seed={seed} n=100000", cpu)
    for _ in range(starts):
        machine.wait_line(3, r"^# .* tries, wild$")
        counts(machine)
        machine.nk_prompt("vm 3 stop")
        machine.nk_prompt("vm 3 start")
    counts(machine)
    assert not any(re.search("panic", line) for line in machine.lines(NK))
    assert machine.quit() == 0


@pytest.mark.parametrize("gic, cpu", [(2, "cortex-a76"), (3, "max")])
def test_wild_instructions(boot, system_dts, guest_programs, gic, cpu):
    del guest_programs
    wild_instructions(boot, system_dts, gic, cpu, 7, 10)


FUZZ_VM = """
&vm{vm} {{
	name = "fuzz{vm}";
	kernel = "hcfuzz";
	kernel-offset = <0x80000>;
	bootargs = "{args}";
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
&vm{vm}_vcpus {{ #count = <{count}>; affinity = "{cpus}"; migration = "off"; }};
&hyp_property {{
	fuzz.beat.{vm} {{ size = <4>; allow-set = "{vm}"; allow-get = "*"; cell-value = <0>; }};
	nk.vm.{vm}.state.running {{ allow-set = "*"; allow-get = "*"; allow-notify = "*"; }};
	nk.vm.{vm}.state.paused {{ allow-set = "*"; allow-get = "*"; allow-notify = "*"; }};
}};
"""
FUZZ_REFEREE = """
&vm2 {{
	name = "referee";
	kernel = "hcfuzz";
	kernel-offset = <0x80000>;
	bootargs = "referee {args}";
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
&vm2_vcpus {{ #count = <1>; affinity = "0"; migration = "off"; }};
&hyp_property {{
	nk.history {{ allow-get = "*"; }};
	nk.vlm-dtb {{ allow-get = "*"; }};
	fuzz.quiet {{ size = <4>; allow-set = "2"; allow-get = "*"; cell-value = <0>; }};
}};
"""
FUZZ_LINKS = """
&hyp {
	pmem-size = <0x02000000>;
	balloon { host = <3>; size = <0x0 0x400000>; takers = "4,5"; };
	logs {
		log@0 { size = <0x4000>; writers = "3,4"; readers = "4,5"; };
		log@1 { size = <0x1000>; writers = "*"; readers = "*"; };
	};
};
&hyp_property {
	fuzz.a { size = <4096>; allow-set = "*"; allow-get = "*"; allow-notify = "*"; };
	fuzz.b { size = <1>; allow-set = "*"; allow-get = "*"; allow-notify = "*"; };
};
&vm1_vdevs {
	ev: ev@x { compatible = "vl,hypevent.v1"; info = "vproperty"; #clone = "auto"; server; };
};
&vm2_vdevs {
	p24: p@4 { compatible = "p"; xirq-quota = <4>; };
};
&vm3_vdevs {
	p34: q@4 { compatible = "q"; grants = <5>; };
	loop: loop@s { compatible = "loop"; server; };
	loop@c { peer-phandle = <&loop>; client; };
	ev@3 { peer-phandle = <&ev>; client; };
};
&vm4_vdevs {
	p@2 { peer-phandle = <&p24>; };
	q@3 { peer-phandle = <&p34>; grants = <700>; };
	ev@4 { peer-phandle = <&ev>; client; };
	s: s@s { compatible = "abcdefghijklmno"; #clone = <2>; server; };
};
&vm5_vdevs {
	s@1 { peer-phandle = <&s>; client; grants = <20>; };
	s@2 { peer-phandle = <&s>; client; };
	ev@5 { peer-phandle = <&ev>; client; };
};
"""


def hypercalls_by_chance(boot, system_dts, gic, cpu, seed, rounds, more=""):
    """VMs call nk with anything, and stop, start, pause each other; VM 2 sees that all go on.

    more: text for the end of the system's tree."""
    players = "".join(FUZZ_VM.format(vm=vm, count=2, cpus=f"{2 * vm - 5}-{2 * vm - 4}",
                                     args=f"others=0x38 seed={seed}") for vm in (3, 4, 5))
    referee = FUZZ_REFEREE.format(args=f"others=0x38 rounds={rounds}")
    machine = boot(system_dts(referee + players + FUZZ_LINKS + more, "fuzz"), gic=gic, cpus=7, mem=512, cpu=cpu)
    check_tap(machine, 2, 120 + rounds // 2)
    assert not any(re.search("panic", line) for line in machine.lines(NK))
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic, cpu", [(2, "cortex-a76"), (3, "max")])
def test_hypercalls_by_chance(boot, system_dts, guest_programs, gic, cpu):
    del guest_programs
    hypercalls_by_chance(boot, system_dts, gic, cpu, gic, 60)


def test_pause_of_waiting_vcpus(boot, system_dts, guest_programs):
    """A vCPU that waits for another one's list registers gets them while both are being paused."""
    del guest_programs
    system = FUZZ_REFEREE.format(args="pauses=100 rounds=0") + FUZZ_VM.format(
        vm=6, count=2, cpus="1-2", args="pend")
    machine = boot(system_dts(system, "fuzz"), gic=3, cpus=3, mem=512)
    check_tap(machine, 2, 120)
    assert machine.wait_end() == 0


SGI_STORM = """
&vm2 {
	name = "neighbour";
	kernel = "counter";
	kernel-offset = <0x80000>;
	memory { size = <0x0 0x00800000>; base = <0x0 0x40000000>; };
};
&vm2_vcpus { #count = <1>; affinity = "3"; migration = "off"; };
&vm3 {
	name = "flood";
	kernel = "flood";
	kernel-offset = <0x80000>;
	bootargs = "sgi";
	memory { size = <0x0 0x00800000>; base = <0x0 0x40000000>; };
};
&vm3_vcpus { #count = <3>; affinity = "0-2"; migration = "off"; };
"""


@pytest.mark.parametrize("gic", [2, 3])
def test_prompt_under_a_storm_of_sgis(boot, system_dts, guest_programs, gic):
    """Three vCPUs send SGIs to their first one, which is on the console's CPU: nk's own interrupts come first."""
    del guest_programs
    machine = boot(system_dts(SGI_STORM, "sgis"), gic=gic, cpus=4, mem=512)
    machine.wait_line(2, r"^counter 1$")

    def all_on():
        return any("vm3 flood: running, 3 of 3" in line for line in machine.nk_prompt("vm"))

    end = time.monotonic() + 20 * TIME_SCALE
    while not all_on():
        assert time.monotonic() < end, "not all vCPUs came"
    assert all(all_on() for _ in range(10))
    counts(machine)
    assert machine.quit() == 0
