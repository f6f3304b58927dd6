# SPDX-License-Identifier: Apache-2.0
"""nk-trace on the memory of a machine, by its GDB stub."""

import os
import socket
import subprocess

import pytest
from nklib import build
from nklib.tool import ToolError
from nklib.trace.memory import Memory
from test_panic import LOADED, Symbols, boot_counters

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


def test_no_stub(tmp_path):
    done = subprocess.run([build.ROOT / "scripts/nk-trace", "--gdb", tmp_path / "none"], capture_output=True, text=True,
                          env={**os.environ, "NK_TIMEOUT_SCALE": "0.1"}, check=False)
    assert done.returncode == 1 and done.stderr == f"nk-trace: --gdb: no GDB stub at {tmp_path}/none\n"
