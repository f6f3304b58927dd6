# SPDX-License-Identifier: Apache-2.0
"""The guests' tool nk on what other VMs have, CPUs and memory; as in test_nk_tool.py."""

import os
import shutil
import struct

import pytest
from test_nk_tool import guest, tool

pytestmark = pytest.mark.unit
__all__ = ["guest", "tool"]  # fixtures


def test_crashed(guest):
    guest.prop("nk.vm.5.state.crashed", struct.pack("<I", 5))
    assert [vm["state"] for vm in guest.json("list")] == ["running", "paused", "crashed"]
    assert guest.json("stop", "5", "--wait", "1")["state"] == "crashed"  # it has stopped


def test_dump(guest, tmp_path):
    data = b"\x7fELF" + bytes(200000) + os.urandom(70000) + bytes(5000)
    guest.write(guest.proc / "vmcore/5", data)
    out = tmp_path / "core"
    assert guest.json("dump", "5", str(out)) == {"id": 5, "file": str(out), "size": len(data)}
    assert out.read_bytes() == data
    assert out.stat().st_mode & 0o777 == 0o600
    assert "File exists" in guest.run("dump", "5", str(out), status=1)
    assert out.read_bytes() == data
    assert 'nk.vm.3.dump { allow-get = "2"; };' in guest.run("dump", "3", str(tmp_path / "other"), status=1)
    assert "there is no VM 4" in guest.run("dump", "4", str(tmp_path / "other"), status=1)
    guest.run("dump", "5", status=2)
    guest.run("dump", "5", "a", "b", status=2)
    shutil.rmtree(guest.proc / "vmcore")
    assert "modprobe vlx-dump" in guest.run("dump", "5", str(tmp_path / "other"), status=1)
    assert not (tmp_path / "other").exists()


def cpus(guest, *rows):
    """What nk.cpus.handover says: (owner, state, from, to, number) for each CPU."""
    guest.prop("nk.cpus.handover", b"".join(struct.pack("<BBBBI", *row) for row in rows))


def test_cpu_list(guest):
    cpus(guest, (0, 0, 0, 0, 0), (2, 0, 0, 0, 0), (3, 2, 2, 3, 7), (2, 3, 2, 3, 1), (2, 1, 2, 3, 5), (2, 4, 2, 3, 5))
    assert guest.run("cpu", "list").decode().splitlines() == [
        "CPU  OF                  LAST REQUEST", "  0   -                  none", "  1   2 linux-a          none",
        "  2   3 vm3              done: VM 2 to VM 3", "  3   2 linux-a          late: VM 2 to VM 3",
        "  4   2 linux-a          waiting: VM 2 to VM 3", "  5   2 linux-a          withdrawn: VM 2 to VM 3"]
    rows = guest.json("cpu", "list")
    assert rows[0] == {"cpu": 0, "owner": None, "state": "none"}
    assert rows[2] == {"cpu": 2, "owner": 3, "name": "vm3", "state": "done", "from": 2, "to": 3, "requests": 7}
    guest.run("cpu", "list", "1", status=2)


def test_cpu_give(guest):
    cpus(guest, (0, 0, 0, 0, 0), (3, 2, 2, 3, 7))
    guest.prop("nk.cpus.give", b"")
    assert guest.run("cpu", "give", "1", "3") == b""
    assert (guest.sys / "prop/nk.cpus.give").read_bytes() == struct.pack("<II", 1, 3)
    assert guest.json("cpu", "give", "1", "vm3", "--wait", "1")["owner"] == 3
    cpus(guest, (0, 0, 0, 0, 0), (2, 3, 2, 3, 7))
    assert "VM 2 has not let go of CPU 1" in guest.run("cpu", "give", "1", "3", "--wait", "1", status=1)
    cpus(guest, (0, 0, 0, 0, 0), (2, 4, 2, 3, 7))
    assert "CPU 1 stays VM 2's" in guest.run("cpu", "give", "1", "3", "--wait", "1", status=1)
    cpus(guest, (0, 0, 0, 0, 0), (2, 1, 2, 3, 7))
    assert "still has CPU 1 after 0.1 s" in guest.run("cpu", "give", "1", "3", "--wait", "0.1", status=1)
    assert "no VM 4" in guest.run("cpu", "give", "1", "4", status=1)
    for wrong in (), ("x", "3"), ("1",), ("1", "2", "3"), ("1", "3", "--wait", "x"), ("-1", "3"):
        guest.run("cpu", "give", *wrong, status=2)
    guest.run("cpu", status=2)
    guest.run("cpu", "take", status=2)
