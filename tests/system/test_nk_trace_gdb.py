# SPDX-License-Identifier: Apache-2.0
"""nk-trace on the memory of a machine, by its GDB stub."""

import os
import socket
import subprocess

import pytest
from nklib import build, qemu
from nklib.machine import NK
from nklib.rsp import qemu_args
from nklib.tool import ToolError
from nklib.trace.memory import Memory
from ringdump import check_trace
from test_panic import COUNTER, LOADED, NOWHERE, Symbols, boot_counters, force

pytestmark = pytest.mark.guests

ELF = build.NK.with_suffix(".elf")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_where_nk_is(machines, nk, guest_programs, system_dts):
    """Its variables are found while its CPUs run guests, whose tables say nothing of it; over TCP; and all goes on."""
    del guest_programs
    place = f"127.0.0.1:{free_port()}"
    machine = boot_counters(machines, system_dts, place)
    text = Symbols()["__text_start"]
    with Memory(place, ELF) as memory:
        at = memory.translate(text)
        assert at == LOADED + (text & 0x1fffff)
        assert memory.physical(at, 4096) == nk.read_bytes()[text & 0x1fffff:][:4096]
        with pytest.raises(ToolError, match="^0x700000000000 is not mapped at EL2: is .*nk.elf what runs there"):
            memory.translate(0x700000000000)
    for vm in (2, 3):
        machine.mark(vm)
        machine.wait_line(vm, r"^counter \d+$")


def test_before_nk(machines, nk, guest_programs, system_dts):
    """A machine that has not begun."""
    del nk, guest_programs
    place = f"127.0.0.1:{free_port()}"
    boot_counters(machines, system_dts, place, paused=True)
    with Memory(place, ELF) as memory, pytest.raises(ToolError, match="^no CPU of that machine runs nk yet$"):
        memory.translate(Symbols()["__text_start"])


MONITORING = """
&hyp { monitoring { log-size = <0x2000>; enable = <2>; }; };
"""


@pytest.fixture
def watched(machines, nk, guest_programs, system_dts):
    """watched(append, MORE OPTIONS): two counting VMs, whose events are recorded, and where their stub is."""
    del guest_programs

    def boot(append="nk.panic=off", tree=MONITORING, **options):
        place = f"127.0.0.1:{free_port()}"
        counters = "".join(COUNTER.format(vm=vm, cpu=vm - 2, given="") for vm in (2, 3))
        machine = machines(qemu.argv(nk, build.bundle(system_dts(counters + tree, "watched")), append, cpus=2,
                                     mem=512, extra=qemu_args(place), **options))
        for vm in (2, 3):
            machine.wait_line(vm, r"^counter 3$")
        return machine, place

    return boot


def trace(*args):
    return subprocess.run([build.ROOT / "scripts/nk-trace", *map(str, args)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("gic", [2, 3])
def test_rings(watched, tmp_path, gic):
    """What a real nk has recorded is a trace in which all is as it must be; and a dump that is kept says the same."""
    machine, place = watched(gic=gic)
    done = trace("--gdb", place, "--save", tmp_path / "dump", "-o", tmp_path / "trace.json", "--summary")
    assert (done.returncode, done.stderr) == (0, "")
    tracks, _ = check_trace((tmp_path / "trace.json").read_text())
    for vm in (2, 3):
        ended = {one["name"] for one in tracks[f"vm{vm} counter{vm}", "vcpu0"] if one["ph"] == "X"}
        assert {"store arm,pl011", f"guest, CPU {vm - 2}"} <= ended
        on = [one["name"] for one in tracks["nk: physical CPUs", f"CPU {vm - 2}"] if one["cat"] == "guest"]
        assert set(on) == {f"vm{vm} counter{vm} vcpu0"}
        assert f"vm{vm} counter{vm} vcpu0: guest " in done.stdout
    assert trace(tmp_path / "dump").stdout == done.stdout
    machine.mark(3)
    machine.wait_line(3, r"^counter \d+$")


def test_prompt(watched, tmp_path):
    """What `trace dump` prints is what is in memory; VMs go on, and talk in between."""
    machine, place = watched(console_log=tmp_path / "console")
    machine.nk_prompt("trace stop")
    assert trace("--gdb", place, "-o", tmp_path / "memory.json").returncode == 0
    machine.nk_prompt("trace dump", 60)
    machine.wait_line(NK, "^nk: trace end cpu=1$", 60)
    done = trace("--serial", tmp_path / "console", "-o", tmp_path / "serial.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "serial.json").read_text() == (tmp_path / "memory.json").read_text()


def test_crashed(watched):
    """What each CPU did when nk had to stop: the exit that has no end."""
    machine, place = watched("nk.panic=stop")
    force(place, Symbols(), {"pc": lambda _: NOWHERE})
    machine.wait_line(NK, r"^nk: panic: cpu\d: ")
    done = trace("--gdb", place)
    assert done.returncode == 0
    assert "trap data abort" in [line.strip().removesuffix("it is there still").strip() for line in done.stdout.splitlines()
                                 if line.endswith("it is there still")]


def test_no_rings(watched):
    _, place = watched(tree="")
    done = trace("--gdb", place)
    assert (done.returncode, done.stderr) == (
        1, "nk-trace: the system has no event rings: its tree has no `monitoring` with `log-size`\n")


def test_no_stub(tmp_path):
    done = subprocess.run([build.ROOT / "scripts/nk-trace", "--gdb", tmp_path / "none"], capture_output=True, text=True,
                          env={**os.environ, "NK_TIMEOUT_SCALE": "0.1"}, check=False)
    assert done.returncode == 1 and done.stderr == f"nk-trace: --gdb: no GDB stub at {tmp_path}/none\n"
