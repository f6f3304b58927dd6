# SPDX-License-Identifier: Apache-2.0
"""The harness: taking the console apart, and driving a machine, with a script in QEMU's place."""

import itertools
import os
import re
import shlex
import signal
import subprocess
import sys
import termios
import time

import pexpect
import pytest
from nklib import build, qemu
from nklib.demux import NK, OTHER, Demux, plain
from nklib.machine import TIME_SCALE, Ended, Machine, Timeout

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
              + "nk: focus: vm3 linux-3\r\n")
    lines, unfinished = demux(stream, chunk)
    assert lines == [(OTHER, "SeaBIOS says hello"), (NK, "nk: 4 CPUs"), (2, "one"), (3, "two"),
                     (12, ""), (2, "no colour"), (NK, "nk: focus: vm3 linux-3")]
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
        if c == b"q": out("\r\x1b[K"); line(1, "nk: end: 0: quit"); sys.exit(0)
        if c == b"\x1d": typed[focus] += c; continue
        focus = int(c)
        out("\r\x1b[K"); line(1, f"nk: focus: {'nk' if focus == 1 else f'vm{focus} lx{focus}'}")
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
    assert fake.lines(NK)[-1] == "nk: end: 0: quit"


def test_nothing_is_typed_before_nk_reads(tmp_path):
    with Machine([sys.executable, "-c", FAKE, "late"], tmp_path / "log") as machine:
        machine.wait_line(NK, "hello", 10)
        machine.wait_up(10)
        assert machine.nk_prompt("vm 3", 10) == ["nk: did vm 3"]


def test_the_keyboard_is_waited_for_as_long_as_told(tmp_path):
    with Machine([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path / "log") as machine:
        for wait in (lambda: machine.nk_prompt("vm", 0.3), lambda: machine.run(3, "true", 0.3)):
            with pytest.raises(Timeout, match="the focus did not go to .* in 0.3 s"):
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
    assert (tmp_path / "log/nk.log").read_text() == "nk: hello\nnk: 4 of 4 CPUs, 2 VMs\nnk: end: 0: quit\n"
    assert b"\x1b[32mvm2 lx2| " in (tmp_path / "log/console.log").read_bytes()


# nk-run, with a script that is called like QEMU: it prints $SAYS, on the chardev's logfile too, and stays
# if $STAYS says so.
FAKE_QEMU = r'''#!/usr/bin/python3
import os, re, sys, time, tty
if os.isatty(0): tty.setraw(0)
open(os.environ["PIDS"], "a").write(f"{os.getpid()}\n")
text = os.environ["SAYS"].encode()
log = re.search(r"logfile=([^, ]*)", " ".join(sys.argv))
if log: open(log[1], "wb").write(text)
os.write(1, text)
if os.environ["STAYS"]: time.sleep(300)
sys.exit(int(os.environ["GIVES"]))
'''
UP = "nk: 4 of 4 CPUs, 2 VMs\r\n"


def listen_to_signals():
    """As a shell starts what is in the foreground, however the tests were started."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class FakeRun:
    """nk-run with FAKE_QEMU, in a terminal of its own, whose session it leads if it is not run by another."""

    def __init__(self, place, *arguments, says=UP, stays="", gives=0, leader=()):
        fake = place / "bin/qemu-system-aarch64"
        fake.parent.mkdir(exist_ok=True)
        fake.write_text(FAKE_QEMU)
        fake.chmod(0o755)
        self._pids = place / "pids"
        environ = {**os.environ, "PATH": f"{fake.parent}:{os.environ['PATH']}", "QEMU": "", "SAYS": says,
                   "STAYS": stays, "GIVES": str(gives), "PIDS": str(self._pids)}
        argv = [*leader, str(build.ROOT / "scripts/nk-run"), "--nk", "/dev/null", "--bundle", "/dev/null", *arguments]
        self.child = pexpect.spawn(argv[0], argv[1:], env=environ, encoding="utf-8", timeout=20 * TIME_SCALE,
                                   preexec_fn=listen_to_signals)
        self.terminal = termios.tcgetattr(self.child.fileno())

    def qemu(self):
        """The process id of the one that stands for QEMU, when it runs."""
        end = time.monotonic() + 20 * TIME_SCALE
        while time.monotonic() < end:
            if self._pids.exists() and self._pids.read_text().endswith("\n"):
                return int(self._pids.read_text())
            time.sleep(0.01)
        raise AssertionError(f"no QEMU was started: {self.child.read_nonblocking(4000, 0)}")

    def status(self):
        """How nk-run ended: its exit status, or minus the signal."""
        self.child.expect(pexpect.EOF)
        restored = termios.tcgetattr(self.child.fileno())
        self.child.wait()
        if self.child.exitstatus is not None:  # else it had no time for that
            assert restored == self.terminal
            return self.child.exitstatus
        return -self.child.signalstatus

    def close_terminal(self):
        """Takes the terminal away; the child's own close() would send it signals, too."""
        self.child.ptyproc.fileobj.close()


def gone(pid):
    """Whether a process ends, in bounded time."""
    end = time.monotonic() + 20 * TIME_SCALE
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


MODES = {"terminal": [], "batch": ["--batch"], "exec": ["--exec", "vm2:true"], "bench": ["--bench"]}


@pytest.mark.parametrize("mode, number", [
    ("terminal", signal.SIGTERM), ("terminal", signal.SIGHUP), ("terminal", signal.SIGINT),
    ("terminal", signal.SIGKILL), ("batch", signal.SIGTERM), ("batch", signal.SIGHUP), ("exec", signal.SIGTERM),
    ("exec", signal.SIGKILL), ("bench", signal.SIGHUP),
])
def test_no_qemu_outlives_nk_run(tmp_path, mode, number):
    run = FakeRun(tmp_path, *MODES[mode], stays="yes")
    pid = run.qemu()
    os.kill(run.child.pid, number)
    assert run.status() == (-number if number == signal.SIGKILL else 128 + number)
    assert gone(pid)


# As make is: it waits for its child, and what it is told by a signal is its own.
DEAF_LEADER = ["sh", "-c", 'trap : HUP; "$@"; exit $?', "sh"]


@pytest.mark.parametrize("leader", [[], DEAF_LEADER], ids=["leads", "led"])
def test_no_qemu_outlives_its_terminal(tmp_path, leader):
    run = FakeRun(tmp_path, stays="yes", leader=leader)
    pid = run.qemu()
    run.close_terminal()
    assert gone(pid)
    run.child.wait()
    assert run.child.exitstatus == 128 + signal.SIGHUP


def test_no_qemu_outlives_a_test(tmp_path):
    """Nor whoever else drives a Machine."""
    script = ("import sys, time; sys.path.insert(0, 'scripts'); from nklib.machine import Machine\n"
              "machine = Machine([sys.executable, '-c', 'import os, time; print(os.getpid(), flush=True);"
              " time.sleep(300)'], bare=2).start()\n"
              "print(machine.wait_line(2, r'\\d+')[0], flush=True); time.sleep(300)")
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=build.ROOT) as driver:
        pid = int(driver.stdout.readline())
        driver.kill()
    assert gone(pid)


ENDS = {
    "in-order": ("nk: end: 0: the last VM has stopped\r\n", 0, 0),
    "failed": ("nk: vm2 a: ended: x\r\nnk: end: 3: the last VM has stopped, nk had ended one\r\n", 0, 3),
    "config": ("nk: error: x\r\n\x1b[0mnk: end: 1: wrong configuration\r\n", 0, 1),
    "panic": ("nk: panic: x\r\n" + vm_line(2, "x\r\n") + "nk: end: 2: panic\r\n", 0, 2),
    "prompt-behind": (vm_line(2, "# ") + ERASE + "\x1b[0mnk: end: 0: quit\r\n" + vm_line(2, "# "), 0, 0),
    "no-line": ("nk: vm2 a: stopped\r\n", 0, 4),
    "nothing": ("", 0, 4),
    "started-anew": ("nk: end: 0: reset\r\nnk: nk 1, GICv3, 4 CPUs\r\n", 0, 4),
    "forged": ("nk: vm2 a: stopped\r\n" + vm_line(2, "nk: end: 0: quit\r\n") + vm_line(2, "\rnk: end: 0: q"), 0, 4),
    "of-a-vm": ("nk: vm2 nk: end: 0: ended: x\r\n", 0, 4),
    "by-qemu": ("nk: end: 0: quit\r\n", 1, 4),
}


@pytest.mark.parametrize("says, gives, status", ENDS.values(), ids=ENDS)
def test_status_is_in_the_last_line(tmp_path, says, gives, status):
    assert FakeRun(tmp_path, says=says, gives=gives).status() == status
    script = f"import sys; sys.stdout.buffer.write({says.encode()!r}); sys.exit({gives})"
    with Machine([sys.executable, "-c", script], tmp_path / "log") as machine:
        assert machine.wait_end() == status
    with Machine([sys.executable, "-c", script], tmp_path / "log", bare=2) as machine:
        assert machine.wait_end() == gives


def test_status_of_a_batch(tmp_path):
    assert FakeRun(tmp_path, "--batch", says=ENDS["failed"][0]).status() == 3


def test_time_is_over(tmp_path):
    """A command that does not end: nk-run does, and shows the consoles."""
    run = FakeRun(tmp_path, "--exec", "vm2:sleep 1000", "--timeout", "0.5",
                  says=UP + vm_line(2, "nk-init: shell ready\r\n"), stays="yes")
    run.child.expect("vm2 linux-2: last 1 of 1 lines\r\nnk-init: shell ready")
    assert run.status() == 5


def test_no_machine_has_semihosting():
    """It gives every program at EL1 the host's files, and nothing at EL2 can trap it."""
    for el2, icount, interactive in itertools.product([True, False], repeat=3):
        argv = qemu.argv("nk.bin", "a.itb", "nk.panic=off", el2=el2, icount=icount, interactive=interactive)
        assert not any("semihosting" in arg for arg in argv)
        assert argv[argv.index("-monitor") + 1] == "none" and "-mon" not in argv
    for extra in (["-semihosting"], ["--semihosting-config", "enable=on"]):
        with pytest.raises(qemu.OptionError, match="this host's files"):
            qemu.argv("nk.bin", extra=extra)
    # Nor does anything in the tree make a command line of its own with it.
    files = subprocess.run(["git", "grep", "-lE", "--", "-semihosting"], cwd=build.ROOT, capture_output=True,
                           text=True, check=False).stdout.split()
    assert set(files) <= {"scripts/nklib/qemu.py", "tests/system/test_harness.py", "docs/guide/porting.md",
                          "docs/threat-model.md"}


def test_every_bound_is_scaled():
    """NK_TIMEOUT_SCALE is for all of them, those of programs and of loops too."""
    bounds = subprocess.run(["git", "grep", "-nE", r"monotonic\(\) \+ |timeout=[^)]*, check=|communicate\(timeout=", "--",
                             "tests/*.py", "scripts/nklib"], cwd=build.ROOT, capture_output=True, text=True,
                            check=True).stdout.splitlines()
    assert len(bounds) > 10
    # What is not a bound, but lasts so long; and a wait whose end is seen only by what comes no more.
    known = ("SCALE", "soak_share", "FUZZ_SECONDS", "test_panic.py", "test_harness.py")
    assert [line for line in bounds if not any(word in line for word in known)] == []


@pytest.mark.parametrize("machine, gic, el2, whole", [
    ("virt", None, True, "virt,gic-version=3,virtualization=on,secure=off"),
    ("virt", 2, False, "virt,gic-version=2,virtualization=off"),
    ("virt,highmem=off", 3, True, "virt,highmem=off,gic-version=3,virtualization=on,secure=off"),
    ("virt,gic-version=2", None, True, "virt,gic-version=2,virtualization=on,secure=off"),
    ("virt,gic-version=2,secure=no,virtualization=true", 2, True,
     "virt,gic-version=2,secure=no,virtualization=true"),
    ("virt-7.2,virtualization", None, True, "virt-7.2,virtualization,gic-version=3,secure=off"),
    ("xlnx-zcu102,virtualization=on", None, True, "xlnx-zcu102,virtualization=on"),
])
def test_machine_keeps_what_nk_needs(machine, gic, el2, whole):
    assert qemu.machine_option(machine, gic, el2) == whole


@pytest.mark.parametrize("arguments, why", [
    ("--machine virt,virtualization=off", "nk needs EL2: virtualization=on, or leave it out"),
    ("--machine virt,secure=on", "secure=off, or leave it out"),
    ("--machine virt,gic-version=2 --gic 3", "GICv3 is asked for too: leave one of them out"),
    ("--machine virt,gic-version=host", "gic-version=host: 2 or 3"),
    ("--machine virt,gic-version=2 --cpus 9", "a GICv2 has 8 CPUs at most"),
    ("--board zcu102 --gic 3", "--gic: the board zcu102 is as it is: leave it out"),
    ("--board versal --cpus 4", "--cpus: the board versal is as it is: leave it out"),
    ("--board zcu102 --machine virt", "--machine: the board zcu102 is as it is: leave it out"),
    ("--board zcu102 --boot uboot", "--boot uboot: there is no U-Boot for the board zcu102 here"),
    ("--board zcu103", "invalid choice: 'zcu103'"),
    ("--qemu-args=-semihosting", "-semihosting: would let every VM read and write this host's files"),
    ("--dry-run --qemu-args=-semihosting", "-semihosting: would let"),
])
def test_nk_run_refuses(arguments, why):
    done = subprocess.run([build.ROOT / "scripts/nk-run", "--nk", "/dev/null", "--bundle", "/dev/null",
                           *shlex.split(arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert re.search(re.escape(why), done.stderr), done.stderr
