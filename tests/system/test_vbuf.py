# SPDX-License-Identifier: Apache-2.0
"""Buffers that two Debian guests share without a copy: vdmaheap and vion on vlx-vbuf, and vlx-dma-heap, which has the memory."""

import re

import pytest
from gics import on_gic
from linuxvm import PMEM_READ, nk_vm, restart_vm, same_pmem, wait_for
from tally import did
from tap import Tap
from test_linux_nkops import no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

MIB = 1 << 20
SIZE, SEED = 2 * MIB, 7
BIG = 32 * MIB
PMEM = 16 + (112 + BIG // 4096 * 16) * 1  # as the manual's rule for pmem has it
# Buffers of either VM in the other one by vdmaheap, and of VM 2 in VM 3 by vion.
SYSTEM = PMEM_READ + f"""
&hyp {{ pmem-size = <0x400000>; }};
&vm2_vdevs {{
	heap_be23: vdmaheap-be {{ compatible = "vrpc"; server; info = "vdmaheap,{PMEM}"; grants = <12288>; }};
	vdmaheap-fe32 {{ peer-phandle = <&heap_be32>; client; info = "vdmaheap"; }};
	ion_be23: vion-be {{ compatible = "vrpc"; server; info = "vion,4096"; grants = <1024>; critical; }};
}};
&vm3_vdevs {{
	heap_be32: vdmaheap-be {{ compatible = "vrpc"; server; info = "vdmaheap"; grants = <1024>; }};
	vdmaheap-fe23 {{ peer-phandle = <&heap_be23>; client; info = "vdmaheap"; }};
	vion-fe23 {{ peer-phandle = <&ion_be23>; client; info = "vion"; }};
}};
"""
RESTARTS = 3
TURNS = 200
ENOENT, EACCES, EPIPE = 2, 13, 32
SAYS = {ENOENT: "No such file", EACCES: "Permission denied", EPIPE: "Broken pipe"}


def granted(machine, vm):
    """Pages of this VM's own that its peers have, on all links, as nk knows them."""
    lines = machine.check(vm, "cat /proc/nk/vdevs").splitlines()
    return sum(int(m[1]) for m in (re.search(r"GRANT: (\d+) pages to the peer", line) for line in lines) if m)


def give(machine, vm, face="vdmaheap", heap="system", size=SIZE, seed=SEED, count=1, tag="give"):
    """Buffers of a program that stays: [(GID, credentials)]."""
    machine.check(vm, f"buf-test give {face} {heap} {size} {seed} {count} >/tmp/{tag} 2>/tmp/{tag}.err & echo $! >/tmp/{tag}.pid")
    wait_for(machine, vm, f"[ $(wc -l </tmp/{tag}) = {count} -o -s /tmp/{tag}.err ]")
    lines = machine.check(vm, f"cat /tmp/{tag}.err /tmp/{tag}").splitlines()
    assert len(lines) == count and all(line.split()[2] == str(size) for line in lines), lines
    return [tuple(line.split()[:2]) for line in lines]


def stop(machine, vm, tag="give"):
    """The program goes, and with it what it has exported, or imported."""
    machine.check(vm, f"kill $(cat /tmp/{tag}.pid); while [ -d /proc/$(cat /tmp/{tag}.pid) ]; do sleep 0.05; done")


def take(machine, vm, buffer, face="vdmaheap", options=""):
    return machine.check(vm, f"buf-test take {face} {buffer[0]} {buffer[1]} {options}", timeout=60)


def hold(machine, vm, buffer, face="vdmaheap", tag="hold"):
    machine.check(vm, f"buf-test take {face} {buffer[0]} {buffer[1]} hold >/tmp/{tag} & echo $! >/tmp/{tag}.pid")
    wait_for(machine, vm, f"[ -s /tmp/{tag} ]")


def cannot_take(machine, vm, buffer, error, face="vdmaheap"):
    status, said = machine.run(vm, f"buf-test take {face} {buffer[0]} {buffer[1]}", timeout=60)
    assert status == 1 and SAYS[error] in said[-1], said


def sum_of(machine, vm, size=SIZE, seed=SEED):
    return machine.check(vm, f"buf-test sum {size} {seed}", timeout=60)


def stats(machine, vm, what="", face="vdmaheap"):
    text = machine.check(vm, f"buf-test stats {face} {what}").split()
    if what:
        return dict(zip(text[::2], map(int, text[1::2])))
    return {text[n]: (int(text[n + 1]), int(text[n + 2])) for n in range(0, len(text), 3)}


def links_up(machine):
    machine.check(2, "buf-test link vdmaheap 8 8", timeout=60)
    machine.check(3, "buf-test link vdmaheap 4 4 && buf-test link vion 4 4", timeout=60)


def all_gone(machine, *vms):
    """No page is at a peer, and nothing is left of buffers."""
    for vm in vms:
        wait_for(machine, vm, "! grep -q GRANT /proc/nk/vdevs")
        for face in "vdmaheap", "vion":
            counts = stats(machine, vm, face=face)
            assert counts["client"][0] == counts["client"][1] + 1  # who asks
            for kind in "export", "import", "dmabuf":
                assert counts[kind][0] == counts[kind][1], (vm, face, counts)


def check_files(machine):
    for vm in 2, 3:
        machine.check(vm, "modprobe vlx-dma-heap && modprobe vdmaheap && modprobe vion")
    links_up(machine)
    assert machine.check(2, "buf-test version vdmaheap; buf-test version vion").splitlines() == ["4 0x17"] * 2
    for face in "vdmaheap", "vion":
        tap = Tap(machine.check(3, f"buf-test refused {face}").splitlines())
        assert not tap.bad and tap.good == tap.plan, tap.bad
    all_gone(machine, 2, 3)


def check_shared(machine, owner, taker, face, size=SIZE):
    """What one has written the other reads, both ways; all is gone with its users."""
    for heap in "system", "reserved":
        buffer = give(machine, owner, face, heap, size)[0]
        assert int(buffer[0], 0) >> 24 == owner
        name = heap if face == "vdmaheap" else {"system": "0", "reserved": "4"}[heap]
        assert take(machine, taker, buffer, face) == f"{sum_of(machine, owner, size)} {name}"
        hold(machine, taker, buffer, face)
        assert granted(machine, owner) == size // 4096
        assert take(machine, taker, buffer, face, "fill=99").split()[:2] == sum_of(machine, taker, size, 99).split()
        assert take(machine, owner, buffer, face) == f"{sum_of(machine, owner, size, 99)} {name}"
        stop(machine, owner)  # what was imported stays
        cannot_take(machine, taker, buffer, ENOENT, face)
        assert granted(machine, owner) == size // 4096
        stop(machine, taker, "hold")
        all_gone(machine, owner, taker)
        did(face, "buffers shared both ways")


def check_rights(machine):
    """Credentials, of either VM: off by a bit, of another export of the same buffer, of one that has ended."""
    (one, other) = give(machine, 2, count=2)
    wrong = one[0], f"{int(one[1], 16) ^ 1:032x}"
    for vm in 2, 3:
        cannot_take(machine, vm, wrong, EACCES)
        cannot_take(machine, vm, (one[0], other[1]), EACCES)
        cannot_take(machine, vm, (hex(int(other[0], 0) + 1), one[1]), ENOENT)
    assert granted(machine, 2) == 0
    for vm in 2, 3:
        machine.check(vm, "echo 0 >/sys/module/vdmaheap/parameters/vdmaheap_secure")
    assert take(machine, 3, wrong) == f"{sum_of(machine, 3)} system"
    assert machine.check(2, "buf-test version vdmaheap") == "4 0x16"
    for vm in 2, 3:
        machine.check(vm, "echo 1 >/sys/module/vdmaheap/parameters/vdmaheap_secure")
    stop(machine, 2)
    all_gone(machine, 2, 3)


def check_many(machine):
    """In one command, by channels with room for all layouts and for some; one that is not there."""
    for owner, taker in (2, 3), (3, 2):
        buffers = give(machine, owner, size=4096 * 20, count=9)
        sums = [sum_of(machine, taker, 4096 * 20, SEED + n) for n in range(9)]
        words = " ".join(f"{gid} {cred}" for gid, cred in buffers)
        assert machine.check(taker, f"buf-test many vdmaheap {words}").splitlines() == sums
        twice = f"{words.split()[0]} {words.split()[1]}"
        status, said = machine.run(taker, f"buf-test many vdmaheap {twice} {owner << 24:#x} {buffers[0][1]} {twice}")
        assert status == 1 and said[-3:] == [sums[0], f"error {ENOENT}", sums[0]], said
        stop(machine, owner)
        all_gone(machine, owner, taker)


def check_big(machine):
    """32 MiB: as many calls as there is room for in one, and no copy."""
    buffer = give(machine, 2, size=BIG)[0]
    assert take(machine, 3, buffer, options="ro") == f"{sum_of(machine, 3, BIG)} system"
    stop(machine, 2)
    all_gone(machine, 2, 3)


def check_churn(machine):
    buffer = give(machine, 2)[0]
    before = stats(machine, 3, "fe 2")
    machine.check(3, f"buf-test churn vdmaheap {buffer[0]} {buffer[1]} {TURNS}", timeout=120)
    stop(machine, 2)
    all_gone(machine, 2, 3)
    after = stats(machine, 3, "fe 2")
    assert after["import"] - before["import"] == TURNS == after["release"] - before["release"]
    did("vdmaheap", "imports and releases", TURNS)


def check_module_restarts(machine):
    """Of a side without users; with users it stays."""
    buffer = give(machine, 2)[0]
    hold(machine, 3, buffer)
    for vm, tag in (2, "give"), (3, "hold"):
        status, said = machine.run(vm, "rmmod vdmaheap")
        assert status, said
        if vm == 2:
            stop(machine, 2, tag)
            status, said = machine.run(vm, "rmmod vdmaheap")
            assert status, said  # a peer has pages
    stop(machine, 3, "hold")
    all_gone(machine, 2, 3)
    for vm in (2, 3) * RESTARTS:
        machine.check(vm, "rmmod vdmaheap && modprobe vdmaheap")
        links_up(machine)
        did("vdmaheap", "restarts of the module of one side")


def check_vm_restarts(machine):
    """The importer goes: its pages come back. The exporter goes: the importer has a page that is nobody's until it lets go."""
    buffer = give(machine, 2)[0]
    hold(machine, 3, buffer)
    assert granted(machine, 2) == SIZE // 4096
    restart_vm(machine, 3)
    wait_for(machine, 2, "! grep -q GRANT /proc/nk/vdevs")
    machine.check(3, "modprobe vlx-dma-heap && modprobe vdmaheap && modprobe vion")
    links_up(machine)
    assert take(machine, 3, buffer) == f"{sum_of(machine, 3)} system"
    hold(machine, 3, buffer)
    restart_vm(machine, 2)
    machine.check(2, "modprobe vlx-dma-heap && modprobe vdmaheap && modprobe vion")
    links_up(machine)
    cannot_take(machine, 3, buffer, ENOENT)
    machine.check(3, "kill -0 $(cat /tmp/hold.pid)")
    stop(machine, 3, "hold")
    all_gone(machine, 2, 3)
    check_shared(machine, 2, 3, "vdmaheap")
    did("vdmaheap", "restarts of the VM of one side", 2)


@on_gic(3)
def test_vbuf(boot_linux, system_dts, gic):
    machine = boot_linux(system_dts(nk_vm(2, [0], "nk-core") + nk_vm(3, [1], "nk-core") + SYSTEM), gic=gic, cpus=2, mem=1024)
    check_files(machine)
    with same_pmem(machine):
        check_shared(machine, 2, 3, "vdmaheap")
        check_shared(machine, 3, 2, "vdmaheap", size=4096 * 37)
        check_shared(machine, 2, 3, "vion")
        check_rights(machine)
        check_many(machine)
        check_big(machine)
        check_churn(machine)
        check_module_restarts(machine)
    check_vm_restarts(machine)
    for vm in 2, 3:
        machine.check(vm, "rmmod vion vdmaheap vlx-vbuf vrpc vlink-lib vlx-dma-heap")
        no_complaints(machine, vm)
    assert machine.quit() == 0
