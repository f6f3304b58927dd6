# SPDX-License-Identifier: Apache-2.0
"""`nk shutdown`, built for this machine, where the test is the VM that is asked."""

import json
import struct
import subprocess
import time

import pytest
from nklib import build
from nklib.machine import TIME_SCALE
from test_nk_tool import TOOL, Guest

pytestmark = pytest.mark.unit

ASKED = "nk.vm.3.shutdown"
STATE = "nk.vm.3.state.running"


@pytest.fixture
def guest(tmp_path):
    build.make(TOOL)
    return Guest(tmp_path)


def wait_for(what):
    end = time.monotonic() + 30 * TIME_SCALE
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def in_place(file, data):
    """Never empty between, as a property would not be."""
    with open(file, "r+b") as opened:
        opened.write(data)


def test_shutdown(guest):
    guest.prop("nk.vm.3.state.paused", struct.pack("<I", 0))
    guest.prop(ASKED, b"\0")
    file = guest.sys / "prop" / ASKED
    with subprocess.Popen([TOOL, "--json", "shutdown", "--wait", "60", "3"], env=guest.env(), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as waiting:
        wait_for(lambda: file.read_bytes() == b"\2")  # who asks
        in_place(file, b"\0")  # it boots just now, and forgets what was asked before
        wait_for(lambda: file.read_bytes() == b"\2")
        in_place(file, b"\xff")
        in_place(guest.sys / "prop" / STATE, struct.pack("<I", 4))
        out, err = waiting.communicate(timeout=30 * TIME_SCALE)
    assert (waiting.returncode, err) == (0, "")
    assert json.loads(out) == {"id": 3, "name": "vm3", "self": False, "state": "stopped", "starts": 2,
                               "resumes": 0, "forced": False}
    assert (guest.proc / "vmstop").read_text() == ""
    guest.run("shutdown", "3")  # it has stopped already


def test_shutdown_by_force(guest):
    guest.prop("nk.vm.3.state.paused", struct.pack("<I", 0))
    guest.prop(ASKED, b"\0")
    with subprocess.Popen([TOOL, "shutdown", "3", "--wait", "0.2"], env=guest.env(), text=True,
                          stderr=subprocess.PIPE) as waiting:
        wait_for((guest.proc / "vmstop").read_text)
        in_place(guest.sys / "prop" / STATE, struct.pack("<I", 4))
        assert "had not ended after 0.2 s, and was stopped" in waiting.communicate(timeout=30 * TIME_SCALE)[1]
    assert waiting.returncode == 0 and (guest.proc / "vmstop").read_text() == "3"


def test_shutdown_refused(guest):
    assert "VM 3 is paused" in guest.run("shutdown", "3", status=1)
    guest.prop("nk.vm.3.state.paused", struct.pack("<I", 0))
    assert 'nk.vm.3.shutdown { size = <1>; allow-set = "2,3"; allow-get = "2,3"; allow-notify = "3"; };' in \
        guest.run("shutdown", "3", status=1)
    guest.prop(ASKED, b"")
    assert "vlx-shutdown is not loaded there" in guest.run("shutdown", "3", status=1)
    assert "this one" in guest.run("shutdown", "2", status=1)
    assert "no VM 4" in guest.run("shutdown", "4", status=1)
    for args in [], ["3", "5"], ["--wait", "x", "3"], ["--now", "3"]:
        guest.run("shutdown", *args, status=2)
    assert (guest.proc / "vmstop").read_text() == ""
