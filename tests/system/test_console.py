# SPDX-License-Identifier: Apache-2.0
"""The console as a user has it: make run in a terminal, and nk-run in a script."""

import os
import re
import subprocess

import pexpect
import pytest
from gics import on_gic
from nklib import build

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux", "nk", "example")]

SCALE = float(os.environ.get("NK_TIMEOUT_SCALE", "1"))
QUERY = "\x1b[6n"
VM = {2: "vm2 linux-a", 3: "vm3 linux-b"}


@pytest.fixture(scope="module")
def example(linux_modules):
    """Builds what make run boots: that may take longer than anybody waits for a line of it."""
    linux_modules()


class Answering(pexpect.spawn):
    """A terminal that says where its cursor is when asked, as real ones do."""

    asked = 0
    tail = ""

    def read_nonblocking(self, *args, **kwargs):
        text = super().read_nonblocking(*args, **kwargs)
        seen = self.tail + text
        new = seen.count(QUERY)
        self.asked += new
        self.send("\x1b[24;30R" * new)
        self.tail = seen[seen.rfind(QUERY) + len(QUERY) if new else 0:][1 - len(QUERY):]
        return text


class Terminal:
    """make run, in a terminal of its own."""

    def __init__(self, arguments, log):
        self.child = Answering("make", ["run"] + arguments, cwd=build.ROOT, encoding="utf-8",
                                   codec_errors="replace", dimensions=(40, 200))
        self.log = log
        self.child.logfile_read = log.open("w")
        self.child.delaybeforesend = None

    def see(self, regex, timeout=20):
        self.child.expect(regex, timeout=timeout * SCALE)

    def interrupt(self, prompt):
        """Ctrl-C until the shell is back: one that comes before the program has begun is lost."""
        for _ in range(10):
            self.child.send("\x03")
            if not self.child.expect([rf"\^C.*?{prompt}", pexpect.TIMEOUT], timeout=2 * SCALE):
                return
        raise AssertionError("the program does not end")

    def focus(self, key, who):
        self.child.send("\x1d" + key)
        self.see(rf"nk: focus: [^\r\n]*{who}")


@pytest.fixture
def terminal(tmp_path):
    started = []

    def start(*arguments):
        started.append(Terminal(list(arguments), tmp_path / "terminal.log"))
        return started[0]

    yield start
    for term in started:
        if term.child.isalive():
            print((tmp_path / "terminal.log").read_text()[-4000:])
        term.child.close(force=True)


def check_keys(term):
    term.focus("3", VM[3])
    term.child.send("echo in $((1 + 2)), I am b\r")
    term.see(r"vm3 linux-b\| (\x1b\[0?m)?in 3, I am b")
    term.focus("2", VM[2])
    term.child.send("echo in $((4 + 4)), I am a\r")
    term.see(r"vm2 linux-a\| (\x1b\[0?m)?in 8, I am a")
    # What is typed can be corrected, stopped, and contain the key itself.
    term.child.send("echo wrong\x7f\x7f\x7f\x7f\x7fright $((2 + 3))\r")
    term.see("right 5")
    # What a command prints comes after the shell has given the terminal its signals back.
    term.child.send('echo be""gun 1; sleep 1000; echo slept $?\r')
    term.see("begun 1")
    term.interrupt("linux-a:/root# ")
    term.child.send("echo awake $((5 + 5))\r")
    term.see("awake 10")
    term.child.send('echo be""gun 2; od -c\r')
    term.see("begun 2")
    term.child.send("\x1d\x1d\r\x04")
    term.see("035")
    term.child.send("\x1d?")
    term.see("nk: .*q")
    term.focus("1", "nk")
    for command, answer in [("help", "vm"), ("vm", "linux-b"), ("vm 3", "linux-b"),
                            ("cpu", "cpu"), ("mem", "mem|MiB|KiB")]:
        term.child.send(command + "\r")
        term.see(rf"nk> ?{command}")
        term.see(rf"(?i)nk: [^\r\n]*({answer})")


def check_answers_of_the_terminal(term):
    """They spoil nothing."""

    def settle(word):
        """The shell edits the line behind this word, so it has asked, or does not, for what was typed already."""
        term.child.send(f'echo {word[0]}""{word[1:]}\r')
        term.see(word + "\r")
        term.child.send("~")
        # What the same guest prints meanwhile may come in between, and is a line then.
        term.see(r"# (\x1b\[[0-9;]*[A-Zmn]|tick\r+\n|vm3 linux-b\| )*~")
        term.child.send("\x7f")

    term.focus("2", VM[2])
    settle("one")
    term.focus("3", VM[3])
    settle("two")
    term.child.send("while sleep 0.1; do echo tick; done &\r")
    settle("three")

    def ticks():
        for _ in range(3):
            term.see("tick")

    def key(key, who):
        ticks()
        before = term.child.asked
        term.child.send("\x1d")
        ticks()  # the unfinished line is shown again after each
        assert term.child.asked == before
        term.child.send(key)
        term.see(who)

    key("2", f"nk: focus: {VM[2]}")
    settle("four")
    key("3", f"nk: focus: {VM[3]}")
    key("2", f"nk: focus: {VM[2]}")
    key("?", "nk: keys: 3: linux-b")
    key("1", "nk: focus: nk")
    term.child.send("vm 2\r")
    term.see("nk: vm2 linux-a: running")
    key("2", f"nk: focus: {VM[2]}")
    term.child.send("echo in $((2 + 2))\r")
    term.see(r"# (~|\x08| |\x1b\[[0-9;]*[A-Zn])*echo in \$\(\(2 \+ 2\)\)\r+\n")
    term.see(r"in 4\r")
    assert term.child.asked
    assert not re.search(r"\d+;\d+R|sh: [^\n]*not found|no command", term.log.read_text())


def test_make_run(terminal):
    term = terminal("GIC=3", "CPUS=4")
    term.see("Ctrl-]")
    # Either may be first.
    term.see("nk-init: shell ready", 60)
    term.see("nk-init: shell ready", 60)
    check_keys(term)
    check_answers_of_the_terminal(term)
    term.child.send("\x1dq")
    term.child.expect(pexpect.EOF, timeout=20 * SCALE)
    term.child.wait()
    assert term.child.exitstatus == 0


def test_make_run_ends_with_the_last_guest(terminal):
    term = terminal("SYSTEM=dts/examples/linux1.dts", "GIC=2", "CPUS=1", "MEM=1024")
    term.see("nk-init: shell ready", 60)
    term.child.send("\r")
    term.see(":/root# ")
    term.child.send("poweroff -f\r")
    term.child.expect(pexpect.EOF, timeout=20 * SCALE)
    term.child.wait()
    assert term.child.exitstatus == 0


def nk_run(*arguments):
    return subprocess.run([build.ROOT / "scripts/nk-run", *arguments], capture_output=True, text=True,
                          timeout=200 * SCALE, check=False)


@on_gic(2)
def test_nk_run_exec(tmp_path, gic):
    done = nk_run("--gic", str(gic), "--exec", "vm3:cat /proc/cpuinfo", "--exec", "vm2:uname -sm",
                  "--exec", "vm1:vm", "--exec", "vm2:echo " + "0123456789" * 30,
                  "--timeout", str(90 * SCALE), "--log", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = done.stdout.split("== vm2: uname -sm\n")
    assert first.startswith("== vm3: cat /proc/cpuinfo\n")
    assert first.count("processor\t:") == 2
    assert second.startswith("Linux aarch64\n== vm1: vm\n")
    assert "linux-b" in second
    assert "\n" + "0123456789" * 30 + "\n" in second
    for name in "console", "nk", "vm2", "vm3", "qemu":
        assert (tmp_path / f"{name}.log").exists()
    assert "nk-init: shell ready" in (tmp_path / "vm3.log").read_text()


def test_nk_run_exec_fails_with_its_command():
    one = ("--system", "dts/examples/linux1.dts", "--cpus", "1", "--mem", "1024")
    done = nk_run(*one, "--exec", "vm2:false", "--exec", "vm2:echo still here")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "still here" in done.stdout
    done = nk_run(*one, "--exec", "vm2:poweroff -f")
    assert done.returncode == 4, done.stdout + done.stderr


def test_nk_run_exec_at_nks_prompt_alone():
    done = nk_run("--exec", "vm1:vm 3", "--timeout", str(60 * SCALE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"== vm1: vm 3\nnk: vm3 linux-b: ", done.stdout)
    done = nk_run("--exec", "vm1:vm", "--timeout", "0.2", "--qemu-args=-S")
    assert done.returncode == 5, done.stdout + done.stderr
    assert "nk did not come up" in done.stderr


def test_nk_run_says_what_is_wrong():
    assert nk_run("--help").returncode == 0
    done = nk_run("--system", "no/such.dts", "--batch")
    assert done.returncode == 2 and "no/such.dts" in done.stderr
    done = nk_run("--exec", "linux:ls")
    assert done.returncode == 2 and "vmN:COMMAND" in done.stderr
