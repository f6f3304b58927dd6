# SPDX-License-Identifier: Apache-2.0
"""The boards beside QEMU's virt machine: the same nk.bin boots two Debian guests there, which share what they do elsewhere."""

import subprocess

import pytest
from linuxvm import small
from nklib import boards, qemu
from tap import check_tap
from test_nk_guest import Pair, check_disk, check_network

pytestmark = pytest.mark.system

OTHERS = [name for name in boards.names() if name != boards.DEFAULT]
GIC = {"zcu102": 2, "versal": 3}
CPUS = {"zcu102": 4, "versal": 2}


@pytest.fixture
def small_system(tmp_path):
    """small_system(board): its usual system, with small guests."""

    def write(board):
        system = boards.system(board)
        for file in {system, boards.build.ROOT / boards.SYSTEM}:  # one may include the other
            (tmp_path / file.name).write_text(small(file.read_text()))
        return tmp_path / system.name

    return write


def check_console(machine):
    """What is sent is whole, by the board's own UART, and what is typed is heard, at nk's prompt too."""
    numbers = [str(n) for n in range(1, 401)]
    for vm in 2, 3:
        assert machine.check(vm, "seq 1 400").split() == numbers
    assert any("vm3 linux-b: running" in line for line in machine.nk_prompt("vm"))


def check_cpus(machine, board):
    each = CPUS[board] // 2
    assert machine.lines(1)[0].endswith(f", GICv{GIC[board]}, {CPUS[board]} CPUs")
    assert f"nk: {CPUS[board]} of {CPUS[board]} CPUs, 2 VMs" in machine.lines(1)
    for vm in 2, 3:
        assert machine.check(vm, "nproc") == str(each)


def check_life(pair):
    pair.machine.mark(3)
    assert pair.nk(2, "restart --wait 60 3")["starts"] == 2
    pair.machine.wait_ready(3)
    check_network(pair)
    check_disk(pair)


@pytest.mark.parametrize("board", OTHERS)
def test_two_guests(boot_linux, small_system, board):
    machine = boot_linux(small_system(board), board=board)
    pair = Pair(machine)
    check_cpus(machine, board)
    check_network(pair)
    check_disk(pair)
    check_console(machine)
    check_life(pair)
    assert machine.quit() == 0


# Of QEMU's virt machine.
VIRT = """
&vm2 {{
	name = "gic";
	kernel = "gic";
	kernel-offset = <0x80000>;
	dtb = "virt";
	gic = <0x0 0x08000000>, <0x0 {second:#x}>;
	uart = <0x0 0x09000000 33>;
	memory {{ size = <0x0 0x01000000>; base = <0x0 0x40000000>; }};
}};
&vm2_vcpus {{ #count = <2>; affinity = "0,1"; }};
"""
SECOND = {2: 0x08010000, 3: 0x080a0000}


@pytest.mark.parametrize("board", OTHERS)
def test_image_of_the_virt_machine(boot, guest_programs, system_dts, tmp_path, board):
    """With QEMU's own tree of that machine, of which each address is right."""
    gic, tree = GIC[board], tmp_path / "virt.dtb"
    subprocess.run(qemu.argv(guest_programs["gic"], machine=f"virt,dumpdtb={tree}", gic=gic, cpus=2, mem=128, el2=False),
                   capture_output=True, check=True)
    machine = boot(system_dts(VIRT.format(second=SECOND[gic])), {"gic": guest_programs["gic"], "virt": tree}, board=board)
    check_tap(machine, 2)
    assert machine.wait_end(20) == 0
