# SPDX-License-Identifier: Apache-2.0
"""The harness: taking the console apart, and driving a machine, with a script in QEMU's place."""

import sys

import pytest
from nklib.demux import NK, OTHER, Demux, plain
from nklib.machine import Ended, Machine, Timeout

pytestmark = pytest.mark.harness

ERASE = "\r\x1b[K"


def vm_line(vm, text, colour=32):
    return f"\x1b[{colour}mvm{vm} linux-{vm}| \x1b[0m{text}"


def demux(stream, chunk=None, bare=None):
    """The lines of a stream fed in chunks, and its unfinished line."""
    lines = []
    splitter = Demux(lambda vm, name, text: lines.append((vm, text)), bare)
    data = stream.encode()
    for at in range(0, len(data), chunk or len(data) or 1):
        splitter.feed(data[at:at + (chunk or len(data))])
    return lines, splitter.unfinished()


@pytest.mark.parametrize("chunk", [None, 1, 2, 7])
def test_lines_go_to_their_owners(chunk):
    stream = ("SeaBIOS says hello\r\n"
              "\x1b[0mnk: 4 CPUs\r\n"
              + vm_line(2, "one\r\n") + vm_line(3, "two\r\n") + vm_line(12, "\r\n")
              + "vm2 linux-2| no colour\r\n"
              + "nk: keyboard: vm3 linux-3\r\n")
    lines, unfinished = demux(stream, chunk)
    assert lines == [(OTHER, "SeaBIOS says hello"), (NK, "nk: 4 CPUs"), (2, "one"), (3, "two"),
                     (12, ""), (2, "no colour"), (NK, "nk: keyboard: vm3 linux-3")]
    assert unfinished == (OTHER, "")


@pytest.mark.parametrize("chunk", [None, 1, 3])
def test_unfinished_line_is_forgotten_and_shown_again(chunk):
    stream = (vm_line(2, "a:~# ec") + ERASE + vm_line(3, "tick\r\n") + vm_line(2, "a:~# ec")
              + "ho hi\r\n" + vm_line(2, "hi\r\n") + vm_line(2, "a:~# "))
    lines, unfinished = demux(stream, chunk)
    assert lines == [(3, "tick"), (2, "a:~# echo hi"), (2, "hi")]
    assert unfinished == (2, "a:~# ")


def test_guest_that_erases_its_own_line_keeps_it():
    lines, _ = demux(vm_line(2, "50 %") + ERASE + "100 %\r\n" + vm_line(3, "x\r\n"))
    assert lines == [(2, "100 %"), (3, "x")]


def test_guest_cannot_speak_for_another():
    lines, _ = demux(vm_line(2, "vm3 linux-3| forged\r\n") + vm_line(2, "nk: forged\r\n"))
    assert lines == [(2, "vm3 linux-3| forged"), (2, "nk: forged")]


def test_prompt_of_nk():
    lines, unfinished = demux("\x1b[0mnk> vm\r\nnk: vm2 runs\r\nnk> ")
    assert lines == [(NK, "nk> vm"), (NK, "nk: vm2 runs")]
    assert unfinished == (NK, "nk> ")


def test_odd_bytes_pass():
    lines, _ = demux("vm2 a| \ttab\rcr \x1b[1mbold\x1b[0m\r\n")
    assert lines == [(2, "\ttab\rcr \x1b[1mbold\x1b[0m")]
    assert plain(lines[0][1]) == "\ttab\rcr bold"
    got = []
    Demux(lambda *line: got.append(line)).feed(b"vm2 a| \xff\xfe\r\n")
    assert got == [(2, "a", "\ufffd\ufffd")]


def test_bare_stream_is_one_guest():
    lines, unfinished = demux("nk: mine\r\nvm3 x| mine\r\n> ", bare=2)
    assert lines == [(2, "nk: mine"), (2, "vm3 x| mine")]
    assert unfinished == (2, "> ")


# A stand-in for QEMU with nk and two shells in it, as far as the protocol goes.
FAKE = r'''
import os, select, sys, time
focus = 2
typed = {1: b"", 2: b"", 3: b""}
def out(text): os.write(1, text.encode())
def line(vm, text): out((f"\x1b[3{vm}mvm{vm} lx{vm}| \x1b[0m" if vm > 1 else "") + text + "\r\n")
def prompt(): out("nk> " if focus == 1 else f"\x1b[3{focus}mvm{focus} lx{focus}| \x1b[0mlx{focus}:~# ")
line(1, "nk: hello")
if "late" in sys.argv: time.sleep(1)  # what was typed until now is lost
while "late" in sys.argv and select.select([0], [], [], 0)[0]: os.read(0, 1)
line(1, "nk: 4 of 4 CPUs, 2 VMs")
for vm in (2, 3): line(vm, f"nk-init: shell ready on lx{vm}")
prompt()
key = False
while True:
    c = os.read(0, 1)
    if not c: sys.exit(9)
    if key:
        key = False
        if c == b"q": out("\r\x1b[K"); line(1, "nk: bye"); sys.exit(0)
        if c == b"\x1d": typed[focus] += c; continue
        focus = int(c)
        out("\r\x1b[K"); line(1, f"nk: keyboard: {'nk' if focus == 1 else f'vm{focus} lx{focus}'}")
        prompt()
    elif c == b"\x1d": key = True
    elif c in b"\r\n":
        text, typed[focus] = typed[focus].decode(), b""
        out(text[:40] + "\r\n")
        if focus == 1: line(1, f"nk: no command {text}: help" if "end" in text else f"nk: did {text}")
        elif "hang" not in text:
            begin, command, end = [part.strip() for part in text.split(";")]
            line(focus, begin.split()[1].replace("'", ""))
            line(5 - focus, "a line of the other one")
            line(focus, f"output of {command}")
            line(focus, "tail" + end.split()[1].replace("'", "").replace("$?", "7" if "fail" in command else "0"))
        prompt()
    else: typed[focus] += c
'''


@pytest.fixture
def fake(tmp_path):
    with Machine([sys.executable, "-c", FAKE], tmp_path / "log") as machine:
        yield machine


def test_run_commands_on_two_shells(fake):
    fake.wait_ready(2, 10)
    fake.wait_ready(3, 10)
    assert fake.run(3, "uname -a", 10) == (0, ["output of uname -a", "tail"])
    assert fake.run(2, "fail", 10) == (7, ["output of fail", "tail"])
    assert "a line of the other one" in fake.lines(2)
    assert fake.nk_prompt("vm 3") == ["nk: did vm 3"]
    assert fake.quit() == 0
    assert fake.lines(NK)[-1] == "nk: bye"


def test_nothing_is_typed_before_nk_reads(tmp_path):
    with Machine([sys.executable, "-c", FAKE, "late"], tmp_path / "log") as machine:
        machine.wait_line(NK, "hello", 10)
        machine.wait_up(10)
        assert machine.nk_prompt("vm 3", 10) == ["nk: did vm 3"]


def test_the_keyboard_is_waited_for_as_long_as_told(tmp_path):
    with Machine([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path / "log") as machine:
        for wait in (lambda: machine.nk_prompt("vm", 0.3), lambda: machine.run(3, "true", 0.3)):
            with pytest.raises(Timeout, match="the keyboard did not go to .* in 0.3 s"):
                wait()


def test_timeout_shows_the_consoles(fake):
    with pytest.raises(Timeout, match=r"(?s)did not end in 0.3 s.*vm3 lx3.*shell ready on lx3"):
        fake.run(3, "hang", 0.3)


def test_end_of_the_machine_is_noticed(fake):
    fake.wait_ready(2, 10)
    fake.key("q")
    with pytest.raises(Ended, match="before the machine ended"):
        fake.wait_line(2, "never", 10)
    assert fake.wait_end() == 0


def test_logs_are_kept_by_owner(fake, tmp_path):
    fake.wait_ready(3, 10)
    fake.quit()
    fake.kill()
    assert (tmp_path / "log/vm3.log").read_text() == "nk-init: shell ready on lx3\n"
    assert (tmp_path / "log/nk.log").read_text() == "nk: hello\nnk: 4 of 4 CPUs, 2 VMs\nnk: bye\n"
    assert b"\x1b[32mvm2 lx2| " in (tmp_path / "log/console.log").read_bytes()
