# SPDX-License-Identifier: Apache-2.0
"""Where a VM's RAM is on the board, its tree in its RAM, and what nk emulates for it, when the system says so."""

import subprocess

import re

import pytest
from nklib.demux import NK
from tap import check_tap
from test_vlink import RAW, Guest

pytestmark = pytest.mark.system

VM = """
&vm{vm} {{
	name = "{program}{vm}";
	kernel = "{program}";
	kernel-offset = <{offset:#x}>;
	{more}
	memory {{ size = <0x0 0x01000000>; {memory} }};
}};
&vm{vm}_vcpus {{ #count = <1>; affinity = "{cpu}"; migration = "off"; }};
"""


def a_vm(vm=2, program="hello", offset=0x200000, more="", memory="base = <0x0 0x40000000>;"):
    return VM.format(vm=vm, program=program, offset=offset, more=more, memory=memory, cpu=vm - 2)


@pytest.fixture
def start(boot, guest_programs, system_dts):
    def run(*vms):
        return boot(system_dts("".join(vms), "place"), {name: guest_programs[name] for name in ("hello", "counter")},
                    cpus=2, mem=1024)

    return run


@pytest.mark.parametrize("offset, tree", [(0x200000, 0), (0x200000, 0x1ff000), (0x80000, 0), (0, 0x800000), (0, 0xfff000)])
def test_tree(start, offset, tree):
    machine = start(a_vm(offset=offset, more=f"dtb-offset = <{tree:#x}>;"))
    machine.wait_line(2, rf"^hello from EL1, .* image at {0x40000000 + offset:#x}, tree at {0x40000000 + tree:#x}, under nk")
    assert machine.wait_end(20) == 0


def test_tree_after_restart(start):
    """All else is zero again, and the tree where it was."""
    machine = start(a_vm(program="counter", more="dtb-offset = <0>;"))
    machine.wait_line(2, "fresh")
    machine.send(2, "dirty\n")
    machine.send(2, "restart\n")
    machine.mark(2)
    machine.wait_line(2, "fresh")
    assert machine.quit() == 0


LONG = f'bootargs = "{3000 * "x"}";'


@pytest.mark.parametrize("more, why", [
    ("dtb-offset = <0x200000>;", "dtb-offset: 0x200000: outside the kernel, which is at 0x200000 to 0x2"),
    (f"dtb-offset = <0x1ff000>; {LONG}", "dtb-offset: the guest's device tree cannot be made in 0x1000 bytes"),
], ids=["kernel", "room"])
def test_tree_in_the_way(start, more, why):
    machine = start(a_vm(more=more))
    assert machine.wait_end(20) == 1
    assert why in "\n".join(machine.lines(NK)), machine.lines(NK)


def test_ram(start):
    """One VM has its RAM where it is, one has it elsewhere; both are where they are to be on the board."""
    machine = start(a_vm(2, "counter", memory="pa = <0x0 0x60000000>;"),
                    a_vm(3, "counter", memory="pa = <0x0 0x50000000>; base = <0x0 0x40000000>;"))
    for vm in 2, 3:
        machine.wait_line(vm, "fresh")
    said = machine.nk_prompt("vm")
    assert "16 MiB at 0x60000000" in said[0]
    assert "16 MiB at 0x40000000 (board: 0x50000000)" in said[1]
    assert machine.quit() == 0


def dirty_and_restart(machine, vm, words):
    machine.wait_line(vm, r"^counter: start, 0 words of ram not zero, bss zero, data fresh$")
    machine.send(vm, "dirty\n")
    soiled = int(machine.wait_line(vm, r"^counter: (\d+) words soiled$")[1])
    assert words - (3 << 20) // 8 < soiled < words  # but for image, what is below it, and tree
    machine.mark(vm)
    machine.send(vm, "restart\n")
    machine.wait_line(vm, r"^counter: start, 0 words of ram not zero, bss zero, data fresh$")


def test_ram_in_pieces(start):
    """Each VM finds all of its RAM in its tree, may use all of it, and finds zeroes there in its next life."""
    more = """
&vm2 {
	memory@3 { size = <0x0 0x00400000>; pa = <0x0 0x68000000>; };
	memory@1 { size = <0x0 0x00200000>; base = <0xff 0xffe00000>; pa = <0x0 0x67e00000>; };
	memory@2 { size = <0x0 0x00800000>; };
};
&vm3 { memory@1 { size = <0x0 0x00200000>; }; };
"""
    machine = start(a_vm(2, "counter", memory="base = <0x0 0x41000000>;"), a_vm(3, "counter", memory=""), more)
    dirty_and_restart(machine, 2, (0x1000000 + 0x200000 + 0x400000 + 0x800000) // 8)
    dirty_and_restart(machine, 3, (0x1000000 + 0x200000) // 8)
    first, second, third, fourth, other, last = machine.nk_prompt("vm")
    assert "16 MiB at 0x41000000 (board: 0x" in first
    assert second.endswith("vm2: and 2 MiB at 0xffffe00000 (board: 0x67e00000)")
    # Where there is room, but not where the VM sees its first piece.
    assert third.endswith("vm2: and 8 MiB at 0x42000000")
    assert fourth.endswith("vm2: and 4 MiB at 0x68000000")
    assert re.search(r"vm3 counter3: .* 16 MiB at 0x\w+, ", other) and re.search(r"vm3: and 2 MiB at 0x\w+$", last)
    guests = re.search(r"(\d+) guests", machine.nk_prompt("mem")[0])[1]
    assert int(guests) == (30 + 18) << 10
    assert machine.quit() == 0


def test_ram_where_the_guest_says(start):
    """Also where the board's interrupt controller is, if the VM's is elsewhere."""
    machine = start(a_vm(2, memory="pa = <0x0 0x60000000>;"),
                    a_vm(3, more="gic = <0x0 0x2f000000>, <0x0 0x2f100000>;", memory="pa = <0x0 0x50000000>; base = <0x0 0x08000000>;"))
    machine.wait_line(2, r"^hello from EL1, 1 cpu, ram 0x60000000 \+ 0x1000000, image at 0x60200000")
    machine.wait_line(3, r"^hello from EL1, 1 cpu, ram 0x8000000 \+ 0x1000000, image at 0x8200000")
    assert machine.wait_end(20) == 0


def test_ram_that_nk_has(start):
    machine = start(a_vm(memory="pa = <0x0 0x40000000>;"))
    assert machine.wait_end(20) == 1
    assert "/vm/vm2: memory: pa 0x40000000: nk itself, its bundle or the board's tree is there; " in "\n".join(machine.lines(NK))


def test_shared_memory_makes_way(boot, guest_programs, system_dts):
    """What VMs share is at its own address in all of them, and so not where one of them finds a device."""
    del guest_programs  # built by now
    vms = "".join(RAW.format(vm=vm, name=f"vm{vm}", cpu=vm - 2, base="") for vm in (2, 3)) + """
&hyp { pmem-size = <0x00100000>; };
&vm2_vdevs { link: link@s { compatible = "link"; server; }; };
&vm3_vdevs { link@c { peer-phandle = <&link>; client; }; };
"""

    def link_of(more):
        machine = boot(system_dts(vms + more, "place"), cpus=2, mem=1024)
        link = Guest(machine, 2).look("link")
        assert Guest(machine, 3).look("link") == link
        assert machine.quit() == 0
        return link

    usual = link_of("")
    assert usual
    moved = link_of(f'&vm3 {{ devices = "/pl031@9010000"; ipa = <0x0 {usual:#x}>; }};')
    assert moved and not usual <= moved < usual + 0x1000
    place = usual & ~0xffff
    moved = link_of(f"&vm3 {{ gic = <0x0 0x08000000>, <0x0 {place:#x}>; memory {{ base = <0x0 0x10000000>; }}; }};")
    assert moved and not place <= moved < place + 0x20000
    moved = link_of(f"&vm3 {{ uart = <0x0 {usual & ~0xfff:#x} 40>; memory {{ base = <0x0 0x10000000>; }}; }};")
    assert moved and not usual & ~0xfff <= moved < usual + 0x1000


# The tree of a machine with other addresses than QEMU's, of which nk only sets the memory.
MACHINE = """
/dts-v1/;
/ {{
	#address-cells = <2>;
	#size-cells = <2>;
	interrupt-parent = <&gic>;
	cpus {{
		#address-cells = <1>;
		#size-cells = <0>;
		cpu@0 {{ device_type = "cpu"; reg = <0>; enable-method = "psci"; }};
		cpu@1 {{ device_type = "cpu"; reg = <1>; enable-method = "psci"; }};
	}};
	psci {{ compatible = "arm,psci-1.0"; method = "hvc"; }};
	gic: interrupt-controller@2f000000 {{
		compatible = "{kind}";
		reg = <0x0 0x2f000000 0x0 0x10000>, <0x0 {second:#x} 0x0 0x100000>;
		interrupt-controller;
		#interrupt-cells = <3>;
	}};
	uart@{uart:x} {{ compatible = "arm,pl011"; reg = <0x0 {uart:#x} 0x0 0x1000>; interrupts = <0 5 4>; }};
}};
"""
OTHERS = """
&vm2 {{
	name = "gic";
	kernel = "gic";
	kernel-offset = <0x80000>;
	dtb = "tree";
	gic = <0x0 0x2f000000>, <0x0 {second:#x}>;
	uart = <0x0 0x1c090000 37>;
	memory {{ size = <0x0 0x01000000>; base = <0x0 0x80000000>; }};
}};
&vm2_vcpus {{ #count = <2>; affinity = "0,1"; }};
"""


def compiled(tmp_path, kind="arm,gic-v3", second=0x2f100000, uart=0x1c090000):
    tree = tmp_path / "tree.dtb"
    text = MACHINE.format(kind=kind, second=second, uart=uart)
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree, "-"], input=text, text=True, check=True)
    return tree


@pytest.mark.parametrize("gic, kind, second", [(2, "arm,gic-400", 0x2c000000), (3, "arm,gic-v3", 0x2f100000)])
def test_made_for_another_machine(boot, guest_programs, system_dts, tmp_path, gic, kind, second):
    """A program that knows its addresses, by a tree that is not nk's, finds a whole GIC there, and a UART."""
    tree = compiled(tmp_path, kind, second)
    system = system_dts(OTHERS.format(second=second), "others")
    machine = boot(system, {"gic": guest_programs["gic"], "tree": tree}, gic=gic, cpus=2, mem=512)
    check_tap(machine, 2)
    assert machine.wait_end(20) == 0


def test_no_uart(boot, guest_programs, system_dts, tmp_path):
    """Keys and text go by hypercalls, as the tree has no UART; where another tree has the board's, there is none."""
    vms = a_vm(2, "counter", more='uart = "none";') + a_vm(3, more='uart = "none"; dtb = "tree"; on-stray = "stop";')
    images = {**guest_programs, "tree": compiled(tmp_path, uart=0x09000000)}
    machine = boot(system_dts(vms, "place"), {name: images[name] for name in ("counter", "hello", "tree")}, cpus=2, mem=512)
    machine.wait_line(NK, r"vm3 hello3: .*access to memory the VM does not have")
    machine.wait_line(2, "fresh")
    machine.mark(2)
    machine.send(2, "restart\n")
    machine.wait_line(2, "fresh")
    assert not machine.lines(3)
    assert machine.quit() == 0
