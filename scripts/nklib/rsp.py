# SPDX-License-Identifier: Apache-2.0
"""A client of QEMU's GDB stub: stops the machine, looks at its CPUs and memory, changes them."""

import contextlib
import re
import socket
import struct
import time

from nklib.machine import TIME_SCALE

CHUNK = 0x400  # bytes of memory or description in one packet


class RspError(Exception):
    """The stub refused, or did not answer in time."""


def qemu_args(place):
    """QEMU options for a stub there, see Rsp; the machine runs until somebody connects."""
    return ["-gdb", f"{'unix' if '/' in place else 'tcp'}:{place},server=on,wait=off"]


def _connect(place, timeout):
    deadline = time.monotonic() + timeout * TIME_SCALE
    while True:
        with contextlib.suppress(OSError):
            return _connect_once(place)
        if time.monotonic() > deadline:
            raise RspError(f"no GDB stub at {place}")
        time.sleep(0.05)


def _connect_once(place):
    if "/" not in place:
        host, _, port = place.rpartition(":")
        stub = socket.create_connection((host or "localhost", int(port)))
        stub.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # packets are small, and each is waited for
        return stub
    stub = socket.socket(socket.AF_UNIX)
    try:
        stub.connect(place)
    except OSError:
        stub.close()
        raise
    return stub


class Rsp:
    """A connection; the machine is stopped from here on. CPUs are counted from 0.

    place: a Unix socket, which is a path with a slash, or HOST:PORT.

    Protocol: "GDB Remote Serial Protocol" in the manual of GDB. Registers go by the names of the
    stub's descriptions, system registers among them ("x0", "pc", "TTBR0_EL2").
    """

    def __init__(self, place, timeout=10):
        self._socket = _connect(str(place), timeout)
        self._buffer = b""
        self._timeout = timeout
        self._numbers = None
        self._physical = False

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._socket.close()

    # The machine

    def cpus(self):
        """How many there are."""
        count, reply = 0, self._ask("qfThreadInfo")
        while reply != "l":
            count += len(reply.split(","))
            reply = self._ask("qsThreadInfo")
        return count

    def breakpoint(self, address, on=True):
        """A hardware breakpoint for all CPUs."""
        self._done(f"{'Z' if on else 'z'}1,{address:x},4")

    def go(self, cpu=None, timeout=10):
        """Lets all CPUs run, or only that one, until a breakpoint; returns whose."""
        reply = self._ask("c" if cpu is None else f"vCont;c:{cpu + 1:x}", timeout)
        if not reply.startswith("T05thread:"):
            raise RspError(f"stopped by {reply}")
        return int(reply[len("T05thread:"):].split(";")[0], 16) - 1

    def detach(self):
        """Lets the machine run on without us."""
        self._done("D")
        self._socket.close()

    # Registers and memory

    def read(self, cpu, register):
        self._done(f"Hg{cpu + 1:x}")
        reply = self._ask(f"p{self._number(register):x}")
        if reply.startswith("E") or not reply:
            raise RspError(f"{register}: not read: {reply}")
        return int.from_bytes(bytes.fromhex(reply), "little")

    def write(self, cpu, register, value):
        self._done(f"Hg{cpu + 1:x}")
        self._done(f"P{self._number(register):x}={struct.pack('<Q', value).hex()}")

    def memory(self, address, size, cpu=None):
        """Bytes of physical memory, or of virtual memory as that CPU sees it now."""
        self._addressing(cpu)
        data = b""
        while len(data) < size:
            reply = self._ask(f"m{address + len(data):x},{min(CHUNK, size - len(data)):x}")
            if reply.startswith("E") or not reply:
                raise RspError(f"{address + len(data):#x}: not read: {reply}")
            data += bytes.fromhex(reply)
        return data

    def set_memory(self, address, data, cpu=None):
        """Writes bytes; addresses as for memory()."""
        self._addressing(cpu)
        self._done(f"M{address:x},{len(data):x}:{data.hex()}")

    # Inside

    def _addressing(self, cpu):
        if cpu is not None:
            self._done(f"Hg{cpu + 1:x}")
        if self._physical != (cpu is None):
            self._physical = cpu is None
            self._done(f"Qqemu.PhyMemMode:{self._physical:d}")

    def _number(self, register):
        if self._numbers is None:
            self._numbers = {}
            self._describe("target.xml", 0)
        return self._numbers[register]

    def _describe(self, annex, number):
        """Registers count on from one description to the next, unless they say their number."""
        text, more = "", True
        while more:
            reply = self._ask(f"qXfer:features:read:{annex}:{len(text):x},{CHUNK:x}")
            if reply[:1] not in ("l", "m"):
                raise RspError(f"{annex}: {reply}")
            text, more = text + reply[1:], reply.startswith("m")
        # Not for an XML parser: it is not well-formed in all versions of QEMU.
        for kind, rest in re.findall(r"<(xi:include|reg)\s([^>]*)>", text):
            attributes = dict(re.findall(r'(\w+)="([^"]*)"', rest))
            if kind == "reg":
                number = int(attributes.get("regnum", number))
                self._numbers.setdefault(attributes["name"], number)
                number += 1
            else:
                number = self._describe(attributes["href"], number)
        return number

    def _done(self, packet):
        reply = self._ask(packet)
        if reply != "OK":
            raise RspError(f"{packet}: answered {reply!r}")

    def _ask(self, packet, timeout=None):
        data = packet.encode("latin-1")
        self._socket.sendall(b"$%s#%02x" % (data, sum(data) & 0xff))
        deadline = time.monotonic() + (timeout or self._timeout) * TIME_SCALE
        reply = self._packet(packet, deadline)
        # The stop at the beginning is reported too, when it has happened.
        while reply.startswith("T") and packet[0] not in "cv":
            reply = self._packet(packet, deadline)
        return reply

    def _packet(self, asked, deadline):
        while b"#" not in self._buffer or len(self._buffer.split(b"#", 1)[1]) < 2:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                more = self._socket.recv(65536)
            except socket.timeout:
                raise RspError(f"{asked}: no answer in time") from None
            if not more:
                raise RspError(f"{asked}: QEMU has ended")
            self._buffer += more
        body, self._buffer = self._buffer.split(b"#", 1)
        self._buffer = self._buffer[2:]  # the sum: neither kind of socket loses anything
        with contextlib.suppress(OSError):  # after a detach QEMU may end at any moment
            self._socket.sendall(b"+")
        return self._unescape(body.split(b"$", 1)[1])

    @staticmethod
    def _unescape(body):
        text, escaped = "", False
        for byte in body:
            if byte == ord("}") and not escaped:
                escaped = True
                continue
            text += chr(byte ^ 0x20 if escaped else byte)
            escaped = False
        return text
