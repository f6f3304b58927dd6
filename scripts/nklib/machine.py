# SPDX-License-Identifier: Apache-2.0
"""A running QEMU with nk (or a bare guest) inside: wait for lines, type, run commands, end it."""

import collections
import itertools
import os
import re
import signal
import subprocess
import threading
import time

from . import qemu
from .demux import NK, OTHER, Demux, plain

KEY = b"\x1d"  # Ctrl-]
UP = r"nk: \d+ of \d+ CPUs, \d+ VMs"  # nk's line when it reads the keyboard and starts the VMs
READY = r"nk-init: shell ready"  # what scripts/guest/init prints
_END = re.compile(r"nk: end: (\d+): ")  # the last line of nk
STATUS_ENDED = 4  # of a machine that ended without it
TIME_SCALE = float(os.environ.get("NK_TIMEOUT_SCALE", "1"))  # for slow machines


def end_status(last_line, code):
    """How the machine ended: the number in nk's last line, or STATUS_ENDED when that is another one.

    last_line: the last one that begins with "nk: " (see docs/guide/console.md); code: QEMU's exit status.
    """
    match = _END.match(last_line)
    return int(match[1]) if match and code == 0 else STATUS_ENDED


class MachineError(Exception):
    """The machine did not do what was waited for; str() shows its consoles' last lines."""


class Timeout(MachineError):
    """It did not do so in time."""


class Ended(MachineError):
    """QEMU has ended, so it never will."""


class Machine:
    """QEMU's process and the consoles in its standard output.

    argv: the whole QEMU command line (see qemu.py); that process dies with this one, whatever happens to
    this one. bare: a VM id, when there is no nk and every line is that guest's. log_dir: keeps console.log (raw), nk.log, vmN.log, qemu.log. on_line:
    called as on_line(vm, name, text) with every line, by another thread.
    """

    def __init__(self, argv, log_dir=None, bare=None, on_line=None):
        self.argv = argv
        self.names = {}
        self._bare = bare
        self._on_line = on_line
        self._lines = collections.defaultdict(list)
        self._seen = collections.Counter()  # lines before this one have been waited for
        self._change = threading.Condition()
        self._demux = Demux(self._add_line, bare)
        self._marks = itertools.count(1)
        self._focus = None
        self._proc = None
        self._reader = None
        self._log_dir = str(log_dir) if log_dir else None
        self._logs = {}

    # Life

    def start(self):
        stderr = subprocess.STDOUT
        if self._log_dir:
            os.makedirs(self._log_dir, exist_ok=True)
            stderr = open(os.path.join(self._log_dir, "qemu.log"), "wb")
        try:
            self._proc = subprocess.Popen(qemu.tied(self.argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                          stderr=stderr, start_new_session=True)
        finally:
            if self._log_dir:
                stderr.close()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.kill()

    def running(self):
        return self._proc is not None and self._proc.poll() is None

    def wait_end(self, timeout=30):
        """Waits for QEMU to end by itself; returns how nk says that it ended, or a bare guest's QEMU."""
        try:
            code = self._proc.wait(timeout * TIME_SCALE)
        except subprocess.TimeoutExpired:
            raise Timeout(f"the machine did not end in {timeout} s\n{self.consoles()}") from None
        self._reader.join(5)
        if self._bare is not None:
            return code
        last = [line for line in self.lines(NK) if line.startswith("nk: ")][-1:]
        return end_status("".join(last), code)

    def quit(self, timeout=20):
        """Ends QEMU in order by nk's key; returns what wait_end() does."""
        if self.running():
            self._write(KEY + b"q")
        return self.wait_end(timeout)

    def kill(self):
        """Ends QEMU now; does nothing when it has ended."""
        if self.running():
            self._proc.send_signal(signal.SIGKILL)
        if self._proc:
            self._proc.wait()
            self._reader.join(5)
            self._proc.stdin.close()
            self._proc.stdout.close()
        for log in self._logs.values():
            log.close()
        self._logs = {}

    # What it printed

    def lines(self, vm):
        """All whole lines of that VM up to now, without escape codes."""
        with self._change:
            return list(self._lines.get(vm, []))

    def mark(self, vm):
        """From now on wait_line looks only at what the VM prints after this call."""
        with self._change:
            self._seen[vm] = len(self._lines[vm])

    def wait_line(self, vm, regex, timeout=30, unfinished=False):
        """Waits for a line of the VM that the regex is found in, after the last one waited for.

        unfinished: the line that has not ended counts too. Returns the match. Only this, mark()
        and run() move the place from where the next wait looks.
        """
        pattern = re.compile(regex)

        def look():
            lines = self._lines[vm]
            for at in range(self._seen[vm], len(lines)):
                match = pattern.search(lines[at])
                if match:
                    self._seen[vm] = at + 1
                    return match
            self._seen[vm] = len(lines)
            if unfinished:
                owner, text = self._demux.unfinished()
                return pattern.search(plain(text)) if owner == vm else None
            return None

        return self._wait(look, timeout, f"{self.label(vm)}: no line like '{regex}'")

    def wait_up(self, timeout=30):
        """Waits until nk reads the keyboard: what is typed before gets lost."""
        up = re.compile(UP)
        self._wait(lambda: any(map(up.search, self._lines[NK])), timeout, "nk did not come up")

    def wait_ready(self, vm, timeout=60, ready=READY):
        """Waits for the VM's shell."""
        return self.wait_line(vm, ready, timeout)

    def consoles(self, last=25):
        """The last lines of every console, for whoever reads about a failure."""
        with self._change:
            parts = []
            for vm in sorted(self._lines):
                lines = self._lines[vm]
                parts.append(f"--- {self.label(vm)}: last {min(last, len(lines))} of {len(lines)} lines")
                parts += lines[-last:]
            vm, text = self._demux.unfinished()
            parts.append(f"--- unfinished, {self.label(vm)}: {plain(text)!r}")
        state = "running" if self.running() else f"ended with code {self._proc.poll()}"
        parts.append(f"--- QEMU {state}; logs: {self._log_dir or 'none'}")
        return "\n".join(parts)

    def label(self, vm):
        if self._bare is not None:
            return "guest"
        return {NK: "nk", OTHER: "unsigned lines"}.get(vm, f"vm{vm} {self.names.get(vm, '')}".strip())

    # The keyboard

    def key(self, keys):
        """Types keys after Ctrl-]: "2", "v12", "1", "?", "q"."""
        self._write(KEY + keys.encode())

    def focus(self, vm, timeout=10):
        """Moves the focus to that VM (NK: to nk's own prompt)."""
        if self._bare is not None or self._focus == vm:
            return
        start = len(self.lines(NK))
        self.key(str(vm) if vm < 10 else f"v{vm:02}")
        said = re.compile(r"nk: focus: " + ("nk" if vm == NK else rf"vm{vm}\b"))
        self._wait(lambda: any(map(said.search, self._lines[NK][start:])), timeout,
                   f"the focus did not go to {self.label(vm)}")
        self._focus = vm

    def reset(self):
        """Types `reset` at nk's prompt: the machine starts again, unless QEMU has -no-reboot."""
        self.send(NK, "reset\r")
        self._focus = None

    def send(self, vm, text, timeout=10):
        """Types text into that VM's console; the newline is up to the caller."""
        self.focus(vm, timeout)
        data = text.encode()
        self._write(data if self._bare is not None else data.replace(KEY, KEY + KEY))

    def run(self, vm, command, timeout=30):
        """Runs one line in the VM's shell. Returns (exit status, output as a list of lines)."""
        begun = time.monotonic()
        mark = f"{next(self._marks):x}"
        self.mark(vm)
        # The quotes keep the echo of what is typed from looking like the marks.
        separator = "" if command.rstrip().endswith("&") else ";"
        self.send(vm, f"echo @'nk'b{mark}@; {command}{separator} echo @'nk'e{mark}:$?@\n", timeout)
        begin = re.compile(rf"@nkb{mark}@")
        end = re.compile(rf"^(.*)@nke{mark}:(\d+)@")
        start = self._seen[vm]

        def look():
            output, inside = [], False
            for line in self._lines[vm][start:]:
                match = end.search(line) if inside else None
                if match:
                    if match[1]:
                        output.append(match[1])
                    return int(match[2]), output
                if inside:
                    output.append(line)
                elif begin.search(line):
                    inside = True
            return None

        return self._wait(look, timeout, f"{self.label(vm)}: '{command}' did not end", begun)

    def check(self, vm, command, timeout=30):
        """Runs one line that must succeed; returns its output as one text."""
        status, output = self.run(vm, command, timeout)
        if status:
            raise MachineError(f"{self.label(vm)}: '{command}' gave {status}:\n" + "\n".join(output))
        return "\n".join(output)

    def nk_prompt(self, command, timeout=10):
        """Runs a command at nk's prompt; returns the lines nk printed from then on."""
        begun = time.monotonic()
        self.focus(NK, timeout)
        start = len(self.lines(NK))
        # nk answers in order, so a word it does not know shows where the answer ends.
        mark = f"end{next(self._marks):x}"
        self._write(f"{command}\r{mark}\r".encode())

        def look():
            lines = self._lines[NK][start:]
            ends = [at for at, line in enumerate(lines) if f"no command {mark}" in line]
            if not ends:
                return None
            return [line for line in lines[:ends[0]] if not line.startswith("nk>")], True

        return self._wait(look, timeout, f"nk: no answer to '{command}'", begun)[0]

    # Inside

    def _write(self, data):
        try:
            self._proc.stdin.write(data)
            self._proc.stdin.flush()
        except (BrokenPipeError, ValueError):
            raise Ended(f"QEMU has ended\n{self.consoles()}") from None

    def _wait(self, look, timeout, what, begun=None):
        deadline = (begun or time.monotonic()) + timeout * TIME_SCALE
        with self._change:
            while True:
                found = look()
                if found:
                    return found
                if not self._reader.is_alive():
                    break
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._change.wait(min(left, 1))
        if self._reader.is_alive():
            raise Timeout(f"{what} in {timeout} s\n{self.consoles()}")
        raise Ended(f"{what} before the machine ended\n{self.consoles()}")

    def _read(self):
        fd = self._proc.stdout.fileno()
        while True:
            try:
                data = os.read(fd, 65536)
            except OSError:
                data = b""
            with self._change:
                if data:
                    self._log("console").write(data)
                    self._demux.feed(data)
                else:
                    self._demux.close()
                for log in self._logs.values():
                    log.flush()
                self._change.notify_all()
            if not data:
                return

    def _add_line(self, vm, name, text):
        text = plain(text)
        if name:
            self.names[vm] = name
        self._lines[vm].append(text)
        log = {NK: "nk", OTHER: "other"}.get(vm, f"vm{vm}")
        self._log("guest" if self._bare is not None else log).write(text.encode() + b"\n")
        if self._on_line:
            self._on_line(vm, name, text)

    def _log(self, name):
        if name not in self._logs:
            path = os.path.join(self._log_dir, name + ".log") if self._log_dir else os.devnull
            self._logs[name] = open(path, "wb")
        return self._logs[name]
